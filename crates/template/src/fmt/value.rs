//! Values under a verb.

use super::{Integer, Printer};
use crate::value::{FloatKind, Map, Slice, Struct, Type, Value};

/// Data nested deeper than this prints as `...`; JSON cannot be read so deep.
const MOST_NESTED: usize = 500;

// === impl Printer ===

impl Printer {
    /// An argument of `printf` or `print`.
    pub(super) fn argument(&mut self, arg: &Value, verb: char) {
        match (arg, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => self.bad_verb(arg, verb, 0),
            (_, 'T') => self.string(arg.type_of().to_string().as_bytes()),
            // Only `Errorf` knows this verb.
            (_, 'w') if !self.complaining => self.bad_verb(arg, verb, 0),
            (_, 'p') => self.pointer(arg, verb, 0),
            (Value::Slice(slice), _) if *slice.elem() == Type::BYTE => {
                self.byte_slice(slice, arg, verb, "[]byte", 0);
            }
            _ => self.value(arg, verb, 0),
        }
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if depth > MOST_NESTED {
            self.push(b"...");
            return;
        }
        match value {
            Value::Nil => {
                if self.flags.sharp_v {
                    self.push(b"interface {}(nil)");
                } else {
                    self.push(b"<nil>");
                }
            }
            Value::Bool(b) if matches!(verb, 't' | 'v') => self.boolean(*b),
            Value::Int(_, n) => self.integer_verb(value, Integer::signed(*n), verb),
            Value::Uint(_, n) => self.integer_verb(value, Integer::unsigned(*n), verb),
            Value::Float(kind, x) => self.float_verb(value, *x, *kind, verb),
            Value::Complex(re, im) => self.complex_verb(value, *re, *im, verb),
            Value::String(text) => self.string_verb(value, text.as_bytes(), verb),
            Value::Bool(_) => self.bad_verb(value, verb, depth),
            Value::Slice(slice) if matches!(verb, 's' | 'q' | 'x' | 'X') && *slice.elem() == Type::BYTE => {
                self.byte_slice(slice, value, verb, "[]uint8", depth);
            }
            Value::Slice(slice) => self.slice(slice, value, verb, depth),
            Value::Map(map) => self.map(map, value, verb, depth),
            Value::Struct(fields) => self.structure(fields, verb, depth),
            Value::Pointer(pointer) => match pointer.target() {
                Some(target @ (Value::Slice(_) | Value::Map(_) | Value::Struct(_))) if depth == 0 => {
                    self.push(b"&");
                    self.value(target, verb, depth + 1);
                }
                _ => self.pointer(value, verb, depth),
            },
            Value::Func(_) => self.pointer(value, verb, depth),
            Value::Object(object) => {
                let text = match verb {
                    'v' | 's' | 'x' | 'X' | 'q' if !self.flags.sharp_v && !self.complaining => {
                        object.string()
                    }
                    _ => None,
                };
                match (text, object.underlying()) {
                    (Some(text), _) => self.string_verb(value, text.as_bytes(), verb),
                    (None, Some(inner)) => self.underlying(&inner, object.type_name(), verb, depth),
                    (None, None) => self.push(b"{}"),
                }
            }
        }
    }

    /// What an object is made of; in Go syntax under the name of its type.
    fn underlying(&mut self, inner: &Value, name: &str, verb: char, depth: usize) {
        if self.flags.sharp_v && matches!(inner, Value::Slice(_) | Value::Map(_) | Value::Struct(_)) {
            let mut plain = Self::new(self.limit.saturating_sub(self.out.len()));
            plain.flags = self.flags;
            plain.value(inner, verb, depth + 1);
            let of = inner.type_of().to_string();
            self.push(name.as_bytes());
            self.push(plain.out.strip_prefix(of.as_bytes()).unwrap_or(&plain.out));
            self.overflowed |= plain.overflowed;
        } else {
            let outer = self.named.replace(name.to_owned());
            self.value(inner, verb, depth + 1);
            self.named = outer;
        }
    }

    fn integer_verb(&mut self, value: &Value, n: Integer, verb: char) {
        match verb {
            'v' if self.flags.sharp_v && !n.signed => self.hex(n.magnitude, true),
            'v' | 'd' => self.integer(n, 10, verb),
            'b' => self.integer(n, 2, verb),
            'o' | 'O' => self.integer(n, 8, verb),
            'x' | 'X' => self.integer(n, 16, verb),
            'c' => self.character(n.code()),
            'q' => self.quoted_character(n.code()),
            'U' => self.code_point(n.code()),
            _ => self.bad_verb(value, verb, 0),
        }
    }

    fn float_verb(&mut self, value: &Value, x: f64, kind: FloatKind, verb: char) {
        match verb {
            'v' | 'b' | 'g' | 'G' | 'x' | 'X' => self.float(x, kind, verb, None),
            'f' | 'e' | 'E' | 'F' => self.float(x, kind, verb, Some(6)),
            _ => self.bad_verb(value, verb, 0),
        }
    }

    fn complex_verb(&mut self, value: &Value, re: f64, im: f64, verb: char) {
        match verb {
            'v' | 'b' | 'g' | 'G' | 'x' | 'X' => self.complex(re, im, verb, None),
            'f' | 'e' | 'E' | 'F' => self.complex(re, im, verb, Some(6)),
            _ => self.bad_verb(value, verb, 0),
        }
    }

