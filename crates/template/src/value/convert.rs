//! Conversions into [`Value`].

use super::{FloatKind, Func, IntKind, Map, Object, Pointer, Slice, Struct, Text, Type, UintKind, Value};
use serde_json::Value as Json;
use std::rc::Rc;

// === impl Value ===

impl Value {
    /// A JSON document with whole numbers kept as `int64` (`uint64` above its range), other numbers as `float64`.
    ///
    /// Recursion is bounded by what `serde_json` reads: 128 levels.
    #[must_use]
    pub fn from_json_with_integers(json: Json) -> Self {
        from_json(json, &|number| match (number.as_i64(), number.as_u64()) {
            (Some(n), _) => Self::from(n),
            (None, Some(n)) => Self::from(n),
            (None, None) => Self::from(number.as_f64().unwrap_or(f64::INFINITY)),
        })
    }

    /// `map[string]string`, as the process environment is.
    pub fn from_strings<K: Into<Text>, V: Into<Text>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(Map::of_strings(entries))
    }

    /// An object.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Rc::new(object))
    }
}

/// As Go's `encoding/json` decodes into `any`: numbers are `float64`, objects `map[string]interface {}`, arrays
/// `[]interface {}`.
impl From<Json> for Value {
    fn from(json: Json) -> Self {
        from_json(json, &|number| Self::from(number.as_f64().unwrap_or(f64::INFINITY)))
    }
}

fn from_json(json: Json, number: &dyn Fn(serde_json::Number) -> Value) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(b) => Value::Bool(b),
        Json::Number(n) => number(n),
        Json::String(text) => Value::from(text),
        Json::Array(items) => {
            let items: Vec<Value> = items.into_iter().map(|item| from_json(item, number)).collect();
            Value::Slice(Slice::new(Type::Any, items))
        }
        Json::Object(entries) => {
            Value::Map(Map::of_any(entries.into_iter().map(|(key, item)| (key, from_json(item, number)))))
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

/// Gives an `int64`; for an `int` see [`Value::int`].
impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(IntKind::Int64, n)
    }
}

/// Gives a `uint64`.
impl From<u64> for Value {
    fn from(n: u64) -> Self {
        Self::Uint(UintKind::Uint64, n)
    }
}

/// Gives a `float64`.
impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Self::Float(FloatKind::Float64, x)
    }
}

/// Gives a `float32`.
impl From<f32> for Value {
    fn from(x: f32) -> Self {
        Self::Float(FloatKind::Float32, f64::from(x))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

/// Gives a `[]string`.
impl From<Vec<String>> for Value {
    fn from(items: Vec<String>) -> Self {
        let items: Vec<Self> = items.into_iter().map(Self::from).collect();
        Self::Slice(Slice::new(Type::String, items))
    }
}

/// Gives a `[]byte`.
impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        let items: Vec<Self> = bytes.iter().map(|b| Self::Uint(UintKind::Uint8, u64::from(*b))).collect();
        Self::Slice(Slice::new(Type::BYTE, items))
    }
}

impl From<Slice> for Value {
    fn from(slice: Slice) -> Self {
        Self::Slice(slice)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<Struct> for Value {
    fn from(value: Struct) -> Self {
        Self::Struct(value)
    }
}

impl From<Pointer> for Value {
    fn from(pointer: Pointer) -> Self {
        Self::Pointer(pointer)
    }
}

impl From<Func> for Value {
    fn from(func: Func) -> Self {
        Self::Func(func)
    }
}
