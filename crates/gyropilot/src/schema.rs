//! `gyropilot schema`: what a configuration may hold, for editors.
//!
//! Made from the tables by which the reader knows its keys (JSON Schema draft 7). What the reader lets pass for another
//! kind passes here too, and so does any text with a template in it.

use crate::printer;
use gyropilot_config::{Form, Key, Kind, Shape, reference};
use serde_json::{Map, Value, json};

/// A template inside a text.
const TEMPLATE: &str = r"\{\{";

/// A duration in Go's notation.
const GO_DURATION: &str = r"^[+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*$|^0$";

/// Writes the schema, and gives the exit status.
pub(crate) fn run() -> u8 {
    printer::data(format!("{:#}\n", schema()))
}

/// The schema of both forms.
fn schema() -> Value {
    let shapes = reference();
    let mut definitions = Map::new();
    for shape in &shapes {
        definitions.insert(definition(shape), object(shape, &shapes));
    }
    let top = |form: Form| shapes.iter().find(|shape| shape.name.is_empty() && shape.form == form);
    // Keys at the top that only the v2 form has.
    let known = |form: Form| top(form).map_or(&[][..], |shape| shape.keys);
    let only: Vec<Value> = known(Form::Hooks)
        .iter()
        .filter(|key| !known(Form::Jobs).iter().any(|other| other.name == key.name))
        .map(|key| json!({ "required": [key.name] }))
        .collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Gyropilot configuration",
        "description": "Jobs that start each other, or one application with hooks around it (ContainerPilot 2)",
        "type": "object",
        "if": { "anyOf": only },
        "then": top(Form::Hooks).map(|shape| refer(shape)),
        "else": top(Form::Jobs).map(|shape| refer(shape)),
        "definitions": definitions,
    })
}

/// The name of a shape's definition: letters and dashes, which need no quoting in a reference.
fn definition(shape: &Shape) -> String {
    let form = match shape.form {
        Form::Hooks => "v2",
        Form::Jobs => "jobs",
        Form::Both => "both",
    };
    let name: String = shape.name.chars().filter(|c| !"[]".contains(*c)).collect();
    let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    if name.is_empty() { form.to_owned() } else { format!("{form}-{name}") }
}

fn refer(shape: &Shape) -> Value {
    json!({ "$ref": format!("#/definitions/{}", definition(shape)) })
}

