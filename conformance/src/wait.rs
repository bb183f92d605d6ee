//! The one way to wait for something that cannot announce itself.

use std::time::{Duration, Instant};

/// How long something may take that has no bound of its own: generous, so that
/// a busy machine fails no test, and finite, so that a hang fails one.
pub const SOON: Duration = Duration::from_secs(15);

/// Between two looks at a file, a socket or `/proc`, none of which can wake us
/// from outside: short against every bound in the suite (the shortest is 100
/// ms), long enough that twenty waiting tests cost the machine nothing.
const LOOK: Duration = Duration::from_millis(4);

/// Waits until `look` finds something, and returns it.
///
/// # Panics
/// When `bound` passes first; `what` names what never came.
#[track_caller]
pub fn wait_until<T>(bound: Duration, what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_until_described(bound, || what.to_owned(), look)
}

/// The same, when only the last look knows what never came.
///
/// # Panics
/// When `bound` passes first.
#[track_caller]
pub fn wait_until_described<T>(
    bound: Duration,
    what: impl FnOnce() -> String,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    poll(bound, &mut look).unwrap_or_else(|| panic!("waited {bound:?} in vain for {}", what()))
}

/// The same, for who can go on without.
pub fn poll<T>(bound: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if start.elapsed() >= bound {
            return None;
        }
        std::thread::sleep(LOOK);
    }
}

/// A bound, or a distance, in seconds.
#[must_use]
pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A bound, or a distance, in milliseconds.
#[must_use]
pub const fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}
