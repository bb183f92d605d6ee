//! Text to syntax tree, with Consul's messages.
//!
//! Consul's parser tries alternatives in order, remembers the furthest place where anything failed and what would
//! have fitted there, and says that when nothing else is to be said. So the shape of its grammar shows in its
//! messages, and this one follows it alternative by alternative. Where it would parse the same text twice with
//! the same result, this one does not: its time would double with each parenthesis.

use super::literal;
use super::{MAX_DEPTH, MAX_LENGTH};
use std::collections::BTreeSet;

/// An expression as it is written.
#[derive(Debug)]
pub(super) enum Syntax {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Match { selector: Vec<String>, operator: Operator, value: Option<String> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    In,
    NotIn,
    IsEmpty,
    IsNotEmpty,
    Matches,
    NotMatches,
}

/// Which grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Consul 1.8's.
    First,
    /// With what came later: `"/Service/Meta/a"`, and parts of selectors with slashes or only of digits.
    Later,
}

/// Reads a whole text.
///
/// # Errors
/// What Consul says of it.
pub(super) fn read(text: &str, dialect: Dialect) -> Result<Syntax, String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("longer than {MAX_LENGTH} bytes"));
    }
    let mut reader = Reader {
        text,
        dialect,
        at: 0,
        depth: 0,
        furthest: 0,
        expected: BTreeSet::new(),
        end_expected: false,
        errors: Vec::new(),
    };
    let read = reader.input();
    match read {
        Some(syntax) if reader.errors.is_empty() => Ok(syntax),
        _ => Err(reader.complaint()),
    }
}

struct Reader<'t> {
    text: &'t str,
    dialect: Dialect,
    at: usize,
    depth: usize,
    /// The furthest place where anything failed, and what was tried there.
    furthest: usize,
    expected: BTreeSet<&'static str>,
    end_expected: bool,
    /// What is wrong for sure; it stays when another alternative is taken.
    errors: Vec<String>,
}

/// The class of white space, as messages show it.
const BLANK: &str = "[ \\t\\r\\n]";

// === impl Reader: matching ===

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn failed(&mut self, want: &'static str) -> bool {
        if self.at > self.furthest {
            self.furthest = self.at;
            self.expected.clear();
            self.end_expected = false;
        }
        if self.at == self.furthest {
            self.expected.insert(want);
        }
        false
    }

    /// A literal; `want` is the same as messages show it.
    fn literal(&mut self, literal: &str, want: &'static str) -> bool {
        if !self.rest().starts_with(literal) {
            return self.failed(want);
        }
        self.at += literal.len();
        true
    }

    fn one_of(&mut self, fits: impl Fn(char) -> bool, want: &'static str) -> bool {
        match self.rest().chars().next() {
            Some(c) if fits(c) => {
                self.at += c.len_utf8();
                true
            }
            _ => self.failed(want),
        }
    }

    /// As many as there are; false without any.
    fn many_of(&mut self, fits: impl Fn(char) -> bool, want: &'static str) -> bool {
        let start = self.at;
        while self.one_of(&fits, want) {}
        self.at > start
    }

    fn blank(&mut self) -> bool {
        self.many_of(|c| matches!(c, ' ' | '\t' | '\r' | '\n'), BLANK)
    }

    fn end(&mut self) -> bool {
        if self.at == self.text.len() {
            return true;
        }
        if self.at >= self.furthest {
            self.failed("");
            self.expected.remove("");
            self.end_expected = true;
        }
        false
    }

    /// Takes what `read` takes, or nothing.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let read = read(self);
        if read.is_none() {
            self.at = start;
        }
        read
    }
}

// === impl Reader: messages ===

impl Reader<'_> {
    fn wrong(&mut self, at: usize, rule: &str, what: &str) {
        let message = format!("{}: rule \"{rule}\": {what}", self.place(at));
        if !self.errors.contains(&message) {
            self.errors.push(message);
        }
    }

    fn complaint(&self) -> String {
        if !self.errors.is_empty() {
            return self.errors.join("\n");
        }
        let end = self.end_expected.then_some("EOF");
        let mut expected: Vec<_> = self.expected.iter().copied().chain(end).collect();
        let last = expected.pop().unwrap_or_default();
        let or = if expected.is_empty() { "" } else { " or " };
        let place = self.place(self.furthest);
        format!("{place}: no match found, expected: {}{or}{last}", expected.join(", "))
    }

    /// Line, column and offset. A line break counts as the beginning of the line after it.
    fn place(&self, at: usize) -> String {
        let (before, after) = self.text.split_at(at);
        if after.starts_with('\n') {
            return format!("{}:0 ({at})", 2 + before.matches('\n').count());
        }
        let line = before.rsplit('\n').next().unwrap_or_default();
        format!("{}:{} ({at})", 1 + before.matches('\n').count(), 1 + line.chars().count())
    }
}

