//! `.Name` on structs, maps, pointers and objects.

use std::rc::Rc;

use super::{Exec, Operand, Place, Run};
use crate::node::Expr;
use crate::quote::quoted;
use crate::template::MissingKey;
use crate::value::{MapKey, Type, Value};

// === impl Exec ===

impl<'t> Exec<'t> {
    /// The field, map entry or method of that name, the latter called with the arguments.
    pub(super) fn field(
        &mut self,
        dot: &Operand,
        name: &'t Rc<str>,
        node: &'t Expr,
        rest: &'t [Expr],
        last: Option<Operand>,
        receiver: Operand,
    ) -> Run<Operand> {
        self.spend(1)?;
        if receiver.is_missing() {
            if self.program.missing_key == MissingKey::Error {
                return Err(self.error(format!("nil data; no entry for key {}", quoted(name.as_bytes()))));
            }
            return Ok(Operand::default());
        }
        let of = receiver.type_of();
        let (receiver, is_nil) = receiver.indirect();
        if receiver.in_interface && is_nil {
            return Err(self.error(format!("nil pointer evaluating {of}.{name}")));
        }
        let mut value = receiver.value;
        if let Value::Object(object) = &value {
            if let Some(method) = object.method(name) {
                return self.call_user(dot, &method, Place::Expr(node), name, rest, last);
            }
            if let Some(field) = object.field(name) {
                self.no_field_arguments(name, rest, last.as_ref())?;
                return Ok(Operand::new(field));
            }
            value = value.concrete();
        }
        match &value {
            Value::Struct(fields) => {
                if let Some((of, field)) = fields.field(name) {
                    self.no_field_arguments(name, rest, last.as_ref())?;
                    return Ok(Operand::read_as(field.clone(), of));
                }
            }
            Value::Map(map) if matches!(map.key_type(), Type::String | Type::Any) => {
                if !rest.is_empty() || last.is_some() {
                    return Err(self.error(format!("{name} is not a method but has arguments")));
                }
                let key = MapKey::String((&**name).into());
                if let Some(entry) = map.get(&key) {
                    return Ok(Operand::read_as(entry.clone(), map.elem()));
                }
                return match self.program.missing_key {
                    MissingKey::Invalid => Ok(Operand::default()),
                    MissingKey::Zero => Ok(Operand::read_as(map.elem().zero(), map.elem())),
                    MissingKey::Error => {
                        Err(self.error(format!("map has no entry for key {}", quoted(name.as_bytes()))))
                    }
                };
            }
            Value::Pointer(pointer) => {
                let known = match pointer.elem() {
                    Type::Struct(of) => of.fields.iter().any(|(field, _)| **field == **name),
                    _ => true,
                };
                if known && is_nil {
                    return Err(self.error(format!("nil pointer evaluating {of}.{name}")));
                }
            }
            _ => {}
        }
        Err(self.error(format!("can't evaluate field {name} in type {of}")))
    }

    fn no_field_arguments(&self, name: &str, rest: &[Expr], last: Option<&Operand>) -> Run<()> {
        if rest.is_empty() && last.is_none() {
            return Ok(());
        }
        Err(self.error(format!("{name} has arguments but cannot be invoked as function")))
    }
}
