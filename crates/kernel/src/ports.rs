//! Who listens on a TCP port of this network namespace, and who is connected to it.

mod diag;
mod table;

use std::time::Duration;
use tokio::time::Instant;

/// How often the system is asked while somebody waits; it does not tell by itself.
const PAUSE: Duration = Duration::from_millis(20);

/// So long nobody must have been connected: clients that follow the catalogue
/// have heard of a withdrawal by then, and come no more.
const QUIET: Duration = Duration::from_millis(300);

/// The states of a TCP socket; `include/net/tcp_states.h` of Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Listening, number 10.
    Listening,
    /// Connected, a beginning connection and one that the other side has half
    /// closed included: numbers 1, 3, 8 and 12.
    Connected,
}

/// Waits until something listens on a local port, on whatever address.
/// Nothing is asked any more when the wait is given up.
pub async fn listening(port: u16) {
    while count(port, State::Listening) == 0 {
        tokio::time::sleep(PAUSE).await;
    }
}

/// How many connections to a local port there are.
#[must_use]
pub fn connections(port: u16) -> usize {
    count(port, State::Connected)
}

/// Waits until nobody was connected to a local port for 300 ms, but no longer
/// than `within`; gives how many are still connected.
pub async fn drained(port: u16, within: Duration) -> usize {
    let started = Instant::now();
    let mut last_seen = started;
    loop {
        let connected = connections(port);
        let now = Instant::now();
        if connected > 0 {
            last_seen = now;
        }
        let left = within.saturating_sub(now - started);
        if left.is_zero() || (connected == 0 && now - last_seen >= QUIET) {
            return connected;
        }
        tokio::time::sleep(left.min(PAUSE)).await;
    }
}

fn count(port: u16, state: State) -> usize {
    // A kernel or a sandbox without the one way has the other.
    diag::count(port, state).unwrap_or_else(|_| table::count(port, state))
}

// === impl State ===

impl State {
    /// One bit for each number.
    const fn mask(self) -> u32 {
        match self {
            Self::Listening => 1 << 10,
            Self::Connected => 1 << 1 | 1 << 3 | 1 << 8 | 1 << 12,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    type Way = fn(u16, State) -> std::io::Result<usize>;

    const WAYS: [Way; 2] = [diag::count, |port, state| Ok(table::count(port, state))];

    #[test]
    fn both_ways_see_the_same() {
        for address in ["127.0.0.1:0", "[::1]:0", "[::]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let port = listener.local_addr().unwrap().port();
            let client = TcpStream::connect(("localhost", port))
                .or_else(|_| TcpStream::connect(("::1", port)))
                .unwrap();
            let (server, _) = listener.accept().unwrap();
            for way in WAYS {
                assert_eq!(way(port, State::Listening).unwrap(), 1, "{address}");
                assert_eq!(way(port, State::Connected).unwrap(), 1, "{address}");
                // The client's own end is no connection to its port.
                let own = client.local_addr().unwrap().port();
                assert_eq!(way(own, State::Listening).unwrap(), 0);
            }
            drop((client, server, listener));
            for way in WAYS {
                assert_eq!(way(port, State::Listening).unwrap(), 0);
                assert_eq!(way(port, State::Connected).unwrap(), 0);
            }
        }
    }

    #[tokio::test]
    async fn a_port_is_seen_soon_after_it_is_open() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut waiting = std::pin::pin!(listening(address.port()));
        assert!(tokio::time::timeout(PAUSE * 2, &mut waiting).await.is_err());
        let _listener = TcpListener::bind(address).unwrap();
        let opened = Instant::now();
        waiting.await;
        assert!(opened.elapsed() < Duration::from_millis(100), "{:?}", opened.elapsed());
    }

    #[tokio::test]
    async fn draining_ends_with_the_last_connection_or_the_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        let _server = listener.accept().unwrap();
        assert_eq!(drained(address.port(), PAUSE * 2).await, 1);
        let mut draining = std::pin::pin!(drained(address.port(), Duration::from_secs(60)));
        assert!(tokio::time::timeout(QUIET + PAUSE * 2, &mut draining).await.is_err());
        drop((client, _server));
        let closed = Instant::now();
        assert_eq!(draining.await, 0);
        assert!(closed.elapsed() < Duration::from_secs(5));
        assert_eq!(drained(address.port(), Duration::ZERO).await, 0);
    }
}
