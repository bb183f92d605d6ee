//! JSON as Go's `encoding/json` writes it.

use super::{MAX_TEXT, args, too_long};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gyropilot_template::{FloatKind, FuncError, Functions, Slice, Text, Type, Value};
use std::fmt::Write as _;

/// Values nest no deeper than this in anything that the functions here make.
const MAX_DEPTH: usize = 2000;

/// A JSON text in the making.
struct Writer {
    function: &'static str,
    out: String,
    pretty: bool,
    /// Write `<`, `>` and `&` as escapes, so that the text can stand in HTML.
    for_html: bool,
}

pub(super) fn add(functions: &mut Functions) {
    for (function, pretty, for_html) in [
        ("toJSON", false, true),
        ("toJSONPretty", true, true),
        ("toUnescapedJSON", false, false),
        ("toUnescapedJSONPretty", true, false),
    ] {
        functions.add(function, [Type::Any], move |a| {
            let mut writer = Writer { function, out: String::new(), pretty, for_html };
            writer.value(&args::value(a, 0), 0)?;
            Ok(Value::from(writer.out))
        });
    }
}

// === impl Writer ===

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), FuncError> {
        if depth > MAX_DEPTH || self.out.len() > MAX_TEXT {
            return Err(too_long(self.function));
        }
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Int(_, n) => self.write(format_args!("{n}")),
            Value::Uint(_, n) => self.write(format_args!("{n}")),
            Value::Float(kind, x) => self.float(*kind, *x)?,
            Value::String(text) => self.string(text),
            Value::Slice(slice) => self.slice(slice, depth)?,
            Value::Map(map) if map.is_nil() => self.out.push_str("null"),
            Value::Map(map) => {
                let mut entries: Vec<(Text, &Value)> =
                    map.iter().map(|(key, value)| (key_text(&key.to_value()), value)).collect();
                // Go sorts by the written form of the keys.
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                self.object(entries.into_iter(), depth)?;
            }
            Value::Struct(of) => {
                self.object(of.iter().map(|(name, _, value)| (Text::from(name), value)), depth)?;
            }
            Value::Pointer(pointer) => match pointer.target() {
                Some(target) => self.value(target, depth.saturating_add(1))?,
                None => self.out.push_str("null"),
            },
            Value::Object(object) => match object.underlying() {
                Some(value) => self.value(&value, depth.saturating_add(1))?,
                None => self.out.push_str("{}"),
            },
            Value::Complex(..) | Value::Func(_) => {
                return Err(self.error(&format!("unsupported type: {}", value.type_of())));
            }
        }
        Ok(())
    }

    fn slice(&mut self, slice: &Slice, depth: usize) -> Result<(), FuncError> {
        if slice.is_nil() {
            self.out.push_str("null");
            return Ok(());
        }
        if let Some(bytes) = slice.to_bytes() {
            self.out.push('"');
            STANDARD.encode_string(bytes, &mut self.out);
            self.out.push('"');
            return Ok(());
        }
        self.out.push('[');
        for (at, item) in slice.items().iter().enumerate() {
            self.separate(at, depth);
            self.value(item, depth.saturating_add(1))?;
        }
        self.close(!slice.is_empty(), depth, ']');
        Ok(())
    }

    fn object<'a>(
        &mut self,
        entries: impl Iterator<Item = (Text, &'a Value)>,
        depth: usize,
    ) -> Result<(), FuncError> {
        self.out.push('{');
        let mut any = false;
        for (at, (key, value)) in entries.enumerate() {
            any = true;
            self.separate(at, depth);
            self.string(&key);
            self.out.push_str(if self.pretty { ": " } else { ":" });
            self.value(value, depth.saturating_add(1))?;
        }
        self.close(any, depth, '}');
        Ok(())
    }

    fn separate(&mut self, at: usize, depth: usize) {
        if at > 0 {
            self.out.push(',');
        }
        self.line(depth.saturating_add(1));
    }

    fn close(&mut self, any: bool, depth: usize, with: char) {
        if any {
            self.line(depth);
        }
        self.out.push(with);
    }

    fn line(&mut self, depth: usize) {
        if self.pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", depth));
        }
    }

    fn float(&mut self, kind: FloatKind, x: f64) -> Result<(), FuncError> {
        if !x.is_finite() {
            let name = if x.is_nan() {
                "NaN"
            } else if x > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(self.error(&format!("unsupported value: {name}")));
        }
        let size = x.abs();
        // The shortest digits differ between the two widths.
        let narrow = kind == FloatKind::Float32;
        if x != 0.0 && !(1e-6..1e21).contains(&size) {
            let text = if narrow { format!("{:e}", x as f32) } else { format!("{x:e}") };
            // Go writes the sign of the exponent, and e-07 as e-7.
            self.out.push_str(&if text.contains("e-") { text } else { text.replace('e', "e+") });
        } else if narrow {
            self.write(format_args!("{}", x as f32));
        } else {
            self.write(format_args!("{x}"));
        }
        Ok(())
    }

    fn string(&mut self, text: &Text) {
        self.out.push('"');
        for c in text.to_str().chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '<' | '>' | '&' if self.for_html => self.unicode(c),
                // Line ends to JavaScript, which was JSON's first reader.
                '\u{2028}' | '\u{2029}' => self.unicode(c),
                c if c < ' ' => self.unicode(c),
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn unicode(&mut self, c: char) {
        self.write(format_args!("\\u{:04x}", u32::from(c)));
    }

    fn write(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(what);
    }

    fn error(&self, what: &str) -> FuncError {
        format!("{}: json: {what}", self.function).into()
    }
}

fn key_text(key: &Value) -> Text {
    match key {
        Value::String(text) => text.clone(),
        Value::Int(_, n) => Text::from(n.to_string()),
        Value::Uint(_, n) => Text::from(n.to_string()),
        Value::Bool(b) => Text::from(b.to_string()),
        Value::Float(_, x) => Text::from(x.to_string()),
        _ => Text::default(),
    }
}
