//! The parse tree. Nodes print as Go prints them, because errors quote them.

use std::fmt;
use std::rc::Rc;

use crate::number::Number;
use crate::value::Text;

/// One defined template.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) name: Rc<str>,
    /// Name under which the text was parsed, which error positions give.
    pub(crate) parse_name: Rc<str>,
    pub(crate) source: Source,
    pub(crate) root: List,
}

/// A text that was parsed.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) text: Rc<[u8]>,
    /// How many texts were parsed before it.
    pub(crate) index: usize,
}

/// What stands between two control actions.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(crate) enum Node {
    Text(TextNode),
    Action(Pipe),
    If(Branches),
    With(Branches),
    Range(Range),
    Template(TemplateCall),
    Break,
    Continue,
}

#[derive(Debug)]
pub(crate) struct TextNode {
    pub(crate) start: usize,
    pub(crate) text: Rc<[u8]>,
}

/// `if` or `with` and its `else if` or `else with` parts in order. Go nests them; a flat list keeps long chains from
/// using the stack.
#[derive(Debug)]
pub(crate) struct Branches {
    pub(crate) arms: Vec<(Pipe, List)>,
    pub(crate) otherwise: Option<List>,
}

#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) pipe: Pipe,
    pub(crate) body: List,
    pub(crate) otherwise: Option<List>,
}

/// `{{template "name" pipe}}`, and what is left of a `{{block}}`.
#[derive(Debug)]
pub(crate) struct TemplateCall {
    pub(crate) pos: usize,
    pub(crate) name: Text,
    pub(crate) pipe: Option<Pipe>,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) pos: usize,
    pub(crate) end: usize,
    /// Whether the variables are set (`=`) and not declared (`:=`).
    pub(crate) assigns: bool,
    pub(crate) variables: Vec<Rc<str>>,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) args: Vec<Expr>,
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) pos: usize,
    pub(crate) kind: ExprKind,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>),
    String {
        literal: Rc<[u8]>,
        text: Text,
    },
    Identifier(Rc<str>),
    /// `.A.B`.
    Field(Vec<Rc<str>>),
    /// `$x.A.B`: the variable with its dollar sign, then fields.
    Variable(Vec<Rc<str>>),
    /// Fields of anything else: `(f x).A.B`.
    Chain(Box<Expr>, Vec<Rc<str>>),
    Pipe(Box<Pipe>),
}

// === impl Pipe ===

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            f.write_str(&self.variables.join(", "))?;
            f.write_str(if self.assigns { " = " } else { " := " })?;
        }
        for (i, command) in self.commands.iter().enumerate() {
            if i > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

// === impl Command ===

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, arg) in self.args.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            match &arg.kind {
                ExprKind::Pipe(pipe) => write!(f, "({pipe})")?,
                _ => arg.fmt(f)?,
            }
        }
        Ok(())
    }
}

// === impl Expr ===

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dotted = |f: &mut fmt::Formatter<'_>, names: &[Rc<str>]| {
            names.iter().try_for_each(|name| write!(f, ".{name}"))
        };
        match &self.kind {
            ExprKind::Dot => f.write_str("."),
            ExprKind::Nil => f.write_str("nil"),
            ExprKind::Bool(b) => b.fmt(f),
            ExprKind::Number(number) => f.write_str(&number.text),
            ExprKind::String { literal, .. } => f.write_str(&String::from_utf8_lossy(literal)),
            ExprKind::Identifier(name) => f.write_str(name),
            ExprKind::Field(names) => dotted(f, names),
            ExprKind::Variable(names) => f.write_str(&names.join(".")),
            ExprKind::Chain(base, names) => {
                match &base.kind {
                    ExprKind::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => base.fmt(f)?,
                }
                dotted(f, names)
            }
            ExprKind::Pipe(pipe) => pipe.fmt(f),
        }
    }
}

// === impl TemplateCall ===

/// Without delimiters.
impl fmt::Display for TemplateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template {}", crate::quote::quoted(self.name.as_bytes()))?;
        match &self.pipe {
            Some(pipe) => write!(f, " {pipe}"),
            None => Ok(()),
        }
    }
}

/// An action as errors quote it: between the usual delimiters, whichever ones the text is written with.
pub(crate) fn braced(action: impl fmt::Display) -> String {
    format!("{{{{{action}}}}}")
}

// === impl Tree ===

impl Tree {
    /// Whether there is nothing but white space, in which case another definition may take its place.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.nodes.iter().all(|node| match node {
            Node::Text(text) => text.text.iter().all(|b| b.is_ascii_whitespace() || *b == 0x0b),
            _ => false,
        })
    }
}
