//! Signals sent to the pilot.

use gyropilot_model::Signal;
use std::task::{Context, Poll};
use tokio::signal::unix;

/// A source of the signals that mean something to the pilot: `HUP INT QUIT USR1
/// USR2 TERM`.
///
/// As with all signals on Linux, several of one kind that arrive before the first
/// is taken up are one.
#[derive(Debug)]
pub struct Signals {
    sources: Vec<(Signal, unix::Signal)>,
}

/// In the order in which signals that arrive together are told: what ends the
/// pilot comes first.
const HEARD: [Signal; 6] = [Signal::Term, Signal::Int, Signal::Quit, Signal::Hup, Signal::Usr1, Signal::Usr2];

// === impl Signals ===

impl Signals {
    /// Listens from now on; the default effects of these signals no longer occur.
    /// Needs to be called within a runtime.
    ///
    /// # Errors
    /// When a handler cannot be set up.
    pub fn listen() -> std::io::Result<Self> {
        let sources = HEARD
            .into_iter()
            .map(|signal| Ok((signal, unix::signal(unix::SignalKind::from_raw(signal.number()))?)))
            .collect::<std::io::Result<_>>()?;
        Ok(Self { sources })
    }

    /// Waits for the next signal. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Signal {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Signal> {
        for (signal, source) in &mut self.sources {
            if source.poll_recv(cx).is_ready() {
                return Poll::Ready(*signal);
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn signals_come_by_name_and_the_urgent_first() {
        let mut signals = Signals::listen().unwrap();
        let own = rustix::process::getpid();
        rustix::process::kill_process(own, rustix::process::Signal::USR1).unwrap();
        rustix::process::kill_process(own, rustix::process::Signal::TERM).unwrap();
        let bound = std::time::Duration::from_secs(10);
        let mut next = async || tokio::time::timeout(bound, signals.next()).await.unwrap();
        assert_eq!(next().await, Signal::Term);
        assert_eq!(next().await, Signal::Usr1);
    }
}
