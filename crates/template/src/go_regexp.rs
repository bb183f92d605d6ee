//! Regular expressions of Go's `regexp`, which are RE2's.
//!
//! The `regex` crate reads almost the same language. What differs is rewritten:
//! in Go `\d`, `\s`, `\w` and `\b` know ASCII only, `\Q...\E` quotes, a brace
//! that is no repetition is a brace, and nothing nests inside brackets.

use crate::value::FuncError;
use regex::{Regex, RegexBuilder};
use std::iter::Peekable;
use std::str::Chars;

/// The most memory that a compiled expression may take, in bytes.
const MAX_COMPILED: usize = 4 << 20;

/// Compiles an expression of Go, for functions that take one.
///
/// # Errors
/// What is wrong with it, in the form of Go's message. An expression whose
/// compiled form would take more than 4 MiB, or that nests deeper than 100, is
/// refused.
pub fn compile_regexp(pattern: &str) -> Result<Regex, FuncError> {
    compile_regexp_within(pattern, MAX_COMPILED)
}

/// The same, with another limit to the memory that the compiled form may take, in bytes.
///
/// # Errors
/// As above.
pub fn compile_regexp_within(pattern: &str, most: usize) -> Result<Regex, FuncError> {
    RegexBuilder::new(&translate(pattern))
        .size_limit(most)
        .nest_limit(100)
        .build()
        .map_err(|error| FuncError::new(format!("error parsing regexp: {}: `{pattern}`", reason(&error))))
}

/// The crate's message draws the expression over several lines; its last one says what is wrong.
fn reason(error: &regex::Error) -> String {
    if matches!(error, regex::Error::CompiledTooBig(_)) {
        return "expression too large".to_owned();
    }
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut out, &mut chars),
            '[' => class(&mut out, &mut chars),
            '{' if !is_repetition(chars.clone()) => out.push_str("\\{"),
            _ => out.push(c),
        }
    }
    out
}

/// What follows a backslash outside of brackets.
fn escape(out: &mut String, chars: &mut Peekable<Chars<'_>>) {
    match chars.next() {
        None => out.push('\\'),
        Some('b') => out.push_str("(?-u:\\b)"),
        Some('Q') => quote(out, chars),
        Some(c) => match perl_class(c) {
            Some(class) => out.push_str(class),
            None => out.extend(['\\', c]),
        },
    }
}

/// The classes that are ASCII in Go.
const fn perl_class(c: char) -> Option<&'static str> {
    Some(match c {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        's' => "[\\t\\n\\f\\r\\x20]",
        'S' => "[^\\t\\n\\f\\r\\x20]",
        _ => return None,
    })
}

/// Everything up to `\E`, or to the end, stands for itself.
fn quote(out: &mut String, chars: &mut Peekable<Chars<'_>>) {
    let mut literal = String::new();
    for c in chars {
        literal.push(c);
        if literal.ends_with("\\E") {
            literal.truncate(literal.len().saturating_sub(2));
            break;
        }
    }
    out.push_str(&regex::escape(&literal));
}

/// A bracket expression. Ranges and named classes stay what they are; every
/// other character is written so that it stands for itself.
fn class(out: &mut String, chars: &mut Peekable<Chars<'_>>) {
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    while let Some(c) = chars.next() {
        // A bracket in the first place closes nothing.
        if c == ']' && !first {
            out.push(']');
            return;
        }
        first = false;
        let is_one = element(out, c, chars);
        let mut ahead = chars.clone();
        if is_one && ahead.next() == Some('-') && ahead.peek().is_some_and(|end| *end != ']') {
            chars.next();
            out.push('-');
            if let Some(end) = chars.next() {
                element(out, end, chars);
            }
        }
    }
}

/// One element of a bracket expression; true when it is a single character.
fn element(out: &mut String, c: char, chars: &mut Peekable<Chars<'_>>) -> bool {
    match c {
        '\\' => {
            let Some(c) = chars.next() else {
                out.push('\\');
                return false;
            };
            if let Some(class) = perl_class(c) {
                out.push_str(class);
                return false;
            }
            out.extend(['\\', c]);
            // `\x{10FFFF}`, `\pL` and `\p{Greek}` go on; the rest is copied as it is.
            while matches!(c, 'x' | 'p' | 'P')
                && chars.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '{' | '}'))
            {
                out.extend(chars.next());
            }
            true
        }
        '[' if chars.peek() == Some(&':') => {
            out.push('[');
            for c in chars {
                out.push(c);
                if out.ends_with(":]") {
                    break;
                }
            }
            false
        }
        '[' | ']' | '&' | '~' | '-' | '^' => {
            out.extend(['\\', c]);
            true
        }
        _ => {
            out.push(c);
            true
        }
    }
}

/// Is this what follows the brace of `{2}`, `{2,}` or `{2,5}`?
fn is_repetition(mut chars: Peekable<Chars<'_>>) -> bool {
    let digits = |chars: &mut Peekable<Chars<'_>>| {
        let mut any = false;
        while chars.next_if(char::is_ascii_digit).is_some() {
            any = true;
        }
        any
    };
    digits(&mut chars)
        && match chars.next() {
            Some('}') => true,
            Some(',') => {
                digits(&mut chars);
                chars.next() == Some('}')
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_what_it_means_in_go() {
        for (pattern, text, want) in [
            (r"^\d+$", "123", true),
            (r"^\d+$", "١٢٣", false),
            (r"\w", "é", false),
            (r"[^\w]", "é", true),
            (r"[\d-]+", "1-2", true),
            (r"^[\D]$", "x", true),
            (r"a\b", "aé", true),
            (r"^\Qa.b\E.$", "a.bc", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"\Q[", "[", true),
            (r"^{x}$", "{x}", true),
            (r"^a{2}$", "aa", true),
            (r"^a{2,}$", "aaa", true),
            (r"^a{,2}$", "a{,2}", true),
            (r"^[[:alpha:]_]+$", "ab_", true),
            (r"^[[a]+$", "[a", true),
            (r"^[]a]+$", "]a", true),
            (r"^[^]a]$", "b", true),
            (r"^[a&&b]+$", "a&b", true),
            (r"^[+--]+$", "+,-", true),
            (r"(?i)^HELLO$", "hello", true),
            (r"(?P<x>a)$", "a", true),
            (r"\x41\z", "A", true),
            (r"^[\x41-\x43]+$", "ABC", true),
            (r"^[a-c^]+$", "b^", true),
            (r"^[\s]$", "\u{b}", false),
            (r"^.$", "\n", false),
            (r"^[a\-z]+$", "-", true),
            (r"^[a\-z]+$", "b", false),
        ] {
            let regex = compile_regexp(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(text), want, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_an_error_with_the_expression_in_it() {
        for pattern in ["(", "[a", "a**", "*", r"\", r"(?<", "a{1000}{1000}{1000}"] {
            let Err(error) = compile_regexp(pattern) else { continue };
            let text = error.to_string();
            assert!(text.starts_with("error parsing regexp: "), "{text}");
            assert!(text.ends_with(&format!(": `{pattern}`")), "{text}");
            assert!(!text.contains('\n'), "{text}");
        }
        for pattern in ["(", "[a", "*", r"\", "a{1000}{1000}{1000}"] {
            assert!(compile_regexp(pattern).is_err(), "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_compiles_or_is_an_error(pattern in r"[\[\]\\^$.|?*+(){}:a-dQEdwsbBp0-9,é-]{0,24}|\PC{0,24}") {
            if let Ok(regex) = compile_regexp(&pattern) {
                regex.is_match("a[b]-\\Q1é");
            }
        }
    }
}
