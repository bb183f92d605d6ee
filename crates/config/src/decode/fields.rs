//! The members of an object, by their known names.

use super::near_miss;
use crate::finding::{Findings, Span};
use crate::json5::{Member, Node, Value};
use std::collections::BTreeMap;

/// Unknown keys of one object that are told; the bound keeps a hostile file cheap.
const MOST_UNKNOWN: usize = 20;

/// What an object may hold.
pub(crate) struct Shape {
    /// What the object is, with its article, for messages.
    pub(crate) what: &'static str,
    /// Every key it knows.
    pub(crate) keys: &'static [&'static str],
    /// Keys that belong elsewhere.
    pub(crate) strangers: &'static [Stranger],
    /// Keys match in their own case only. The original was strict at the top and nowhere else.
    pub(crate) exact: bool,
}

/// A key that belongs elsewhere.
pub(crate) struct Stranger {
    pub(crate) key: &'static str,
    /// Where it belongs, after the key itself.
    pub(crate) advice: &'static str,
    /// The key that does its work here.
    pub(crate) instead: Option<&'static str>,
}

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

// === impl Stranger ===

impl Stranger {
    pub(crate) const fn new(key: &'static str, advice: &'static str) -> Self {
        Self { key, advice, instead: None }
    }

    pub(crate) const fn renamed(key: &'static str, instead: &'static str, advice: &'static str) -> Self {
        Self { key, advice, instead: Some(instead) }
    }
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
            let exact = shape.keys.iter().find(|key| **key == member.key);
            let folded =
                || shape.keys.iter().find(|key| !shape.exact && key.eq_ignore_ascii_case(&member.key));
            let Some(key) = exact.or_else(folded) else {
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
            format!("Unknown config keys: [{}]", names.join(" "))
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
            match near_miss(&member.key, shape.keys.iter().copied()) {
                Some(meant) => {
                    self.misspelt.push(meant);
                    format!("did you mean `{meant}`?")
                }
                None => {
                    let all = format!("the keys of {} are {}", shape.what, shape.keys.join(", "));
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
