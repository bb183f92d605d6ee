//! Consul's `filter=`: which entries of a list are wanted.
//!
//! The language is that of Consul 1.8 (go-bexpr), with its messages, and what later versions added to selectors. A
//! text is read once, against what the entries of its [`Subject`] have, and then asked of each entry as it is sent out.
//! A text may be 8 KiB long and nest 64 deep, with 16 regular expressions of 64 KiB each when compiled; Consul
//! has no such bounds.

mod check;
mod fields;
mod grammar;
mod literal;
#[cfg(test)]
mod tests;

pub use fields::Subject;

use grammar::Dialect;
use regex::Regex;
use serde_json::Value;

/// The longest text, in bytes.
const MAX_LENGTH: usize = 8 << 10;
/// How deep `not` and parentheses nest.
const MAX_DEPTH: usize = 64;
/// How many regular expressions a text may have.
const MAX_PATTERNS: usize = 16;
/// The memory that a compiled regular expression may take, in bytes.
const MAX_PATTERN: usize = 64 << 10;

/// An expression that entries match or not.
#[derive(Clone, Debug)]
pub struct Filter(Condition);

/// Why a text is no filter, in Consul's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Failed to create boolean expression evaluator: {0}")]
pub struct FilterError(String);

#[derive(Clone, Debug)]
enum Condition {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Match(Verdict),
}

/// One comparison.
#[derive(Clone, Debug)]
struct Verdict {
    path: Vec<Step>,
    test: Test,
    /// Whether the test shall hold, or shall not.
    positive: bool,
    /// The answer when a key on the path is missing.
    absent: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Field(&'static str),
    Key(String),
    Each,
}

#[derive(Clone, Debug)]
enum Test {
    Text(String),
    Whole(i64),
    Flag(bool),
    /// Is it within the text?
    Part(String),
    /// Is it one of the texts?
    Member(String),
    /// Is it a name in the table?
    Key(String),
    Empty,
    Pattern(Regex),
}

// === impl Filter ===

impl Filter {
    /// Reads an expression about entries of a kind.
    ///
    /// # Errors
    /// [`FilterError`] when it is no expression, selects what the entries do not have, or compares in a way
    /// that the field does not know.
    pub fn parse(text: &str, subject: Subject) -> Result<Self, FilterError> {
        let understand = |dialect| check::check(&grammar::read(text, dialect)?, subject);
        // What Consul 1.8 refuses is tried once more, and its message stays if that does not help.
        understand(Dialect::First)
            .or_else(|reason| understand(Dialect::Later).map_err(|_| FilterError(reason)))
            .map(Self)
    }

    /// Whether an entry, as the API writes it, is one that is wanted. What it leaves out counts as empty, zero or
    /// false.
    #[must_use]
    pub fn matches(&self, entry: &Value) -> bool {
        self.0.holds(entry)
    }
}

// === impl FilterError ===

impl FilterError {
    /// The reason alone, as `/v1/agent/checks` gives it.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0
    }
}

// === impl Condition ===

impl Condition {
    fn holds(&self, entry: &Value) -> bool {
        match self {
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(entry)),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(entry)),
            Self::Not(condition) => !condition.holds(entry),
            Self::Match(verdict) => verdict.reached(&verdict.path, entry),
        }
    }
}

// === impl Verdict ===

impl Verdict {
    fn reached(&self, path: &[Step], value: &Value) -> bool {
        match path.split_first() {
            None => self.test.holds(value) == self.positive,
            Some((Step::Field(name), rest)) => self.reached(rest, value.get(name).unwrap_or(&Value::Null)),
            Some((Step::Key(key), rest)) => match value.get(key) {
                Some(found) => self.reached(rest, found),
                None => self.absent,
            },
            Some((Step::Each, rest)) => {
                value.as_array().is_some_and(|items| items.iter().any(|item| self.reached(rest, item)))
            }
        }
    }
}

// === impl Test ===

impl Test {
    fn holds(&self, value: &Value) -> bool {
        let text = || value.as_str().unwrap_or_default();
        match self {
            Self::Text(want) => text() == want,
            Self::Part(want) => text().contains(want.as_str()),
            Self::Pattern(pattern) => pattern.is_match(text()),
            Self::Whole(want) => value.as_i64().unwrap_or_default() == *want,
            Self::Flag(want) => value.as_bool().unwrap_or_default() == *want,
            Self::Member(want) => value.as_array().is_some_and(|items| items.iter().any(|item| item == want)),
            Self::Key(want) => value.as_object().is_some_and(|entries| entries.contains_key(want)),
            Self::Empty => match value {
                Value::Array(items) => items.is_empty(),
                Value::Object(entries) => entries.is_empty(),
                _ => true,
            },
        }
    }
}
