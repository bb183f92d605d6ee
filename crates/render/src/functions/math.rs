//! Arithmetic in pipe order: `subtract 5 .X` is X less 5.
//!
//! Two whole numbers give an `int64`, or a `uint64` when both are unsigned; a
//! floating-point number makes the result one. Overflow wraps, as in Go.

use gyropilot_template::{FuncError, Functions, Type, Value};
use std::cmp::Ordering;

/// A number as Go's `reflect` sorts them.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Uint(u64),
    Float(f64),
}

/// Two numbers in a common type: `a` is the second argument, `b` the first.
enum Pair {
    Int(i64, i64),
    Uint(u64, u64),
    Float(f64, f64),
}

pub(super) fn add(functions: &mut Functions) {
    add_operation(functions, "add", |pair| {
        Ok(match pair {
            Pair::Int(a, b) => Number::Int(a.wrapping_add(b)),
            Pair::Uint(a, b) => Number::Uint(a.wrapping_add(b)),
            Pair::Float(a, b) => Number::Float(a + b),
        })
    });
    add_operation(functions, "subtract", |pair| {
        Ok(match pair {
            Pair::Int(a, b) => Number::Int(a.wrapping_sub(b)),
            Pair::Uint(a, b) => Number::Uint(a.wrapping_sub(b)),
            Pair::Float(a, b) => Number::Float(a - b),
        })
    });
    add_operation(functions, "multiply", |pair| {
        Ok(match pair {
            Pair::Int(a, b) => Number::Int(a.wrapping_mul(b)),
            Pair::Uint(a, b) => Number::Uint(a.wrapping_mul(b)),
            Pair::Float(a, b) => Number::Float(a * b),
        })
    });
    add_operation(functions, "divide", |pair| {
        Ok(match pair {
            Pair::Int(_, 0) | Pair::Uint(_, 0) => return Err(by_zero()),
            Pair::Int(a, b) => Number::Int(a.wrapping_div(b)),
            Pair::Uint(a, b) => Number::Uint(a.wrapping_div(b)),
            Pair::Float(a, b) => Number::Float(a / b),
        })
    });
    functions.add("modulo", [Type::Any, Type::Any], |args| match pair("modulo", args)? {
        Pair::Int(_, 0) | Pair::Uint(_, 0) => Err(by_zero()),
        Pair::Int(a, b) => Ok(Value::from(a.wrapping_rem(b))),
        Pair::Uint(a, b) => Ok(Value::from(a.wrapping_rem(b))),
        Pair::Float(..) => {
            // The original checks its second argument first.
            let float = args.iter().rev().find(|arg| matches!(number(arg), Some(Number::Float(_))));
            Err(unknown("modulo", float.unwrap_or(&Value::Nil)))
        }
    });
    add_choice(functions, "minimum", Ordering::Less);
    add_choice(functions, "maximum", Ordering::Greater);
}

fn add_operation(
    functions: &mut Functions,
    name: &'static str,
    operation: fn(Pair) -> Result<Number, FuncError>,
) {
    functions.add(name, [Type::Any, Type::Any], move |args| {
        Ok(match operation(pair(name, args)?)? {
            Number::Int(n) => Value::from(n),
            Number::Uint(n) => Value::from(n),
            Number::Float(x) => Value::from(x),
        })
    });
}

/// The second argument when it compares so to the first, or else the first;
/// each widened but otherwise of its own type.
fn add_choice(functions: &mut Functions, name: &'static str, wanted: Ordering) {
    functions.add(name, [Type::Any, Type::Any], move |args| {
        let order = match pair(name, args)? {
            Pair::Int(a, b) => Some(a.cmp(&b)),
            Pair::Uint(a, b) => Some(a.cmp(&b)),
            Pair::Float(a, b) => a.partial_cmp(&b),
        };
        let chosen = if order == Some(wanted) { args.get(1) } else { args.first() };
        Ok(match chosen.and_then(number) {
            Some(Number::Int(n)) => Value::from(n),
            Some(Number::Uint(n)) => Value::from(n),
            Some(Number::Float(x)) => Value::from(x),
            None => Value::Nil,
        })
    });
}

fn pair(name: &str, args: &[Value]) -> Result<Pair, FuncError> {
    let (Some(first), Some(second)) = (args.first(), args.get(1)) else {
        return Err(unknown(name, &Value::Nil));
    };
    let a = number(second).ok_or_else(|| unknown(name, second))?;
    let b = number(first).ok_or_else(|| unknown(name, first))?;
    Ok(match (a, b) {
        (Number::Uint(a), Number::Uint(b)) => Pair::Uint(a, b),
        (Number::Float(_), _) | (_, Number::Float(_)) => Pair::Float(float(a), float(b)),
        _ => Pair::Int(signed(a), signed(b)),
    })
}

fn number(value: &Value) -> Option<Number> {
    match value.concrete() {
        Value::Int(_, n) => Some(Number::Int(n)),
        Value::Uint(_, n) => Some(Number::Uint(n)),
        Value::Float(_, x) => Some(Number::Float(x)),
        _ => None,
    }
}

const fn signed(number: Number) -> i64 {
    match number {
        Number::Int(n) => n,
        // Go converts by reinterpreting the bits.
        Number::Uint(n) => n.cast_signed(),
        Number::Float(x) => x as i64,
    }
}

const fn float(number: Number) -> f64 {
    match number {
        Number::Int(n) => n as f64,
        Number::Uint(n) => n as f64,
        Number::Float(x) => x,
    }
}

fn unknown(name: &str, value: &Value) -> FuncError {
    let shown = match value.as_text() {
        Some(text) => format!("{:?}", text.to_str()),
        None if matches!(value, Value::Nil) => {
            return format!("{name}: unknown type for \"<invalid reflect.Value>\" (<nil>)").into();
        }
        None => match value {
            Value::Bool(b) => format!("%!q(bool={b})"),
            Value::Float(_, x) => format!("%!q(float64={x})"),
            _ => "a value".to_owned(),
        },
    };
    format!("{name}: unknown type for {shown} ({})", value.type_of()).into()
}

fn by_zero() -> FuncError {
    FuncError::new("runtime error: integer divide by zero")
}
