//! What services, backends, tasks and the rest have in common.

use crate::decode::{Fields, duration_hint, near_miss, number_text, text, whole};
use crate::finding::{Findings, Span};
use crate::json5::{Node, Value};
use gyropilot_model::{parse_duration, parse_go_duration};
use std::collections::BTreeMap;
use std::time::Duration;

/// Go counts nanoseconds in 63 bits, so the original could not wait longer than this: about 292 years.
pub(super) const MOST_SECONDS: i64 = 9_223_372_036;

/// How messages name an item: by its name, or else by its place.
pub(super) fn owner(kind: &str, name: Option<&str>, path: &str) -> String {
    name.map_or_else(|| path.to_owned(), |name| format!("{kind} {name}"))
}

/// The `name` of something that stands in the catalogue, or `None`, reported, when it is blank.
pub(super) fn catalog_name(fields: &Fields<'_>, findings: &mut Findings) -> Option<String> {
    let node = fields.get("name");
    let name = match node {
        Some(node) => text(node, &fields.path("name"), findings)?,
        None if fields.is_misspelt("name") => return None,
        None => String::new(),
    };
    let mark = node.map_or_else(|| fields.mark.clone(), Node::mark);
    if name.trim().is_empty() {
        let label = if node.is_some() { "expected a name" } else { "no `name` in here" };
        findings.error(mark, "`name` must not be blank").label(label);
        return None;
    }
    if !is_discoverable(&name) {
        findings
            .warning(mark, "service names must be alphanumeric with dashes to comply with service discovery")
            .label("accepted, but not findable by DNS everywhere")
            .hint("begin with a small letter; go on with letters, digits and `-`");
    }
    Some(name)
}

/// `^[a-z][a-zA-Z0-9\-]+$`
fn is_discoverable(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| c.is_ascii_lowercase())
        && name.len() > 1
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Tells `twice` of each item whose key an earlier one has: its key, its place, and that of the first.
pub(super) fn repeated<'i, T, K: Ord>(
    items: &'i [(T, Span)],
    key: impl Fn(&'i T) -> K,
    mut twice: impl FnMut(&K, Span, Span),
) {
    let mut first: BTreeMap<K, &Span> = BTreeMap::new();
    for (item, place) in items {
        let key = key(item);
        match first.get(&key) {
            Some(earlier) => twice(&key, place.clone(), (*earlier).clone()),
            None => drop(first.insert(key, place)),
        }
    }
}

/// A positive number of seconds, which must be there. `owner` is such as `service nginx`.
pub(super) fn seconds(
    fields: &Fields<'_>,
    key: &str,
    owner: &str,
    findings: &mut Findings,
) -> Option<Duration> {
    let number = positive(fields, key, owner, MOST_SECONDS, findings)?;
    Some(Duration::from_secs(number.unsigned_abs()))
}

/// A positive whole number up to `most`, which must be there.
pub(super) fn positive(
    fields: &Fields<'_>,
    key: &str,
    owner: &str,
    most: i64,
    findings: &mut Findings,
) -> Option<i64> {
    let Some(node) = fields.get(key) else {
        if !fields.is_misspelt(key) {
            let unit = if most == MOST_SECONDS { ", a number of seconds" } else { "" };
            findings
                .error(fields.mark.clone(), format!("`{key}` must be > 0 in {owner}"))
                .label(format!("no `{key}` in here"))
                .hint(format!("add `{key}`{unit}"));
        }
        return None;
    };
    let number = whole(node, &fields.path(key), findings)?;
    if number <= 0 {
        findings
            .error(node.mark(), format!("`{key}` must be > 0 in {owner}"))
            .label("expected a positive number");
        return None;
    }
    if number > most {
        findings
            .error(node.mark(), format!("`{key}` must be at most {most} in {owner}"))
            .label("out of range");
        return None;
    }
    Some(number)
}

/// The text of a duration, which may be written as a number. `None`, reported, for other kinds.
pub(super) fn duration_text(
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
pub(super) fn duration(
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
pub(super) fn is_go_duration(
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

/// The optional `timeout` of a command. Absent, empty and zero mean none.
pub(super) fn timeout(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Duration> {
    let node = fields.get("timeout")?;
    if matches!(&node.value, Value::String(written) if written.is_empty()) {
        return None;
    }
    let message = |reason: &str| format!("Could not parse `timeout` in {owner}: {reason}");
    duration(node, message, findings).filter(|timeout| !timeout.is_zero())
}

/// One of a few words, in any case. `message` makes the error of the word as written.
pub(super) fn one_of<T: Clone>(
    node: &Node,
    path: &str,
    words: &[(&'static str, T)],
    message: impl FnOnce(&str) -> String,
    findings: &mut Findings,
) -> Option<T> {
    let written = text(node, path, findings)?;
    if let Some((_, meaning)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&written)) {
        return Some(meaning.clone());
    }
    let all: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    let finding = findings.error(node.mark(), message(&written));
    finding.label(format!("expected {}", all.join(", ")));
    if let Some(meant) = near_miss(&written, words.iter().map(|(word, _)| *word)) {
        finding.hint(format!("did you mean \"{meant}\"?"));
    }
    None
}
