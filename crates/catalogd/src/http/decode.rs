//! JSON bodies as Consul reads them: names in any case and in `snake_case`, null for
//! what is not given, and nothing that is not known.

use crate::store::Refusal;
use gyropilot_model::parse_go_duration;
use serde::Deserialize as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// How Go begins to say that a value is of another kind.
const UNREADABLE: &str = "json: cannot unmarshal";

/// A JSON object of which one field after the other is taken out.
#[derive(Debug, Default)]
pub(crate) struct Object {
    /// By name in lower case without underscores: the name as written, the value.
    fields: BTreeMap<String, (String, Value)>,
}

// === impl Object ===

impl Object {
    /// The object that a body is.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        Self::of(first_value(body).map_err(|why| undecodable(&why))?, "")
    }

    /// The same, where an empty body is an empty object.
    pub(crate) fn read_or_empty(body: &[u8]) -> Result<Self, Refusal> {
        match body.iter().all(u8::is_ascii_whitespace) {
            true => Ok(Self::default()),
            false => Self::read(body),
        }
    }

    /// The object that a value is; `within` is the field that it was found in, if any.
    pub(crate) fn of(value: Value, within: &'static str) -> Result<Self, Refusal> {
        match value {
            Value::Object(map) => {
                let plain = |name: &str| name.replace('_', "").to_lowercase();
                let fields = map.into_iter().map(|(name, value)| (plain(&name), (name, value))).collect();
                Ok(Self { fields })
            }
            Value::Null => Ok(Self::default()),
            other => Err(wrong(within, "object", &other)),
        }
    }

    /// Whatever a field is; none when it is null or not there.
    pub(crate) fn any(&mut self, name: &'static str) -> Option<Value> {
        self.fields.remove(&name.to_lowercase()).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// Whether nothing is given.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Takes the namespace out, of which there is only one here.
    pub(crate) fn only_namespace(&mut self) -> Result<(), Refusal> {
        match self.text("Namespace")?.as_str() {
            "" | "default" => Ok(()),
            _ => Err(Refusal::bad(
                "Bad request: Invalid field: \"Namespace\" - Namespaces are a Consul Enterprise feature",
            )),
        }
    }

    /// Whether a field is given and not null.
    pub(crate) fn has(&self, name: &'static str) -> bool {
        self.fields.get(&name.to_lowercase()).is_some_and(|(_, value)| !value.is_null())
    }

    /// A text that is read again later; empty when there is none.
    pub(crate) fn copied_text(&self, name: &'static str) -> String {
        let value = self.fields.get(&name.to_lowercase()).and_then(|(_, value)| value.as_str());
        value.unwrap_or_default().to_owned()
    }

    /// A text; empty when it is not given.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<String, Refusal> {
        match self.any(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(wrong(name, "string", &other)),
        }
    }

    /// Some texts.
    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Refusal> {
        let Some(value) = self.any(name) else { return Ok(Vec::new()) };
        let Value::Array(values) = value else { return Err(wrong(name, "[]string", &value)) };
        values
            .into_iter()
            .map(|value| match value {
                Value::String(text) => Ok(text),
                other => Err(wrong(name, "string", &other)),
            })
            .collect()
    }

    /// Texts by name.
    pub(crate) fn pairs(&mut self, name: &'static str) -> Result<BTreeMap<String, String>, Refusal> {
        let Some(value) = self.any(name) else { return Ok(BTreeMap::new()) };
        let Value::Object(map) = value else { return Err(wrong(name, "map[string]string", &value)) };
        map.into_iter()
            .map(|(key, value)| match value {
                Value::String(text) => Ok((key, text)),
                Value::Null => Ok((key, String::new())),
                other => Err(wrong(name, "string", &other)),
            })
            .collect()
    }

    /// A whole number; none when it is not given.
    pub(crate) fn number<T: TryFrom<i128>>(&mut self, name: &'static str) -> Result<Option<T>, Refusal> {
        let Some(value) = self.any(name) else { return Ok(None) };
        let number = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
        number.and_then(|number| T::try_from(number).ok()).map(Some).ok_or_else(|| wrong(name, "int", &value))
    }

    /// Yes or no; no when it is not given.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Refusal> {
        match self.any(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(wrong(name, "bool", &other)),
        }
    }

    /// A duration in Go's notation, or a number of nanoseconds.
    pub(crate) fn duration(&mut self, name: &'static str) -> Result<Option<Duration>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            // Less than no time is none.
            Some(Value::String(text))
                if text.strip_prefix('-').is_some_and(|text| parse_go_duration(text).is_ok()) =>
            {
                Ok(None)
            }
            Some(Value::String(text)) => {
                parse_go_duration(&text).map(Some).map_err(|error| undecodable(&format!("time: {error}")))
            }
            Some(value) => match value.as_u64() {
                Some(nanoseconds) => Ok(Some(Duration::from_nanos(nanoseconds))),
                None => Err(wrong(name, "time.Duration", &value)),
            },
        }
    }

    /// An object; none when it is not given.
    pub(crate) fn object(&mut self, name: &'static str) -> Result<Option<Self>, Refusal> {
        self.any(name).map(|value| Self::of(value, name)).transpose()
    }

    /// Objects; those that are null are left out.
    pub(crate) fn objects(&mut self, name: &'static str) -> Result<Vec<Self>, Refusal> {
        let Some(value) = self.any(name) else { return Ok(Vec::new()) };
        let Value::Array(values) = value else { return Err(wrong(name, "[]object", &value)) };
        values.into_iter().filter(|value| !value.is_null()).map(|value| Self::of(value, name)).collect()
    }

    /// Objects by name.
    pub(crate) fn map(&mut self, name: &'static str) -> Result<Vec<(String, Self)>, Refusal> {
        let Some(value) = self.any(name) else { return Ok(Vec::new()) };
        let Value::Object(map) = value else { return Err(wrong(name, "map[string]object", &value)) };
        map.into_iter().map(|(key, value)| Ok((key, Self::of(value, name)?))).collect()
    }

    /// Takes fields out that are understood but mean nothing here.
    pub(crate) fn ignore(&mut self, names: &[&'static str]) {
        for name in names {
            self.any(name);
        }
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        match self.fields.into_values().next() {
            None => Ok(()),
            Some((name, _)) => Err(undecodable(&format!("json: unknown field {name:?}"))),
        }
    }
}

/// The JSON document at the head of a body, or why there is none. What comes after it nobody reads.
pub(crate) fn first_value(body: &[u8]) -> Result<Value, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err("EOF".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    Value::deserialize(&mut reader).map_err(|error| match error.is_eof() {
        true => "unexpected EOF".to_owned(),
        false => error.to_string(),
    })
}

/// The refusal of a body that cannot be read.
pub(crate) fn undecodable(why: &str) -> Refusal {
    Refusal::bad(format!("Request decode failed: {why}"))
}

/// The refusal of a value that is of another kind; the name of its field is empty for a whole body.
pub(crate) fn wrong(name: &str, wanted: &str, value: &Value) -> Refusal {
    let kind = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        // Only where a number is wanted does its value matter.
        Value::Number(number) if wanted == "int" => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    };
    match name.is_empty() {
        true => undecodable(&format!("{UNREADABLE} {kind} into Go value of type {wanted}")),
        false => undecodable(&format!("{UNREADABLE} {kind} into Go struct field .{name} of type {wanted}")),
    }
}
