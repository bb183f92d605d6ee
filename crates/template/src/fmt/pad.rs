//! Flags, padding, and the verbs for integers, strings and bytes.

use super::{Integer, Printer};
use crate::quote::{append_quoted, append_quoted_char, can_backquote, push_char};
use crate::unicode::{chars, count_chars, is_printable};

/// What stood between the percent sign and the verb.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`: struct fields with their names.
    pub(super) plus_v: bool,
    /// `%#v`: Go syntax.
    pub(super) sharp_v: bool,
}

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

// === impl Printer ===

impl Printer {
    pub(super) fn padding(&mut self, count: usize) {
        let zero = self.flags.zero && !self.flags.minus;
        self.push_repeated(if zero { b'0' } else { b' ' }, count);
    }

    /// Appends a text, padded to the width.
    pub(super) fn pad(&mut self, text: &[u8]) {
        let width = self.flags.width.unwrap_or(0);
        let missing = if width == 0 { 0 } else { width.saturating_sub(count_chars(text)) };
        if self.flags.minus {
            self.push(text);
            self.padding(missing);
        } else {
            self.padding(missing);
            self.push(text);
        }
    }

    /// As [`pad`](Self::pad), with spaces whatever the zero flag says.
    fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    pub(super) fn boolean(&mut self, b: bool) {
        self.pad(if b { b"true" } else { b"false" });
    }

    /// An integer in a base; verb `O` adds Go's octal prefix, `X` uses capitals.
    pub(super) fn integer(&mut self, n: Integer, base: u64, verb: char) {
        let signed = n.negative || self.flags.plus || self.flags.space;
        let mut least = 0;
        if let Some(precision) = self.flags.precision {
            least = precision;
            if precision == 0 && n.magnitude == 0 {
                let zero = std::mem::take(&mut self.flags.zero);
                self.padding(self.flags.width.unwrap_or(0));
                self.flags.zero = zero;
                return;
            }
        } else if let (true, false, Some(width)) = (self.flags.zero, self.flags.minus, self.flags.width) {
            least = width.saturating_sub(usize::from(signed));
        }
        let digits = if verb == 'X' { UPPER } else { LOWER };
        // Built from the right.
        let mut text = Vec::with_capacity(70);
        let mut left = n.magnitude;
        loop {
            let digit = usize::try_from(left % base).ok().and_then(|d| digits.get(d)).copied();
            text.push(digit.unwrap_or(b'0'));
            left /= base;
            if left == 0 {
                break;
            }
        }
        if least > text.len() {
            let room = self.limit.saturating_add(1).max(text.len());
            text.resize(least.min(room), b'0');
        }
        if self.flags.sharp {
            match base {
                2 => text.extend_from_slice(b"b0"),
                8 if text.last() != Some(&b'0') => text.push(b'0'),
                16 => text.extend_from_slice(if verb == 'X' { b"X0" } else { b"x0" }),
                _ => {}
            }
        }
        if verb == 'O' {
            text.extend_from_slice(b"o0");
        }
        if n.negative {
            text.push(b'-');
        } else if self.flags.plus {
            text.push(b'+');
        } else if self.flags.space {
            text.push(b' ');
        }
        text.reverse();
        self.pad_with_spaces(&text);
    }

    /// Hexadecimal with or without `0x`, whatever the sharp flag says.
    pub(super) fn hex(&mut self, n: u64, prefix: bool) {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefix);
        self.integer(Integer::unsigned(n), 16, 'v');
        self.flags.sharp = sharp;
    }

    pub(super) fn character(&mut self, code: u64) {
        let mut text = Vec::with_capacity(4);
        push_char(&mut text, to_char(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        self.pad(&text);
    }

    pub(super) fn quoted_character(&mut self, code: u64) {
        let mut text = Vec::with_capacity(12);
        append_quoted_char(&mut text, code, self.flags.plus);
        self.pad(&text);
    }

    /// `U+0078`, with the sharp flag also `'x'`.
    pub(super) fn code_point(&mut self, code: u64) {
        let digits = self.flags.precision.unwrap_or(4).max(4);
        let hex = format!("{code:X}");
        let mut text = b"U+".to_vec();
        let zeros = digits.saturating_sub(hex.len()).min(self.limit.saturating_add(1));
        text.resize(2 + zeros, b'0');
        text.extend_from_slice(hex.as_bytes());
        if let (true, Some(c)) = (self.flags.sharp, to_char(code).filter(|c| is_printable(*c))) {
            text.extend_from_slice(b" '");
            push_char(&mut text, c);
            text.push(b'\'');
        }
        self.pad_with_spaces(&text);
    }

    /// The text up to the precision, which counts characters.
    fn truncated<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        match self.flags.precision.and_then(|most| chars(text).nth(most)) {
            Some((end, ..)) => text.get(..end).unwrap_or(text),
            None => text,
        }
    }

    pub(super) fn string(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        self.pad(text);
    }

    pub(super) fn quoted_string(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        let mut quoted = Vec::with_capacity(text.len() + 2);
        if self.flags.sharp && can_backquote(text) {
            quoted.push(b'`');
            quoted.extend_from_slice(text);
            quoted.push(b'`');
        } else {
            append_quoted(&mut quoted, text, self.flags.plus);
        }
        self.pad(&quoted);
    }

    /// Bytes as pairs of hexadecimal digits.
    pub(super) fn hex_bytes(&mut self, bytes: &[u8], verb: char) {
        let digits = if verb == 'X' { UPPER } else { LOWER };
        let prefix: &[u8] = if verb == 'X' { b"0X" } else { b"0x" };
        let count = self.flags.precision.unwrap_or(bytes.len());
        let bytes = bytes.get(..count).unwrap_or(bytes);
        let mut text = Vec::with_capacity(bytes.len() * 2 + 2);
        for (i, byte) in bytes.iter().enumerate() {
            if i > 0 && self.flags.space {
                text.push(b' ');
            }
            if self.flags.sharp && (i == 0 || self.flags.space) {
                text.extend_from_slice(prefix);
            }
            for nibble in [byte >> 4, byte & 15] {
                text.push(digits.get(usize::from(nibble)).copied().unwrap_or(b'0'));
            }
        }
        self.pad(&text);
    }
}

fn to_char(code: u64) -> Option<char> {
    u32::try_from(code).ok().and_then(char::from_u32)
}
