//! `range` over everything Go ranges over.

use super::{Exec, Flow, Operand, Run};
use crate::fmt::Printer;
use crate::node::Range;
use crate::value::Value;

// === impl Exec ===

impl<'t> Exec<'t> {
    pub(super) fn range(&mut self, dot: &Operand, range: &'t Range) -> Run<Flow> {
        let mark = self.variables.len();
        let (operand, _) = self.pipeline(dot, &range.pipe)?.indirect();
        // Variables of the body are dropped after each round, those of the range itself after the last.
        let body_mark = self.variables.len();
        let value = operand.value.concrete();
        let mut rounds = Rounds { range, body_mark, any: false };
        let left = match &value {
            Value::Slice(slice) => {
                let mut left = None;
                for (i, item) in slice.items().iter().enumerate() {
                    let index = Operand::new(Value::int(i64::try_from(i).unwrap_or(i64::MAX)));
                    left = self.round(&mut rounds, index, Operand::read_as(item.clone(), slice.elem()))?;
                    if left.is_some() {
                        break;
                    }
                }
                left
            }
            Value::Map(map) => {
                let mut left = None;
                for (key, item) in map.iter() {
                    let key = Operand::read_as(key.to_value(), map.key_type());
                    left = self.round(&mut rounds, key, Operand::read_as(item.clone(), map.elem()))?;
                    if left.is_some() {
                        break;
                    }
                }
                left
            }
            Value::Int(..) | Value::Uint(..) if range.pipe.variables.len() > 1 => {
                let shown = self.shown(&value);
                return Err(self.error(format!("can't use {shown} to iterate over more than one variable")));
            }
            Value::Int(kind, n) => {
                let mut left = None;
                for i in 0..*n {
                    let item = Operand::new(Value::Int(*kind, i));
                    left = self.round(&mut rounds, Operand::default(), item)?;
                    if left.is_some() {
                        break;
                    }
                }
                left
            }
            Value::Uint(kind, n) => {
                let mut left = None;
                for i in 0..*n {
                    let item = Operand::new(Value::Uint(*kind, i));
                    left = self.round(&mut rounds, Operand::default(), item)?;
                    if left.is_some() {
                        break;
                    }
                }
                left
            }
            Value::Nil if !operand.in_interface => None,
            _ => {
                let shown = self.shown(&value);
                return Err(self.error(format!("range can't iterate over {shown}")));
            }
        };
        let _ = left;
        let mut flow = Flow::Next;
        if let (false, Some(otherwise)) = (rounds.any, &range.otherwise) {
            flow = self.walk_list(dot, otherwise)?;
        }
        self.variables.truncate(mark);
        Ok(flow)
    }

    /// One round of the body; `Some` when it ended the loop.
    fn round(&mut self, rounds: &mut Rounds<'t>, index: Operand, item: Operand) -> Run<Option<()>> {
        rounds.any = true;
        let pipe = &rounds.range.pipe;
        match pipe.variables.as_slice() {
            [] => {}
            [one] if pipe.assigns => self.set(one, item.clone())?,
            [_] => self.set_top(1, item.clone()),
            [first, second, ..] if pipe.assigns => {
                self.set(first, index)?;
                self.set(second, item.clone())?;
            }
            [..] => {
                self.set_top(1, item.clone());
                self.set_top(2, index);
            }
        }
        let flow = self.walk_list(&item, &rounds.range.body)?;
        self.variables.truncate(rounds.body_mark);
        Ok((flow == Flow::Break).then_some(()))
    }

    /// Sets the variable that is `from_top` places below the newest.
    fn set_top(&mut self, from_top: usize, value: Operand) {
        let at = self.variables.len().checked_sub(from_top);
        if let Some((_, slot)) = at.and_then(|at| self.variables.get_mut(at)) {
            *slot = value;
        }
    }

    fn shown(&self, value: &Value) -> String {
        let mut printer = Printer::new(self.output.limit());
        printer.print(std::slice::from_ref(value));
        String::from_utf8_lossy(printer.bytes()).into_owned()
    }
}

struct Rounds<'t> {
    range: &'t Range,
    body_mark: usize,
    any: bool,
}
