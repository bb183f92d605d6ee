//! Durations.

use super::{Fields, duration_hint, number_text};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use gyropilot_model::{parse_duration, parse_go_duration};
use std::time::Duration;

/// The text of a duration, which may be written as a number. `None`, reported, for other kinds.
pub(crate) fn duration_text(
    node: &Node,
    message: impl FnOnce(&str) -> String,
    findings: &mut Findings,
) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(*number)),
        Value::Unreadable | Value::Null => None,
        other => {
            let reason = format!("unexpected duration: {}", other.kind());
            findings
                .error(node.mark(), message(&reason))
                .label("expected seconds, or a text such as \"1m30s\"");
            None
        }
    }
}

/// A duration: a bare whole number is seconds, anything else is in Go's notation.
pub(crate) fn duration(
    node: &Node,
    message: impl Fn(&str) -> String,
    findings: &mut Findings,
) -> Option<Duration> {
    let written = duration_text(node, &message, findings)?;
    match parse_duration(&written) {
        Ok(duration) => Some(duration),
        Err(reason) => {
            not_a_duration(node, &written, message(&reason.to_string()), findings);
            None
        }
    }
}

/// A duration in Go's notation, where the unit is required.
pub(crate) fn is_go_duration(
    node: &Node,
    written: &str,
    message: impl Fn(&str) -> String,
    findings: &mut Findings,
) -> bool {
    match parse_go_duration(written) {
        Ok(_) => true,
        Err(reason) => {
            not_a_duration(node, written, message(&reason.to_string()), findings);
            false
        }
    }
}

fn not_a_duration(node: &Node, written: &str, message: String, findings: &mut Findings) {
    let finding = findings.error(node.mark(), message);
    finding.label("expected a duration such as \"500ms\", \"10s\" or \"1m30s\"");
    if let Some(hint) = duration_hint(written) {
        finding.hint(hint);
    }
}

/// The value of a key that holds a duration; the empty text is the same as its absence.
pub(crate) fn given<'n>(fields: &Fields<'n>, key: &str) -> Option<&'n Node> {
    fields.get(key).filter(|node| !matches!(&node.value, Value::String(written) if written.is_empty()))
}

/// An optional limit of time. Absent, empty and zero mean none.
pub(crate) fn limit(
    fields: &Fields<'_>,
    key: &str,
    message: impl Fn(&str) -> String,
    findings: &mut Findings,
) -> Option<Duration> {
    duration(given(fields, key)?, message, findings).filter(|limit| !limit.is_zero())
}
