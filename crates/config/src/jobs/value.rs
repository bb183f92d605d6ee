//! Values that many keys have in common. `owner` is how messages name the object, such as `job[app].health`.

use crate::decode::{self, Fields, boolean, given, number_text, text, whole};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use std::path::PathBuf;
use std::time::Duration;

/// An optional duration; zero is one.
pub(super) fn duration(
    fields: &Fields<'_>,
    key: &str,
    owner: &str,
    findings: &mut Findings,
) -> Option<Duration> {
    let node = given(fields, key)?;
    let written = written(node);
    let message = |reason: &str| format!("unable to parse {owner}.{key} '{written}': {reason}");
    decode::duration(node, message, findings)
}

/// An optional duration of at least a millisecond.
pub(super) fn span(fields: &Fields<'_>, key: &str, owner: &str, findings: &mut Findings) -> Option<Duration> {
    let span = duration(fields, key, owner, findings)?;
    if span >= Duration::from_millis(1) {
        return Some(span);
    }
    let node = given(fields, key)?;
    findings
        .error(node.mark(), format!("{owner}.{key} '{}' cannot be less than 1ms", written(node)))
        .label("expected 1ms or more");
    None
}

/// A value as it stands in the file, for messages.
pub(super) fn written(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number_text(*number),
        other => other.kind().to_owned(),
    }
}

/// An optional whole number from `least` to `most`.
pub(super) fn number(
    fields: &Fields<'_>,
    key: &str,
    owner: &str,
    (least, most): (i64, i64),
    findings: &mut Findings,
) -> Option<i64> {
    let node = fields.get(key)?;
    let number = whole(node, &fields.path(key), findings)?;
    if (least..=most).contains(&number) {
        return Some(number);
    }
    findings
        .error(node.mark(), format!("{owner}.{key} must be from {least} to {most}"))
        .label("out of range");
    None
}

/// A number of times, from 1. Default 1.
pub(super) fn times(fields: &Fields<'_>, key: &str, owner: &str, findings: &mut Findings) -> u32 {
    number(fields, key, owner, (1, i64::from(u32::MAX)), findings)
        .and_then(|times| u32::try_from(times).ok())
        .unwrap_or(1)
}

/// A boolean. Default false.
pub(super) fn flag(fields: &Fields<'_>, key: &str, findings: &mut Findings) -> bool {
    fields.get(key).and_then(|node| boolean(node, &fields.path(key), findings)).unwrap_or(false)
}

/// An optional text; an empty one is the same as its absence.
pub(super) fn word(fields: &Fields<'_>, key: &str, findings: &mut Findings) -> Option<String> {
    text(fields.get(key)?, &fields.path(key), findings).filter(|text| !text.is_empty())
}

/// A text that is the absolute path of something.
pub(super) fn absolute(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<PathBuf> {
    let written = text(node, path, findings)?;
    if written.starts_with('/') && !written.contains('\0') {
        return Some(written.into());
    }
    findings
        .error(node.mark(), format!("{owner} must be an absolute path"))
        .label("expected a path that begins with `/`");
    None
}
