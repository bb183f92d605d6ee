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
        let any = match &operand.value.concrete() {
            Value::Slice(slice) => {
                let items = slice.items().iter().enumerate().map(|(i, item)| {
                    let index = Value::int(i64::try_from(i).unwrap_or(i64::MAX));
                    (Operand::new(index), Operand::read_as(item.clone(), slice.elem()))
                });
                self.rounds(range, items)?
            }
            Value::Map(map) => {
                let entries = map.iter().map(|(key, item)| {
                    let key = Operand::read_as(key.to_value(), map.key_type());
                    (key, Operand::read_as(item.clone(), map.elem()))
                });
                self.rounds(range, entries)?
            }
            value @ (Value::Int(..) | Value::Uint(..)) if range.pipe.variables.len() > 1 => {
                let shown = shown(value);
                return Err(self.error(format!("can't use {shown} to iterate over more than one variable")));
            }
            Value::Int(kind, n) => {
                let numbers = (0..*n).map(|i| (Operand::default(), Operand::new(Value::Int(*kind, i))));
                self.rounds(range, numbers)?
            }
            Value::Uint(kind, n) => {
                let numbers = (0..*n).map(|i| (Operand::default(), Operand::new(Value::Uint(*kind, i))));
                self.rounds(range, numbers)?
            }
            Value::Nil if !operand.in_interface => false,
            value => return Err(self.error(format!("range can't iterate over {}", shown(value)))),
        };
        let mut flow = Flow::Next;
        if let (false, Some(otherwise)) = (any, &range.otherwise) {
            flow = self.walk_list(dot, otherwise)?;
        }
        self.variables.truncate(mark);
        Ok(flow)
    }

    /// Runs the body for each index and item up to a `{{break}}`; false when there were none.
    fn rounds(&mut self, range: &'t Range, items: impl Iterator<Item = (Operand, Operand)>) -> Run<bool> {
        // Variables of the body are dropped after each round, those of the range itself after the last.
        let mark = self.variables.len();
        let mut any = false;
        for (index, item) in items {
            any = true;
            self.assign(range, index, &item)?;
            let flow = self.walk_list(&item, &range.body)?;
            self.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(any)
    }

    /// Gives the variables of a range their values for one round.
    fn assign(&mut self, range: &'t Range, index: Operand, item: &Operand) -> Run<()> {
        match (range.pipe.variables.as_slice(), range.pipe.assigns) {
            ([], _) => {}
            ([one], true) => self.set(one, item.clone())?,
            ([first, second, ..], true) => {
                self.set(first, index)?;
                self.set(second, item.clone())?;
            }
            ([_], false) => self.set_top(1, item.clone()),
            ([..], false) => {
                self.set_top(1, item.clone());
                self.set_top(2, index);
            }
        }
        Ok(())
    }

    /// Sets the variable that is `from_top` places below the newest.
    fn set_top(&mut self, from_top: usize, value: Operand) {
        let at = self.variables.len().checked_sub(from_top);
        if let Some((_, slot)) = at.and_then(|at| self.variables.get_mut(at)) {
            *slot = value;
        }
    }
}

/// A value in an error message; long ones are cut.
fn shown(value: &Value) -> String {
    let mut printer = Printer::new(1 << 16);
    printer.print(std::slice::from_ref(value));
    String::from_utf8_lossy(printer.bytes()).into_owned()
}
