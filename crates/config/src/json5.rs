//! JSON5 with positions.
//!
//! Every key and value knows where it stands, so that a check that runs long after reading can still point at the
//! text. JSON is a part of JSON5, and what <https://spec.json5.org> allows is read. Two things more are taken: half of
//! a surrogate pair gives U+FFFD, as in Go's JSON decoder, and an unquoted key may hold whatever Unicode calls
//! alphabetic, which is a little more than the letters of JSON5.

mod reader;
mod scan;
#[cfg(test)]
mod tests;

pub(crate) use reader::{Reading, read};

use crate::finding::Span;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Bytes of the text.
    pub span: Span,
    /// What stands there.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Always binary64, as in the original.
    Number(f64),
    /// A text.
    String(String),
    /// `[ … ]`.
    List(Vec<Node>),
    /// In the order of the text, repeated keys included.
    Object(Vec<Member>),
    /// Something unreadable that has been reported already.
    Unreadable,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key, without quotes.
    pub key: String,
    /// Bytes of the text where the key stands.
    pub key_span: Span,
    /// Its value.
    pub node: Node,
}

// === impl Node ===

impl Node {
    /// Where to put a mark: the opening bracket of what spans lines, all of anything else.
    #[must_use]
    pub fn mark(&self) -> Span {
        match self.value {
            Value::List(_) | Value::Object(_) => self.span.start..self.span.start.saturating_add(1),
            _ => self.span.clone(),
        }
    }
}

// === impl Value ===

impl Value {
    /// The kind of value with its article, for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Unreadable => "something unreadable",
        }
    }
}
