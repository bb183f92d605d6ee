//! The members of an object, by their known names.

use super::{list, near_miss};
use crate::finding::{Findings, Span};
use crate::json5::{Member, Node, Value};
use crate::shape::{Form, Shape, Stranger};
use std::collections::BTreeMap;

/// Unknown keys of one object that are told; the bound keeps a hostile file cheap.
const MOST_UNKNOWN: usize = 20;

/// An object whose keys have been looked at.
pub(crate) struct Fields<'n> {
    /// Where the object begins.
    pub(crate) mark: Span,
    /// How messages name it; empty for the whole configuration.
    path: String,
    known: BTreeMap<&'static str, &'n Member>,
    /// Known keys that an unknown key was probably meant to be, or whose work it does elsewhere.
    misspelt: Vec<&'static str>,
}

// === impl Fields ===

impl<'n> Fields<'n> {
    /// Sorts the members of `node`, and reports unknown and repeated keys. `None`, reported, when it is not an object.
    pub(crate) fn open(
        node: &'n Node,
        path: impl Into<String>,
        shape: &Shape,
        findings: &mut Findings,
    ) -> Option<Self> {
        let path = path.into();
        match &node.value {
            Value::Object(members) => {
                let mut fields =
                    Self { mark: node.mark(), path, known: BTreeMap::new(), misspelt: Vec::new() };
                fields.sort(members, shape, findings);
                Some(fields)
            }
            Value::Unreadable => None,
            other => {
                let kind = other.kind();
                findings
                    .error(node.mark(), format!("'{path}' expected a map, got {kind}"))
                    .label(format!("expected {} in the form {{ … }}", shape.what));
                None
            }
        }
    }

    fn sort(&mut self, members: &'n [Member], shape: &Shape, findings: &mut Findings) {
        let mut unknown: Vec<&Member> = Vec::new();
        for member in members {
            let Some(key) = shape.key(&member.key).map(|key| key.name) else {
                unknown.push(member);
                continue;
            };
            if let Some(earlier) = self.known.insert(key, member) {
                findings
                    .warning(member.key_span.clone(), format!("`{key}` is given twice"))
                    .label("this one is used")
                    .also(earlier.key_span.clone(), "this one is not");
            }
        }
        if !unknown.is_empty() {
            self.report_unknown(&unknown, shape, findings);
        }
    }

    fn report_unknown(&mut self, unknown: &[&Member], shape: &Shape, findings: &mut Findings) {
        let shown = unknown.get(..MOST_UNKNOWN).unwrap_or(unknown);
        let Some((first, others)) = shown.split_first() else { return };
        let mut names: Vec<&str> = shown.iter().map(|member| member.key.as_str()).collect();
        if shown.len() < unknown.len() {
            names.push("…");
        }
        let message = if self.path.is_empty() {
            let begin = if shape.form == Form::Jobs { "unknown" } else { "Unknown" };
            format!("{begin} config keys: [{}]", names.join(" "))
        } else {
            format!("'{}' has invalid keys: {}", self.path, names.join(", "))
        };
        let mut hints: Vec<String> = Vec::new();
        let mut label = |member: &Member| {
            let stranger =
                shape.strangers.iter().find(|stranger| stranger.key.eq_ignore_ascii_case(&member.key));
            if let Some(Stranger { key, advice, instead }) = stranger {
                hints.push(format!("`{key}` {advice}"));
                return match instead {
                    Some(meant) => {
                        self.misspelt.push(meant);
                        format!("write `{meant}`")
                    }
                    None => format!("not a key of {}", shape.what),
                };
            }
            match near_miss(&member.key, shape.keys.iter().map(|key| key.name)) {
                Some(meant) => {
                    self.misspelt.push(meant);
                    format!("did you mean `{meant}`?")
                }
                None => {
                    let all = keys_of(shape);
                    if !hints.contains(&all) {
                        hints.push(all);
                    }
                    format!("not a key of {}", shape.what)
                }
            }
        };
        let first_label = label(first);
        let other_labels: Vec<String> = others.iter().map(|member| label(member)).collect();
        let finding = findings.error(first.key_span.clone(), message);
        finding.label(first_label);
        for (member, label) in others.iter().zip(other_labels) {
            finding.and(member.key_span.clone(), label);
        }
        for hint in hints {
            finding.hint(hint);
        }
    }

    /// How messages name a key of this object.
    pub(crate) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key; `None` when it is absent or null, which are the same.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.known.get(key).map(|member| &member.node).filter(|node| node.value != Value::Null)
    }

    /// Where a key stands.
    pub(crate) fn key_mark(&self, key: &str) -> Option<Span> {
        self.known.get(key).map(|member| member.key_span.clone())
    }

    /// Whether an absent key was probably meant by an unknown one, which has been reported.
    pub(crate) fn is_misspelt(&self, key: &str) -> bool {
        self.misspelt.contains(&key)
    }
}

fn keys_of(shape: &Shape) -> String {
    let keys: Vec<&str> = shape.keys.iter().map(|key| key.name).filter(|key| !key.starts_with('$')).collect();
    format!("the keys of {} are {}", shape.what, keys.join(", "))
}

/// What `read` makes of each item of a list; items with errors are left out.
pub(crate) fn each<T>(
    fields: &Fields<'_>,
    key: &str,
    findings: &mut Findings,
    mut read: impl FnMut(&Node, &str, &mut Findings) -> Option<T>,
) -> Vec<T> {
    let path = fields.path(key);
    let Some(items) = fields.get(key).and_then(|node| list(node, &path, findings)) else { return Vec::new() };
    items
        .into_iter()
        .enumerate()
        .filter_map(|(i, item)| read(item, &format!("{path}[{i}]"), findings))
        .collect()
}

/// Tells `twice` of each item whose key an earlier one has: its key, its place, and that of the first.
pub(crate) fn repeated<'i, T, K: Ord>(
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

/// The members of an object whose keys are free; one that is given twice is told. `None`, reported, when it is no
/// object.
pub(crate) fn members<'n>(
    node: &'n Node,
    path: &str,
    what: &str,
    findings: &mut Findings,
) -> Option<Vec<&'n Member>> {
    let Value::Object(all) = &node.value else {
        if node.value != Value::Unreadable {
            findings
                .error(node.mark(), format!("'{path}' expected a map, got {}", node.value.kind()))
                .label(format!("expected {what} in the form {{ … }}"));
        }
        return None;
    };
    let mut last: BTreeMap<&str, &Member> = BTreeMap::new();
    for member in all {
        if let Some(earlier) = last.insert(&member.key, member) {
            findings
                .warning(member.key_span.clone(), format!("`{}` is given twice", member.key))
                .label("this one is used")
                .also(earlier.key_span.clone(), "this one is not");
        }
    }
    Some(last.into_values().collect())
}