    fn string_verb(&mut self, value: &Value, text: &[u8], verb: char) {
        match verb {
            'v' if self.flags.sharp_v => self.quoted_string(text),
            'v' | 's' => self.string(text),
            'x' | 'X' => self.hex_bytes(text, verb),
            'q' => self.quoted_string(text),
            _ => self.bad_verb(value, verb, 0),
        }
    }

    fn byte_slice(&mut self, slice: &Slice, value: &Value, verb: char, name: &str, depth: usize) {
        let bytes = slice.to_bytes().unwrap_or_default();
        match verb {
            'v' | 'd' if self.flags.sharp_v => {
                self.push(name.as_bytes());
                if slice.is_nil() {
                    self.push(b"(nil)");
                    return;
                }
                self.list(b"{", b"}", b", ", bytes.iter(), |printer, byte| {
                    printer.hex(u64::from(*byte), true);
                });
            }
            'v' | 'd' => self.list(b"[", b"]", b" ", bytes.iter(), |printer, byte| {
                printer.integer(Integer::unsigned(u64::from(*byte)), 10, verb);
            }),
            's' => self.string(&bytes),
            'x' | 'X' => self.hex_bytes(&bytes, verb),
            'q' => self.quoted_string(&bytes),
            _ => self.slice(slice, value, verb, depth),
        }
    }

    fn list<T>(
        &mut self,
        open: &[u8],
        close: &[u8],
        between: &[u8],
        items: impl Iterator<Item = T>,
        mut print: impl FnMut(&mut Self, T),
    ) {
        self.push(open);
        for (i, item) in items.enumerate() {
            if self.overflowed {
                return;
            }
            if i > 0 {
                self.push(between);
            }
            print(self, item);
        }
        self.push(close);
    }

    fn slice(&mut self, slice: &Slice, value: &Value, verb: char, depth: usize) {
        let items = slice.items().iter();
        if self.flags.sharp_v {
            self.push(value.type_of().to_string().as_bytes());
            if slice.is_nil() {
                self.push(b"(nil)");
                return;
            }
            self.list(b"{", b"}", b", ", items, |printer, item| {
                printer.item(item, slice.elem(), verb, depth);
            });
        } else {
            self.list(b"[", b"]", b" ", items, |printer, item| printer.item(item, slice.elem(), verb, depth));
        }
    }

    fn map(&mut self, map: &Map, value: &Value, verb: char, depth: usize) {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.push(value.type_of().to_string().as_bytes());
            if map.is_nil() {
                self.push(b"(nil)");
                return;
            }
        }
        let (open, close, between): (&[u8], &[u8], &[u8]) =
            if sharp { (b"{", b"}", b", ") } else { (b"map[", b"]", b" ") };
        self.list(open, close, between, map.iter(), |printer, (key, item)| {
            printer.item(&key.to_value(), map.key_type(), verb, depth);
            printer.push(b":");
            printer.item(item, map.elem(), verb, depth);
        });
    }

    fn structure(&mut self, fields: &Struct, verb: char, depth: usize) {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.push(fields.struct_type().name.as_bytes());
        }
        let between: &[u8] = if sharp { b", " } else { b" " };
        self.list(b"{", b"}", between, fields.iter(), |printer, (name, of, field)| {
            if sharp || printer.flags.plus_v {
                printer.push(name.as_bytes());
                printer.push(b":");
            }
            printer.item(field, of, verb, depth);
        });
    }

    /// Something inside something else, where a nil has the type of its place.
    fn item(&mut self, item: &Value, of: &Type, verb: char, depth: usize) {
        match item {
            Value::Nil if self.flags.sharp_v => {
                self.push(of.to_string().as_bytes());
                self.push(b"(nil)");
            }
            _ => self.value(item, verb, depth + 1),
        }
    }

    fn pointer(&mut self, value: &Value, verb: char, depth: usize) {
        let address = match value {
            Value::Pointer(pointer) => pointer.address(),
            Value::Func(func) => func.address(),
            Value::Map(map) => map.address(),
            Value::Slice(slice) => slice.address(),
            _ => return self.bad_verb(value, verb, depth),
        };
        let address = u64::try_from(address).unwrap_or(u64::MAX);
        match verb {
            'v' if self.flags.sharp_v => {
                self.push(b"(");
                self.push(value.type_of().to_string().as_bytes());
                self.push(b")(");
                if address == 0 {
                    self.push(b"nil");
                } else {
                    self.hex(address, true);
                }
                self.push(b")");
            }
            'v' if address == 0 => self.pad(b"<nil>"),
            'v' | 'p' => self.hex(address, !self.flags.sharp),
            'b' => self.integer(Integer::unsigned(address), 2, verb),
            'o' => self.integer(Integer::unsigned(address), 8, verb),
            'd' => self.integer(Integer::unsigned(address), 10, verb),
            'x' | 'X' => self.integer(Integer::unsigned(address), 16, verb),
            _ => self.bad_verb(value, verb, depth),
        }
    }

    /// `%!d(string=x)`.
    fn bad_verb(&mut self, value: &Value, verb: char, depth: usize) {
        let outer = std::mem::replace(&mut self.complaining, true);
        self.push(b"%!");
        self.push(verb.encode_utf8(&mut [0; 4]).as_bytes());
        self.push(b"(");
        if matches!(value, Value::Nil) {
            self.push(b"<nil>");
        } else {
            let of = self.named.take().unwrap_or_else(|| value.type_of().to_string());
            self.push(of.as_bytes());
            self.push(b"=");
            if depth == 0 { self.argument(value, 'v') } else { self.value(value, 'v', depth) }
        }
        self.push(b")");
        self.complaining = outer;
    }
}