// === impl Reader: expressions ===

impl Reader<'_> {
    fn input(&mut self) -> Option<Syntax> {
        self.blank();
        let syntax = self.any()?;
        self.blank();
        self.end().then_some(syntax)
    }

    fn any(&mut self) -> Option<Syntax> {
        self.chain("or", "\"or\"", Self::all, Syntax::Any)
    }

    fn all(&mut self) -> Option<Syntax> {
        self.chain("and", "\"and\"", Self::negated, Syntax::All)
    }

    fn chain(
        &mut self,
        word: &str,
        want: &'static str,
        operand: fn(&mut Self) -> Option<Syntax>,
        join: fn(Vec<Syntax>) -> Syntax,
    ) -> Option<Syntax> {
        let first = operand(self)?;
        let mut operands = vec![first];
        while let Some(next) = self.attempt(|reader| {
            (reader.blank() && reader.literal(word, want) && reader.blank()).then_some(())?;
            operand(reader)
        }) {
            operands.push(next);
        }
        if operands.len() == 1 { operands.pop() } else { Some(join(operands)) }
    }

    fn negated(&mut self) -> Option<Syntax> {
        self.attempt(|reader| {
            (reader.literal("not", "\"not\"") && reader.blank()).then_some(())?;
            let inner = reader.deeper(Self::negated)?;
            Some(Syntax::Not(Box::new(inner)))
        })
        .or_else(|| self.grouping())
    }

    fn grouping(&mut self) -> Option<Syntax> {
        let start = self.at;
        if self.literal("(", "\"(\"") {
            self.blank();
            if let Some(inner) = self.deeper(Self::any) {
                self.blank();
                if self.literal(")", "\")\"") {
                    return Some(inner);
                }
                self.wrong(self.at, "grouping", "Unmatched parentheses");
            }
            self.at = start;
        }
        self.comparison()
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Option<Syntax>) -> Option<Syntax> {
        if self.depth == MAX_DEPTH {
            self.wrong(self.at, "grouping", &format!("nested deeper than {MAX_DEPTH}"));
            return None;
        }
        self.depth += 1;
        let syntax = read(self);
        self.depth -= 1;
        syntax
    }

    fn comparison(&mut self) -> Option<Syntax> {
        self.attempt(|reader| {
            let selector = reader.selector()?;
            let operator = reader.operator_before_value()?;
            let value = Some(reader.value()?);
            Some(Syntax::Match { selector, operator, value })
        })
        .or_else(|| {
            self.attempt(|reader| {
                let selector = reader.selector()?;
                let operator = reader.operator_alone()?;
                Some(Syntax::Match { selector, operator, value: None })
            })
        })
        .or_else(|| {
            self.attempt(|reader| {
                let value = Some(reader.value()?);
                let operator = reader.operator_after_value()?;
                let Some(selector) = reader.selector() else {
                    reader.wrong(reader.at, "match", "Invalid selector");
                    return None;
                };
                Some(Syntax::Match { selector, operator, value })
            })
        })
    }
}

// === impl Reader: operators ===

