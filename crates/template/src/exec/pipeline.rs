//! Pipelines, commands and variables.

use std::rc::Rc;

use super::{Exec, Operand, Place, Run};
use crate::node::{Command, Expr, ExprKind, Pipe};
use crate::number::Number;
use crate::quote::quoted;
use crate::value::Value;

// === impl Exec ===

impl<'t> Exec<'t> {
    /// Runs the commands, each with the result of the one before as its last argument, then sets the variables.
    pub(super) fn pipeline(&mut self, dot: &Operand, pipe: &'t Pipe) -> Run<Operand> {
        self.enter()?;
        self.place = Place::Pipe(pipe);
        let mut value: Option<Operand> = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?.unwrapped());
        }
        let value = value.unwrap_or_default();
        for name in &pipe.variables {
            if pipe.assigns {
                self.set(name, value.clone())?;
            } else {
                self.variables.push((Rc::clone(name), value.clone()));
            }
        }
        self.leave();
        Ok(value)
    }

    fn command(&mut self, dot: &Operand, command: &'t Command, last: Option<Operand>) -> Run<Operand> {
        let Some((first, rest)) = command.args.split_first() else {
            return Ok(Operand::default());
        };
        match &first.kind {
            ExprKind::Field(names) => {
                self.place = Place::Expr(first);
                self.chain(dot, dot.clone(), first, names, rest, last)
            }
            ExprKind::Chain(base, names) => self.chain_on(dot, first, base, names, rest, last),
            ExprKind::Identifier(name) => {
                self.function(dot, Place::Command(command), first, name, rest, last)
            }
            ExprKind::Variable(names) => self.variable(dot, first, names, rest, last),
            ExprKind::Pipe(pipe) => {
                self.no_arguments(first, rest, last.as_ref())?;
                self.pipeline(dot, pipe)
            }
            kind => {
                self.place = Place::Expr(first);
                self.no_arguments(first, rest, last.as_ref())?;
                match kind {
                    ExprKind::Bool(b) => Ok(Operand::new(Value::Bool(*b))),
                    ExprKind::Dot => Ok(dot.clone()),
                    ExprKind::Number(number) => self.constant(number),
                    ExprKind::String { text, .. } => Ok(Operand::new(Value::String(text.clone()))),
                    _ => Err(self.error("nil is not a command")),
                }
            }
        }
    }

    fn no_arguments(&self, first: &Expr, rest: &[Expr], last: Option<&Operand>) -> Run<()> {
        if rest.is_empty() && last.is_none() {
            return Ok(());
        }
        Err(self.error(format!("can't give argument to non-function {first}")))
    }

    /// Fields of something in parentheses, or of the result of a function.
    pub(super) fn chain_on(
        &mut self,
        dot: &Operand,
        chain: &'t Expr,
        base: &'t Expr,
        names: &'t [Rc<str>],
        rest: &'t [Expr],
        last: Option<Operand>,
    ) -> Run<Operand> {
        self.place = Place::Expr(chain);
        let receiver = self.argument(dot, None, base)?;
        self.chain(dot, receiver, chain, names, rest, last)
    }

    pub(super) fn variable(
        &mut self,
        dot: &Operand,
        expr: &'t Expr,
        names: &'t [Rc<str>],
        rest: &'t [Expr],
        last: Option<Operand>,
    ) -> Run<Operand> {
        self.place = Place::Expr(expr);
        let Some((name, fields)) = names.split_first() else {
            return Ok(Operand::default());
        };
        let at = self.find(name)?;
        let value = self.variables.get(at).map(|(_, value)| value.clone()).unwrap_or_default();
        if fields.is_empty() {
            self.no_arguments(expr, rest, last.as_ref())?;
            return Ok(value);
        }
        self.chain(dot, value, expr, fields, rest, last)
    }

    /// Fields one after the other; arguments belong to the last.
    pub(super) fn chain(
        &mut self,
        dot: &Operand,
        mut receiver: Operand,
        node: &'t Expr,
        names: &'t [Rc<str>],
        rest: &'t [Expr],
        last: Option<Operand>,
    ) -> Run<Operand> {
        let Some((final_name, path)) = names.split_last() else {
            return Ok(receiver);
        };
        for name in path {
            receiver = self.field(dot, name, node, &[], None, receiver)?;
        }
        self.field(dot, final_name, node, rest, last, receiver)
    }

    /// Sets the innermost variable of that name.
    pub(super) fn set(&mut self, name: &str, value: Operand) -> Run<()> {
        let at = self.find(name)?;
        if let Some((_, slot)) = self.variables.get_mut(at) {
            *slot = value;
        }
        Ok(())
    }

    /// Index of the innermost variable of that name. A long search counts as work.
    fn find(&mut self, name: &str) -> Run<usize> {
        let found = self.variables.iter().rposition(|(known, _)| &**known == name);
        let searched = self.variables.len() - found.unwrap_or(0);
        self.spend(u64::try_from(searched / 64).unwrap_or(u64::MAX))?;
        found.ok_or_else(|| self.error(format!("undefined variable: {name}")))
    }

    /// The value a number literal has where no type is asked for.
    pub(super) fn constant(&mut self, number: &Number) -> Run<Operand> {
        let value = if let Some((re, im)) = number.complex {
            Value::Complex(re, im)
        } else if let (Some(x), true) = (number.float, number.looks_like_float()) {
            Value::from(x)
        } else if let Some(n) = number.int {
            Value::int(n)
        } else {
            return Err(self.error(format!("{} overflows int", number.text)));
        };
        Ok(Operand::new(value))
    }

    pub(super) fn not_defined(&self, name: &str) -> super::Stopped {
        self.error(format!("{} is not a defined function", quoted(name.as_bytes())))
    }
}
