//! Regular expressions as Go writes them.
//!
//! The two syntaxes agree but for a few corners: in Go `\d`, `\s`, `\w` and `\b` know ASCII only, a `[` inside a class
//! is a plain character, `&&` and `~~` in a class mean nothing, and `\Q…\E` quotes. Source: the documentation of Go's
//! `regexp/syntax`.

use regex::Regex;

/// A Go pattern, compiled.
///
/// # Errors
/// What is wrong with it, beginning as Go's message does.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(&translate(pattern)).map_err(|error| {
        let reason = match error {
            regex::Error::CompiledTooBig(_) => "expression too large".to_owned(),
            // The last line of several says what is wrong; the others show where.
            other => {
                other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
        };
        format!("error parsing regexp: {reason}: `{pattern}`")
    })
}

fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    // Inside a class, and whether a `]` here would still be a member of it.
    let mut class = false;
    let mut fresh = false;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or("");
        let was_fresh = std::mem::take(&mut fresh);
        rest = match c {
            '\\' => {
                let escaped = tail.chars().next();
                let after = tail.get(escaped.map_or(0, char::len_utf8)..).unwrap_or("");
                match escaped {
                    Some('Q') if !class => {
                        let (quoted, after) = after.split_once("\\E").unwrap_or((after, ""));
                        out.push_str(&regex::escape(quoted));
                        rest = after;
                        continue;
                    }
                    Some('d') => out.push_str("[0-9]"),
                    Some('D') => out.push_str("[^0-9]"),
                    Some('s') => out.push_str(r"[\t\n\f\r ]"),
                    Some('S') => out.push_str(r"[^\t\n\f\r ]"),
                    Some('w') => out.push_str("[0-9A-Za-z_]"),
                    Some('W') => out.push_str("[^0-9A-Za-z_]"),
                    Some('b') if !class => out.push_str(r"(?-u:\b)"),
                    Some(other) => out.extend(['\\', other]),
                    None => out.push('\\'),
                }
                after
            }
            '[' if class => {
                if let Some(length) = tail.starts_with(':').then(|| tail.find(":]")).flatten() {
                    let end = length + 2;
                    out.push('[');
                    out.push_str(tail.get(..end).unwrap_or(""));
                    tail.get(end..).unwrap_or("")
                } else {
                    out.push_str("\\[");
                    tail
                }
            }
            '[' => {
                class = true;
                fresh = true;
                out.push('[');
                match tail.strip_prefix('^') {
                    Some(after) => {
                        out.push('^');
                        after
                    }
                    None => tail,
                }
            }
            ']' if class && was_fresh => {
                out.push_str("\\]");
                tail
            }
            ']' => {
                class = false;
                out.push(']');
                tail
            }
            '&' | '~' if class => {
                out.extend(['\\', c]);
                tail
            }
            other => {
                out.push(other);
                tail
            }
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_where_go_differs() {
        for (pattern, text, want) in [
            (r"\d", "1\u{663}", "_\u{663}"),
            (r"\w+", "a_1é", "_é"),
            (r"[\d.]+", "v1.2", "v_"),
            ("[[a]", "[ab", "__b"),
            ("[]a]", "]ab", "__b"),
            ("[^]a]", "]ab", "]a_"),
            ("[a&&b]", "a&b", "___"),
            ("[[:alpha:]]", "a1", "_1"),
            (r"\Qa.b\E.", "a.bc", "_"),
            (r"\bfoo\b", "foo-foob", "_-foob"),
            ("(?i)X", "xX", "__"),
        ] {
            let regex = compile(pattern).unwrap();
            assert_eq!(regex.replace_all(text, "_"), want, "{pattern}");
        }
    }

    #[test]
    fn a_bad_pattern_is_told_in_one_line() {
        let error = compile("a(b").unwrap_err();
        assert_eq!(error, "error parsing regexp: unclosed group: `a(b`");
    }
}
