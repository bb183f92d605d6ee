//! Metrics as text, in the two forms that Prometheus reads.

use super::Kind;
use super::series::{BUCKETS, QUANTILES, Series};
use gyropilot_model::Time;
use std::fmt::Write;

/// The form of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format, version 0.0.4.
    Prometheus,
    /// OpenMetrics, version 1.0.0.
    OpenMetrics,
}

/// A page of metrics.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    format: Format,
}

/// A metric on a page, all series of it together. Its head stands over the
/// first of them: without a series there is nothing.
pub(super) struct Family<'a> {
    page: &'a mut Page,
    /// Of the family: in OpenMetrics a counter's samples alone have `_total`.
    name: &'a str,
    kind: Kind,
    help: &'a str,
    has_head: bool,
}

/// Names and values of labels.
type Labels<'a> = &'a [(&'a str, &'a str)];

// === impl Format ===

impl Format {
    /// The form that the value of an `Accept` header asks for: OpenMetrics where that
    /// is named in a version we know, and at least as welcome as plain text.
    #[must_use]
    pub fn accepted(accept: &str) -> Self {
        let weight = |wanted: &dyn Fn(&str, &[&str]) -> bool| {
            accept
                .split(',')
                .filter_map(|range| {
                    let mut parts = range.split(';').map(str::trim);
                    let kind = parts.next()?;
                    let parameters: Vec<&str> = parts.collect();
                    let quality = parameters.iter().find_map(|parameter| parameter.strip_prefix("q="));
                    let quality = quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
                    wanted(kind, &parameters).then_some(quality)
                })
                .fold(0.0, f64::max)
        };
        let open = weight(&|kind, parameters| {
            let version = parameters.iter().find_map(|parameter| parameter.strip_prefix("version="));
            kind.eq_ignore_ascii_case("application/openmetrics-text")
                && version.is_none_or(|version| matches!(version.trim_matches('"'), "0.0.1" | "1.0.0"))
        });
        let plain = weight(&|kind, _| matches!(kind, "text/plain" | "text/*"));
        if open > 0.0 && open >= plain { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// The type of the text, for HTTP.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

// === impl Page ===

impl Page {
    pub(super) const fn new(format: Format) -> Self {
        Self { text: String::new(), format }
    }

    pub(super) fn family<'a>(&'a mut self, name: &'a str, kind: Kind, help: &'a str) -> Family<'a> {
        let name = match self.format {
            Format::OpenMetrics if kind == Kind::Counter => name.strip_suffix("_total").unwrap_or(name),
            _ => name,
        };
        Family { page: self, name, kind, help, has_head: false }
    }

    pub(super) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text += "# EOF\n";
        }
        self.text
    }
}

// === impl Family ===

impl Family<'_> {
    pub(super) fn series(&mut self, labels: Labels<'_>, series: &mut Series, now: Time) {
        if !std::mem::replace(&mut self.has_head, true) {
            self.head();
        }
        let total = if self.page.format == Format::OpenMetrics { "_total" } else { "" };
        match series {
            Series::Counter(value) => self.sample(total, labels, None, *value),
            Series::Gauge(value) => self.sample("", labels, None, *value),
            Series::Histogram(histogram) => {
                let mut total = 0_u64;
                for (bound, count) in BUCKETS.iter().zip(histogram.counts) {
                    total = total.saturating_add(count);
                    self.sample("_bucket", labels, Some(("le", *bound)), total as f64);
                }
                let count = histogram.count as f64;
                self.sample("_bucket", labels, Some(("le", f64::INFINITY)), count);
                self.sample("_sum", labels, None, histogram.sum);
                self.sample("_count", labels, None, count);
            }
            Series::Summary(summary) => {
                for (quantile, value) in QUANTILES.iter().zip(summary.quantiles(now)) {
                    self.sample("", labels, Some(("quantile", *quantile)), value);
                }
                self.sample("_sum", labels, None, summary.sum);
                self.sample("_count", labels, None, summary.count as f64);
            }
        }
    }

    /// The lines before the series of a metric.
    fn head(&mut self) {
        let (name, kind) = (self.name, self.kind.as_str());
        let mut help = self.help.replace('\\', "\\\\").replace('\n', "\\n");
        if self.page.format == Format::OpenMetrics {
            help = help.replace('"', "\\\"");
        }
        // Writing to a string does not fail, here and below.
        let _ = writeln!(self.page.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        let unit = ["seconds", "bytes"]
            .into_iter()
            .find(|unit| name.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_')));
        if let (Format::OpenMetrics, Some(unit)) = (self.page.format, unit) {
            let _ = writeln!(self.page.text, "# UNIT {name} {unit}");
        }
    }

    fn sample(&mut self, suffix: &str, labels: Labels<'_>, last: Option<(&str, f64)>, value: f64) {
        let text = &mut self.page.text;
        *text += self.name;
        *text += suffix;
        let format = self.page.format;
        let last = last.map(|(name, value)| (name, bound(value, format)));
        let all = labels.iter().map(|(name, value)| (*name, *value));
        let all = all.chain(last.as_ref().map(|(name, value)| (*name, value.as_str())));
        let mut separator = '{';
        for (name, value) in all {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(text, "{separator}{name}=\"{value}\"");
            separator = ',';
        }
        if separator == ',' {
            text.push('}');
        }
        let _ = writeln!(text, " {}", number(value));
    }
}

/// A bound or quantile in a label. OpenMetrics wants whole numbers with a point, so
/// that the label is the same whoever writes it.
fn bound(value: f64, format: Format) -> String {
    match format {
        Format::OpenMetrics if value.is_finite() && value.fract() == 0.0 => format!("{value:.1}"),
        _ => number(value),
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
        let page = |format| {
            let mut page = Page::new(format);
            page.family("m", Kind::Gauge, "a\\b\nc \"d\"").series(
                &[("l", "x\"y\\z\nw")],
                &mut Series::Gauge(1.0),
                Time::ZERO,
            );
            page.finish()
        };
        assert_eq!(
            page(Format::OpenMetrics),
            "# HELP m a\\\\b\\nc \\\"d\\\"\n# TYPE m gauge\nm{l=\"x\\\"y\\\\z\\nw\"} 1\n# EOF\n"
        );
        assert_eq!(
            page(Format::Prometheus),
            "# HELP m a\\\\b\\nc \"d\"\n# TYPE m gauge\nm{l=\"x\\\"y\\\\z\\nw\"} 1\n"
        );
    }

    #[test]
    fn the_form_is_the_one_that_is_asked_for() {
        // As Prometheus asks since 2.5, and since 2.49.
        let old = "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let new = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;\
                   version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, want) in [
            (old, Format::OpenMetrics),
            (new, Format::OpenMetrics),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("", Format::Prometheus),
            ("*/*", Format::Prometheus),
            ("text/plain", Format::Prometheus),
            ("application/openmetrics-text;version=2.0.0", Format::Prometheus),
            ("application/openmetrics-text;q=0", Format::Prometheus),
            ("application/openmetrics-text;q=0.1,text/plain", Format::Prometheus),
            (";q=x,,;;", Format::Prometheus),
        ] {
            assert_eq!(Format::accepted(accept), want, "{accept}");
        }
    }
}
