//! Running a parse tree on data.

mod argument;
mod call;
mod field;
mod operand;
mod output;
mod pipeline;
mod range;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;

use crate::error::{ExecError, ExecErrorKind, RenderError};
use crate::fmt::Printer;
use crate::limits::{Limit, Limits};
use crate::node::{Branches, Command, Expr, List, Node, Pipe, TemplateCall, Tree, braced};
use crate::quote::quoted;
use crate::source_map::{Rendered, SegmentKind};
use crate::template::MissingKey;
use crate::value::{Functions, Text, Value};

pub(crate) use argument::assigned;
pub(crate) use operand::Operand;
use output::Output;

/// Everything that stays the same while templates run.
#[derive(Clone, Copy)]
pub(crate) struct Program<'t> {
    pub(crate) trees: &'t BTreeMap<Vec<u8>, Rc<Tree>>,
    pub(crate) functions: &'t Functions,
    pub(crate) missing_key: MissingKey,
    pub(crate) limits: Limits,
}

/// One rendering.
pub(crate) struct Exec<'t> {
    program: Program<'t>,
    tree: &'t Tree,
    /// What an error would blame.
    place: Place<'t>,
    variables: Vec<(Rc<str>, Operand)>,
    output: Output,
    template_depth: usize,
    nesting: usize,
    steps: u64,
    /// The bound that made a function fail from inside.
    reached: Option<Limit>,
}

