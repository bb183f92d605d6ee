//! Values on their way through a pipeline.

use crate::value::{Type, Value};

/// A value with what Go knows statically about it.
///
/// Elements of `[]any` and `map[string]any` arrive as interfaces: errors about them name `interface {}`, and an
/// interface that holds nil is not the same as no value at all.
#[derive(Clone, Default)]
pub(crate) struct Operand {
    pub(crate) value: Value,
    /// Whether it is an interface holding `value`.
    pub(crate) in_interface: bool,
}

// === impl Operand ===

impl Operand {
    pub(crate) const fn new(value: Value) -> Self {
        Self { value, in_interface: false }
    }

    /// A value read from a place of type `of`.
    pub(crate) fn read_as(value: Value, of: &Type) -> Self {
        Self { value, in_interface: matches!(of, Type::Any | Type::Error) }
    }

    /// No value: a missing map key under the default option, or the result of an empty pipeline.
    pub(crate) const fn is_missing(&self) -> bool {
        matches!(self.value, Value::Nil) && !self.in_interface
    }

    pub(crate) fn type_of(&self) -> Type {
        if self.in_interface { Type::Any } else { self.value.type_of() }
    }

    /// What the interface holds.
    pub(crate) fn unwrapped(self) -> Self {
        Self::new(self.value)
    }

    /// Follows pointers and interfaces; true when that ends at nil.
    pub(crate) fn indirect(mut self) -> (Self, bool) {
        loop {
            if self.in_interface {
                if matches!(self.value, Value::Nil) {
                    return (self, true);
                }
                self.in_interface = false;
            }
            match &self.value {
                Value::Pointer(pointer) => match pointer.target() {
                    Some(target) => self = Self::read_as(target.clone(), pointer.elem()),
                    None => return (self, true),
                },
                _ => return (self, false),
            }
        }
    }
}
