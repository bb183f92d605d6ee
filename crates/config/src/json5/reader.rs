//! Text to nodes, going on after a fault where it is clear how.

use super::scan::{begins_name, continues_name, is_space, number};
use super::{Member, Node, Value};
use crate::finding::{Finding, Findings, Span};

/// Levels of nesting that are read. A configuration needs six.
const DEEPEST: usize = 128;

/// Faults that are told at once; more are mostly consequences of the first ones.
const MOST_FAULTS: usize = 20;

/// What came of reading.
pub(crate) struct Reading {
    /// As far as it could be read.
    pub(crate) root: Option<Node>,
    /// Why it is not JSON5; empty when it is.
    pub(crate) faults: Findings,
    /// Every fault was of a kind that has one cure, such as a missing comma, so the values can be trusted.
    pub(crate) mended: bool,
    /// Where characters are written as `\x` and two digits.
    pub(crate) short_escapes: Vec<Span>,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The brackets that are open, outermost first.
    open: Vec<(char, usize)>,
    faults: Findings,
    count: usize,
    /// Where the last fault was.
    last: Option<usize>,
    mended: bool,
    short_escapes: Vec<Span>,
    /// Nothing after this is worth reading.
    over: bool,
}

/// Reads a whole text.
pub(crate) fn read(text: &str) -> Reading {
    let mut reader = Reader {
        text,
        at: 0,
        open: Vec::new(),
        faults: Findings::default(),
        count: 0,
        last: None,
        mended: true,
        short_escapes: Vec::new(),
        over: false,
    };
    reader.skip_space();
    let root = if reader.peek().is_none() {
        if reader.faults.is_empty() {
            reader.broken(0..0, "the configuration is empty", |f| {
                f.hint("the smallest one names a catalogue: { \"consul\": \"localhost:8500\" }");
            });
        }
        None
    } else {
        let root = reader.value();
        reader.end();
        Some(root)
    };
    let Reader { faults, mended, short_escapes, .. } = reader;
    Reading { root, faults, mended, short_escapes }
}

