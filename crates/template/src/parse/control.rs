//! Actions that steer: `if`, `range`, `with`, `template`, `block`, `break`, `continue`, `else`, `end`.

use super::{Item, ListEnd, Parsed, Parser};
use crate::lex::{Kind, Token};
use crate::node::{Branches, List, Node, Pipe, Range, TemplateCall, TextNode, braced};
use crate::quote::unquote;

// === impl Parser ===

impl Parser<'_> {
    pub(super) fn text_or_action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => {
                let text = self.text_of(&token).into();
                Ok(Item::Node(Node::Text(TextNode { start: token.span.start, text })))
            }
            Kind::LeftDelim => {
                self.scope.action_line = token.line;
                let item = self.action()?;
                self.scope.action_line = 0;
                Ok(item)
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        let node = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => {
                self.leave_range("{{break}}")?;
                Node::Break
            }
            Kind::Continue => {
                self.leave_range("{{continue}}")?;
                Node::Continue
            }
            Kind::Else => return self.else_marker(),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::Ends(ListEnd::End));
            }
            Kind::If => Node::If(self.branches("if", Kind::If)?),
            Kind::With => Node::With(self.branches("with", Kind::With)?),
            Kind::Range => Node::Range(self.range()?),
            Kind::Template => self.template_call()?,
            _ => {
                self.back();
                Node::Action(self.pipeline("command", Kind::RightDelim)?)
            }
        };
        Ok(Item::Node(node))
    }

    fn leave_range(&mut self, action: &str) -> Parsed<()> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(&token, action));
        }
        if self.scope.range_depth == 0 {
            return Err(self.error(format!("{action} outside {{{{range}}}}")));
        }
        Ok(())
    }

    /// `{{else}}`, or the `else` of `{{else if` and `{{else with`, whose second word stays to be read.
    fn else_marker(&mut self) -> Parsed<Item> {
        if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            self.expect(Kind::RightDelim, "else")?;
        }
        Ok(Item::Ends(ListEnd::Else))
    }

    /// `if` or `with`, up to its `{{end}}`.
    fn branches(&mut self, context: &str, keyword: Kind) -> Parsed<Branches> {
        let variables = self.scope.variables.len();
        let mut arms = Vec::new();
        let otherwise = loop {
            let pipe = self.pipeline(context, Kind::RightDelim)?;
            let (body, end) = self.list()?;
            arms.push((pipe, body));
            if end == ListEnd::End {
                break None;
            }
            if self.peek().kind != keyword {
                break Some(self.otherwise()?);
            }
            self.next();
        };
        self.scope.variables.truncate(variables);
        Ok(Branches { arms, otherwise })
    }

    fn range(&mut self) -> Parsed<Range> {
        let variables = self.scope.variables.len();
        let pipe = self.pipeline("range", Kind::RightDelim)?;
        self.scope.range_depth += 1;
        let (body, end) = self.list()?;
        self.scope.range_depth -= 1;
        let otherwise = if end == ListEnd::Else { Some(self.otherwise()?) } else { None };
        self.scope.variables.truncate(variables);
        Ok(Range { pipe, body, otherwise })
    }

    fn otherwise(&mut self) -> Parsed<List> {
        let (list, end) = self.list()?;
        match end {
            ListEnd::End => Ok(list),
            ListEnd::Else => Err(self.error(format!("expected end; found {}", braced(end.name())))),
        }
    }

    fn template_call(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let mut pipe: Option<Pipe> = None;
        if self.next_non_space().kind != Kind::RightDelim {
            self.back();
            // The variables of this pipeline stay declared until the next end, as Go has it.
            pipe = Some(self.pipeline(CONTEXT, Kind::RightDelim)?);
        }
        Ok(Node::Template(TemplateCall { pos: token.span.start, name: name.into(), pipe }))
    }

    /// `{{block "name" pipe}}` defines a template and calls it in place.
    fn block(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        let outer = std::mem::take(&mut self.scope);
        let (root, end) = self.list()?;
        if end == ListEnd::Else {
            // Go counts the lines of this error up to the clause, not to the `else`.
            self.scope = outer;
            return Err(self.error(format!("unexpected {} in {CONTEXT}", braced(end.name()))));
        }
        self.define(&name, root)?;
        self.scope = outer;
        Ok(Node::Template(TemplateCall { pos: token.span.start, name: name.into(), pipe: Some(pipe) }))
    }

    pub(super) fn template_name(&self, token: &Token, context: &str) -> Parsed<Vec<u8>> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, context));
        }
        unquote(self.text_of(token)).ok_or_else(|| self.error("invalid syntax"))
    }
}