fn object(shape: &Shape, shapes: &[&'static Shape]) -> Value {
    let mut properties = Map::new();
    for key in shape.keys {
        for (i, spelling) in key.spellings().enumerate() {
            let mut value = kind(&key.kind, shape.form, shapes);
            describe(&mut value, key, i > 0);
            properties.insert(spelling, value);
        }
    }
    let mut object = json!({
        "description": shape.what,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    let required: Vec<Value> =
        shape.keys.iter().filter(|key| key.required && !is_conditional(shape, key)).map(present).collect();
    if !required.is_empty() {
        object["allOf"] = Value::Array(required);
    }
    if shape.form == Form::Jobs && shape.name == "jobs[]" {
        // A job with a port has to say how its health is found out, and for how long that holds.
        object["if"] = json!({ "required": ["port"] });
        object["then"] = json!({ "required": ["health"], "properties": { "health": { "required": ["interval", "ttl"] } } });
    }
    object
}

/// A key that is required of some objects only.
fn is_conditional(shape: &Shape, key: &Key) -> bool {
    shape.name == "jobs[].health" && key.name == "ttl"
}

/// The key is there, in one of its spellings.
fn present(key: &Key) -> Value {
    let mut ways: Vec<Value> = key.spellings().map(|spelling| json!({ "required": [spelling] })).collect();
    if ways.len() == 1 { ways.remove(0) } else { json!({ "anyOf": ways }) }
}

fn describe(value: &mut Value, key: &Key, alias: bool) {
    let mut about = key.about.to_owned();
    if alias {
        about = format!("another spelling of `{}`: {about}", key.name);
    }
    if !key.default.is_empty() {
        about.push_str(&format!(" (default: {})", key.default));
    }
    if key.own {
        about.push_str(" [not in ContainerPilot]");
    }
    // Beside a reference, draft 7 looks at nothing else.
    if let Some(reference) = value.get("$ref").cloned() {
        *value = json!({ "allOf": [{ "$ref": reference }] });
    }
    value["description"] = json!(about.trim());
    if let Some(default) = default_of(key) {
        value["default"] = default;
    }
}

/// The default as a value, where it is one and not words.
fn default_of(key: &Key) -> Option<Value> {
    match key.kind {
        Kind::Boolean => key.default.parse::<bool>().ok().map(Value::from),
        Kind::Whole { .. } | Kind::Seconds { .. } => key.default.parse::<i64>().ok().map(Value::from),
        Kind::Words(words) => {
            words.iter().find(|word| **word == key.default.trim_matches('`')).map(|word| json!(word))
        }
        _ => None,
    }
}

/// What a value may be. `null` is the same as leaving the key out.
fn kind(kind: &Kind, form: Form, shapes: &[&'static Shape]) -> Value {
    match kind {
        Kind::Text => json!({ "type": ["string", "number", "boolean", "null"] }),
        Kind::Command => json!({
            "type": ["string", "array", "null"],
            "minLength": 1,
            "minItems": 1,
            "items": { "type": ["string", "number", "boolean"] },
        }),
        Kind::Boolean => json!({
            "type": ["boolean", "number", "string", "null"],
            "pattern": format!("^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False|)$|{TEMPLATE}"),
        }),
        Kind::Whole { least, most } => whole(*least, Some(*most)),
        Kind::Seconds { least } => whole(*least, None),
        Kind::Duration => json!({
            "type": ["string", "number", "null"],
            "minimum": 0,
            "pattern": format!("^[0-9]+$|^$|{GO_DURATION}|{TEMPLATE}"),
        }),
        Kind::GoDuration => {
            json!({ "type": ["string", "null"], "pattern": format!("^$|{GO_DURATION}|{TEMPLATE}") })
        }
        Kind::Words(words) => json!({
            "anyOf": [
                { "enum": words },
                { "type": "string", "pattern": format!("^({})$|{TEMPLATE}", any_case(words)) },
                { "type": "null" },
            ],
        }),
        Kind::True => json!({ "const": true }),
        Kind::False => json!({ "const": false }),
        Kind::Null => json!({ "type": "null" }),
        Kind::Object(name) => {
            let found = shapes
                .iter()
                .find(|shape| shape.name == *name && (shape.form == form || shape.form == Form::Both));
            found.map_or_else(|| json!({ "type": "object" }), |shape| refer(shape))
        }
        Kind::List(item) => json!({ "type": ["array", "null"], "items": self::kind(item, form, shapes) }),
        Kind::Map(value) => json!({
            "type": ["object", "null"], "additionalProperties": self::kind(value, form, shapes),
        }),
        Kind::AnyOf(kinds) => {
            let one = |one: &Kind| match one {
                // Where it matters which of several it is, nothing else passes for a text.
                Kind::Text => json!({ "type": "string" }),
                other => self::kind(other, form, shapes),
            };
            let kinds = kinds.iter().map(one).chain([json!({ "type": "null" })]);
            json!({ "anyOf": kinds.collect::<Vec<_>>() })
        }
        Kind::Ignored => json!({}),
    }
}

/// A whole number, or a text that is one.
fn whole(least: i64, most: Option<i64>) -> Value {
    let mut whole = json!({
        "type": ["number", "string", "boolean", "null"],
        "minimum": least,
        "pattern": format!("^[+-]?[0-9]+$|^0[xob][0-9a-fA-F]+$|{TEMPLATE}"),
    });
    if let Some(most) = most {
        whole["maximum"] = json!(most);
    }
    whole
}

/// The words in any case: a pattern without flags, which not every validator has.
fn any_case(words: &[&str]) -> String {
    let one = |word: &&str| -> String {
        let both = |c: char| match (c.to_ascii_lowercase(), c.to_ascii_uppercase()) {
            (lower, upper) if lower != upper => format!("[{lower}{upper}]"),
            (c, _) => c.to_string(),
        };
        word.chars().map(both).collect()
    };
    words.iter().map(one).collect::<Vec<_>>().join("|")
}