// === impl Reader ===

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span).unwrap_or("")
    }

    /// The character at the cursor, for a mark.
    fn here(&self) -> Span {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    /// A fault with one cure; reading goes on as if it had been cured.
    fn slip(&mut self, span: Span, message: &str, say: impl FnOnce(&mut Finding)) {
        if self.over || self.count >= MOST_FAULTS {
            return;
        }
        let last = self.last.replace(span.start);
        if last.is_some_and(|last| last <= span.start && !self.slice(last..span.start).contains('\n')) {
            // One line is mostly wrong in one way.
            return;
        }
        self.count += 1;
        say(self.faults.syntax(span, message));
    }

    /// A fault that leaves open what was meant.
    fn broken(&mut self, span: Span, message: &str, say: impl FnOnce(&mut Finding)) {
        self.slip(span, message, say);
        self.mended = false;
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start_matches(is_space).len();
            self.at += spaces;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                if let Some(length) = rest.get(2..).and_then(|inside| inside.find("*/")) {
                    self.at += length + 4;
                } else {
                    let start = self.at;
                    self.at = self.text.len();
                    self.broken(start..start + 2, "a comment that begins with `/*` is never closed", |f| {
                        f.label("begins here").hint("close it with `*/`");
                    });
                }
            } else if rest.starts_with('#') {
                let span = self.here();
                self.at += rest.find('\n').unwrap_or(rest.len());
                self.slip(span, "`#` does not begin a comment", |f| {
                    f.hint("comments are written `// …` or `/* … */`");
                });
            } else if spaces == 0 {
                return;
            }
        }
    }

    fn end(&mut self) {
        self.skip_space();
        let Some(c) = self.peek() else { return };
        if !self.mended {
            // Most likely a consequence of what was found before.
            return;
        }
        let span = self.here();
        self.broken(span, "there is text after the end of the configuration", |f| {
            f.label("the configuration has ended before this");
            match c {
                '}' | ']' => f.hint(format!(
                    "is this `{c}` one too many, or was an earlier one meant to be open still?"
                )),
                ',' | '"' | '\'' => f.hint("is there a closing `}` too early?"),
                _ => f.hint("a configuration is one object: { … }"),
            };
        });
    }

    fn value(&mut self) -> Node {
        self.skip_space();
        let start = self.at;
        let value = match self.peek() {
            None => {
                self.unclosed();
                Value::Unreadable
            }
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::list),
            Some('"' | '\'') => self.string(),
            Some(',' | '}' | ']' | ':' | ';') => {
                let span = self.here();
                self.broken(span, "expected a value", |f| {
                    f.label("a value is missing before this");
                });
                Value::Unreadable
            }
            Some(c) if is_typographic(c) => {
                self.typographic_quote();
                self.bare_text();
                Value::Unreadable
            }
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number(),
            Some(_) => self.word(),
        };
        Node { span: start..self.at.max(start), value }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Value) -> Value {
        let Some(bracket) = self.peek() else { return Value::Unreadable };
        if self.open.len() >= DEEPEST {
            let span = self.here();
            self.broken(span, &format!("nested more than {DEEPEST} levels deep"), |_| {});
            self.over = true;
            self.at = self.text.len();
            return Value::Unreadable;
        }
        self.open.push((bracket, self.at));
        self.bump();
        let value = read(self);
        self.open.pop();
        value
    }

    /// The end came before a bracket was closed.
    fn unclosed(&mut self) {
        // After a fault of unknown cure this is most likely its consequence.
        if self.mended {
            let innermost = self.open.last().copied();
            let end = self.text.trim_end_matches(is_space).len();
            match innermost {
                Some((bracket, at)) => {
                    let close = closing(bracket);
                    self.last = None;
                    self.broken(at..at + 1, &format!("`{bracket}` is never closed"), |f| {
                        f.label("opened here").also(end..end, "the text ends here");
                        f.hint(format!("is a `{close}` missing at the end, or further up?"));
                    });
                }
                None => self.broken(end..end, "expected a value", |f| {
                    f.label("the text ends here");
                }),
            }
        }
        self.over = true;
        self.mended = false;
    }

    /// A closing bracket that does not fit. Gives true when it closes something further out, so that this level ends.
    fn misfit(&mut self, found: char) -> bool {
        let span = self.here();
        let Some((bracket, at)) = self.open.last().copied() else { return false };
        let close = closing(bracket);
        self.broken(span, &format!("expected `{close}`, found `{found}`"), |f| {
            f.label(format!("this does not close `{bracket}`")).also(at..at + 1, "opened here");
            f.hint(format!("is a `{close}` missing before this `{found}`?"));
        });
        let outer = self.open.len() - 1;
        let fits = self.open.iter().take(outer).any(|(bracket, _)| closing(*bracket) == found);
        if !fits {
            self.bump();
        }
        fits
    }

    fn extra_comma(&mut self) {
        let span = self.here();
        self.slip(span, "there is an extra comma", |f| {
            f.label("nothing stands before this comma").hint("remove it");
        });
        self.bump();
    }

    /// What may follow a value inside brackets; `close` ends them.
    fn separator(&mut self, previous: &Node, close: char) {
        let adjacent = self.at;
        self.skip_space();
        match self.peek() {
            None => {}
            Some(',') => self.bump(),
            Some(c) if c == close || matches!(c, '}' | ']') => {}
            Some(';') => {
                let span = self.here();
                self.slip(span, "expected a comma, found `;`", |f| {
                    f.hint("write `,`");
                });
                self.bump();
            }
            Some(':') => {
                let span = self.here();
                self.bump();
                let _ = self.value();
                self.broken(span, "unexpected `:`", |f| {
                    if close == ']' {
                        f.hint("a list holds values; keys with values stand in `{ … }`");
                    } else {
                        f.hint("is a comma missing before the key?");
                    }
                });
            }
            Some(_) if self.at == adjacent && matches!(previous.value, Value::String(_)) => {
                let span = self.here();
                self.broken(span, "there is text right after a closing quote", |f| {
                    f.label("the text before this has ended").hint("a quote inside a text is written `\\\"`");
                });
                self.skip_line();
            }
            Some(_) => {
                let what = excerpt(self.slice(previous.span.clone()));
                let span = previous.span.end..previous.span.end;
                self.slip(span, "expected a comma", |f| {
                    f.label("here").hint(format!("is a comma missing after {what}?"));
                });
            }
        }
    }

    fn object(&mut self) -> Value {
        let mut members = Vec::new();
        self.until('}', ']', |reader| {
            if let Some((key, key_span)) = reader.key() {
                let node = reader.member_value(&key, &key_span);
                reader.separator(&node, '}');
                members.push(Member { key, key_span, node });
            }
        });
        Value::Object(members)
    }

    fn list(&mut self) -> Value {
        let mut items = Vec::new();
        self.until(']', '}', |reader| {
            let item = reader.value();
            reader.separator(&item, ']');
            items.push(item);
        });
        Value::List(items)
    }

    /// Reads entry after entry up to the `close` bracket; `other` is the closing bracket that does not fit.
    fn until(&mut self, close: char, other: char, mut entry: impl FnMut(&mut Self)) {
        while !self.over {
            self.skip_space();
            let start = self.at;
            match self.peek() {
                None => return self.unclosed(),
                Some(found) if found == close => {
                    self.bump();
                    return;
                }
                Some(found) if found == other => {
                    if self.misfit(other) {
                        return;
                    }
                }
                Some(',') => self.extra_comma(),
                Some(_) => entry(self),
            }
            if self.at == start {
                self.bump();
            }
        }
    }

    /// Between a key and the end of its value.
    fn member_value(&mut self, key: &str, key_span: &Span) -> Node {
        self.skip_space();
        let span = self.here();
        match self.peek() {
            Some(':') => self.bump(),
            Some('=') => {
                self.slip(span, "expected `:` after a key, found `=`", |f| {
                    f.hint("write `:`");
                });
                self.bump();
            }
            None => {}
            Some(',' | '}' | ']') => {
                let message = format!("expected `:` and a value after the key `{}`", shorten(key));
                self.broken(key_span.clone(), &message, |f| {
                    f.label("a key without a value");
                });
                return Node { span, value: Value::Unreadable };
            }
            Some(_) => self.slip(span, &format!("expected `:` after the key `{}`", shorten(key)), |f| {
                f.label("found this").hint("is a colon missing, or a quote before this?");
            }),
        }
        let after_colon = self.at;
        self.skip_space();
        if let Some(found @ (',' | '}' | ']')) = self.peek() {
            // With the white space, so that an action that printed nothing is among what is shown.
            let span = after_colon..self.at;
            self.broken(span.clone(), &format!("expected a value for `{}`", shorten(key)), |f| {
                f.label(format!("found `{found}`"));
            });
            return Node { span, value: Value::Unreadable };
        }
        self.value()
    }

    fn key(&mut self) -> Option<(String, Span)> {
        let start = self.at;
        match self.peek()? {
            '"' | '\'' => match self.string() {
                Value::String(key) => Some((key, start..self.at)),
                _ => None,
            },
            c if begins_name(c) || c == '\\' => {
                let name = self.name()?;
                // `a-b` and `a.b` are what people forget to quote.
                let comment = self.rest().starts_with("//") || self.rest().starts_with("/*");
                if !comment && matches!(self.peek(), Some('-' | '.' | '/' | '@')) {
                    return Some(self.unquoted_key(start));
                }
                Some((name, start..self.at))
            }
            c if c.is_ascii_digit() || c == '-' => Some(self.unquoted_key(start)),
            ':' => {
                let span = self.here();
                self.broken(span, "expected a key before `:`", |_| {});
                self.bump();
                let node = self.value();
                self.separator(&node, '}');
                None
            }
            '{' | '[' => {
                let span = self.here();
                self.broken(span, "expected a key", |f| {
                    f.label("a value without a key").hint("several values in a row stand in a list: [ … ]");
                });
                let node = self.value();
                self.separator(&node, '}');
                None
            }
            c if is_typographic(c) => {
                self.typographic_quote();
                self.skip_line();
                None
            }
            _ => {
                let span = self.here();
                let found = excerpt(self.slice(span.clone()));
                self.broken(span, &format!("expected a key or `}}`, found {found}"), |_| {});
                self.skip_line();
                None
            }
        }
    }

    fn typographic_quote(&mut self) {
        let span = self.here();
        self.broken(span, "this quote is not one that JSON knows", |f| {
            f.label("a typographic quote").hint("write the straight quote `\"`");
        });
    }

    fn unquoted_key(&mut self, start: usize) -> (String, Span) {
        let rest = self.text.get(start..).unwrap_or("");
        let ends = |c: char| is_space(c) || matches!(c, ':' | ',' | '{' | '}' | '[' | ']' | '"' | '\'');
        self.at = start + rest.find(ends).unwrap_or(rest.len());
        let key = self.slice(start..self.at).to_owned();
        self.slip(start..self.at, &format!("the key `{}` needs quotes", shorten(&key)), |f| {
            f.hint(format!("write \"{}\"", shorten(&key)));
        });
        (key, start..self.at)
    }

    /// An unquoted key. JSON5 allows `\u` escapes in it.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                let start = self.at;
                self.bump();
                let escaped = if self.peek() == Some('u') {
                    self.bump();
                    self.hexadecimal(4).and_then(char::from_u32)
                } else {
                    None
                };
                let fits = |c: &char| if name.is_empty() { begins_name(*c) } else { continues_name(*c) };
                if let Some(c) = escaped.filter(fits) {
                    name.push(c);
                } else {
                    self.broken(start..self.at, "this escape is not allowed in a key", |f| {
                        f.hint("put the key in quotes");
                    });
                    self.skip_line();
                    return None;
                }
            } else if continues_name(c) {
                name.push(c);
                self.bump();
            } else {
                break;
            }
        }
        Some(name)
    }

    fn string(&mut self) -> Value {
        let start = self.at;
        let Some(quote) = self.peek() else { return Value::Unreadable };
        self.bump();
        let mut content = String::new();
        loop {
            match self.peek() {
                Some(c) if c == quote => {
                    self.bump();
                    return Value::String(content);
                }
                None | Some('\n' | '\r') => {
                    let end = self.at;
                    self.broken(start..end, "a text is never closed", |f| {
                        f.label(format!("is the closing {quote} missing?"));
                        f.hint(
                            "a text ends on the line it begins on; a line break inside it is written `\\n`",
                        );
                    });
                    return Value::Unreadable;
                }
                Some('\\') => self.escape(&mut content),
                Some(c) => {
                    content.push(c);
                    self.bump();
                }
            }
        }
    }

    fn escape(&mut self, content: &mut String) {
        let start = self.at;
        self.bump();
        let Some(c) = self.peek() else { return };
        // A line break is looked at by the caller unless it is a continuation.
        self.bump();
        let followed_by_digit = self.peek().is_some_and(|c| c.is_ascii_digit());
        let plain = match c {
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            '0' if !followed_by_digit => Some('\0'),
            '\n' | '\u{2028}' | '\u{2029}' => return,
            '\r' => {
                if self.peek() == Some('\n') {
                    self.bump();
                }
                return;
            }
            'x' => {
                let character = self.hexadecimal(2).and_then(char::from_u32);
                self.short_escapes.push(start..self.at);
                character
            }
            'u' => self.unicode(),
            '0'..='9' => None,
            other => Some(other),
        };
        match plain {
            Some(c) => content.push(c),
            None => self.broken(start..self.at, "this escape means nothing", |f| {
                f.hint("a backslash itself is written `\\\\`; a character by its number is written `\\u` and four digits of base 16");
            }),
        }
    }

    /// The character of a `\u` escape; two in a row may make one.
    fn unicode(&mut self) -> Option<char> {
        let unit = self.hexadecimal(4)?;
        if !(0xd800..0xdc00).contains(&unit) || !self.rest().starts_with("\\u") {
            return Some(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let after_first = self.at;
        self.at += 2;
        let second = self.hexadecimal(4)?;
        if let Some(low) = second.checked_sub(0xdc00).filter(|low| *low < 0x400) {
            return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + low);
        }
        self.at = after_first;
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let mut number = 0;
        for _ in 0..digits {
            let digit = self.peek()?.to_digit(16)?;
            number = number * 16 + digit;
            self.bump();
        }
        Some(number)
    }

    fn number(&mut self) -> Value {
        let start = self.at;
        let rest = self.rest();
        let hexadecimal =
            rest.trim_start_matches(['+', '-']).get(..2).is_some_and(|p| p.eq_ignore_ascii_case("0x"));
        let mut previous = '\0';
        let mut length = 0;
        for c in rest.chars() {
            let sign = matches!(c, '+' | '-');
            let exponent = !hexadecimal && matches!(previous, 'e' | 'E');
            if !(c == '.' || continues_name(c) || (sign && (length == 0 || exponent))) {
                break;
            }
            length += c.len_utf8();
            previous = c;
        }
        self.at += length;
        if let Some(value) = number(self.slice(start..self.at)) {
            return Value::Number(value);
        }
        self.bare_text();
        let text = self.slice(start..self.at).to_owned();
        let shown = shorten(&text);
        self.broken(start..self.at, &format!("`{shown}` is not a number"), |f| {
            let unpadded = text.trim_start_matches('0');
            if text.starts_with('0') && number(unpadded).is_some() {
                f.hint(format!("a number has no leading zero: write {unpadded}"));
            } else {
                f.label("not a number, and a text needs quotes").hint(format!("write \"{shown}\""));
            }
        });
        Value::Unreadable
    }

    /// An unquoted word where a value should be.
    fn word(&mut self) -> Value {
        let start = self.at;
        let length = self.rest().find(|c| !continues_name(c)).unwrap_or(self.rest().len());
        let word = self.slice(start..start + length);
        let known = match word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            _ => number(word).map(Value::Number),
        };
        if let Some(value) = known {
            self.at = start + length;
            return value;
        }
        self.bare_text();
        let text = self.slice(start..self.at).to_owned();
        let shown = shorten(&text);
        self.broken(start..self.at, "expected a value", |f| {
            f.label("a text needs quotes");
            match text.to_ascii_lowercase().as_str() {
                lower @ ("true" | "false" | "null") => {
                    f.label("JSON writes it in small letters").hint(format!("write {lower}"))
                }
                "none" | "nil" | "undefined" => f.label("the word for nothing is null").hint("write null"),
                _ => f.hint(format!("write \"{shown}\"")),
            };
        });
        Value::Unreadable
    }

    /// Moves on to whatever ends an unquoted text.
    fn bare_text(&mut self) {
        let rest = self.rest();
        let ends = |c: char| matches!(c, ',' | '{' | '}' | '[' | ']' | '"' | '\n' | '\r');
        let text = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or("");
        self.at += text.trim_end_matches(is_space).len();
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }
}

const fn is_typographic(c: char) -> bool {
    matches!(c, '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}')
}

const fn closing(bracket: char) -> char {
    if bracket == '{' { '}' } else { ']' }
}

/// A piece of the text for a message.
fn excerpt(text: &str) -> String {
    match text.chars().next() {
        Some('{') => "this `}`".to_owned(),
        Some('[') => "this `]`".to_owned(),
        _ => format!("`{}`", shorten(text)),
    }
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    let plain: String =
        text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() { format!("{plain}…") } else { plain }
}
