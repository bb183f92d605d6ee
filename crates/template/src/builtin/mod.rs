//! Go's predefined functions.

mod compare;
mod escape;
mod index;

use crate::exec::Operand;
use crate::fmt::Printer;
use crate::value::{Func, FuncError, Type, Value};

/// A predefined function.
#[derive(Clone, Copy)]
pub(crate) struct Builtin {
    name: &'static str,
    pub(crate) params: &'static [Type],
    pub(crate) variadic: bool,
    /// Of `and` and `or`: the truth at which evaluation stops.
    pub(crate) short_circuit: Option<bool>,
    body: Body,
}

/// Why a predefined function gave nothing.
pub(crate) enum BuiltinError {
    Failed(FuncError),
    /// The result would be longer than allowed.
    TooLong,
}

/// Runs a function value, for `call`.
type Runner<'a> = dyn FnMut(&Func, &[Operand]) -> Result<Value, FuncError> + 'a;

#[derive(Clone, Copy)]
enum Body {
    /// On operands, of which some may be missing.
    Operands(fn(&[Operand]) -> Result<Operand, FuncError>),
    /// On values, making a text.
    Printing(fn(&mut Printer, &[Value])),
    /// The values as one text, then rewritten.
    Escaping(fn(&[u8], &mut Printer)),
    Call,
}

const ONE: &[Type] = &[Type::Reflect];
const TWO: &[Type] = &[Type::Reflect, Type::Reflect];
const ANY: &[Type] = &[Type::Any];
const FORMAT: &[Type] = &[Type::String, Type::Any];

const fn operands(
    name: &'static str,
    params: &'static [Type],
    variadic: bool,
    body: fn(&[Operand]) -> Result<Operand, FuncError>,
) -> Builtin {
    Builtin { name, params, variadic, short_circuit: None, body: Body::Operands(body) }
}

const BUILTINS: [Builtin; 19] = [
    Builtin { short_circuit: Some(false), ..operands("and", TWO, true, |_| Ok(Operand::default())) },
    Builtin { name: "call", params: TWO, variadic: true, short_circuit: None, body: Body::Call },
    operands("eq", TWO, true, compare::eq),
    operands("ge", TWO, false, compare::ge),
    operands("gt", TWO, false, compare::gt),
    Builtin {
        name: "html",
        params: ANY,
        variadic: true,
        short_circuit: None,
        body: Body::Escaping(escape::html),
    },
    operands("index", TWO, true, index::index),
    Builtin {
        name: "js",
        params: ANY,
        variadic: true,
        short_circuit: None,
        body: Body::Escaping(escape::js),
    },
    operands("le", TWO, false, compare::le),
    operands("len", ONE, false, index::len),
    operands("lt", TWO, false, compare::lt),
    operands("ne", TWO, false, compare::ne),
    operands("not", ONE, false, |args| {
        Ok(Operand::new(Value::Bool(!args.iter().all(|arg| arg.value.is_true()))))
    }),
    Builtin { short_circuit: Some(true), ..operands("or", TWO, true, |_| Ok(Operand::default())) },
    Builtin {
        name: "print",
        params: ANY,
        variadic: true,
        short_circuit: None,
        body: Body::Printing(Printer::print),
    },
    Builtin {
        name: "printf",
        params: FORMAT,
        variadic: true,
        short_circuit: None,
        body: Body::Printing(|printer, args| {
            if let Some((Value::String(format), args)) = args.split_first() {
                printer.printf(format.as_bytes(), args);
            }
        }),
    },
    Builtin {
        name: "println",
        params: ANY,
        variadic: true,
        short_circuit: None,
        body: Body::Printing(Printer::println),
    },
    operands("slice", TWO, true, index::slice),
    Builtin {
        name: "urlquery",
        params: ANY,
        variadic: true,
        short_circuit: None,
        body: Body::Escaping(escape::urlquery),
    },
];

// === impl Builtin ===

impl Builtin {
    /// The predefined function of that name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        BUILTINS.iter().find(|builtin| builtin.name == name).copied()
    }

    /// Runs it. Texts are at most `limit` bytes long; `run` runs the function value that `call` is given,
    /// which the template calls `callee`.
    pub(crate) fn run(
        &self,
        args: &[Operand],
        limit: usize,
        callee: &str,
        run: &mut Runner<'_>,
    ) -> Result<Operand, BuiltinError> {
        let values = || args.iter().map(|arg| arg.value.clone()).collect::<Vec<Value>>();
        let mut printer = Printer::new(limit);
        match self.body {
            Body::Operands(body) => return body(args).map_err(BuiltinError::Failed),
            Body::Call => return call(args, callee, run).map_err(BuiltinError::Failed),
            Body::Printing(body) => body(&mut printer, &values()),
            Body::Escaping(body) => {
                let text = joined(&values(), limit).ok_or(BuiltinError::TooLong)?;
                body(&text, &mut printer);
            }
        }
        let text = printer.into_text().ok_or(BuiltinError::TooLong)?;
        Ok(Operand::new(Value::String(text)))
    }
}

/// The arguments as `print` writes them, except that pointers are followed first.
fn joined(args: &[Value], limit: usize) -> Option<Vec<u8>> {
    let shown: Vec<Value> = args
        .iter()
        .map(|arg| match arg {
            Value::Pointer(_) => Operand::new(arg.clone()).indirect().0.value,
            Value::Nil => Value::from("<no value>"),
            _ => arg.clone(),
        })
        .collect();
    let mut printer = Printer::new(limit);
    printer.print(&shown);
    printer.into_text().map(|text| text.as_bytes().to_vec())
}

fn call(args: &[Operand], name: &str, run: &mut Runner<'_>) -> Result<Operand, FuncError> {
    let Some((callee, args)) = args.split_first() else {
        return Err(FuncError::new("call of nil"));
    };
    match &callee.value {
        Value::Nil => Err(FuncError::new("call of nil")),
        Value::Func(func) => run(func, args).map(Operand::new),
        other => Err(FuncError::new(format!("non-function {name} of type {}", other.type_of()))),
    }
}

/// The operand as a value of the wanted type, as Go prepares arguments of `call` and keys of `index`.
pub(crate) fn prepared(operand: &Operand, want: &Type) -> Result<Value, String> {
    if operand.is_missing() {
        if want.can_be_nil() {
            return Ok(want.zero());
        }
        return Err(format!("value is nil; should be of type {want}"));
    }
    let value = &operand.value;
    if let Some(value) = crate::exec::assigned(value, want) {
        return Ok(value);
    }
    let converted = match (value, want) {
        (Value::Int(_, n), Type::Int(kind)) => Some(Value::Int(*kind, kind.wrap(*n))),
        (Value::Int(_, n), Type::Uint(kind)) => Some(Value::Uint(*kind, kind.wrap(n.cast_unsigned()))),
        (Value::Uint(_, n), Type::Uint(kind)) => Some(Value::Uint(*kind, kind.wrap(*n))),
        (Value::Uint(_, n), Type::Int(kind)) => Some(Value::Int(*kind, kind.wrap(n.cast_signed()))),
        _ => None,
    };
    converted.ok_or_else(|| format!("value has type {}; should be {want}", value.type_of()))
}
