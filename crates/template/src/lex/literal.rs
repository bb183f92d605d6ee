//! String, character and number literals.

use super::{Kind, Lexer, find};
use crate::unicode::is_alphanumeric;

// === impl Lexer ===

impl Lexer<'_> {
    /// A string or character constant behind its opening quote.
    pub(super) fn quoted(&mut self, quote: u8, kind: Kind, unterminated: &str) -> Result<(), String> {
        loop {
            let byte = self.rest().first().copied();
            self.pos += 1;
            match byte {
                Some(b'\\') if !matches!(self.rest().first(), None | Some(b'\n')) => self.pos += 1,
                None | Some(b'\n' | b'\\') => {
                    self.pos = self.pos.min(self.text.len());
                    return Err(unterminated.to_owned());
                }
                Some(b) if b == quote => {
                    self.emit(kind);
                    return Ok(());
                }
                Some(_) => {}
            }
        }
    }

    pub(super) fn raw_quoted(&mut self) -> Result<(), String> {
        let Some(end) = find(self.rest(), b"`") else {
            return Err("unterminated raw quoted string".to_owned());
        };
        self.pos += end + 1;
        self.emit(Kind::RawString);
        Ok(())
    }

    pub(super) fn number(&mut self) -> Result<(), String> {
        let bad = |lexer: &Self| format!("bad number syntax: {}", crate::quote::quoted(lexer.pending()));
        if !self.scan_number() {
            return Err(bad(self));
        }
        if !matches!(self.rest().first(), Some(b'+' | b'-')) {
            self.emit(Kind::Number);
            return Ok(());
        }
        // A sign glued to a number: only a complex constant may have one.
        if !self.scan_number() || self.pending().last() != Some(&b'i') {
            return Err(bad(self));
        }
        self.emit(Kind::Complex);
        Ok(())
    }

    /// Takes what looks like a number; whether it is one is found out later.
    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        let mut exponent: &[u8] = b"eE";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
                exponent = b"pP";
            } else if self.accept(b"oO") {
                digits = b"01234567_";
                exponent = b"";
            } else if self.accept(b"bB") {
                digits = b"01_";
                exponent = b"";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let found = self.rest().first().is_some_and(|b| valid.contains(b));
        if found {
            self.pos += 1;
        }
        found
    }

    fn accept_run(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }
}
