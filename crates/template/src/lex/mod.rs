//! Text to tokens. Knows delimiters, trim markers, comments and the spelling of operands, not how they nest.

mod literal;
mod token;

use std::rc::Rc;

pub(crate) use token::{Kind, Token};

use crate::unicode::{decode, is_alphanumeric, is_printable};

/// What decides how a text is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect<'a> {
    pub(crate) left: &'a [u8],
    pub(crate) right: &'a [u8],
    /// `break` is a keyword unless a function has that name.
    pub(crate) break_is_keyword: bool,
    pub(crate) continue_is_keyword: bool,
}

/// Cuts a whole text. The last token is [`Kind::Eof`] or [`Kind::Error`].
pub(crate) fn lex(text: &[u8], dialect: Dialect<'_>) -> Vec<Token> {
    let mut lexer =
        Lexer { text, dialect, start: 0, pos: 0, line: 1, start_line: 1, paren_depth: 0, tokens: Vec::new() };
    if let Err(message) = lexer.run() {
        let span = lexer.start..lexer.pos;
        lexer.tokens.push(Token { kind: Kind::Error, span, line: lexer.start_line, message: message.into() });
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a [u8],
    dialect: Dialect<'a>,
    start: usize,
    pos: usize,
    line: usize,
    start_line: usize,
    paren_depth: usize,
    tokens: Vec<Token>,
}

const TRIM_MARKER: u8 = b'-';

// === impl Lexer ===

impl Lexer<'_> {
    fn rest(&self) -> &[u8] {
        self.text.get(self.pos..).unwrap_or(&[])
    }

    fn pending(&self) -> &[u8] {
        self.text.get(self.start..self.pos).unwrap_or(&[])
    }

    fn peek(&self) -> Option<char> {
        decode(self.rest()).map(|(c, _)| c)
    }

    fn next(&mut self) -> Option<char> {
        let (c, width) = decode(self.rest())?;
        self.pos += width;
        Some(c)
    }

    /// Ends the pending token and starts the next behind it.
    fn emit(&mut self, kind: Kind) {
        self.tokens.push(Token {
            kind,
            span: self.start..self.pos,
            line: self.start_line,
            message: Rc::default(),
        });
        self.ignore();
    }

    fn ignore(&mut self) {
        self.line += self.pending().iter().filter(|b| **b == b'\n').count();
        self.start = self.pos;
        self.start_line = self.line;
    }

    fn run(&mut self) -> Result<(), String> {
        loop {
            let Some(at) = find(self.rest(), self.dialect.left) else {
                self.pos = self.text.len();
                if self.pos > self.start {
                    self.emit(Kind::Text);
                }
                self.emit(Kind::Eof);
                return Ok(());
            };
            self.pos += at;
            self.left_delim()?;
        }
    }

    /// At a left delimiter: ends the text before it, then lexes the comment or the action behind it.
    fn left_delim(&mut self) -> Result<(), String> {
        let delim_at = self.pos;
        let after_delim = self.text.get(delim_at + self.dialect.left.len()..).unwrap_or(&[]);
        let trims = matches!(after_delim, [TRIM_MARKER, space, ..] if is_space_byte(*space));
        if trims {
            let trimmed = self.pending().iter().rev().take_while(|b| is_space_byte(**b)).count();
            self.pos -= trimmed;
        }
        if self.pos > self.start {
            self.emit(Kind::Text);
        }
        self.pos = delim_at;
        self.ignore();
        self.pos += self.dialect.left.len();
        let marker = if trims { 2 } else { 0 };
        if after_delim.get(marker..).is_some_and(|rest| rest.starts_with(b"/*")) {
            self.pos += marker;
            self.ignore();
            return self.comment();
        }
        self.emit(Kind::LeftDelim);
        self.pos += marker;
        self.ignore();
        self.paren_depth = 0;
        self.action()
    }

    fn comment(&mut self) -> Result<(), String> {
        self.pos += 2;
        let Some(end) = find(self.rest(), b"*/") else {
            return Err("unclosed comment".to_owned());
        };
        self.pos += end + 2;
        let Some(trims) = self.at_right_delim() else {
            return Err("comment ends before closing delimiter".to_owned());
        };
        self.skip_right_delim(trims);
        Ok(())
    }

    /// Whether a right delimiter is next, and if so whether it has a trim marker.
    fn at_right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        let marked = match rest {
            [space, TRIM_MARKER, tail @ ..] if is_space_byte(*space) => tail.starts_with(self.dialect.right),
            _ => false,
        };
        if marked {
            return Some(true);
        }
        rest.starts_with(self.dialect.right).then_some(false)
    }

    fn skip_right_delim(&mut self, trims: bool) {
        if trims {
            self.pos += 2;
        }
        self.pos += self.dialect.right.len();
        if trims {
            self.pos += self.rest().iter().take_while(|b| is_space_byte(**b)).count();
        }
        self.ignore();
    }

    fn right_delim(&mut self, trims: bool) {
        if trims {
            self.pos += 2;
            self.ignore();
        }
        self.pos += self.dialect.right.len();
        self.emit(Kind::RightDelim);
        if trims {
            self.pos += self.rest().iter().take_while(|b| is_space_byte(**b)).count();
            self.ignore();
        }
    }

    /// Everything up to and with the right delimiter.
    fn action(&mut self) -> Result<(), String> {
        loop {
            if let Some(trims) = self.at_right_delim() {
                if self.paren_depth > 0 {
                    return Err("unclosed left paren".to_owned());
                }
                self.right_delim(trims);
                return Ok(());
            }
            let Some(c) = self.next() else {
                return Err("unclosed action".to_owned());
            };
            match c {
                ' ' | '\t' | '\r' | '\n' => self.space(),
                '=' => self.emit(Kind::Assign),
                ':' => {
                    if self.next() != Some('=') {
                        return Err("expected :=".to_owned());
                    }
                    self.emit(Kind::Declare);
                }
                '|' => self.emit(Kind::Pipe),
                '"' => self.quoted(b'"', Kind::String, "unterminated quoted string")?,
                '\'' => self.quoted(b'\'', Kind::CharConstant, "unterminated character constant")?,
                '`' => self.raw_quoted()?,
                '$' => self.field_or_variable(Kind::Variable)?,
                // A dot at the very end is taken for a number, as Go does; it is an error either way.
                '.' if self.rest().first().is_some_and(|b| !b.is_ascii_digit()) => {
                    self.field_or_variable(Kind::Field)?;
                }
                '.' | '+' | '-' | '0'..='9' => {
                    self.pos = self.start;
                    self.number()?;
                }
                '(' => {
                    self.emit(Kind::LeftParen);
                    self.paren_depth += 1;
                }
                ')' => {
                    let depth = self.paren_depth.checked_sub(1);
                    self.paren_depth = depth.ok_or_else(|| "unexpected right paren".to_owned())?;
                    self.emit(Kind::RightParen);
                }
                c if is_alphanumeric(c) => self.identifier()?,
                ' '..='~' => self.emit(Kind::Char),
                c => return Err(format!("unrecognized character in action: {}", code_point(c))),
            }
        }
    }

    /// Spaces up to the next token; the one before a trim marker belongs to the delimiter.
    fn space(&mut self) {
        while self.rest().first().is_some_and(|b| is_space_byte(*b)) {
            self.pos += 1;
        }
        self.pos -= 1;
        if self.at_right_delim() != Some(true) {
            self.pos += 1;
        }
        if self.pos > self.start {
            self.emit(Kind::Space);
        }
    }

    fn identifier(&mut self) -> Result<(), String> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        self.require_terminator()?;
        let kind = match self.pending() {
            b"true" | b"false" => Kind::Bool,
            b"block" => Kind::Block,
            b"break" if self.dialect.break_is_keyword => Kind::Break,
            b"continue" if self.dialect.continue_is_keyword => Kind::Continue,
            b"define" => Kind::Define,
            b"else" => Kind::Else,
            b"end" => Kind::End,
            b"if" => Kind::If,
            b"nil" => Kind::Nil,
            b"range" => Kind::Range,
            b"template" => Kind::Template,
            b"with" => Kind::With,
            _ => Kind::Identifier,
        };
        self.emit(kind);
        Ok(())
    }

    fn field_or_variable(&mut self, kind: Kind) -> Result<(), String> {
        if self.at_terminator() {
            self.emit(if kind == Kind::Variable { Kind::Variable } else { Kind::Dot });
            return Ok(());
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        self.require_terminator()?;
        self.emit(kind);
        Ok(())
    }

    fn at_terminator(&self) -> bool {
        match self.rest() {
            [] | [b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(', ..] => true,
            rest => rest.starts_with(self.dialect.right),
        }
    }

    fn require_terminator(&self) -> Result<(), String> {
        match self.peek() {
            Some(c) if !self.at_terminator() => Err(format!("bad character {}", code_point(c))),
            _ => Ok(()),
        }
    }
}

pub(crate) const fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = from + rest.iter().position(|b| *b == first)?;
        if text.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// As Go's `%#U`: `U+0078 'x'`.
fn code_point(c: char) -> String {
    let code = u32::from(c);
    if is_printable(c) { format!("U+{code:04X} '{c}'") } else { format!("U+{code:04X}") }
}
