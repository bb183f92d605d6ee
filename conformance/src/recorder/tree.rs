//! Answers as trees that can be compared.

use super::play::Exchange;
use super::step::View;
use serde_json::Value;
use std::collections::BTreeMap;

/// A value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    /// What is compared as it stands: null, true, a number.
    Plain(Value),
    /// A text, its identifiers set apart.
    Text(String, Vec<String>),
    /// A point in the history of the server.
    Index(u64),
    /// A value that is only ever equal or not.
    Opaque(String),
    /// Anything of this type.
    Any(&'static str),
    /// A list.
    List(Vec<Tree>),
    /// A map.
    Map(BTreeMap<String, Tree>),
}

/// Headers that say something about the connection or the moment.
const PASSING: &[&str] = &["date", "content-length", "connection", "transfer-encoding", "keep-alive"];

/// Names that hold an index wherever they stand.
const INDEXES: &[&str] = &["CreateIndex", "ModifyIndex"];

/// The answer of an exchange.
pub(super) fn tree(exchange: &Exchange) -> Tree {
    let view = &exchange.step.view;
    let mut parts = BTreeMap::new();
    match &exchange.answer {
        Err(error) => {
            parts.insert("no answer".to_owned(), Tree::Text(error.clone(), Vec::new()));
        }
        Ok(answer) => {
            parts.insert("status".to_owned(), Tree::Plain(answer.status.into()));
            let since = exchange.since;
            let headers = answer.headers().map(|(name, value)| (name.to_ascii_lowercase(), value));
            for (name, value) in headers.filter(|(name, _)| !PASSING.contains(&name.as_str())) {
                let tree = header(&name, value, view, since);
                parts.insert(format!("header {name}"), tree);
            }
            let json = answer.header("Content-Type").is_some_and(|kind| kind.contains("json"));
            let body = match serde_json::from_str::<Value>(&answer.body) {
                _ if named(&view.any, &[]) => Tree::Any("anything"),
                Ok(body) if json && !view.text => shown(body, view, since),
                _ => text(&answer.body, view),
            };
            parts.insert("body".to_owned(), body);
        }
    }
    if let Some(waited) = exchange.waited {
        parts.insert("used up its wait".to_owned(), Tree::Plain(waited.into()));
    }
    if exchange.unmet {
        parts.insert(
            "waited for".to_owned(),
            Tree::Text("something that did not come".to_owned(), Vec::new()),
        );
    }
    if let Some(untimely) = &exchange.untimely {
        parts.insert("took".to_owned(), Tree::Text(untimely.clone(), Vec::new()));
    }
    Tree::Map(parts)
}

fn header(name: &str, value: &str, view: &View, since: u64) -> Tree {
    match (name, value.parse()) {
        ("x-consul-index", Ok(_)) if view.any_index => Tree::Any("an index"),
        ("x-consul-index", Ok(index)) if !view.hashed => index_after(since, index),
        ("x-consul-contenthash" | "x-consul-index", _) => Tree::Opaque(value.to_owned()),
        ("age", _) => Tree::Any("text"),
        _ => text(value, view),
    }
}

fn shown(body: Value, view: &View, since: u64) -> Tree {
    if view.only.is_empty() {
        return value(body, view, since, &mut Vec::new());
    }
    let mut parts = BTreeMap::new();
    pick(&body, view, since, &mut Vec::new(), &mut parts);
    Tree::Map(parts)
}

/// Collects the parts of a body that count, by their places.
fn pick(body: &Value, view: &View, since: u64, place: &mut Vec<String>, parts: &mut BTreeMap<String, Tree>) {
    if named(&view.only, place) {
        parts.insert(place.join("/"), value(body.clone(), view, since, place));
        return;
    }
    let mut descend = |name: String, item: &Value| {
        place.push(name);
        pick(item, view, since, place, parts);
        place.pop();
    };
    match body {
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| descend(n.to_string(), item)),
        Value::Object(entries) => entries.iter().for_each(|(name, item)| descend(name.clone(), item)),
        _ => {}
    }
}

