//! Tokens to trees, with Go's errors at Go's places.

mod control;
mod pipeline;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::ParseError;
use crate::lex::{Dialect, Kind, Token, lex};
use crate::limits::{Limit, Limits};
use crate::node::{List, Node, Source, Tree, braced};
use crate::quote::quoted;
use crate::unicode::chars;

/// Everything one text defines, by name.
pub(crate) type Trees = BTreeMap<Vec<u8>, Rc<Tree>>;

/// Parses a text as the template `name` plus the definitions in it.
pub(crate) fn parse(
    name: &str,
    source: &Source,
    dialect: Dialect<'_>,
    is_function: &dyn Fn(&str) -> bool,
    limits: &Limits,
) -> Parsed<Trees> {
    let tokens = lex(&source.text, dialect);
    let mut parser = Parser {
        parse_name: name.into(),
        source,
        is_function,
        max_depth: limits.parse_depth,
        depth: 0,
        tokens: tokens.into_iter(),
        scope: Scope::default(),
        trees: Trees::new(),
    };
    let root = parser.top_level()?;
    parser.define(name.as_bytes(), root)?;
    Ok(parser.trees)
}

struct Parser<'a> {
    parse_name: Rc<str>,
    source: &'a Source,
    is_function: &'a dyn Fn(&str) -> bool,
    max_depth: usize,
    depth: usize,
    tokens: std::vec::IntoIter<Token>,
    scope: Scope,
    trees: Trees,
}

/// What each definition has for itself.
struct Scope {
    /// Look-ahead: the latest token, and up to two put back before it.
    lookahead: [Token; 3],
    pending: usize,
    variables: Variables,
    range_depth: usize,
    /// Line on which the current action began; 0 outside.
    action_line: usize,
}

/// The variables declared so far, with the number of declarations of each name.
struct Variables {
    order: Vec<Rc<str>>,
    declared: BTreeMap<Rc<str>, usize>,
}

/// What ended a list of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListEnd {
    End,
    Else,
}

/// A node, or the end of the list it would have been in.
enum Item {
    Node(Node),
    Ends(ListEnd),
}

/// Boxed, because the parser recurses and every frame holds room for an error.
type Parsed<T> = Result<T, Box<ParseError>>;

// === impl Scope ===

impl Default for Scope {
    fn default() -> Self {
        let none = || Token { kind: Kind::Eof, span: 0..0, line: 0, message: Rc::default() };
        Self {
            lookahead: [none(), none(), none()],
            pending: 0,
            variables: Variables::default(),
            range_depth: 0,
            action_line: 0,
        }
    }
}

// === impl Variables ===

impl Default for Variables {
    /// The one every template has, `$`.
    fn default() -> Self {
        let mut variables = Self { order: Vec::new(), declared: BTreeMap::new() };
        variables.declare("$".into());
        variables
    }
}

impl Variables {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn contains(&self, name: &str) -> bool {
        self.declared.contains_key(name)
    }

    fn declare(&mut self, name: Rc<str>) {
        *self.declared.entry(Rc::clone(&name)).or_default() += 1;
        self.order.push(name);
    }

    /// Forgets all but the first `len` declarations.
    fn truncate(&mut self, len: usize) {
        for name in self.order.drain(len.min(self.order.len())..) {
            match self.declared.get_mut(&name) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    self.declared.remove(&name);
                }
            }
        }
    }
}

// === impl ListEnd ===

impl ListEnd {
    const fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Else => "else",
        }
    }
}

// === impl Parser: tokens ===

impl Parser<'_> {
    fn fetch(&mut self) -> Token {
        match self.tokens.next() {
            Some(token) => token,
            // Behind the last token there is only the end again.
            None => {
                let end = self.source.text.len();
                let line = self.scope.lookahead[0].line;
                Token { kind: Kind::Eof, span: end..end, line, message: Rc::default() }
            }
        }
    }

    fn next(&mut self) -> Token {
        if self.scope.pending > 0 {
            self.scope.pending -= 1;
        } else {
            self.scope.lookahead[0] = self.fetch();
        }
        self.scope.lookahead.get(self.scope.pending).unwrap_or(&self.scope.lookahead[0]).clone()
    }

    fn peek(&mut self) -> Token {
        let token = self.next();
        self.back();
        token
    }

    fn back(&mut self) {
        self.scope.pending += 1;
    }

    /// Puts back `first`, which came before the one token already put back.
    fn back_two(&mut self, first: Token) {
        self.scope.lookahead[1] = first;
        self.scope.pending = 2;
    }

    /// Puts back `first` and `second`, which came before the one token already put back.
    fn back_three(&mut self, first: Token, second: Token) {
        self.scope.lookahead[1] = second;
        self.scope.lookahead[2] = first;
        self.scope.pending = 3;
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.back();
        token
    }

    fn text_of(&self, token: &Token) -> &[u8] {
        self.source.text.get(token.span.clone()).unwrap_or(&[])
    }

    fn name_of(&self, token: &Token) -> Rc<str> {
        String::from_utf8_lossy(self.text_of(token)).into()
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }
}

