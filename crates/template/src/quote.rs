//! Go's string and character literals: writing them (`%q`) and reading them.

use crate::unicode::{chars, decode, is_invalid, is_printable};

/// `"text"` with Go's escapes.
pub(crate) fn quoted(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    append_quoted(&mut out, text, false);
    // Escapes leave only valid UTF-8.
    String::from_utf8(out).unwrap_or_default()
}

/// Appends `"text"`; with `ascii`, nothing outside ASCII is left as it is.
pub(crate) fn append_quoted(out: &mut Vec<u8>, text: &[u8], ascii: bool) {
    out.push(b'"');
    for (at, c, width) in chars(text) {
        if is_invalid(c, width) {
            let byte = text.get(at).copied().unwrap_or_default();
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        } else {
            append_escaped(out, c, '"', ascii);
        }
    }
    out.push(b'"');
}

/// Appends `'c'`; a number that is no character becomes U+FFFD.
pub(crate) fn append_quoted_char(out: &mut Vec<u8>, code: u64, ascii: bool) {
    let c = u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.push(b'\'');
    append_escaped(out, c, '\'', ascii);
    out.push(b'\'');
}

fn append_escaped(out: &mut Vec<u8>, c: char, quote: char, ascii: bool) {
    if c == quote || c == '\\' {
        out.push(b'\\');
        push_char(out, c);
        return;
    }
    if is_printable(c) && (c.is_ascii() || !ascii) {
        push_char(out, c);
        return;
    }
    let escape = match c {
        '\x07' => "\\a".to_owned(),
        '\x08' => "\\b".to_owned(),
        '\x0c' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\x0b' => "\\v".to_owned(),
        c if c < ' ' || c == '\x7f' => format!("\\x{:02x}", u32::from(c)),
        c if u32::from(c) < 0x1_0000 => format!("\\u{:04x}", u32::from(c)),
        c => format!("\\U{:08x}", u32::from(c)),
    };
    out.extend_from_slice(escape.as_bytes());
}

/// Appends a character as UTF-8.
pub(crate) fn push_char(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Whether the text can stand between back quotes on one line.
pub(crate) fn can_backquote(text: &[u8]) -> bool {
    chars(text).all(|(_, c, width)| {
        let control = c < ' ' && c != '\t';
        !control && c != '`' && c != '\x7f' && c != '\u{feff}' && !is_invalid(c, width)
    })
}

/// The text of a string literal with its quotes; `None` when an escape is wrong.
pub(crate) fn unquote(literal: &[u8]) -> Option<Vec<u8>> {
    match literal {
        [b'`', inner @ .., b'`'] => Some(inner.iter().copied().filter(|b| *b != b'\r').collect()),
        [b'"', inner @ .., b'"'] => {
            let mut out = Vec::with_capacity(inner.len());
            let mut rest = inner;
            while !rest.is_empty() {
                let (unit, tail) = unquote_char(rest, b'"')?;
                match unit {
                    Unit::Byte(byte) => out.push(byte),
                    Unit::Char(c) => push_char(&mut out, c),
                }
                rest = tail;
            }
            Some(out)
        }
        _ => None,
    }
}

/// One character or escape of a literal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    /// A byte by its number: `\xff` or `\377`.
    Byte(u8),
    /// A character; a byte that is not UTF-8 counts as U+FFFD here, unlike in the text around actions.
    Char(char),
}

// === impl Unit ===

impl Unit {
    /// The number a character constant of this has.
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Byte(byte) => i64::from(byte),
            Self::Char(c) => i64::from(u32::from(c)),
        }
    }
}

/// Reads one character or escape from the front; gives it and the rest.
pub(crate) fn unquote_char(text: &[u8], quote: u8) -> Option<(Unit, &[u8])> {
    let (&first, tail) = text.split_first()?;
    if first == quote {
        return None;
    }
    if first != b'\\' {
        let (c, width) = decode(text)?;
        return Some((Unit::Char(c), text.get(width..)?));
    }
    let (&escape, tail) = tail.split_first()?;
    let simple = |c: char| Some((Unit::Char(c), tail));
    match escape {
        b'a' => simple('\x07'),
        b'b' => simple('\x08'),
        b'f' => simple('\x0c'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'v' => simple('\x0b'),
        b'\\' => simple('\\'),
        b'\'' | b'"' if escape == quote => simple(char::from(quote)),
        b'x' => {
            let (n, tail) = digits(tail, 2, 16)?;
            Some((Unit::Byte(u8::try_from(n).ok()?), tail))
        }
        b'u' | b'U' => {
            let (n, tail) = digits(tail, if escape == b'u' { 4 } else { 8 }, 16)?;
            Some((Unit::Char(char::from_u32(n)?), tail))
        }
        b'0'..=b'7' => {
            let (n, tail) = digits(text.get(1..)?, 3, 8)?;
            Some((Unit::Byte(u8::try_from(n).ok()?), tail))
        }
        _ => None,
    }
}

fn digits(text: &[u8], count: usize, radix: u32) -> Option<(u32, &[u8])> {
    let (head, tail) = text.split_at_checked(count)?;
    let mut n: u32 = 0;
    for byte in head {
        n = n.checked_mul(radix)?.checked_add(char::from(*byte).to_digit(radix)?)?;
    }
    Some((n, tail))
}
