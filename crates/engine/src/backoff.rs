//! How long to wait before a restart.

use std::time::Duration;

/// The first delay, where nothing else is said.
pub(crate) const FIRST: Duration = Duration::from_secs(1);
/// No delay is longer, jitter apart, where nothing else is said.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);
/// After a run of at least this length the next delay is the first again.
const STABLE: Duration = Duration::from_secs(10);

/// Delays that double, each up to a tenth longer or shorter, so
/// that containers that failed together do not come back together.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    in_a_row: u32,
    random: Random,
}

/// A small generator (xorshift64*, Marsaglia and Vigna): jitter needs spread,
/// not secrecy, and a seed makes a run repeatable.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

// === impl Backoff ===

impl Backoff {
    pub(crate) const fn new(first: Duration, longest: Duration, random: Random) -> Self {
        Self { first, longest, in_a_row: 0, random }
    }

    /// The delay after a run of this length, and how many restarts in a row that makes.
    pub(crate) fn after_run(&mut self, ran: Duration) -> (Duration, u32) {
        if ran >= STABLE {
            self.in_a_row = 0;
        }
        let doubled = self.first.saturating_mul(1 << self.in_a_row.min(20)).min(self.longest);
        self.in_a_row = self.in_a_row.saturating_add(1);
        // A delay of ages cannot be made a tenth longer.
        let spread = doubled.as_secs_f64() * (0.9 + 0.2 * self.random.unit());
        (Duration::try_from_secs_f64(spread).unwrap_or(doubled), self.in_a_row)
    }
}

// === impl Random ===

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        // Zero is the one state the generator never leaves.
        Self(if seed == 0 { 0x9e37_79b9_7f4a_7c15 } else { seed })
    }

    /// A generator that goes its own way from here.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 up to but not including 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_to_thirty_seconds_and_start_over_after_a_stable_run() {
        let mut backoff = Backoff::new(FIRST, LONGEST, Random::new(7));
        for want in [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
            let got = backoff.after_run(Duration::from_secs(1)).0.as_secs_f64();
            assert!((want * 0.9..=want * 1.1).contains(&got), "{got} is not about {want}");
        }
        assert!(backoff.after_run(STABLE).0 < Duration::from_millis(1101));
    }
}
