//! The text format of Prometheus, version 0.0.4.

use super::series::{BUCKETS, QUANTILES, Series};
use gyropilot_model::Time;
use std::fmt::Write;

/// The type of the text, for HTTP.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A page of metrics.
#[derive(Debug, Default)]
pub(super) struct Page(pub(super) String);

/// Names and values of labels.
type Labels<'a> = &'a [(&'a str, &'a str)];

// === impl Page ===

impl Page {
    /// The two lines before the series of a metric.
    pub(super) fn head(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // Writing to a string does not fail, here and below.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    pub(super) fn series(&mut self, name: &str, labels: Labels<'_>, series: &mut Series, now: Time) {
        match series {
            Series::Counter(value) | Series::Gauge(value) => self.sample(name, "", labels, None, *value),
            Series::Histogram(histogram) => {
                let mut total = 0_u64;
                for (bound, count) in BUCKETS.iter().zip(histogram.counts) {
                    total = total.saturating_add(count);
                    self.sample(name, "_bucket", labels, Some(("le", *bound)), total as f64);
                }
                let count = histogram.count as f64;
                self.sample(name, "_bucket", labels, Some(("le", f64::INFINITY)), count);
                self.sample(name, "_sum", labels, None, histogram.sum);
                self.sample(name, "_count", labels, None, count);
            }
            Series::Summary(summary) => {
                for (quantile, value) in QUANTILES.iter().zip(summary.quantiles(now)) {
                    self.sample(name, "", labels, Some(("quantile", *quantile)), value);
                }
                self.sample(name, "_sum", labels, None, summary.sum);
                self.sample(name, "_count", labels, None, summary.count as f64);
            }
        }
    }

    fn sample(
        &mut self,
        name: &str,
        suffix: &str,
        labels: Labels<'_>,
        last: Option<(&str, f64)>,
        value: f64,
    ) {
        self.0 += name;
        self.0 += suffix;
        let last = last.map(|(name, value)| (name, number(value)));
        let all = labels.iter().map(|(name, value)| (*name, *value));
        let all = all.chain(last.as_ref().map(|(name, value)| (*name, value.as_str())));
        let mut separator = '{';
        for (name, value) in all {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{separator}{name}=\"{value}\"");
            separator = ',';
        }
        if separator == ',' {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {}", number(value));
    }
}

/// A number as the format writes it.
fn number(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    // Hundreds of zeroes are valid, and no help to anybody.
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) { format!("{value:e}") } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (value, want) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.005, "0.005"),
            (-2.5, "-2.5"),
            (1e300, "1e300"),
            (1.5e-9, "1.5e-9"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number(value), want);
        }
    }

    #[test]
    fn what_could_break_the_format_is_escaped() {
        let mut page = Page::default();
        page.head("m", "gauge", "a\\b\nc \"d\"");
        page.series("m", &[("l", "x\"y\\z\nw")], &mut Series::Gauge(1.0), Time::ZERO);
        assert_eq!(page.0, "# HELP m a\\\\b\\nc \"d\"\n# TYPE m gauge\nm{l=\"x\\\"y\\\\z\\nw\"} 1\n");
    }
}
