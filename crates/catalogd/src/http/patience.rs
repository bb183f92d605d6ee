//! Connections whose other side reads nothing are not kept for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long nothing of an answer may be taken before the connection is closed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that fails when what is written to it is not taken for [`PATIENCE`].
///
/// The system finds out when the other side has gone; this is for one that is there and
/// does not read, and so keeps an answer in memory.
#[derive(Debug)]
pub(super) struct Patient<S> {
    stream: S,
    /// Runs only while something waits to be taken.
    until: Option<Pin<Box<Sleep>>>,
}

// === impl Patient ===

impl<S> Patient<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, until: None }
    }

    /// What came of a write: time runs from the first that is not taken.
    fn bounded<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.until = None;
            return written;
        }
        let until = self.until.get_or_insert_with(|| Box::pin(tokio::time::sleep(PATIENCE)));
        ready!(until.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bounded(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.bounded(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.bounded(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.bounded(closed, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::{Instant, timeout};

    fn paused() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
    }

    #[test]
    fn who_takes_nothing_is_left_after_a_while() {
        paused().block_on(async {
            let (near, _far) = duplex(8);
            let begun = Instant::now();
            let error = Patient::new(near).write_all(&[0; 100]).await.unwrap_err();
            assert_eq!((error.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, PATIENCE));
        });
    }

    #[test]
    fn who_takes_a_little_at_a_time_gets_all_of_it() {
        paused().block_on(async {
            let (near, mut far) = duplex(8);
            let mut near = Patient::new(near);
            let slowly = async {
                let mut taken = [0; 8];
                for _ in 0..25 {
                    tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
                    far.read_exact(&mut taken[..4]).await.unwrap();
                }
            };
            let (written, ()) = tokio::join!(near.write_all(&[0; 100]), slowly);
            written.unwrap();
            // And silence alone is no offence.
            assert!(timeout(PATIENCE * 100, near.read_u8()).await.is_err());
        });
    }
}
