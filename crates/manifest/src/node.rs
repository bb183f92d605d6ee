//! What stands in a file, whatever its language: texts, lists and maps, with their lines.

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// A value. Numbers and truth values are texts, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// From 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

// === impl Node ===

impl Node {
    pub(crate) fn text(line: usize, text: impl Into<String>) -> Self {
        Self { line, value: Value::Text(text.into()) }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The members of a map; of anything else none.
    pub(crate) fn members(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(members) => members,
            Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// The items of a list; of anything else none.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_) | Value::Map(_) => &[],
        }
    }

    /// The first member of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.members().iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    /// All members of this name: blocks may come more than once.
    pub(crate) fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Node> {
        self.members().iter().filter(move |(known, _)| known == name).map(|(_, node)| node)
    }

    /// The node at the end of this way.
    pub(crate) fn at(&self, way: &[&str]) -> Option<&Node> {
        way.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The text at the end of this way, with its line.
    pub(crate) fn text_at(&self, way: &[&str]) -> Option<(String, usize)> {
        let node = self.at(way)?;
        Some((node.as_text()?.to_owned(), node.line))
    }

    pub(crate) fn is_true(&self, way: &[&str]) -> bool {
        self.text_at(way).is_some_and(|(text, _)| text == "true")
    }
}