/// The node an error is about.
#[derive(Clone, Copy)]
enum Place<'t> {
    Start,
    Action(&'t Pipe),
    Pipe(&'t Pipe),
    Expr(&'t Expr),
    Command(&'t Command),
    Template(&'t TemplateCall),
}

/// How a list of nodes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Stopped = Box<ExecError>;
type Run<T> = Result<T, Stopped>;

/// Runs the template of that name.
pub(crate) fn render(
    program: Program<'_>,
    name: &str,
    dot: &Value,
    mapped: bool,
) -> Result<Rendered, RenderError> {
    let Some(tree) = program.trees.get(name.as_bytes()) else {
        let cause = unplaced(format!(
            "template: {name}: {} is an incomplete or empty template",
            quoted(name.as_bytes())
        ));
        return Err(RenderError { cause: Box::new(cause), partial: Rendered::default() });
    };
    let mut exec = Exec {
        program,
        tree,
        place: Place::Start,
        variables: Vec::new(),
        output: Output::new(mapped, program.limits.output_bytes),
        template_depth: 0,
        nesting: 0,
        steps: 0,
        reached: None,
    };
    let outcome = exec.run_tree(tree, &Operand::new(dot.clone()));
    let rendered = exec.output.finish();
    match outcome {
        Ok(()) => Ok(rendered),
        Err(cause) => Err(RenderError { cause, partial: rendered }),
    }
}

fn unplaced(text: String) -> ExecError {
    ExecError {
        message: text.clone(),
        text,
        name: String::new(),
        line: 0,
        column: 0,
        offset: 0,
        source_index: 0,
        kind: ExecErrorKind::Template,
    }
}

// === impl Place ===

impl Place<'_> {
    fn describe(self) -> Option<(usize, String)> {
        match self {
            Self::Start => None,
            Self::Action(pipe) => Some((pipe.pos, braced(pipe))),
            Self::Pipe(pipe) => Some((pipe.pos, pipe.to_string())),
            Self::Expr(expr) => Some((expr.pos, expr.to_string())),
            Self::Command(command) => Some((command.args.first()?.pos, command.to_string())),
            Self::Template(call) => Some((call.pos, braced(call))),
        }
    }
}

// === impl Exec: bounds and errors ===

impl<'t> Exec<'t> {
    /// An error at the current place.
    fn error(&self, message: impl Display) -> Stopped {
        self.error_of(ExecErrorKind::Template, message)
    }

    fn error_of(&self, kind: ExecErrorKind, message: impl Display) -> Stopped {
        let message = message.to_string();
        let name = self.tree.name.to_string();
        let Some((offset, context)) = self.place.describe() else {
            let text = format!("template: {name}: {message}");
            return Box::new(ExecError { kind, message, name, ..unplaced(text) });
        };
        let before = self.tree.source.text.get(..offset).unwrap_or(&[]);
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let column = before.len() - line_start;
        let parse_name = &self.tree.parse_name;
        let executing = quoted(name.as_bytes());
        Box::new(ExecError {
            text: format!(
                "template: {parse_name}:{line}:{column}: executing {executing} at <{context}>: {message}"
            ),
            message,
            name,
            line,
            column,
            offset,
            source_index: self.tree.source.index,
            kind,
        })
    }

    fn limit_error(&self, limit: Limit) -> Stopped {
        let most = self.program.limits.of(limit);
        self.error_of(ExecErrorKind::Limit(limit), format!("exceeded maximum {limit} ({most})"))
    }

    /// Counts work.
    fn spend(&mut self, steps: u64) -> Run<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > self.program.limits.steps { Err(self.limit_error(Limit::Steps)) } else { Ok(()) }
    }

    /// Counts the making of a text, and bounds it.
    fn spend_text(&mut self, len: usize) -> Run<()> {
        if len > self.output.limit() {
            return Err(self.limit_error(Limit::OutputBytes));
        }
        self.spend(u64::try_from(len / 64).unwrap_or(u64::MAX))
    }

    /// Goes one level deeper; [`leave`](Self::leave) must follow unless the template fails.
    fn enter(&mut self) -> Run<()> {
        self.spend(1)?;
        self.nesting += 1;
        if self.nesting > self.program.limits.nesting {
            return Err(self.limit_error(Limit::Nesting));
        }
        Ok(())
    }

    const fn leave(&mut self) {
        self.nesting = self.nesting.saturating_sub(1);
    }
}

// === impl Exec: nodes ===

impl<'t> Exec<'t> {
    /// Runs a whole template with variables of its own.
    fn run_tree(&mut self, tree: &'t Tree, dot: &Operand) -> Run<()> {
        let outer_tree = std::mem::replace(&mut self.tree, tree);
        let outer_variables = std::mem::replace(&mut self.variables, vec![("$".into(), dot.clone())]);
        self.walk_list(dot, &tree.root)?;
        self.tree = outer_tree;
        self.variables = outer_variables;
        Ok(())
    }

    fn walk_list(&mut self, dot: &Operand, list: &'t List) -> Run<Flow> {
        self.enter()?;
        let mut flow = Flow::Next;
        for node in &list.nodes {
            flow = self.walk(dot, node)?;
            if flow != Flow::Next {
                break;
            }
        }
        self.leave();
        Ok(flow)
    }

    fn walk(&mut self, dot: &Operand, node: &'t Node) -> Run<Flow> {
        self.spend(1)?;
        match node {
            Node::Text(text) => {
                let source = text.start..text.start + text.text.len();
                let index = self.tree.source.index;
                if !self.output.write(&text.text, source, index, SegmentKind::Literal) {
                    return Err(self.limit_error(Limit::OutputBytes));
                }
            }
            Node::Action(pipe) => {
                self.place = Place::Action(pipe);
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.place = Place::Action(pipe);
                    self.print(pipe, value)?;
                }
            }
            Node::If(branches) => return self.branches(dot, branches, "if"),
            Node::With(branches) => return self.branches(dot, branches, "with"),
            Node::Range(range) => return self.range(dot, range),
            Node::Template(call) => self.template(dot, call)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn branches(&mut self, dot: &Operand, branches: &'t Branches, keyword: &str) -> Run<Flow> {
        let mark = self.variables.len();
        let mut flow = Flow::Next;
        let mut taken = false;
        for (pipe, body) in &branches.arms {
            let value = self.pipeline(dot, pipe)?;
            if value.value.is_true() {
                taken = true;
                flow = self.walk_list(if keyword == "with" { &value } else { dot }, body)?;
                break;
            }
        }
        if let (false, Some(otherwise)) = (taken, &branches.otherwise) {
            flow = self.walk_list(dot, otherwise)?;
        }
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn template(&mut self, dot: &Operand, call: &'t TemplateCall) -> Run<()> {
        self.place = Place::Template(call);
        let Some(tree) = self.program.trees.get(call.name.as_bytes()) else {
            let name = quoted(call.name.as_bytes());
            return Err(self.error(format!("template {name} not defined")));
        };
        if self.template_depth >= self.program.limits.template_depth {
            return Err(self.limit_error(Limit::TemplateDepth));
        }
        let dot = match &call.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Operand::default(),
        };
        self.template_depth += 1;
        self.run_tree(tree, &dot)?;
        self.template_depth -= 1;
        Ok(())
    }

    fn print(&mut self, pipe: &Pipe, operand: Operand) -> Run<()> {
        let (operand, _) = match operand.value {
            Value::Pointer(_) => operand.indirect(),
            _ => (operand, false),
        };
        let source = pipe.pos..pipe.end;
        let index = self.tree.source.index;
        let mut printer = Printer::new(self.output.limit());
        let bytes: &[u8] = match &operand.value {
            _ if operand.is_missing() => b"<no value>",
            Value::Func(_) => {
                let of = operand.value.type_of();
                return Err(self.error(format!("can't print {} of type {of}", braced(pipe))));
            }
            Value::String(text) => text.as_bytes(),
            value => {
                printer.print(std::slice::from_ref(value));
                printer.bytes()
            }
        };
        self.spend_text(bytes.len())?;
        let fits = self.output.write(bytes, source, index, SegmentKind::Action);
        if fits && !printer.overflowed() { Ok(()) } else { Err(self.limit_error(Limit::OutputBytes)) }
    }

    /// Runs a template from inside a function, into a text of its own.
    fn execute_template(&mut self, name: &str, dot: &Value) -> Run<Text> {
        let Some(tree) = self.program.trees.get(name.as_bytes()) else {
            let set = &self.tree.parse_name;
            let message = format!(
                "template: no template {} associated with template {}",
                quoted(name.as_bytes()),
                quoted(set.as_bytes())
            );
            return Err(Box::new(unplaced(message)));
        };
        if self.template_depth >= self.program.limits.template_depth {
            return Err(self.limit_error(Limit::TemplateDepth));
        }
        let (place, nesting, depth) = (self.place, self.nesting, self.template_depth);
        let (tree_here, variables) = (self.tree, std::mem::take(&mut self.variables));
        let output =
            std::mem::replace(&mut self.output, Output::new(false, self.program.limits.output_bytes));
        self.place = Place::Start;
        self.template_depth += 1;
        // The function that called has frames of its own on the stack.
        self.nesting += 3;
        let outcome = self.enter().and_then(|()| self.run_tree(tree, &Operand::new(dot.clone())));
        let inner = std::mem::replace(&mut self.output, output);
        (self.place, self.nesting, self.template_depth) = (place, nesting, depth);
        (self.tree, self.variables) = (tree_here, variables);
        outcome?;
        Ok(inner.finish().output.into())
    }
}
