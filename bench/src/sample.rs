//! Many measurements of one thing.

/// Values in order of size, in whatever unit they were given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    sorted: Vec<f64>,
}

// === impl Sample ===

impl Sample {
    /// Takes one more value.
    pub(crate) fn add(&mut self, value: f64) {
        let place = self.sorted.partition_point(|known| known.total_cmp(&value).is_lt());
        self.sorted.insert(place, value);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// The value that `percent` of all do not exceed, by nearest rank; NaN without any.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * self.sorted.len() as f64).ceil() as usize;
        self.sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// The value in the middle.
    pub(crate) fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    /// `count`, median, 90th and 99th percentile and the largest, as cells of a table.
    pub(crate) fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.len().to_string()];
        cells.extend([50.0, 90.0, 99.0, 100.0].map(|percent| short(self.percentile(percent))));
        cells
    }
}

/// The heads of [`Sample::cells`].
pub(crate) const HEADS: [&str; 5] = ["runs", "p50", "p90", "p99", "max"];

/// A number with three digits that count.
pub(crate) fn short(value: f64) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut sample = Sample::default();
        (1..=200).rev().for_each(|value| sample.add(f64::from(value)));
        assert_eq!(sample.median(), 100.0);
        assert_eq!(sample.percentile(99.0), 198.0);
        assert_eq!(sample.percentile(100.0), 200.0);
        assert_eq!(sample.percentile(0.0), 1.0);
        assert!(Sample::default().median().is_nan());
    }

    #[test]
    fn numbers_keep_three_digits() {
        assert_eq!([0.1234, 5.678, 56.78, 567.8].map(short), ["0.12", "5.68", "56.8", "568"]);
    }
}
