//! From text to values.

use super::{args, number};
use gyropilot_template::{FuncError, Functions, Map, Text, Type, Value};

pub(super) fn add(functions: &mut Functions) {
    add_parser(functions, "parseBool", Value::Bool(false), |text| number::parse_bool(text).map(Value::Bool));
    add_parser(functions, "parseFloat", Value::from(0.0), |text| number::parse_float(text).map(Value::from));
    add_parser(functions, "parseInt", Value::from(0_i64), |text| number::parse_int(text).map(Value::from));
    add_parser(functions, "parseUint", Value::from(0_u64), |text| number::parse_uint(text).map(Value::from));
    functions.add("parseJSON", [Type::String], |a| {
        let text = args::bytes(a, 0);
        if text.is_empty() {
            return Ok(Value::Map(Map::of_any(std::iter::empty::<(Text, Value)>())));
        }
        serde_json::from_slice::<serde_json::Value>(text.as_bytes())
            .map(Value::from)
            .map_err(|error| FuncError::new(error.to_string()))
    });
}

/// A function that reads a string, and gives `zero` for an empty one.
fn add_parser(
    functions: &mut Functions,
    name: &'static str,
    zero: Value,
    parse: fn(&str) -> Result<Value, number::NumberError>,
) {
    functions.add(name, [Type::String], move |a| match args::text(a, 0).as_str() {
        "" => Ok(zero.clone()),
        text => parse(text).map_err(|error| format!("{name}: {error}").into()),
    });
}
