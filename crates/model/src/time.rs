//! Time inside the pilot, and Go's notation for durations.

use std::time::Duration;

/// A moment, as the time elapsed since the pilot started.
///
/// Monotonic, and free of any calendar: the engine compares and adds moments
/// but never reads a clock. Under simulation the moments are made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a number followed by a unit.
    #[error("invalid duration \"{0}\"")]
    Invalid(String),
    /// A number without a unit where one is required.
    #[error("missing unit in duration \"{0}\"")]
    MissingUnit(String),
    /// A unit that is none of `ns us µs ms s m h`.
    #[error("unknown unit \"{unit}\" in duration \"{text}\"")]
    UnknownUnit {
        /// The unit as written.
        unit: String,
        /// The whole text.
        text: String,
    },
    /// Below zero, where only a length of time makes sense.
    #[error("negative duration \"{0}\"")]
    Negative(String),
}

// === impl Time ===

impl Time {
    /// The moment the pilot started.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The moment `elapsed` after the start.
    #[must_use]
    pub const fn from_start(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// The time between the start and this moment.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// The time from `earlier` to this moment; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::ops::Add<Duration> for Time {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(rhs))
    }
}

// === parsing ===

/// Reads a duration as both ContainerPilot generations do: a bare whole number
/// is seconds, anything else is Go notation.
///
/// # Errors
/// [`DurationError`] when the text is neither.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    match text.parse::<i64>() {
        Ok(seconds) => u64::try_from(seconds)
            .map(Duration::from_secs)
            .map_err(|_| DurationError::Negative(text.to_owned())),
        Err(_) => parse_go_duration(text),
    }
}

/// Reads Go's notation: decimal numbers each with a unit (`ns us µs ms s m h`),
/// for example `1h30m` or `1.5s`. A unit is required, except for `0`.
///
/// Source of the grammar: the documentation of Go's `time.ParseDuration`.
///
/// # Errors
/// [`DurationError`], with Go's wording without its `time: ` prefix.
pub fn parse_go_duration(text: &str) -> Result<Duration, DurationError> {
    let invalid = || DurationError::Invalid(text.to_owned());
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: f64 = 0.0;
    while !rest.is_empty() {
        let number_len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_len);
        if number.is_empty() || number == "." || number.matches('.').count() > 1 {
            return Err(invalid());
        }
        let unit_len = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_len);
        let nanoseconds = match unit {
            "" => return Err(DurationError::MissingUnit(text.to_owned())),
            "ns" => 1.0,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            other => {
                return Err(DurationError::UnknownUnit { unit: other.to_owned(), text: text.to_owned() });
            }
        };
        total += number.parse::<f64>().map_err(|_| invalid())? * nanoseconds;
        rest = tail;
    }
    // Go counts nanoseconds in 63 bits: about 292 years.
    if total >= 9.223_372_036_854_775e18 {
        return Err(invalid());
    }
    if negative && total > 0.0 {
        return Err(DurationError::Negative(text.to_owned()));
    }
    // In range by the check above; a fraction of a nanosecond is dropped.
    Ok(Duration::from_nanos(total as u64))
}

/// Writes a duration as Go prints it: `1h0m0s`, `1.5s`, `250ms`, `0s`.
#[must_use]
pub fn format_go_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let fraction = |value: u128, unit: u128, suffix: &str| {
        let whole = value / unit;
        let part = value % unit;
        if part == 0 {
            return format!("{whole}{suffix}");
        }
        let width = unit.ilog10() as usize;
        let digits = format!("{part:0width$}");
        format!("{whole}.{}{suffix}", digits.trim_end_matches('0'))
    };
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < 1_000 {
        return format!("{nanos}ns");
    }
    if nanos < 1_000_000 {
        return fraction(nanos, 1_000, "\u{b5}s");
    }
    if nanos < 1_000_000_000 {
        return fraction(nanos, 1_000_000, "ms");
    }
    let minutes = nanos / 60_000_000_000;
    let seconds = fraction(nanos % 60_000_000_000, 1_000_000_000, "s");
    match (minutes / 60, minutes % 60) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_numbers_are_seconds_only_where_both_generations_say_so() {
        assert_eq!(parse_duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_go_duration("90"), Err(DurationError::MissingUnit("90".into())));
        assert_eq!(parse_duration("-1"), Err(DurationError::Negative("-1".into())));
    }

    #[test]
    fn go_notation() {
        for (text, want) in [
            ("1h30m", Duration::from_secs(5400)),
            ("1.5s", Duration::from_millis(1500)),
            (".5s", Duration::from_millis(500)),
            ("100ms", Duration::from_millis(100)),
            ("1us", Duration::from_micros(1)),
            ("1µs", Duration::from_micros(1)),
            ("7ns", Duration::from_nanos(7)),
            ("+2m", Duration::from_secs(120)),
            ("0", Duration::ZERO),
            ("-0s", Duration::ZERO),
        ] {
            assert_eq!(parse_go_duration(text), Ok(want), "{text}");
        }
        for text in ["", "x", "5", "1.2.3s", "s", "1 s", "-", "1d", "99999999999999h", "-5s"] {
            assert!(parse_go_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn formats_as_go_does() {
        for (duration, want) in [
            (Duration::ZERO, "0s"),
            (Duration::from_nanos(12), "12ns"),
            (Duration::from_nanos(1_500), "1.5µs"),
            (Duration::from_millis(250), "250ms"),
            (Duration::from_millis(1500), "1.5s"),
            (Duration::from_secs(60), "1m0s"),
            (Duration::from_secs(3600), "1h0m0s"),
            (Duration::from_millis(5_400_100), "1h30m0.1s"),
        ] {
            assert_eq!(format_go_duration(duration), want);
        }
    }
}
