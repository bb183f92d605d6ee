//! Ports for programs that cannot say which one they chose.

use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range from which the kernel serves connections going out, so that
/// none of those takes a port between its choice and its use.
const FIRST: u32 = 10_000;
const COUNT: u32 = 20_000;

/// A port of 127.0.0.1 that nobody has.
///
/// # Panics
/// When all are taken.
#[must_use]
pub fn one() -> u16 {
    let [port] = free();
    port
}

/// Ports of 127.0.0.1 that nobody has, neither for TCP nor for UDP, and that no other test looks at
/// first: tests of one process count on, other processes begin elsewhere.
///
/// # Panics
/// When all are taken.
#[must_use]
pub fn free<const N: usize>() -> [u16; N] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    [(); N].map(|()| {
        (0..COUNT)
            .map(|_| std::process::id().wrapping_mul(16).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)))
            .filter_map(|number| u16::try_from(FIRST + number % COUNT).ok())
            .find(|port| {
                let address = ("127.0.0.1", *port);
                TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
            })
            .expect("127.0.0.1 has a free port")
    })
}