fn value(body: Value, view: &View, since: u64, place: &mut Vec<String>) -> Tree {
    if named(&view.any, place) {
        return Tree::Any(kind(&body));
    }
    let index = place.last().is_some_and(|name| INDEXES.contains(&name.as_str()));
    let mut below = |name: String, item: Value| {
        place.push(name);
        let tree = value(item, view, since, place);
        place.pop();
        tree
    };
    match body {
        Value::Array(items) => {
            let items = items.into_iter().enumerate().map(|(n, item)| below(n.to_string(), item));
            let mut items: Vec<_> = items.collect();
            if named(&view.unordered, place) {
                items.sort_by_cached_key(order);
            }
            Tree::List(items)
        }
        Value::Object(entries) => {
            Tree::Map(entries.into_iter().map(|(name, item)| (name.clone(), below(name, item))).collect())
        }
        Value::Number(number) if index => {
            number.as_u64().map_or(Tree::Plain(Value::Number(number)), |index| index_after(since, index))
        }
        other if view.shape => Tree::Any(kind(&other)),
        Value::String(string) if place.last().is_some_and(|name| name == "ContentHash") => {
            Tree::Opaque(string)
        }
        Value::String(string) => text(&string, view),
        other => Tree::Plain(other),
    }
}

/// What was before the first request has no order: no two servers begin alike.
fn index_after(since: u64, index: u64) -> Tree {
    if index > since { Tree::Index(index) } else { Tree::Any("an index from before the first request") }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// What a set is sorted by: everything that both sides can have in common.
fn order(tree: &Tree) -> String {
    match tree {
        Tree::Plain(value) => value.to_string(),
        Tree::Text(text, _) => text.clone(),
        Tree::Index(index) => format!("{index:020}"),
        Tree::Opaque(_) => String::new(),
        Tree::Any(kind) => (*kind).to_owned(),
        Tree::List(items) => items.iter().map(order).collect::<Vec<_>>().join(","),
        Tree::Map(entries) => {
            entries.iter().map(|(name, item)| format!("{name}={}", order(item))).collect::<Vec<_>>().join(",")
        }
    }
}

/// Does one of the pointers lead here?
fn named(pointers: &[&str], place: &[String]) -> bool {
    pointers.iter().any(|pointer| {
        let words: Vec<_> = pointer.split('/').skip(1).collect();
        words.len() == place.len()
            && words.iter().zip(place).all(|(word, name)| *word == "*" || *word == name.as_str())
    })
}

fn text(text: &str, view: &View) -> Tree {
    let mut plain = String::new();
    let mut identifiers = Vec::new();
    let mut rest = text;
    while let Some(start) = (0..rest.len()).find(|start| identifier(&rest.as_bytes()[*start..])) {
        plain.push_str(&rest[..start]);
        plain.push_str("{identifier}");
        identifiers.push(rest[start..start + IDENTIFIER].to_ascii_lowercase());
        rest = &rest[start + IDENTIFIER..];
    }
    plain.push_str(rest);
    Tree::Text(if view.ports { without_ports(&plain) } else { plain }, identifiers)
}

/// The length of a UUID, and where its hyphens stand.
const IDENTIFIER: usize = 36;
const HYPHENS: &[usize] = &[8, 13, 18, 23];

/// Does a UUID stand at the front?
fn identifier(bytes: &[u8]) -> bool {
    bytes.len() >= IDENTIFIER
        && bytes[..IDENTIFIER].iter().enumerate().all(|(n, byte)| match HYPHENS.contains(&n) {
            true => *byte == b'-',
            false => byte.is_ascii_hexdigit(),
        })
}

fn without_ports(text: &str) -> String {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == part.len() { format!("{whole}:{part}") } else { format!("{whole}:{{port}}{rest}") }
    })
}
