//! Whole numbers that must be there, and numbers of restarts.

use super::{Fields, number_text, whole};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::shape::MOST_SECONDS;
use gyropilot_model::Restarts;
use std::time::Duration;

/// A positive number of seconds, which must be there. `message` makes an error of such as `must be > 0`.
pub(crate) fn seconds(
    fields: &Fields<'_>,
    key: &str,
    message: impl Fn(&str) -> String,
    findings: &mut Findings,
) -> Option<Duration> {
    let number = positive(fields, key, message, MOST_SECONDS, findings)?;
    Some(Duration::from_secs(number.unsigned_abs()))
}

/// A positive whole number up to `most`, which must be there.
pub(crate) fn positive(
    fields: &Fields<'_>,
    key: &str,
    message: impl Fn(&str) -> String,
    most: i64,
    findings: &mut Findings,
) -> Option<i64> {
    let Some(node) = fields.get(key) else {
        if !fields.is_misspelt(key) {
            let unit = if most == MOST_SECONDS { ", a number of seconds" } else { "" };
            findings
                .error(fields.mark.clone(), message("must be > 0"))
                .label(format!("no `{key}` in here"))
                .hint(format!("add `{key}`{unit}"));
        }
        return None;
    };
    let number = whole(node, &fields.path(key), findings)?;
    if number <= 0 {
        findings.error(node.mark(), message("must be > 0")).label("expected a positive number");
        return None;
    }
    if number > most {
        findings.error(node.mark(), message(&format!("must be at most {most}"))).label("out of range");
        return None;
    }
    Some(number)
}

/// A number of 0 or more, whose fraction is cut off, or `unlimited`, or `never`. `message` makes the error of the value
/// as written.
pub(crate) fn restarts(
    node: &Node,
    message: impl FnOnce(&str) -> String,
    findings: &mut Findings,
) -> Option<Restarts> {
    let (limit, written) = match &node.value {
        Value::Unreadable | Value::Null => return None,
        Value::String(word) if word == "unlimited" => return Some(Restarts::Unlimited),
        Value::String(word) if word == "never" => return Some(Restarts::Limited(0)),
        Value::String(word) => (word.parse().ok(), word.escape_debug().to_string()),
        Value::Number(number) => {
            let cut = number.trunc();
            // Up to 2^32 a binary64 holds every whole number.
            let fits = (0.0..=f64::from(u32::MAX)).contains(&cut);
            (fits.then_some(cut as u32), number_text(*number))
        }
        Value::Bool(word) => (None, word.to_string()),
        other => (None, other.kind().to_owned()),
    };
    if limit.is_none() {
        findings
            .error(node.mark(), message(&written))
            .label(format!("expected a whole number from 0 to {}, \"unlimited\" or \"never\"", u32::MAX));
    }
    limit.map(Restarts::Limited)
}
