//! Go types, as far as templates can see them.

use std::fmt;
use std::rc::Rc;

use super::func::Signature;
use super::{Map, Pointer, Slice, Struct, Text, Value};

/// A Go type. Prints as Go's `%T` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: takes any value.
    Any,
    /// `reflect.Value`: as [`Type::Any`], but a function with such a parameter also sees missing values.
    Reflect,
    /// `error`.
    Error,
    /// `bool`.
    Bool,
    /// A signed integer type.
    Int(IntKind),
    /// An unsigned integer type.
    Uint(UintKind),
    /// A floating-point type.
    Float(FloatKind),
    /// `complex128`.
    Complex,
    /// `string`.
    String,
    /// A slice of the given element type.
    Slice(Rc<Type>),
    /// A map of the given key and element types.
    Map(Rc<(Type, Type)>),
    /// A struct.
    Struct(Rc<StructType>),
    /// A pointer to the given type.
    Pointer(Rc<Type>),
    /// A function.
    Func(Rc<Signature>),
    /// A type known by its name only: that of an [`Object`](super::Object).
    Named(Rc<str>),
}

/// Name and fields of a struct type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructType {
    /// The qualified name, such as `dependency.HealthService`.
    pub name: String,
    /// Field names with their types, in order of declaration.
    pub fields: Vec<(String, Type)>,
}

/// The width of a signed integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntKind {
    /// `int`, 64 bits wide here.
    Int,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`, also called `rune`.
    Int32,
    /// `int64`.
    Int64,
}

/// The width of an unsigned integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UintKind {
    /// `uint`, 64 bits wide here.
    Uint,
    /// `uint8`, also called `byte`.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
    /// `uintptr`.
    Uintptr,
}

/// The width of a floating-point number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FloatKind {
    /// `float32`.
    Float32,
    /// `float64`.
    Float64,
}

// === impl Type ===

impl Type {
    /// Go's `int`.
    pub const INT: Self = Self::Int(IntKind::Int);
    /// Go's `int64`.
    pub const INT64: Self = Self::Int(IntKind::Int64);
    /// Go's `uint64`.
    pub const UINT64: Self = Self::Uint(UintKind::Uint64);
    /// Go's `byte`.
    pub const BYTE: Self = Self::Uint(UintKind::Uint8);
    /// Go's `float64`.
    pub const FLOAT64: Self = Self::Float(FloatKind::Float64);

    /// `[]elem`.
    #[must_use]
    pub fn slice(elem: Self) -> Self {
        Self::Slice(Rc::new(elem))
    }

    /// `map[key]elem`.
    #[must_use]
    pub fn map(key: Self, elem: Self) -> Self {
        Self::Map(Rc::new((key, elem)))
    }

    /// The zero value: 0, empty, nil, or a struct of such.
    #[must_use]
    pub fn zero(&self) -> Value {
        match self {
            Self::Bool => Value::Bool(false),
            Self::Int(kind) => Value::Int(*kind, 0),
            Self::Uint(kind) => Value::Uint(*kind, 0),
            Self::Float(kind) => Value::Float(*kind, 0.0),
            Self::Complex => Value::Complex(0.0, 0.0),
            Self::String => Value::String(Text::default()),
            Self::Slice(elem) => Value::Slice(Slice::nil((**elem).clone())),
            Self::Map(types) => Value::Map(Map::nil(types.0.clone(), types.1.clone())),
            Self::Struct(of) => {
                Value::Struct(Struct::new(Rc::clone(of), of.fields.iter().map(|(_, field)| field.zero())))
            }
            Self::Pointer(elem) => Value::Pointer(Pointer::nil((**elem).clone())),
            Self::Any | Self::Reflect | Self::Error | Self::Func(_) | Self::Named(_) => Value::Nil,
        }
    }

    /// `*elem`.
    #[must_use]
    pub fn pointer(elem: Self) -> Self {
        Self::Pointer(Rc::new(elem))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("interface {}"),
            Self::Reflect => f.write_str("reflect.Value"),
            Self::Error => f.write_str("error"),
            Self::Bool => f.write_str("bool"),
            Self::Int(kind) => f.write_str(kind.name()),
            Self::Uint(kind) => f.write_str(kind.name()),
            Self::Float(kind) => f.write_str(kind.name()),
            Self::Complex => f.write_str("complex128"),
            Self::String => f.write_str("string"),
            Self::Slice(elem) => write!(f, "[]{elem}"),
            Self::Map(types) => write!(f, "map[{}]{}", types.0, types.1),
            Self::Struct(of) => f.write_str(&of.name),
            Self::Pointer(elem) => write!(f, "*{elem}"),
            Self::Func(signature) => signature.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}

// === impl IntKind ===

impl IntKind {
    /// Go's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }

    /// Width in bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Int | Self::Int64 => 64,
            Self::Int8 => 8,
            Self::Int16 => 16,
            Self::Int32 => 32,
        }
    }
}

// === impl UintKind ===

impl UintKind {
    /// Go's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uintptr => "uintptr",
        }
    }

    /// Width in bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Uint | Self::Uint64 | Self::Uintptr => 64,
            Self::Uint8 => 8,
            Self::Uint16 => 16,
            Self::Uint32 => 32,
        }
    }
}

// === impl FloatKind ===

impl FloatKind {
    /// Go's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
        }
    }
}
