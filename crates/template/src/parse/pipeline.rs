//! Pipelines, commands and operands.

use std::rc::Rc;

use super::{Parsed, Parser};
use crate::lex::{Kind, Token};
use crate::node::{Command, Expr, ExprKind, Pipe};
use crate::number::Number;
use crate::quote::{quoted, unquote};

// === impl Parser ===

impl Parser<'_> {
    /// Declarations, then commands up to `end`, which is consumed.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
        self.enter()?;
        let pos = self.peek_non_space().span.start;
        let mut pipe = Pipe { pos, end: pos, assigns: false, variables: Vec::new(), commands: Vec::new() };
        while self.declaration(&mut pipe, context)? {}
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
                    pipe.end = pos + self.written_between(pos, token.span.start);
                    self.check(&pipe, context)?;
                    self.leave();
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.back();
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
    }

    /// Length of what stands between two places without white space and trim marker at its end.
    fn written_between(&self, from: usize, to: usize) -> usize {
        let text = self.source.text.get(from..to).unwrap_or(&[]).trim_ascii_end();
        text.strip_suffix(b"-").unwrap_or(text).trim_ascii_end().len()
    }

    /// One `$x :=`, `$x =` or `$x,`; true when another must follow.
    fn declaration(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<bool> {
        let variable = self.peek_non_space();
        if variable.kind != Kind::Variable {
            return Ok(false);
        }
        self.next();
        // Space is a token, so it takes three tokens to tell "$x foo" from "$x := foo".
        let after = self.peek();
        let next = self.peek_non_space();
        match next.kind {
            Kind::Assign | Kind::Declare => {
                pipe.assigns = next.kind == Kind::Assign;
                self.next_non_space();
                self.declare(pipe, &variable);
                Ok(false)
            }
            Kind::Char if self.text_of(&next) == b"," => {
                self.next_non_space();
                self.declare(pipe, &variable);
                if context == "range" && pipe.variables.len() < 2 {
                    let follows = self.peek_non_space().kind;
                    if matches!(follows, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                        return Ok(true);
                    }
                    return Err(self.error("range can only initialize variables"));
                }
                Err(self.error(format!("too many declarations in {context}")))
            }
            _ => {
                if after.kind == Kind::Space {
                    self.back_three(variable, after);
                } else {
                    self.back_two(variable);
                }
                Ok(false)
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, variable: &Token) {
        let name = self.name_of(variable);
        pipe.variables.push(Rc::clone(&name));
        self.scope.variables.declare(name);
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (i, command) in pipe.commands.iter().enumerate().skip(1) {
            let constant = matches!(
                command.args.first().map(|arg| &arg.kind),
                Some(
                    ExprKind::Bool(_)
                        | ExprKind::Dot
                        | ExprKind::Nil
                        | ExprKind::Number(_)
                        | ExprKind::String { .. }
                )
            );
            if constant {
                return Err(self.error(format!("non executable command in pipeline stage {}", i + 1)));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<Command> {
        let mut args = Vec::new();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                args.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::RightDelim | Kind::RightParen => {
                    self.back();
                    break;
                }
                Kind::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(Command { args })
    }

    /// A term with the fields that hang on it.
    fn operand(&mut self) -> Parsed<Option<Expr>> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            let token = self.next();
            fields.push(self.field_name(&token));
        }
        let kind = match term.kind {
            ExprKind::Field(mut names) => {
                names.append(&mut fields);
                ExprKind::Field(names)
            }
            ExprKind::Variable(mut names) => {
                names.append(&mut fields);
                ExprKind::Variable(names)
            }
            ExprKind::Bool(_)
            | ExprKind::String { .. }
            | ExprKind::Number(_)
            | ExprKind::Nil
            | ExprKind::Dot => {
                let term = match &term.kind {
                    ExprKind::String { literal, .. } => quoted(literal),
                    _ => quoted(term.to_string().as_bytes()),
                };
                return Err(self.error(format!("unexpected . after term {term}")));
            }
            ExprKind::Identifier(_) | ExprKind::Chain(..) | ExprKind::Pipe(_) => {
                ExprKind::Chain(Box::new(term), fields)
            }
        };
        Ok(Some(Expr { pos: first.span.start, kind }))
    }

    fn field_name(&self, token: &Token) -> Rc<str> {
        let text = self.text_of(token);
        String::from_utf8_lossy(text.strip_prefix(b".").unwrap_or(text)).into()
    }

    fn term(&mut self) -> Parsed<Option<Expr>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            Kind::Identifier => {
                let name = self.name_of(&token);
                if !(self.is_function)(&name) {
                    return Err(self.error(format!("function {} not defined", quoted(name.as_bytes()))));
                }
                ExprKind::Identifier(name)
            }
            Kind::Dot => ExprKind::Dot,
            Kind::Nil => ExprKind::Nil,
            Kind::Variable => {
                let name = self.name_of(&token);
                if !self.scope.variables.contains(&name) {
                    return Err(self.error(format!("undefined variable {}", quoted(name.as_bytes()))));
                }
                ExprKind::Variable(vec![name])
            }
            Kind::Field => ExprKind::Field(vec![self.field_name(&token)]),
            Kind::Bool => ExprKind::Bool(self.text_of(&token) == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = Number::parse(self.text_of(&token), token.kind);
                ExprKind::Number(Box::new(number.map_err(|message| self.error(message))?))
            }
            Kind::LeftParen => {
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                return Ok(Some(Expr { pos: pipe.pos, kind: ExprKind::Pipe(Box::new(pipe)) }));
            }
            Kind::String | Kind::RawString => {
                let literal = self.text_of(&token);
                let text = unquote(literal).ok_or_else(|| self.error("invalid syntax"))?;
                ExprKind::String { literal: literal.into(), text: text.into() }
            }
            _ => {
                self.back();
                return Ok(None);
            }
        };
        Ok(Some(Expr { pos: token.span.start, kind }))
    }
}
