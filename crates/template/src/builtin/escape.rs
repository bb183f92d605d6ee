//! `html`, `js` and `urlquery`.

use crate::fmt::Printer;
use crate::unicode::{chars, is_printable};

pub(super) fn html(text: &[u8], out: &mut Printer) {
    for byte in text {
        match byte {
            b'"' => out.push(b"&#34;"),
            b'\'' => out.push(b"&#39;"),
            b'&' => out.push(b"&amp;"),
            b'<' => out.push(b"&lt;"),
            b'>' => out.push(b"&gt;"),
            0 => out.push("\u{fffd}".as_bytes()),
            byte => out.push(&[*byte]),
        }
    }
}

pub(super) fn js(text: &[u8], out: &mut Printer) {
    for (at, c, width) in chars(text) {
        match c {
            '\\' => out.push(br"\\"),
            '\'' => out.push(br"\'"),
            '"' => out.push(br#"\""#),
            '<' | '>' | '&' | '=' | '\0'..'\x20' => out.push(format!("\\u{:04X}", u32::from(c)).as_bytes()),
            c if c.is_ascii() || is_printable(c) => out.push(text.get(at..at + width).unwrap_or(&[])),
            c => out.push(format!("\\u{:04X}", u32::from(c)).as_bytes()),
        }
    }
}

pub(super) fn urlquery(text: &[u8], out: &mut Printer) {
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(&[*byte]),
            b' ' => out.push(b"+"),
            byte => out.push(format!("%{byte:02X}").as_bytes()),
        }
    }
}
