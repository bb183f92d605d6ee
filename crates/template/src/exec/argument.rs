//! Arguments: evaluated for a parameter of a given type, and checked against it.

use super::{Exec, Operand, Place, Run};
use crate::node::{Expr, ExprKind};
use crate::number::Number;
use crate::value::{FloatKind, IntKind, Type, UintKind, Value};

// === impl Exec ===

impl<'t> Exec<'t> {
    /// Evaluates an argument for a parameter; without a type, whatever it is will do.
    pub(super) fn argument(&mut self, dot: &Operand, want: Option<&Type>, arg: &'t Expr) -> Run<Operand> {
        self.spend(1)?;
        self.place = Place::Expr(arg);
        let value = match &arg.kind {
            ExprKind::Dot => dot.clone(),
            ExprKind::Nil => {
                return match want {
                    Some(want) if want.can_be_nil() => Ok(Operand::read_as(want.zero(), want)),
                    Some(want) => Err(self.error(format!("cannot assign nil to {want}"))),
                    None => Ok(Operand::default()),
                };
            }
            ExprKind::Field(names) => self.chain(dot, dot.clone(), arg, names, &[], None)?,
            ExprKind::Variable(names) => self.variable(dot, arg, names, &[], None)?,
            ExprKind::Pipe(pipe) => self.pipeline(dot, pipe)?,
            ExprKind::Identifier(name) => self.function(dot, Place::Expr(arg), arg, name, &[], None)?,
            ExprKind::Chain(base, names) => self.chain_on(dot, arg, base, names, &[], None)?,
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String { .. } => {
                return self.literal(want, arg);
            }
        };
        self.validated(value, want)
    }

    fn literal(&mut self, want: Option<&Type>, arg: &'t Expr) -> Run<Operand> {
        let expected = |exec: &Self, what: &str| exec.error(format!("expected {what}; found {arg}"));
        let value = match (want, &arg.kind) {
            (None | Some(Type::Any | Type::Reflect), ExprKind::Bool(b)) => Value::Bool(*b),
            (None | Some(Type::Any | Type::Reflect), ExprKind::Number(number)) => {
                return self.constant(number);
            }
            (None | Some(Type::Any | Type::Reflect), ExprKind::String { text, .. }) => {
                Value::String(text.clone())
            }
            (Some(Type::Bool), ExprKind::Bool(b)) => Value::Bool(*b),
            (Some(Type::Bool), _) => return Err(expected(self, "bool")),
            (Some(Type::String), ExprKind::String { text, .. }) => Value::String(text.clone()),
            (Some(Type::String), _) => return Err(expected(self, "string")),
            (Some(Type::Int(kind)), kind_of) => match number(kind_of).and_then(|n| n.int) {
                Some(n) => Value::Int(*kind, kind.wrap(n)),
                None => return Err(expected(self, "integer")),
            },
            (Some(Type::Uint(kind)), kind_of) => match number(kind_of).and_then(|n| n.uint) {
                Some(n) => Value::Uint(*kind, kind.wrap(n)),
                None => return Err(expected(self, "unsigned integer")),
            },
            (Some(Type::Float(kind)), kind_of) => match number(kind_of).and_then(|n| n.float) {
                Some(x) => Value::Float(*kind, kind.round(x)),
                None => return Err(expected(self, "float")),
            },
            // Here Go does not take a float for a complex number without imaginary part.
            (Some(Type::Complex), kind_of) => match number(kind_of).and_then(|n| n.complex) {
                Some((re, im)) => Value::Complex(re, im),
                None => return Err(expected(self, "complex")),
            },
            (want, _) => {
                let want = want.unwrap_or(&Type::Any);
                return Err(self.error(format!("can't handle {arg} for arg of type {want}")));
            }
        };
        Ok(Operand::new(value))
    }

    /// The operand as a value of the wanted type, if Go would take it as one.
    pub(super) fn validated(&self, operand: Operand, want: Option<&Type>) -> Run<Operand> {
        let Some(want) = want else {
            return Ok(operand);
        };
        if operand.is_missing() {
            if want.can_be_nil() {
                return Ok(Operand::read_as(want.zero(), want));
            }
            return Err(self.error(format!("invalid value; expected {want}")));
        }
        if matches!(want, Type::Any | Type::Reflect) {
            return Ok(operand);
        }
        let of = if matches!(operand.value, Value::Nil) { Type::Any } else { operand.value.type_of() };
        if let Some(value) = assigned(&operand.value, want) {
            return Ok(Operand::new(value));
        }
        if let Value::Pointer(pointer) = &operand.value
            && pointer.elem() == want
        {
            return match pointer.target() {
                Some(target) => Ok(Operand::new(target.clone())),
                None => Err(self.error(format!("dereference of nil pointer of type {want}"))),
            };
        }
        Err(self.error(format!("wrong type for value; expected {want}; got {of}")))
    }
}

/// The value as one of type `want`, if Go can assign it.
pub(crate) fn assigned(value: &Value, want: &Type) -> Option<Value> {
    if matches!(want, Type::Any | Type::Reflect) || value.type_of() == *want {
        return Some(value.clone());
    }
    match value {
        // A named slice or map can stand for the plain one.
        Value::Object(object) => match object.underlying() {
            Some(plain @ (Value::Slice(_) | Value::Map(_))) if plain.type_of() == *want => Some(plain),
            _ => None,
        },
        _ => None,
    }
}

fn number(kind: &ExprKind) -> Option<&Number> {
    match kind {
        ExprKind::Number(number) => Some(number),
        _ => None,
    }
}

// === impl Type ===

impl Type {
    pub(crate) const fn can_be_nil(&self) -> bool {
        matches!(
            self,
            Self::Any
                | Self::Reflect
                | Self::Error
                | Self::Slice(_)
                | Self::Map(_)
                | Self::Pointer(_)
                | Self::Func(_)
                | Self::Named(_)
        )
    }
}

// === impl IntKind ===

impl IntKind {
    /// The number cut to the width of the kind, as Go's conversion does.
    pub(crate) const fn wrap(self, n: i64) -> i64 {
        let unused = 64 - self.bits();
        n << unused >> unused
    }
}

// === impl UintKind ===

impl UintKind {
    /// The number cut to the width of the kind, as Go's conversion does.
    pub(crate) const fn wrap(self, n: u64) -> u64 {
        let unused = 64 - self.bits();
        n << unused >> unused
    }
}

// === impl FloatKind ===

impl FloatKind {
    /// The number rounded to the precision of the kind.
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
    pub(crate) fn round(self, x: f64) -> f64 {
        match self {
            Self::Float32 => f64::from(x as f32),
            Self::Float64 => x,
        }
    }
}
