//! The functions that a configuration's template knows beside Go's own.

use gyropilot_template::{FuncError, Functions, Slice, Template, Text, Type, Value, compile_regexp};
use std::collections::BTreeMap;

/// Most numbers that `loop` gives. The original had no bound; a configuration needs a handful.
const LONGEST_LOOP: u64 = 100_000;

/// `default`, `split`, `join`, `replaceAll`, `regexReplaceAll` of v2, and `env` and `loop`, which v3 added.
pub(crate) fn functions(env: &BTreeMap<String, String>) -> Functions {
    let mut functions = Functions::new();
    functions.add("default", [Type::Any, Type::Any], |args| match args {
        [fallback, value] => or_default(fallback, value),
        _ => Err(arguments()),
    });
    functions.add("split", [Type::String, Type::String], |args| match args {
        [Value::String(separator), Value::String(text)] => Ok(split(&separator.to_str(), &text.to_str())),
        _ => Err(arguments()),
    });
    functions.add("join", [Type::String, Type::slice(Type::String)], |args| match args {
        [Value::String(separator), Value::Slice(items)] => {
            let items: Vec<String> = items
                .items()
                .iter()
                .filter_map(Value::as_text)
                .map(|text| text.to_str().into_owned())
                .collect();
            Ok(Value::from(items.join(&separator.to_str())))
        }
        _ => Err(arguments()),
    });
    functions.add("replaceAll", [Type::String, Type::String, Type::String], |args| match args {
        [Value::String(from), Value::String(to), Value::String(text)] => {
            Ok(Value::from(text.to_str().replace(&*from.to_str(), &to.to_str())))
        }
        _ => Err(arguments()),
    });
    functions.add("regexReplaceAll", [Type::String, Type::String, Type::String], |args| match args {
        [Value::String(pattern), Value::String(to), Value::String(text)] => {
            let regex = compile_regexp(&pattern.to_str())?;
            Ok(Value::from(regex.replace_all(&text.to_str(), &*to.to_str()).into_owned()))
        }
        _ => Err(arguments()),
    });
    let env = env.clone();
    functions.add("env", [Type::String], move |args| match args {
        [Value::String(name)] => Ok(Value::from(env.get(&*name.to_str()).cloned().unwrap_or_default())),
        _ => Err(arguments()),
    });
    functions.add_variadic("loop", [Type::Any], |args| match args {
        [end] => numbers(0, whole(end)?),
        [start, end] => numbers(whole(start)?, whole(end)?),
        _ => Err(FuncError::new(format!("loop: expected 1 or 2 arguments, got {}", args.len()))),
    });
    functions
}

/// What the engine has ruled out by the declared types.
fn arguments() -> FuncError {
    FuncError::new("arguments of the wrong type")
}

fn or_default(fallback: &Value, value: &Value) -> Result<Value, FuncError> {
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    if let Some(text) = text(value) {
        return Ok(Value::from(text));
    }
    if let Value::String(fallback) = fallback {
        return Ok(Value::from(fallback.clone()));
    }
    // The engine knows how Go prints every kind of value.
    let mut print = Template::new("");
    print.parse("{{ print . }}").map_err(|error| FuncError::new(error.to_string()))?;
    let printed = print.render(fallback).map_err(|error| FuncError::new(error.to_string()))?;
    Ok(Value::from(Text::from(printed)))
}

fn split(separator: &str, text: &str) -> Value {
    let text = text.trim();
    let items: Vec<String> = if text.is_empty() {
        Vec::new()
    } else if separator.is_empty() {
        text.chars().map(String::from).collect()
    } else {
        text.split(separator).map(str::to_owned).collect()
    };
    Value::from(items)
}

fn whole(value: &Value) -> Result<i64, FuncError> {
    let number = match value.as_text() {
        Some(text) => text.to_str().parse().ok(),
        None => value.as_i64(),
    };
    number.ok_or_else(|| FuncError::new("loop: expected a whole number"))
}

/// From `start` towards `end`, which is left out.
fn numbers(start: i64, end: i64) -> Result<Value, FuncError> {
    if start.abs_diff(end) > LONGEST_LOOP {
        return Err(FuncError::new(format!("loop: more than {LONGEST_LOOP} numbers")));
    }
    let numbers: Vec<Value> = if start <= end {
        (start..end).map(Value::int).collect()
    } else {
        (end.saturating_add(1)..=start).rev().map(Value::int).collect()
    };
    Ok(Value::from(Slice::new(Type::INT, numbers)))
}
