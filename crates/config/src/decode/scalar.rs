//! Texts, numbers, booleans, durations and lists of texts.

use crate::finding::Findings;
use crate::json5::{Node, Value};
use gyropilot_model::{format_go_duration, parse_go_duration};

/// As Go writes a number that passes for a text: all digits, no exponent.
pub(crate) fn number_text(number: f64) -> String {
    // Rust's own form of a float has no exponent either, and both are the shortest that reads back the same.
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

/// A text. Numbers pass for one; a boolean passes for `1` or `0`.
pub(crate) fn text(node: &Node, path: &str, findings: &mut Findings) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(*number)),
        Value::Bool(yes) => Some(if *yes { "1" } else { "0" }.to_owned()),
        Value::Unreadable | Value::Null => None,
        other => {
            findings
                .error(node.mark(), format!("'{path}' expected type 'string', got {}", other.kind()))
                .label("expected a text");
            None
        }
    }
}

/// A whole number. A fraction is cut off, with a warning; a text that is a whole number in Go's notation passes.
pub(crate) fn whole(node: &Node, path: &str, findings: &mut Findings) -> Option<i64> {
    let refuse = |findings: &mut Findings, found: &str| {
        let finding = findings
            .error(node.mark(), format!("cannot parse '{path}' as int: {found} is not a whole number"));
        finding.label("expected a whole number, without a unit");
        if let Value::String(text) = &node.value
            && let Some(hint) = seconds_hint(text)
        {
            finding.hint(hint);
        }
        None::<i64>
    };
    match &node.value {
        Value::Number(number) => {
            // 2^53: up to there every whole number has its own binary64.
            if !number.is_finite() || number.abs() > 9_007_199_254_740_992.0 {
                findings
                    .error(node.mark(), format!("cannot parse '{path}' as int: out of range"))
                    .label("out of range");
                return None;
            }
            let cut = number.trunc();
            if cut != *number {
                findings
                    .warning(node.mark(), format!("'{path}' is a whole number; the fraction is cut off"))
                    .label(format!("read as {cut}"));
            }
            // In range by the check above.
            Some(cut as i64)
        }
        Value::Bool(yes) => Some(i64::from(*yes)),
        Value::String(text) => go_integer(text).or_else(|| {
            refuse(findings, &format!("\"{}\"", text.escape_debug()));
            None
        }),
        Value::Unreadable | Value::Null => None,
        other => {
            findings
                .error(node.mark(), format!("'{path}' expected type 'int', got {}", other.kind()))
                .label("expected a whole number");
            None
        }
    }
}

/// Go's `strconv.ParseInt` with base 0: decimal, `0x`, `0o` or a leading zero, `0b`.
fn go_integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, base) = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, base)))
        .or_else(|| lower.strip_prefix('0').filter(|rest| !rest.is_empty()).map(|rest| (rest, 8)))
        .unwrap_or((lower.as_str(), 10));
    // A second sign is not a number, but the parser below would take it.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i64::from_str_radix(digits, base).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// A boolean. Numbers are true unless 0; texts go by Go's `strconv.ParseBool`.
pub(crate) fn boolean(node: &Node, path: &str, findings: &mut Findings) -> Option<bool> {
    match &node.value {
        Value::Bool(yes) => Some(*yes),
        Value::Number(number) => Some(*number != 0.0),
        Value::String(text) => go_boolean(text).or_else(|| {
            findings
                .error(
                    node.mark(),
                    format!("cannot parse '{path}' as bool: \"{}\" is neither", text.escape_debug()),
                )
                .label("expected true or false");
            None
        }),
        Value::Unreadable | Value::Null => None,
        other => {
            findings
                .error(node.mark(), format!("'{path}' expected type 'bool', got {}", other.kind()))
                .label("expected true or false");
            None
        }
    }
}

/// Go's `strconv.ParseBool`; the empty text, which the decoder of the original took for false, included.
pub(crate) fn go_boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A list; nulls in it are skipped. The original took anything else for an empty list, so that a whole part of the
/// configuration could be lost without a word; nothing can depend on that, and here it is an error.
pub(crate) fn list<'n>(node: &'n Node, path: &str, findings: &mut Findings) -> Option<Vec<&'n Node>> {
    match &node.value {
        Value::List(items) => Some(items.iter().filter(|item| item.value != Value::Null).collect()),
        Value::Unreadable => None,
        other => {
            let finding = findings.error(
                node.mark(),
                format!("'{path}' source data must be an array or slice, got {}", other.kind()),
            );
            finding.label("expected a list");
            if matches!(other, Value::Object(_)) {
                finding.hint("put it in brackets: [ { … } ]");
            } else {
                finding.hint("put it in brackets: [ … ]");
            }
            None
        }
    }
}

/// A list of texts, each by the rules of [`text`].
pub(crate) fn texts<'n>(
    node: &'n Node,
    path: &str,
    findings: &mut Findings,
) -> Option<Vec<(&'n Node, String)>> {
    let items = list(node, path, findings)?;
    items
        .into_iter()
        .enumerate()
        .map(|(i, item)| Some((item, text(item, &format!("{path}[{i}]"), findings)?)))
        .collect()
}

/// How to write a duration that was written wrongly, if that can be told.
pub(crate) fn duration_hint(written: &str) -> Option<String> {
    let compact: String =
        written.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let digits = compact.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(compact.len());
    let (number, unit) = compact.split_at(digits);
    let unit = match unit {
        "s" | "sec" | "secs" | "second" | "seconds" | "" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => "ms",
        "d" | "day" | "days" => {
            let days: u64 = number.parse().ok()?;
            return Some(format!("days have no unit; write \"{}h\"", days.checked_mul(24)?));
        }
        _ => return None,
    };
    let candidate = format!("{number}{unit}");
    parse_go_duration(&candidate).ok()?;
    Some(format!("write \"{candidate}\""))
}

/// `"5s"` where a plain number of seconds belongs: the number to write.
fn seconds_hint(written: &str) -> Option<String> {
    let duration = parse_go_duration(written).ok()?;
    if duration.subsec_nanos() == 0 {
        return Some(format!("the unit is always the second: write {}", duration.as_secs()));
    }
    Some(format!(
        "the unit is always the second, and {} is not a whole number of them",
        format_go_duration(duration)
    ))
}
