//! Writing to what is no file: a device, a named pipe.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// How long a reader may take none of it, in seconds.
const PATIENCE: i64 = 10;

/// Writes everything, without waiting for ever on a reader.
pub(super) fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    // Opening a pipe that nobody reads would wait; this way it is an error.
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let mut open = OpenOptions::new();
    let mut stream = open.write(true).custom_flags(flags.cast_signed()).open(path).map_err(explained)?;
    let mut rest = contents;
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let bound = Timespec { tv_sec: PATIENCE, tv_nsec: 0 };
                let mut waiting = [PollFd::new(&stream, PollFlags::OUT)];
                if poll(&mut waiting, Some(&bound))? == 0 {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads from it"));
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn explained(error: io::Error) -> io::Error {
    if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) {
        return io::Error::other("nobody reads from it");
    }
    error
}
