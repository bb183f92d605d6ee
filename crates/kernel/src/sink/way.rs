//! How to write to a descriptor that others share, without blocking.
#![allow(unsafe_code)]

use crate::waitable::waitable;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::{Errno, ReadWriteFlags};
use rustix::net::SendFlags;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Linux's `PIPE_BUF`, in bytes: a write to a pipe that is no longer than this is
/// done whole or not at all, so that the application's lines do not end up inside.
const ATOMIC: usize = 4096;

/// The most that is written at once, in bytes.
pub(super) const LARGEST: usize = 64 * 1024;

/// The descriptor to write to.
#[derive(Debug)]
pub(super) enum Outlet {
    /// One that can be full, and waited for.
    Waited(AsyncFd<OwnedFd>),
    /// A file, or `/dev/null`.
    Direct(OwnedFd),
}

/// How to write without blocking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Just write: the descriptor is our own and does not block, or never does.
    Plain,
    /// A socket, which takes the wish not to block with each call.
    Socket,
    /// A pipe that may not be opened again. Pipes take the wish with each call
    /// since Linux 6.4.
    NoWait,
    /// The same before: a pipe that says it is writable takes [`ATOMIC`] bytes,
    /// unless another writer is faster; then this one blocks until there is room.
    Careful,
}

// === impl Outlet ===

impl Outlet {
    pub(super) fn open(fd: BorrowedFd<'_>) -> std::io::Result<(Self, Way)> {
        let kind = FileType::from_raw_mode(rustix::fs::fstat(fd)?.st_mode);
        let copy = || rustix::io::fcntl_dupfd_cloexec(fd, 3);
        let (own, way) = match kind {
            FileType::Socket => (copy()?, Way::Socket),
            FileType::Fifo => match reopen(fd) {
                Ok(own) => (own, Way::Plain),
                Err(_) => (copy()?, Way::NoWait),
            },
            FileType::CharacterDevice if rustix::termios::isatty(fd) => match reopen(fd) {
                Ok(own) => (own, Way::Plain),
                Err(_) => (copy()?, Way::Careful),
            },
            _ => return Ok((Self::Direct(copy()?), Way::Plain)),
        };
        Ok((Self::Waited(waitable(own, Interest::WRITABLE)?), way))
    }
}

/// Opens what `fd` stands for once more. Flags belong to an opening, so this one
/// can be made not to block while the one the application shares stays as it is.
/// Refused when the pipe is another user's, or `/proc` is not there.
fn reopen(fd: BorrowedFd<'_>) -> rustix::io::Result<OwnedFd> {
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    rustix::fs::open(path, flags, Mode::empty())
}

/// Puts `new` in the place of `old`, which is closed, under the same number.
pub(super) fn replace(old: &OwnedFd, new: &OwnedFd) -> std::io::Result<()> {
    // SAFETY: both are open. The number of `old` stays open throughout and its
    // owner's, who from now on has the other file behind it, as it asked for.
    let replaced = unsafe { libc::dup3(new.as_raw_fd(), old.as_raw_fd(), libc::O_CLOEXEC) };
    if replaced < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

// === impl Way ===

impl Way {
    /// The part of `bytes` to write next: whole lines, as many as stay together.
    pub(super) fn chunk(self, bytes: &[u8]) -> &[u8] {
        let Some(first) = bytes.get(..ATOMIC) else { return bytes };
        if let Some(last_end) = first.iter().rposition(|byte| *byte == b'\n') {
            return bytes.get(..=last_end).unwrap_or(bytes);
        }
        if self == Self::Careful {
            return first;
        }
        let most = bytes.get(..LARGEST).unwrap_or(bytes);
        let line_end = most.iter().position(|byte| *byte == b'\n');
        line_end.and_then(|end| most.get(..=end)).unwrap_or(most)
    }

    pub(super) fn write(self, fd: BorrowedFd<'_>, bytes: &[u8]) -> rustix::io::Result<usize> {
        match self {
            Self::Plain => rustix::io::write(fd, bytes),
            Self::Socket => rustix::net::send(fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL),
            Self::NoWait => {
                let bytes = [std::io::IoSlice::new(bytes)];
                // An offset of -1 is "where the descriptor stands".
                rustix::io::pwritev2(fd, &bytes, u64::MAX, ReadWriteFlags::NOWAIT)
            }
            Self::Careful => {
                let mut asked =
                    [rustix::event::PollFd::from_borrowed_fd(fd.as_fd(), rustix::event::PollFlags::OUT)];
                let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
                match rustix::event::poll(&mut asked, Some(&now))? {
                    0 => Err(Errno::AGAIN),
                    // Writable, or broken, which the write tells.
                    _ => rustix::io::write(fd, bytes),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole_where_they_can() {
        let short = b"one\ntwo\n".repeat(1000);
        assert_eq!(Way::Plain.chunk(&short).len(), 4096);
        assert!(Way::Plain.chunk(&b"a long line\n".repeat(1000)).ends_with(b"\n"));
        let mut long = vec![b'x'; 10_000];
        long.extend(b"\nnext\n");
        assert_eq!(Way::Plain.chunk(&long).len(), 10_001);
        assert_eq!(Way::Careful.chunk(&long).len(), ATOMIC);
        assert_eq!(Way::Plain.chunk(&vec![b'x'; 10 * LARGEST]).len(), LARGEST);
        assert_eq!(Way::Plain.chunk(b"begun"), b"begun");
    }
}