impl Reader<'_> {
    fn operator_before_value(&mut self) -> Option<Operator> {
        self.sign("==", "\"==\"", Operator::Equal)
            .or_else(|| self.sign("!=", "\"!=\"", Operator::NotEqual))
            .or_else(|| self.words(&[("contains", "\"contains\"")], true, Operator::In))
            .or_else(|| self.words(&[NOT, ("contains", "\"contains\"")], true, Operator::NotIn))
            .or_else(|| self.words(&[("matches", "\"matches\"")], true, Operator::Matches))
            .or_else(|| self.words(&[NOT, ("matches", "\"matches\"")], true, Operator::NotMatches))
    }

    fn operator_alone(&mut self) -> Option<Operator> {
        self.words(&[("is", "\"is\""), EMPTY], false, Operator::IsEmpty)
            .or_else(|| self.words(&[("is", "\"is\""), NOT, EMPTY], false, Operator::IsNotEmpty))
    }

    fn operator_after_value(&mut self) -> Option<Operator> {
        self.words(&[("in", "\"in\"")], true, Operator::In)
            .or_else(|| self.words(&[NOT, ("in", "\"in\"")], true, Operator::NotIn))
    }

    fn sign(&mut self, sign: &str, want: &'static str, operator: Operator) -> Option<Operator> {
        self.attempt(|reader| {
            reader.blank();
            reader.literal(sign, want).then_some(())?;
            reader.blank();
            Some(operator)
        })
    }

    /// Words with white space before each, and after the last one if something follows.
    fn words(
        &mut self,
        words: &[(&str, &'static str)],
        followed: bool,
        operator: Operator,
    ) -> Option<Operator> {
        self.attempt(|reader| {
            let all = words.iter().all(|(word, want)| reader.blank() && reader.literal(word, want));
            (all && (!followed || reader.blank())).then_some(operator)
        })
    }
}

const NOT: (&str, &str) = ("not", "\"not\"");
const EMPTY: (&str, &str) = ("empty", "\"empty\"");

// === impl Reader: selectors and values ===

impl Reader<'_> {
    fn selector(&mut self) -> Option<Vec<String>> {
        self.path().or_else(
            || {
                if self.dialect == Dialect::Later { self.attempt(Self::pointer) } else { None }
            },
        )
    }

    fn path(&mut self) -> Option<Vec<String>> {
        let mut path = vec![self.identifier()?];
        while let Some(part) = self.attempt(Self::part) {
            path.push(part);
        }
        Some(path)
    }

    fn part(&mut self) -> Option<String> {
        if self.literal(".", "\".\"") {
            let start = self.at;
            return self.identifier().or_else(|| {
                let digits = self.dialect == Dialect::Later && self.many_of(|c| c.is_ascii_digit(), "[0-9]");
                digits.then(|| self.text[start..self.at].to_owned())
            });
        }
        self.index()
    }

    fn identifier(&mut self) -> Option<String> {
        let start = self.at;
        self.one_of(|c| c.is_ascii_alphabetic(), "[a-zA-Z]").then_some(())?;
        let slash = self.dialect == Dialect::Later;
        self.many_of(|c| c.is_ascii_alphanumeric() || c == '_' || (slash && c == '/'), "[a-zA-Z0-9_]");
        Some(self.text[start..self.at].to_owned())
    }

    fn index(&mut self) -> Option<String> {
        self.literal("[", "\"[\"").then_some(())?;
        self.blank();
        let Some(key) = self.string() else {
            self.wrong(self.at, "index", "Invalid index");
            return None;
        };
        self.blank();
        if !self.literal("]", "\"]\"") {
            self.wrong(self.at, "index", "Unclosed index expression");
            return None;
        }
        Some(key)
    }

    /// A path in the form of RFC 6901, in quotes.
    fn pointer(&mut self) -> Option<Vec<String>> {
        let inner = self.rest().strip_prefix("\"/")?;
        let (inner, _) = inner.split_once('"')?;
        let fits = |c: char| c.is_alphanumeric() || "-_.~:|".contains(c);
        let parts: Vec<_> = inner.split('/').collect();
        if parts.iter().any(|part| part.is_empty() || !part.chars().all(fits)) {
            return None;
        }
        self.at += inner.len() + 3;
        Some(parts.iter().map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
    }

    fn value(&mut self) -> Option<String> {
        self.path()
            .map(|path| path.join("."))
            .or_else(|| self.attempt(Self::number))
            .or_else(|| self.attempt(Self::string))
    }

    fn number(&mut self) -> Option<String> {
        let start = self.at;
        self.literal("-", "\"-\"");
        if !self.literal("0", "\"0\"") {
            self.one_of(|c| matches!(c, '1'..='9'), "[1-9]").then_some(())?;
            self.many_of(|c| c.is_ascii_digit(), "[0-9]");
        }
        self.attempt(|reader| {
            let fraction = reader.literal(".", "\".\"") && reader.many_of(|c| c.is_ascii_digit(), "[0-9]");
            fraction.then_some(())
        });
        let stop = self.at;
        if !(self.blank() || self.end() || self.literal(")", "\")\"")) {
            self.wrong(stop, "number", "Invalid number literal");
            return None;
        }
        self.at = stop;
        Some(self.text[start..stop].to_owned())
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let quote = if self.literal("`", "\"`\"") {
            '`'
        } else if self.literal("\"", "\"\\\"\"") {
            '"'
        } else {
            return None;
        };
        let Some(length) = self.rest().find(quote) else {
            self.wrong(self.text.len(), "string", "Unterminated string literal");
            self.at = start;
            return None;
        };
        self.at += length + 1;
        let literal = &self.text[start..self.at];
        Some(literal::unquote(literal).unwrap_or_else(|| {
            self.wrong(start, "string", literal::Unfit::Syntax.words());
            String::new()
        }))
    }
}
