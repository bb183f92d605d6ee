//! Reading and running the cases of `goldens/cases.json`.

use std::path::Path;

use gyropilot_template::{Functions, Limits, MissingKey, Template, Value};
use serde_json::Value as Json;

use crate::fixture;

/// One golden.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) template: Vec<u8>,
    pub(crate) dot: Dot,
    pub(crate) want: Outcome,
    more: Vec<(String, String)>,
    missing_key: MissingKey,
    delimiters: (String, String),
    functions: bool,
}

/// What the template runs on.
#[derive(Clone)]
pub(crate) enum Dot {
    Json(Json),
    Strings(Json),
    Fixture,
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) output: Vec<u8>,
    pub(crate) parse_error: String,
    pub(crate) exec_error: String,
}

/// All goldens.
pub(crate) fn load() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/cases.json");
    let file: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let document = &file["document"];
    file["cases"].as_array().unwrap().iter().map(|case| Case::read(case, document)).collect()
}

// === impl Case ===

impl Case {
    fn read(case: &Json, document: &Json) -> Self {
        let data = case.get("data").cloned().unwrap_or_else(|| document.clone());
        let bytes = |plain: &str, hex: &str| match case.get(hex) {
            Some(digits) => unhex(digits.as_str().unwrap()),
            None => text(&case[plain]).into_bytes(),
        };
        Self {
            name: text(&case["name"]),
            template: bytes("template", "template_hex"),
            dot: match case["kind"].as_str() {
                Some("fixture") => Dot::Fixture,
                Some("strings") => Dot::Strings(data),
                _ => Dot::Json(data),
            },
            want: Outcome {
                output: bytes("output", "output_hex"),
                parse_error: text(&case["parse_error"]),
                exec_error: text(&case["exec_error"]),
            },
            more: case["more"]
                .as_array()
                .map(|more| more.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect())
                .unwrap_or_default(),
            missing_key: match case["missingkey"].as_str() {
                Some("zero") => MissingKey::Zero,
                Some("error") => MissingKey::Error,
                _ => MissingKey::Invalid,
            },
            delimiters: (text(&case["delims"][0]), text(&case["delims"][1])),
            functions: case["functions"].as_bool().unwrap_or(false),
        }
    }

    /// Whether a command that knows JSON and the predefined functions only can run it.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.dot, Dot::Json(_))
            && self.more.is_empty()
            && self.missing_key == MissingKey::Invalid
            && self.delimiters == (String::new(), String::new())
            && !self.functions
            && std::str::from_utf8(&self.template).is_ok()
    }

    pub(crate) fn run(&self) -> Outcome {
        self.run_text(&self.template, Limits::default())
    }

    /// Runs another text under the same circumstances.
    pub(crate) fn run_text(&self, text: &[u8], limits: Limits) -> Outcome {
        let functions = if self.functions { fixture::functions() } else { Functions::new() };
        let mut template = Template::new("golden.tmpl")
            .delimiters(&self.delimiters.0, &self.delimiters.1)
            .missing_key(self.missing_key)
            .functions(functions)
            .limits(limits);
        let mut parsed = template.parse(text);
        for (name, text) in &self.more {
            parsed = parsed.and_then(|()| template.parse_associated(name, text));
        }
        if let Err(error) = parsed {
            return Outcome { parse_error: error.to_string(), ..Outcome::default() };
        }
        match template.render(&self.dot.value()) {
            Ok(output) => Outcome { output, ..Outcome::default() },
            Err(error) => {
                Outcome { exec_error: error.to_string(), output: error.partial.output, ..Outcome::default() }
            }
        }
    }
}

// === impl Dot ===

impl Dot {
    fn value(&self) -> Value {
        match self {
            Self::Json(json) => Value::from(json.clone()),
            Self::Strings(json) => {
                let entries = json.as_object().unwrap().iter();
                Value::from_strings(entries.map(|(key, value)| (key.as_str(), value.as_str().unwrap())))
            }
            Self::Fixture => fixture::fixture(),
        }
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn unhex(digits: &str) -> Vec<u8> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
