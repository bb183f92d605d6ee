//! Go's layouts for times: the reference time is Mon Jan 2 15:04:05 MST 2006.
//!
//! Source: the documentation of Go's package `time`. Times here are always UTC.

use super::too_long;
use gyropilot_template::{FuncError, Value};
use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use std::fmt::Write as _;
use std::time::Duration;

/// `2006-01-02T15:04:05Z07:00`
pub(super) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// The longest layout that is read, in bytes.
const MAX_LAYOUT: usize = 64 << 10;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[derive(Clone, Copy)]
enum Part {
    Month,
    MonthName,
    MonthShort,
    MonthPadded,
    Day,
    DayPadded,
    DaySpaced,
    YearDay,
    YearDaySpaced,
    Weekday,
    WeekdayShort,
    Hour,
    Hour12,
    Hour12Padded,
    Minute,
    MinutePadded,
    Second,
    SecondPadded,
    Year,
    YearShort,
    Half,
    HalfLower,
    Zone,
    Zulu,
    Offset(&'static str),
}

/// Longest first where one begins another.
const PARTS: &[(&str, Part)] = &[
    ("January", Part::MonthName),
    ("Jan", Part::MonthShort),
    ("Monday", Part::Weekday),
    ("Mon", Part::WeekdayShort),
    ("MST", Part::Zone),
    ("2006", Part::Year),
    ("__2", Part::YearDaySpaced),
    ("_2006", Part::Year),
    ("_2", Part::DaySpaced),
    ("002", Part::YearDay),
    ("01", Part::MonthPadded),
    ("02", Part::DayPadded),
    ("03", Part::Hour12Padded),
    ("04", Part::MinutePadded),
    ("05", Part::SecondPadded),
    ("06", Part::YearShort),
    ("15", Part::Hour),
    ("1", Part::Month),
    ("2", Part::Day),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::Half),
    ("pm", Part::HalfLower),
    ("-07:00:00", Part::Offset("+00:00:00")),
    ("-070000", Part::Offset("+000000")),
    ("-07:00", Part::Offset("+00:00")),
    ("-0700", Part::Offset("+0000")),
    ("-07", Part::Offset("+00")),
    ("Z07:00:00", Part::Zulu),
    ("Z070000", Part::Zulu),
    ("Z07:00", Part::Zulu),
    ("Z0700", Part::Zulu),
    ("Z07", Part::Zulu),
];

/// Writes a time, given as the span since 1970, in a layout of Go.
pub(super) fn format(since_epoch: Duration, layout: &str) -> Result<Value, FuncError> {
    if layout.len() > MAX_LAYOUT {
        return Err(too_long("timestamp"));
    }
    let time = i64::try_from(since_epoch.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::new(seconds, since_epoch.subsec_nanos().cast_signed()).ok())
        .ok_or_else(|| FuncError::new("timestamp: the clock is out of range"))?;
    let time = TimeZone::UTC.to_datetime(time);
    let mut out = String::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        if let Some((text, part)) = PARTS.iter().find(|(text, _)| begins(rest, text)) {
            // `_2006` is an underscore before a year.
            if *text == "_2006" {
                out.push('_');
            }
            write_part(&mut out, *part, time);
            rest = rest.get(text.len()..).unwrap_or_default();
        } else if let Some(len) = fraction(rest) {
            write_fraction(&mut out, rest.get(..len).unwrap_or_default(), time);
            rest = rest.get(len..).unwrap_or_default();
        } else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(Value::from(out))
}

