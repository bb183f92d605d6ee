//! The one clock of all measurements, the same in every process.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of `CLOCK_MONOTONIC`. Unlike `Instant`, a number that one process
/// can tell another.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    // Neither part of a monotonic time is negative.
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// Milliseconds between two moments; 0 when they are the wrong way round.
pub(crate) fn milliseconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1e6
}

/// Milliseconds since a moment.
pub(crate) fn milliseconds_since(from: u64) -> f64 {
    milliseconds(from, now())
}

/// Milliseconds from one moment to another, below 0 when that is the earlier one.
pub(crate) fn distance(from: u64, to: u64) -> f64 {
    milliseconds(from, to) - milliseconds(to, from)
}
