//! `eq`, `ne`, `lt`, `le`, `gt` and `ge`.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::exec::Operand;
use crate::fmt::Printer;
use crate::value::{FuncError, Type, Value};

type Outcome = Result<Operand, FuncError>;

/// Groups of types that compare with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Complex,
    Int,
    Float,
    String,
    Uint,
}

const INVALID: &str = "invalid type for comparison";
const INCOMPATIBLE: &str = "incompatible types for comparison";

fn basic(value: &Value) -> Option<Basic> {
    match value {
        Value::Bool(_) => Some(Basic::Bool),
        Value::Int(..) => Some(Basic::Int),
        Value::Uint(..) => Some(Basic::Uint),
        Value::Float(..) => Some(Basic::Float),
        Value::Complex(..) => Some(Basic::Complex),
        Value::String(_) => Some(Basic::String),
        _ => None,
    }
}

fn boolean(b: bool) -> Operand {
    Operand::new(Value::Bool(b))
}

pub(super) fn eq(args: &[Operand]) -> Outcome {
    let Some((first, others)) = args.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err(FuncError::new("missing argument for comparison"));
    };
    let first = comparable(&first.value);
    for other in others {
        if equal(&first, &comparable(&other.value))? {
            return Ok(boolean(true));
        }
    }
    Ok(boolean(false))
}

pub(super) fn ne(args: &[Operand]) -> Outcome {
    eq(args).map(|equal| boolean(!equal.value.is_true()))
}

pub(super) fn lt(args: &[Operand]) -> Outcome {
    Ok(boolean(order(args)? == Some(Ordering::Less)))
}

pub(super) fn le(args: &[Operand]) -> Outcome {
    Ok(boolean(matches!(order(args)?, Some(Ordering::Less | Ordering::Equal))))
}

/// Defined as "not less or equal", which shows with not-a-number.
pub(super) fn gt(args: &[Operand]) -> Outcome {
    le(args).map(|le| boolean(!le.value.is_true()))
}

pub(super) fn ge(args: &[Operand]) -> Outcome {
    lt(args).map(|lt| boolean(!lt.value.is_true()))
}

/// An object that stands for a basic value compares as that value.
fn comparable(value: &Value) -> Value {
    match value.concrete() {
        inner if basic(&inner).is_some() => inner,
        _ => value.clone(),
    }
}

fn equal(a: &Value, b: &Value) -> Result<bool, FuncError> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(_, a), Value::Int(_, b)) => Ok(a == b),
        (Value::Uint(_, a), Value::Uint(_, b)) => Ok(a == b),
        (Value::Int(_, a), Value::Uint(_, b)) | (Value::Uint(_, b), Value::Int(_, a)) => {
            Ok(u64::try_from(*a).is_ok_and(|a| a == *b))
        }
        (Value::Float(_, a), Value::Float(_, b)) => Ok(a == b),
        (Value::Complex(ar, ai), Value::Complex(br, bi)) => Ok(ar == br && ai == bi),
        (Value::String(a), Value::String(b)) => Ok(a == b),
        (Value::Nil, Value::Nil) => Ok(true),
        _ if basic(a) != basic(b) => {
            if matches!(a, Value::Nil) || matches!(b, Value::Nil) {
                return Ok(false);
            }
            Err(FuncError::new(INCOMPATIBLE))
        }
        _ => equal_by_identity(a, b),
    }
}

/// Equality of what is neither number nor text: with nil, or of values of a type that Go can compare.
fn equal_by_identity(a: &Value, b: &Value) -> Result<bool, FuncError> {
    let (of_a, of_b) = (type_name(a), type_name(b));
    if !same_kind(a, b) {
        let message = shown("non-comparable types %s: %s, %s: %v", &[a.clone(), of_a, of_b, b.clone()]);
        return Err(FuncError::new(message));
    }
    if is_nil(a) || is_nil(b) {
        return Ok(is_nil(a) == is_nil(b));
    }
    if !is_comparable(&b.type_of()) || matches!(b.concrete(), Value::Slice(_) | Value::Map(_)) {
        return Err(FuncError::new(shown("non-comparable type %s: %s", &[b.clone(), of_b])));
    }
    match (a, b) {
        (Value::Pointer(a), Value::Pointer(b)) => Ok(a.elem() == b.elem() && a.address() == b.address()),
        (Value::Object(a), Value::Object(b)) => Ok(Rc::ptr_eq(a, b)),
        (Value::Struct(a), Value::Struct(b)) if a.struct_type() == b.struct_type() => {
            for ((.., left), (.., right)) in a.iter().zip(b.iter()) {
                if !equal(left, right)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn shown(format: &str, args: &[Value]) -> String {
    let mut printer = Printer::new(1 << 16);
    printer.printf(format.as_bytes(), args);
    String::from_utf8_lossy(printer.bytes()).into_owned()
}

fn type_name(value: &Value) -> Value {
    Value::from(value.type_of().to_string())
}

/// Whether Go would even try to compare the two.
fn same_kind(a: &Value, b: &Value) -> bool {
    let nil = matches!(a, Value::Nil) || matches!(b, Value::Nil);
    nil || std::mem::discriminant(&a.concrete()) == std::mem::discriminant(&b.concrete())
}

fn is_comparable(of: &Type) -> bool {
    match of {
        Type::Slice(_) | Type::Map(_) | Type::Func(_) => false,
        Type::Struct(of) => of.fields.iter().all(|(_, field)| is_comparable(field)),
        _ => true,
    }
}

fn is_nil(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::Slice(slice) => slice.is_nil(),
        Value::Map(map) => map.is_nil(),
        Value::Pointer(pointer) => pointer.target().is_none(),
        _ => false,
    }
}

fn order(args: &[Operand]) -> Result<Option<Ordering>, FuncError> {
    let [a, b] = args else {
        return Err(FuncError::new("missing argument for comparison"));
    };
    let (a, b) = (comparable(&a.value), comparable(&b.value));
    match (&a, &b) {
        (Value::Int(_, a), Value::Int(_, b)) => Ok(Some(a.cmp(b))),
        (Value::Uint(_, a), Value::Uint(_, b)) => Ok(Some(a.cmp(b))),
        (Value::Int(_, a), Value::Uint(_, b)) => {
            Ok(Some(u64::try_from(*a).map_or(Ordering::Less, |a| a.cmp(b))))
        }
        (Value::Uint(_, a), Value::Int(_, b)) => {
            Ok(Some(u64::try_from(*b).map_or(Ordering::Greater, |b| a.cmp(&b))))
        }
        (Value::Float(_, a), Value::Float(_, b)) => Ok(a.partial_cmp(b)),
        (Value::String(a), Value::String(b)) => Ok(Some(a.cmp(b))),
        _ => match (basic(&a), basic(&b)) {
            (Some(kind_a), Some(kind_b)) if kind_a != kind_b => Err(FuncError::new(INCOMPATIBLE)),
            _ => Err(FuncError::new(INVALID)),
        },
    }
}
