//! The format string of `printf`.

use super::{Flags, Printer};
use crate::unicode::decode;
use crate::value::Value;

/// Widths, precisions and argument indexes beyond this are taken as mistakes.
const TOO_LARGE: i64 = 1_000_000;

/// Reading position in a format and in its arguments.
struct Cursor<'a> {
    format: &'a [u8],
    at: usize,
    args: &'a [Value],
    arg: usize,
    /// The last thing read was an argument index.
    after_index: bool,
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    fn byte(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.format.get(self.at..).unwrap_or(&[])
    }

    /// A decimal number, if there is one. One that is too large swallows the format.
    fn number(&mut self) -> Option<usize> {
        let mut n: i64 = 0;
        let start = self.at;
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            if n > TOO_LARGE {
                self.at = self.format.len();
                return None;
            }
            n = n * 10 + i64::from(digit - b'0');
            self.at += 1;
        }
        if self.at == start { None } else { usize::try_from(n).ok() }
    }

    /// The argument that a `*` stands for, as an integer.
    fn star(&mut self) -> Option<i64> {
        let value = self.args.get(self.arg)?;
        self.arg += 1;
        let n = match value.concrete() {
            Value::Int(_, n) => n,
            Value::Uint(_, n) => i64::try_from(n).ok()?,
            _ => return None,
        };
        (-TOO_LARGE..=TOO_LARGE).contains(&n).then_some(n)
    }
}

// === impl Printer ===

impl Printer {
    /// As `fmt.Sprintf`.
    pub(crate) fn printf(&mut self, format: &[u8], args: &[Value]) {
        let mut cursor = Cursor { format, at: 0, args, arg: 0, after_index: false };
        self.reordered = false;
        loop {
            self.good_index = true;
            let rest = cursor.rest();
            let literal = rest.iter().position(|b| *b == b'%').unwrap_or(rest.len());
            self.push(rest.get(..literal).unwrap_or(rest));
            cursor.at += literal;
            if cursor.at >= format.len() || self.overflowed {
                break;
            }
            cursor.at += 1;
            self.directive(&mut cursor);
        }
        if !self.reordered && cursor.arg < args.len() {
            self.surplus(args.get(cursor.arg..).unwrap_or(&[]));
        }
    }

    /// Everything behind a percent sign.
    fn directive(&mut self, cursor: &mut Cursor<'_>) {
        self.flags = Flags::default();
        cursor.after_index = false;
        while let Some(byte) = cursor.byte() {
            match byte {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            cursor.at += 1;
        }
        self.index(cursor);
        self.width(cursor);
        self.precision(cursor);
        if !cursor.after_index {
            self.index(cursor);
        }
        let Some((verb, size)) = decode(cursor.rest()) else {
            self.push(b"%!(NOVERB)");
            return;
        };
        cursor.at += size;
        if verb == '%' {
            self.push(b"%");
        } else if !self.good_index {
            self.complain(verb, b"(BADINDEX)");
        } else if let Some(arg) = cursor.args.get(cursor.arg) {
            cursor.arg += 1;
            // `%w` only means something to `Errorf`, but reads its flags as `%v` does.
            if matches!(verb, 'v' | 'w') {
                self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
                self.flags.plus_v = std::mem::take(&mut self.flags.plus);
            }
            self.argument(arg, verb);
        } else {
            self.complain(verb, b"(MISSING)");
        }
    }

    fn width(&mut self, cursor: &mut Cursor<'_>) {
        if cursor.byte() == Some(b'*') {
            cursor.at += 1;
            match cursor.star() {
                Some(n) => {
                    if n < 0 {
                        self.flags.minus = true;
                        self.flags.zero = false;
                    }
                    self.flags.width = usize::try_from(n.unsigned_abs()).ok();
                }
                None => self.push(b"%!(BADWIDTH)"),
            }
            cursor.after_index = false;
            return;
        }
        self.flags.width = cursor.number();
        if cursor.after_index && self.flags.width.is_some() {
            self.good_index = false;
        }
    }

    fn precision(&mut self, cursor: &mut Cursor<'_>) {
        // A point at the end of the format is a verb, and not a good one.
        if cursor.byte() != Some(b'.') || cursor.rest().len() < 2 {
            return;
        }
        cursor.at += 1;
        if cursor.after_index {
            self.good_index = false;
        }
        self.index(cursor);
        if cursor.byte() == Some(b'*') {
            cursor.at += 1;
            self.flags.precision = cursor.star().and_then(|n| usize::try_from(n).ok());
            if self.flags.precision.is_none() {
                self.push(b"%!(BADPREC)");
            }
            cursor.after_index = false;
        } else {
            self.flags.precision = Some(cursor.number().unwrap_or(0));
        }
    }

    /// An explicit argument index such as `[2]`.
    fn index(&mut self, cursor: &mut Cursor<'_>) {
        cursor.after_index = false;
        if cursor.byte() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let inner = cursor.rest().get(1..).unwrap_or(&[]);
        let Some(close) = inner.iter().position(|b| *b == b']').filter(|_| inner.len() >= 2) else {
            self.good_index = false;
            cursor.at += 1;
            return;
        };
        let mut digits = Cursor { format: inner.get(..close).unwrap_or(&[]), at: 0, ..*cursor };
        let number = digits.number().filter(|_| digits.at == close);
        cursor.at += close + 2;
        cursor.after_index = number.is_some();
        match number.and_then(|n| n.checked_sub(1)) {
            Some(arg) if arg < cursor.args.len() => cursor.arg = arg,
            _ => self.good_index = false,
        }
    }

    fn complain(&mut self, verb: char, what: &[u8]) {
        self.push(b"%!");
        self.push(verb.encode_utf8(&mut [0; 4]).as_bytes());
        self.push(what);
    }

    fn surplus(&mut self, args: &[Value]) {
        self.flags = Flags::default();
        self.push(b"%!(EXTRA ");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.push(b", ");
            }
            if matches!(arg, Value::Nil) {
                self.push(b"<nil>");
            } else {
                self.push(arg.type_of().to_string().as_bytes());
                self.push(b"=");
                self.argument(arg, 'v');
            }
        }
        self.push(b")");
    }
}
