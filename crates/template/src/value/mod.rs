//! Values as Go sees them: every value has a Go type, because output and errors depend on it.

mod convert;
mod func;
mod map;
mod object;
mod slice;
mod structure;
mod text;
mod types;

use std::fmt;
use std::rc::Rc;

pub use func::{Call, Func, FuncError, Functions, Signature};
pub use map::{Map, MapKey};
pub use object::Object;
pub use slice::Slice;
pub use structure::{Pointer, Struct};
pub use text::Text;
pub use types::{FloatKind, IntKind, StructType, Type, UintKind};

/// A Go value. Cheap to clone: everything large is shared.
#[derive(Clone, Default)]
pub enum Value {
    /// Untyped `nil`.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A signed integer of the given kind; the number is in the range of the kind.
    Int(IntKind, i64),
    /// An unsigned integer of the given kind; the number is in the range of the kind.
    Uint(UintKind, u64),
    /// A floating-point number; of kind `float32` it has been rounded to one.
    Float(FloatKind, f64),
    /// `complex128`: real and imaginary part.
    Complex(f64, f64),
    /// `string`: bytes, usually UTF-8.
    String(Text),
    /// A slice, `[]byte` included.
    Slice(Slice),
    /// A map.
    Map(Map),
    /// A struct with named fields.
    Struct(Struct),
    /// A pointer, possibly nil.
    Pointer(Pointer),
    /// A value whose fields and methods come from outside.
    Object(Rc<dyn Object>),
    /// A function, which templates run with `call`.
    Func(Func),
}

// === impl Value ===

impl Value {
    /// A Go `int`, the type that integer constants in templates have.
    #[must_use]
    pub const fn int(n: i64) -> Self {
        Self::Int(IntKind::Int, n)
    }

    /// The Go type; [`Type::Any`] for untyped nil, which has none.
    #[must_use]
    pub fn type_of(&self) -> Type {
        match self {
            Self::Nil => Type::Any,
            Self::Bool(_) => Type::Bool,
            Self::Int(kind, _) => Type::Int(*kind),
            Self::Uint(kind, _) => Type::Uint(*kind),
            Self::Float(kind, _) => Type::Float(*kind),
            Self::Complex(..) => Type::Complex,
            Self::String(_) => Type::String,
            Self::Slice(slice) => Type::Slice(Rc::new(slice.elem().clone())),
            Self::Map(map) => Type::Map(Rc::new((map.key_type().clone(), map.elem().clone()))),
            Self::Struct(value) => Type::Struct(Rc::clone(value.struct_type())),
            Self::Pointer(pointer) => Type::Pointer(Rc::new(pointer.elem().clone())),
            Self::Object(object) => Type::Named(object.type_name().into()),
            Self::Func(func) => Type::Func(Rc::clone(func.signature())),
        }
    }

    /// The string inside, also of an object that stands for one.
    #[must_use]
    pub fn as_text(&self) -> Option<Text> {
        match self.concrete() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer inside, of any integer kind that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self.concrete() {
            Self::Int(_, n) => Some(n),
            Self::Uint(_, n) => i64::try_from(n).ok(),
            _ => None,
        }
    }

    /// The value an object stands for; anything else is itself.
    #[must_use]
    pub fn concrete(&self) -> Self {
        match self {
            Self::Object(object) => object.underlying().unwrap_or_else(|| self.clone()),
            _ => self.clone(),
        }
    }

    /// Go's notion of truth: not zero, not empty, not nil.
    #[must_use]
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(b) => *b,
            Self::Int(_, n) => *n != 0,
            Self::Uint(_, n) => *n != 0,
            Self::Float(_, x) => *x != 0.0,
            Self::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::Slice(slice) => !slice.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Pointer(pointer) => pointer.target().is_some(),
            Self::Struct(_) | Self::Func(_) => true,
            Self::Object(object) => object.underlying().is_none_or(|value| value.is_true()),
        }
    }
}

/// As Go's `%#v`, cut where it gets very long.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printer = crate::fmt::Printer::new(1 << 16);
        printer.printf(b"%#v", std::slice::from_ref(self));
        f.write_str(&String::from_utf8_lossy(printer.bytes()))
    }
}