/// Does the layout begin with this part? `Jan` is none when a lower-case letter follows.
fn begins(layout: &str, text: &str) -> bool {
    let Some(after) = layout.strip_prefix(text) else { return false };
    !(matches!(text, "Jan" | "Mon") && after.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// The length of `.000` or `,999`, when no further digit follows.
fn fraction(layout: &str) -> Option<usize> {
    let digits = layout.strip_prefix(['.', ','])?;
    let digit = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let after = digits.trim_start_matches(digit);
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(layout.len().saturating_sub(after.len()))
}

fn write_fraction(out: &mut String, layout: &str, time: DateTime) {
    let width = layout.len().saturating_sub(1);
    let nanos = format!("{:09}", time.subsec_nanosecond());
    let mut digits: String = nanos.chars().chain(std::iter::repeat('0')).take(width).collect();
    if layout.ends_with('9') {
        digits.truncate(digits.trim_end_matches('0').len());
    }
    if !digits.is_empty() {
        out.extend(layout.chars().next());
        out.push_str(&digits);
    }
}

fn write_part(out: &mut String, part: Part, time: DateTime) {
    let month = usize::try_from(time.month()).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let month = month.copied().unwrap_or_default();
    let weekday = weekday(time.weekday());
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let afternoon = time.hour() >= 12;
    // Writing to a string cannot fail.
    let _ = match part {
        Part::Month => write!(out, "{}", time.month()),
        Part::MonthName => write!(out, "{month}"),
        Part::MonthShort => write!(out, "{}", month.get(..3).unwrap_or_default()),
        Part::MonthPadded => write!(out, "{:02}", time.month()),
        Part::Day => write!(out, "{}", time.day()),
        Part::DayPadded => write!(out, "{:02}", time.day()),
        Part::DaySpaced => write!(out, "{:2}", time.day()),
        Part::YearDay => write!(out, "{:03}", time.day_of_year()),
        Part::YearDaySpaced => write!(out, "{:3}", time.day_of_year()),
        Part::Weekday => write!(out, "{weekday}"),
        Part::WeekdayShort => write!(out, "{}", weekday.get(..3).unwrap_or_default()),
        Part::Hour => write!(out, "{:02}", time.hour()),
        Part::Hour12 => write!(out, "{hour12}"),
        Part::Hour12Padded => write!(out, "{hour12:02}"),
        Part::Minute => write!(out, "{}", time.minute()),
        Part::MinutePadded => write!(out, "{:02}", time.minute()),
        Part::Second => write!(out, "{}", time.second()),
        Part::SecondPadded => write!(out, "{:02}", time.second()),
        Part::Year => write!(out, "{:04}", time.year()),
        Part::YearShort => write!(out, "{:02}", time.year().rem_euclid(100)),
        Part::Half => write!(out, "{}", if afternoon { "PM" } else { "AM" }),
        Part::HalfLower => write!(out, "{}", if afternoon { "pm" } else { "am" }),
        Part::Zone => write!(out, "UTC"),
        Part::Zulu => write!(out, "Z"),
        Part::Offset(zero) => write!(out, "{zero}"),
    };
}

const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_of_go() {
        // 2009-02-03 04:05:06.078 UTC, a Tuesday.
        let time = Duration::new(1_233_633_906, 78_000_000);
        for (layout, want) in [
            (RFC3339, "2009-02-03T04:05:06Z"),
            ("Mon, 02 Jan 2006 15:04:05 MST", "Tue, 03 Feb 2009 04:05:06 UTC"),
            ("Monday January _2 3:4:5 pm", "Tuesday February  3 4:5:6 am"),
            ("1/2/06 03:04PM", "2/3/09 04:05AM"),
            ("2006-01-02 15:04:05.000 -0700", "2009-02-03 04:05:06.078 +0000"),
            ("15:04:05.999999999", "04:05:06.078"),
            ("05,00", "06,07"),
            (".0000001", ".0000002"),
            ("5.000 x.00", "6.078 x.07"),
            ("20060102 15h", "20090203 04h"),
            ("Z07 -070000 Z070000 -07:00:00", "Z +000000 Z +00:00:00"),
            ("002 __2", "034  34"),
            ("_2006", "_2009"),
            ("-07:00 -07 Z0700", "+00:00 +00 Z"),
            ("January Janu", "February Janu"),
            ("ünicode", "ünicode"),
            ("", ""),
        ] {
            let got = format(time, layout).unwrap().as_text().unwrap();
            assert_eq!(got.to_str(), want, "{layout}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_layout_and_any_time_are_written_or_refused(layout in "[_0-9.,:ZJanMoSTPpm -]{0,30}|\\PC{0,30}", secs: u64) {
            let _ = format(Duration::from_secs(secs), &layout);
        }
    }
}
