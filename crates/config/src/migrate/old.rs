//! The old file: its values as they are written there, and its comments.

use crate::json5::{Member, Node, Value};
use std::ops::Range;

/// The old file.
pub(super) struct Old<'t> {
    text: &'t str,
    /// Where its object begins.
    start: usize,
    /// Where comments stand, in order.
    comments: Vec<Range<usize>>,
}

/// An object of the old file.
#[derive(Clone, Copy)]
pub(super) struct Part<'n>(&'n [Member]);

/// An item of a list, or a member, with what was said about it.
pub(super) struct Item<'n> {
    pub(super) part: Part<'n>,
    pub(super) about: Vec<String>,
}

// === impl Old ===

impl<'t> Old<'t> {
    pub(super) fn new(text: &'t str, root: &Node) -> Self {
        Self { text, start: root.span.start, comments: comments(text) }
    }

    /// A value as it is written.
    pub(super) fn written(&self, node: &Node) -> String {
        self.text.get(node.span.clone()).unwrap_or("").to_owned()
    }

    /// What was said before everything else.
    pub(super) fn before(&self) -> Vec<String> {
        self.said(0..self.start)
    }

    /// What was said about the member `key` at the top, if it is there.
    pub(super) fn about(&self, root: Part<'_>, key: &str) -> Vec<String> {
        let mut from = self.start;
        for member in root.0 {
            let end = self.line_end(member.node.span.end);
            if member.key.eq_ignore_ascii_case(key) {
                let mut about = self.said(from..member.key_span.start);
                about.extend(self.said(member.node.span.end..end));
                return about;
            }
            from = end;
        }
        Vec::new()
    }

    /// What was said after the last member.
    pub(super) fn afterwards(&self, root: Part<'_>) -> Vec<String> {
        let from = root.0.last().map_or(self.start, |member| self.line_end(member.node.span.end));
        self.said(from..self.text.len())
    }

    /// The objects of a list with what was said about each, what was said between their members included.
    pub(super) fn items<'n>(&self, list: Option<&'n Node>) -> Vec<Item<'n>> {
        let Some(Node { value: Value::List(nodes), span }) = list else { return Vec::new() };
        let mut from = span.start;
        let mut items = Vec::new();
        for node in nodes {
            let end = self.line_end(node.span.end);
            if let Value::Object(members) = &node.value {
                let mut about = self.said(from..node.span.start);
                let mut inside = node.span.start;
                for member in members {
                    about.extend(self.said(inside..member.node.span.start));
                    inside = member.node.span.end;
                }
                about.extend(self.said(inside..end));
                items.push(Item { part: Part(members), about });
                from = end;
            }
        }
        items
    }

    fn said(&self, within: Range<usize>) -> Vec<String> {
        let inside = self.comments.iter().filter(|comment| within.contains(&comment.start));
        inside.map(|comment| plain(self.text.get(comment.clone()).unwrap_or(""))).collect()
    }

    /// The end of the line, when only a comma and a comment stand between it and `at`.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        let behind = line.trim_start().trim_start_matches(',').trim_start();
        let free = behind.is_empty() || behind.starts_with("//") || behind.starts_with("/*");
        if free { at + line.len() } else { at }
    }
}

// === impl Part ===

impl<'n> Part<'n> {
    pub(super) fn of(node: &'n Node) -> Option<Self> {
        match &node.value {
            Value::Object(members) => Some(Self(members)),
            _ => None,
        }
    }

    /// The value of a key as the reader of a configuration finds it: the last one given, null being none.
    pub(super) fn get(self, key: &str) -> Option<&'n Node> {
        let found = self.0.iter().rev().find(|member| member.key.eq_ignore_ascii_case(key));
        found.map(|member| &member.node).filter(|node| node.value != Value::Null)
    }

    /// A text.
    pub(super) fn text(self, key: &str) -> Option<&'n str> {
        match &self.get(key)?.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn members(self) -> &'n [Member] {
        self.0
    }
}

/// Where comments stand in a text that is JSON5.
fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            at += string_length(rest, quote);
            continue;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        found.push(at..at + length);
        at += length;
    }
    found
}

fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// A comment without its marks.
fn plain(comment: &str) -> String {
    let inside = match comment.strip_prefix("/*") {
        Some(block) => block.strip_suffix("*/").unwrap_or(block),
        None => comment.trim_start_matches('/'),
    };
    let lines = inside.lines().map(|line| line.trim().trim_start_matches("* ").trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
