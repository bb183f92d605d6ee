//! What is remembered of measured values.

use super::Kind;
use gyropilot_model::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// The upper bounds of a histogram's buckets, `le`, short of `+Inf`: the default of
/// Prometheus' clients, meant for seconds.
pub(super) const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The quantiles of a summary.
pub(super) const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// How long a value counts in a summary's quantiles: 10 minutes, the default of
/// Prometheus' Go client.
const WINDOW: Duration = Duration::from_secs(600);

/// The most values that a summary's quantiles are taken of. Sensors measure at most
/// once a second, so the window is full before this is reached.
const MOST: usize = 1024;

/// One time series, or the set of them that makes up a histogram or summary.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Series {
    Counter(f64),
    Gauge(f64),
    Histogram(Histogram),
    Summary(Summary),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    /// For each bucket how many values are in it and not in a smaller one.
    pub(super) counts: [u64; BUCKETS.len()],
    pub(super) count: u64,
    pub(super) sum: f64,
}

/// Exact quantiles over a bounded window; count and sum over all time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Summary {
    recent: VecDeque<(Time, f64)>,
    pub(super) count: u64,
    pub(super) sum: f64,
}

// === impl Series ===

impl Series {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Counter => Self::Counter(0.0),
            Kind::Gauge => Self::Gauge(0.0),
            Kind::Histogram => Self::Histogram(Histogram::default()),
            Kind::Summary => Self::Summary(Summary::default()),
        }
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Counter(_) => Kind::Counter,
            Self::Gauge(_) => Kind::Gauge,
            Self::Histogram(_) => Kind::Histogram,
            Self::Summary(_) => Kind::Summary,
        }
    }

    /// Takes up a value as a sensor of this kind does. `false` when it is none for
    /// this kind: a counter neither shrinks nor becomes "not a number".
    pub(super) fn take(&mut self, value: f64, now: Time) -> bool {
        match self {
            Self::Counter(total) => {
                if value.is_nan() || value < 0.0 {
                    return false;
                }
                *total += value;
            }
            Self::Gauge(current) => *current = value,
            Self::Histogram(histogram) => histogram.observe(value),
            Self::Summary(summary) => summary.observe(value, now),
        }
        true
    }

    /// Changes a counter or gauge by `amount`.
    pub(super) fn add(&mut self, amount: f64) {
        if let Self::Counter(value) | Self::Gauge(value) = self {
            *value += amount;
        }
    }
}

// === impl Histogram ===

impl Histogram {
    pub(super) fn observe(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        self.sum += value;
        let bucket = BUCKETS.iter().position(|bound| value <= *bound);
        if let Some(count) = bucket.and_then(|bucket| self.counts.get_mut(bucket)) {
            *count = count.saturating_add(1);
        }
    }
}

// === impl Summary ===

impl Summary {
    fn observe(&mut self, value: f64, now: Time) {
        self.count = self.count.saturating_add(1);
        self.sum += value;
        self.forget(now);
        if self.recent.len() >= MOST {
            self.recent.pop_front();
        }
        self.recent.push_back((now, value));
    }

    fn forget(&mut self, now: Time) {
        while self.recent.front().is_some_and(|(at, _)| now.since(*at) > WINDOW) {
            self.recent.pop_front();
        }
    }

    /// The smallest value of the window that at least this share of its values does
    /// not exceed (nearest rank); "not a number" for an empty window, as the format
    /// wants it.
    pub(super) fn quantiles(&mut self, now: Time) -> [f64; QUANTILES.len()] {
        self.forget(now);
        let mut sorted: Vec<f64> = self.recent.iter().map(|(_, value)| *value).collect();
        sorted.sort_by(f64::total_cmp);
        QUANTILES.map(|quantile| {
            let rank = (quantile * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_start(Duration::from_secs(seconds))
    }

    #[test]
    fn quantiles_are_exact_and_forget() {
        let mut summary = Summary::default();
        assert!(summary.quantiles(at(0)).iter().all(|value| value.is_nan()));
        for value in (1..=100).rev() {
            summary.observe(f64::from(value), at(10));
        }
        assert_eq!(summary.quantiles(at(10)), [50.0, 90.0, 99.0]);
        summary.observe(7.0, at(500));
        assert_eq!(summary.quantiles(at(611)), [7.0, 7.0, 7.0]);
        assert!(summary.quantiles(at(1101)).iter().all(|value| value.is_nan()));
        assert_eq!((summary.count, summary.sum), (101, 5057.0));
    }

    #[test]
    fn the_window_is_bounded() {
        let mut summary = Summary::default();
        for value in 0..10 * MOST {
            summary.observe(value as f64, at(0));
        }
        assert_eq!(summary.recent.len(), MOST);
        assert!(summary.quantiles(at(0))[0] > (9 * MOST) as f64);
    }

    #[test]
    fn buckets_take_their_upper_bound() {
        let mut histogram = Histogram::default();
        for value in [0.005, 0.0051, 10.0, 11.0, f64::NAN, -1.0] {
            histogram.observe(value);
        }
        assert_eq!(histogram.counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(histogram.count, 6);
    }

    #[test]
    fn a_counter_only_grows() {
        let mut series = Series::new(Kind::Counter);
        assert!(series.take(2.5, at(0)));
        assert!(!series.take(-1.0, at(0)));
        assert!(!series.take(f64::NAN, at(0)));
        assert_eq!(series, Series::Counter(2.5));
    }
}
