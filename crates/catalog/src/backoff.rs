//! How long to wait before something that failed is tried again.

use std::time::Duration;

/// The wait after a first failure, at the most.
const FIRST: Duration = Duration::from_millis(100);

/// Waits that double up to a bound. Each is shortened by up to a half at
/// random, so that a thousand pilots do not knock at the same moment when
/// their catalogue comes back.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

// === impl Backoff ===

impl Backoff {
    /// The first wait is at most 100 ms, all are at most `longest`.
    pub(crate) fn new(longest: Duration) -> Self {
        Self { next: FIRST.min(longest), longest }
    }

    /// The next wait.
    pub(crate) fn delay(&mut self) -> Duration {
        let full = self.next;
        self.next = full.saturating_mul(2).min(self.longest);
        full.mul_f64(1.0 - fastrand::f64() / 2.0)
    }

    /// It worked: the next failure is a first one.
    pub(crate) fn reset(&mut self) {
        self.next = FIRST.min(self.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_their_bound_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_secs(1));
        for full in [100, 200, 400, 800, 1000, 1000] {
            let delay = backoff.delay();
            let full = Duration::from_millis(full);
            assert!(delay <= full && delay >= full / 2, "{delay:?} of {full:?}");
        }
        backoff.reset();
        assert!(backoff.delay() <= Duration::from_millis(100));
    }
}