// === impl Parser: errors ===

impl Parser<'_> {
    fn error(&self, message: impl Into<String>) -> Box<ParseError> {
        let latest = &self.scope.lookahead[0];
        Box::new(ParseError {
            name: self.parse_name.to_string(),
            line: latest.line,
            offset: latest.span.start,
            message: message.into(),
            limit: None,
        })
    }

    fn unexpected(&self, token: &Token, context: &str) -> Box<ParseError> {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {} in {context}", self.show(token)));
        }
        let message = &token.message;
        let started = self.scope.action_line;
        if started == 0 || started == token.line {
            return self.error(message.to_string());
        }
        let action = if message.ends_with(" action") { "" } else { " in action" };
        self.error(format!("{message}{action} started at {}:{started}", self.parse_name))
    }

    fn show(&self, token: &Token) -> String {
        let text = self.text_of(token);
        match token.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Error => token.message.to_string(),
            kind if kind.is_keyword() => format!("<{}>", String::from_utf8_lossy(text)),
            _ if text.len() > 10 => {
                let cut = chars(text).nth(10).map_or(text.len(), |(at, ..)| at);
                format!("{}...", quoted(text.get(..cut).unwrap_or(text)))
            }
            _ => quoted(text),
        }
    }

    /// Goes one level deeper; [`leave`](Self::leave) must follow unless parsing fails.
    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth <= self.max_depth {
            return Ok(());
        }
        let mut error = self.error(format!("nested more than {} levels deep", self.max_depth));
        error.limit = Some(Limit::ParseDepth);
        Err(error)
    }

    const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

// === impl Parser: definitions and lists ===

impl Parser<'_> {
    fn top_level(&mut self) -> Parsed<List> {
        let mut root = List::default();
        loop {
            let token = self.peek();
            if token.kind == Kind::Eof {
                return Ok(root);
            }
            if token.kind == Kind::LeftDelim {
                let delimiter = self.next();
                if self.next_non_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.back_two(delimiter);
            }
            match self.text_or_action()? {
                Item::Node(node) => root.nodes.push(node),
                Item::Ends(end) => {
                    return Err(self.error(format!("unexpected {}", braced(end.name()))));
                }
            }
        }
    }

    fn definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::take(&mut self.scope);
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        let (root, end) = self.list()?;
        if end == ListEnd::Else {
            return Err(self.error(format!("unexpected {} in {CONTEXT}", braced(end.name()))));
        }
        self.define(&name, root)?;
        self.scope = outer;
        Ok(())
    }

    /// Adds a definition; an empty one never replaces another.
    fn define(&mut self, name: &[u8], root: List) -> Parsed<()> {
        let tree = Tree {
            name: String::from_utf8_lossy(name).into(),
            parse_name: Rc::clone(&self.parse_name),
            source: self.source.clone(),
            root,
        };
        match self.trees.get(name) {
            Some(old) if !old.is_empty() => {
                if tree.is_empty() {
                    return Ok(());
                }
                Err(self.error(format!("template: multiple definition of template {}", quoted(name))))
            }
            _ => {
                self.trees.insert(name.to_vec(), Rc::new(tree));
                Ok(())
            }
        }
    }

    /// Nodes up to an `{{end}}` or `{{else}}`.
    fn list(&mut self) -> Parsed<(List, ListEnd)> {
        self.enter()?;
        let mut list = List::default();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.nodes.push(node),
                Item::Ends(end) => {
                    self.leave();
                    return Ok((list, end));
                }
            }
        }
        Err(self.error("unexpected EOF"))
    }
}
