//! Values as Go writes and reads them: strings in quotes, numbers, booleans.

/// Why a value is none of its type, in the words of Go's `strconv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It does not look like one.
    Syntax,
    /// It is too large or too small.
    Range,
}

// === impl Unfit ===

impl Unfit {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Syntax => "invalid syntax",
            Self::Range => "value out of range",
        }
    }
}

/// What a literal in `"…"` or `` `…` `` stands for; none when Go would not read it.
pub(super) fn unquote(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.replace('\r', ""));
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '"' => return None,
            '\\' => escape(chars.next()?, &mut chars, &mut bytes)?,
            other => push(&mut bytes, other),
        }
    }
    // Bytes written as \x.. need not be text; then nothing in the catalogue equals them.
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn escape(first: char, rest: &mut std::str::Chars<'_>, bytes: &mut Vec<u8>) -> Option<()> {
    let byte = match first {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' => b'"',
        'x' => u8::try_from(digits(rest, 2)?).ok()?,
        '0'..='7' => {
            let tail = [rest.next()?.to_digit(8)?, rest.next()?.to_digit(8)?];
            u8::try_from((first.to_digit(8)? * 8 + tail[0]) * 8 + tail[1]).ok()?
        }
        'u' | 'U' => {
            let code = digits(rest, if first == 'u' { 4 } else { 8 })?;
            if code > u32::from(char::MAX) {
                return None;
            }
            push(bytes, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            return Some(());
        }
        _ => return None,
    };
    bytes.push(byte);
    Some(())
}

fn digits(chars: &mut std::str::Chars<'_>, count: usize) -> Option<u32> {
    (0..count).try_fold(0_u32, |sum, _| sum.checked_mul(16)?.checked_add(chars.next()?.to_digit(16)?))
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// A text in quotes, as Go's `%q` shows it.
pub(super) fn quote(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0b' => out.push_str("\\v"),
            '\x0c' => out.push_str("\\f"),
            c if u32::from(c) < 0x80 && c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A boolean, as Go's `ParseBool` reads it.
pub(super) fn flag(text: &str) -> Result<bool, Unfit> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(Unfit::Syntax),
    }
}

/// A whole number, as Go's `ParseInt` reads it when its prefix says the base.
pub(super) fn whole(text: &str) -> Result<i64, Unfit> {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (base, prefix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, true, &lower[2..]),
        [b'0', b'b', ..] => (2, true, &lower[2..]),
        [b'0', b'o', ..] => (8, true, &lower[2..]),
        [b'0', _, ..] => (8, true, &lower[1..]),
        _ => (10, false, &lower[..]),
    };
    if digits.is_empty() || !separators_fit(digits, prefix) {
        return Err(Unfit::Syntax);
    }
    let mut sum: u64 = 0;
    for digit in digits.chars().filter(|c| *c != '_') {
        let digit = digit.to_digit(base).ok_or(Unfit::Syntax)?;
        let next = sum.checked_mul(base.into()).and_then(|sum| sum.checked_add(digit.into()));
        sum = next.ok_or(Unfit::Range)?;
    }
    if negative { 0_i64.checked_sub_unsigned(sum) } else { i64::try_from(sum).ok() }.ok_or(Unfit::Range)
}

/// An underscore stands between digits, or between the prefix and a digit.
fn separators_fit(digits: &str, prefix: bool) -> bool {
    let mut before = prefix;
    for c in digits.chars() {
        if c == '_' && !before {
            return false;
        }
        before = c != '_';
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        for (literal, want) in [
            (r#""""#, Some("")),
            (r#""a\tb\x41\u00e9\101\\""#, Some("a\tbAé\u{41}\\")),
            ("`a\\n\rb`", Some("a\\nb")),
            (r#""\q""#, None),
            (r#""\'""#, None),
            (r#""\""#, None),
            (r#""\u12""#, None),
            (r#""\U00110000""#, None),
            ("\"a\nb\"", None),
            ("\"", None),
            ("`", None),
        ] {
            assert_eq!(unquote(literal).as_deref(), want, "{literal}");
        }
        assert_eq!(quote("a\"\\\n\x01é\u{85}"), r#""a\"\\\n\x01é\u0085""#);
    }

    #[test]
    fn numbers() {
        for (text, want) in [
            ("81", Ok(81)),
            ("-0x51", Ok(-81)),
            ("0121", Ok(81)),
            ("0", Ok(0)),
            ("+0o7", Ok(7)),
            ("0b_1", Ok(1)),
            ("8_1", Ok(81)),
            ("0_7", Ok(7)),
            ("8__1", Err(Unfit::Syntax)),
            ("_8", Err(Unfit::Syntax)),
            ("8_", Err(Unfit::Syntax)),
            ("", Err(Unfit::Syntax)),
            ("-", Err(Unfit::Syntax)),
            ("0x", Err(Unfit::Syntax)),
            ("08", Err(Unfit::Syntax)),
            ("é", Err(Unfit::Syntax)),
            ("9223372036854775807", Ok(i64::MAX)),
            ("-9223372036854775808", Ok(i64::MIN)),
            ("9223372036854775808", Err(Unfit::Range)),
        ] {
            assert_eq!(whole(text), want, "{text}");
        }
    }
}
