//! Has the other side gone for good?

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream as StdStream;
use tokio::io::Interest;
use tokio::net::UnixStream;

/// Tells when the other side of a connection has gone for good.
///
/// A client that has merely nothing more to say (`shutdown(2)` after the
/// request, as socat does) still wants its answer, so that the end of what can
/// be read does not tell. A second descriptor of the connection does.
#[derive(Debug)]
pub(crate) struct HangUp(UnixStream);

// === impl HangUp ===

impl HangUp {
    pub(crate) fn of(connection: &UnixStream) -> std::io::Result<Self> {
        let descriptor = connection.as_fd().try_clone_to_owned()?;
        UnixStream::from_std(StdStream::from(descriptor)).map(Self)
    }

    /// Waits until the other side has gone.
    pub(crate) async fn heard(&self) {
        loop {
            match self.0.ready(Interest::WRITABLE).await {
                Ok(ready) if ready.is_write_closed() => return,
                // There is room to write, which is of no interest: wait for the next change.
                Ok(_) => {
                    let seen = || Err::<(), _>(ErrorKind::WouldBlock.into());
                    let _ = self.0.try_io(Interest::WRITABLE, seen);
                }
                // The runtime ends.
                Err(_) => return,
            }
        }
    }
}
