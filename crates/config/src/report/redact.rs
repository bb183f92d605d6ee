//! Hiding what must not be shown.

use crate::decode::near_miss;
use gyropilot_model::is_secret_name;
use regex::{Captures, Regex};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// Shorter values are hidden where they stand only: hiding each `a` would hide the message.
const SHORTEST_ANYWHERE: usize = 6;

/// No token is longer; what is behind this is not looked at.
const LONGEST_VALUE: usize = 4096;

/// A key, and whatever stands between it and its value; the group before the name holds the dashes of an option. Found
/// without the help of the reader, because a text that is not JSON5 has tokens too.
static KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(-{0,2})([A-Za-z_][A-Za-z0-9_-]*)["']?\s*([:=,]?)[^\S\n]*"#).ok());

/// A name and a password inside a URL.
static LOGIN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"://([^\s/@"']*:[^\s/@"']*)@"#).ok());

/// A value that is nothing but one variable shows nothing.
static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\{\{-?\s*\.\w+\s*-?\}\}$").ok());

/// The values of variables that are secret by their name.
pub(crate) fn secrets_of(env: &BTreeMap<String, String>) -> Vec<String> {
    env.iter()
        .filter(|(name, value)| is_secret_name(name) && !value.is_empty())
        // What is shown is one line at a time.
        .flat_map(|(_, value)| value.lines().map(str::to_owned))
        .collect()
}

/// The values of variables that are secret by their name and long enough to be told apart from other words: of 6
/// characters and more. They may stand anywhere in a rendered configuration.
#[must_use]
pub fn secret_values(env: &BTreeMap<String, String>) -> Vec<String> {
    secrets_of(env).into_iter().filter(|value| value.len() >= SHORTEST_ANYWHERE).collect()
}

/// The value of something called `name`, as far as it may be shown: nothing of it when the name is that of a secret,
/// else without the values of secret variables, without what stands where a secret does, and without the word behind
/// an option such as `--token`.
#[must_use]
pub fn conceal(name: &str, value: &str, env: &BTreeMap<String, String>) -> String {
    if is_secret_name(name) {
        return "[redacted]".to_owned();
    }
    let mut shown = value.to_owned();
    let mut spans = secret_spans(value);
    spans.sort_by_key(|span| span.start);
    for span in spans.into_iter().rev() {
        if shown.get(span.clone()).is_some() {
            shown.replace_range(span, "[redacted]");
        }
    }
    let words: Vec<&str> = shown.split(' ').collect();
    let behind = |at: usize| at.checked_sub(1).and_then(|before| words.get(before));
    let hidden = |at: usize| {
        behind(at)
            .is_some_and(|option| option.starts_with('-') && is_secret_name(option) && !option.contains('='))
    };
    let words: Vec<&str> =
        words.iter().enumerate().map(|(at, word)| if hidden(at) { "[redacted]" } else { *word }).collect();
    scrub(&words.join(" "), &secrets_of(env))
}

/// The parts of `text` to be hidden because of where they stand.
pub(super) fn secret_spans(text: &str) -> Vec<Range<usize>> {
    let keys = KEY.as_ref().into_iter().flat_map(|regex| regex.captures_iter(text));
    let mut spans: Vec<Range<usize>> =
        keys.filter_map(|captures| value_of_secret_key(text, &captures)).collect();
    let logins = LOGIN.as_ref().into_iter().flat_map(|regex| regex.captures_iter(text));
    spans.extend(logins.filter_map(|captures| captures.get(1)).map(|login| login.range()));
    spans
}

fn value_of_secret_key(text: &str, captures: &Captures<'_>) -> Option<Range<usize>> {
    let part = |group: usize| captures.get(group).map_or("", |found| found.as_str());
    let (dashes, key, separator) = (part(1), part(2), part(3));
    let misspelt =
        || near_miss(key, std::iter::once("token")).is_some() && !key.to_ascii_lowercase().ends_with("file");
    let secret = is_secret_name(key) || misspelt();
    let start = captures.get(0)?.end();
    let rest = text.get(start..)?;
    let first = rest.chars().next()?;
    let quoted = matches!(first, '"' | '\'');
    // The key of that name says where secrets are, and who is given them.
    let says_where = key == "secrets" && matches!(first, '{' | '[');
    let belongs = match separator {
        "" => quoted,
        "," => !dashes.is_empty() && quoted,
        _ => true,
    };
    if !secret || !belongs || says_where {
        return None;
    }
    let reach = (0..=LONGEST_VALUE.min(rest.len())).rev().find(|at| rest.is_char_boundary(*at))?;
    let line = rest.get(..reach)?.split('\n').next()?;
    let (from, to) = match first {
        '"' | '\'' => (1, closing_quote(line, first)),
        '[' => (1, line.find(']').unwrap_or(line.len())),
        '{' if !line.starts_with("{{") => (1, line.find('}').unwrap_or(line.len())),
        _ => (0, line.find([',', '}', ']', ' ']).unwrap_or(line.len())),
    };
    let variable = VARIABLE.as_ref().is_some_and(|regex| regex.is_match(line.get(from..to).unwrap_or("")));
    (from < to && !variable).then(|| start + from..start + to)
}

/// Where the quote at the beginning of `line` is closed, or the end of the line.
fn closing_quote(line: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in line.char_indices().skip(1) {
        if c == quote && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    line.len()
}

/// `line`, which begins at byte `start` of its text, with `spans` of that text and all `values` masked. Every
/// character is replaced by one as long, so that offsets and columns stay.
pub(super) fn mask(line: &str, start: usize, spans: &[Range<usize>], values: &[String]) -> String {
    let mut hidden: Vec<Range<usize>> = spans
        .iter()
        .filter(|span| span.end > start)
        .map(|span| span.start.saturating_sub(start)..span.end.saturating_sub(start))
        .filter(|span| span.start < span.end)
        .collect();
    for value in values.iter().filter(|value| value.len() >= SHORTEST_ANYWHERE) {
        hidden.extend(line.match_indices(value.as_str()).map(|(at, found)| at..at + found.len()));
    }
    line.char_indices()
        .map(|(at, c)| if hidden.iter().any(|span| span.contains(&at)) { as_long(c) } else { c })
        .collect()
}

/// A message without any of `values`.
pub(super) fn scrub(message: &str, values: &[String]) -> String {
    values
        .iter()
        .filter(|value| value.len() >= SHORTEST_ANYWHERE)
        .fold(message.to_owned(), |message, value| message.replace(value.as_str(), "[redacted]"))
}

const fn as_long(c: char) -> char {
    match c.len_utf8() {
        1 => '*',
        2 => '\u{b7}',
        3 => '\u{2022}',
        _ => '\u{10101}',
    }
}

#[cfg(test)]
mod tests {
    use super::conceal;

    #[test]
    fn what_is_secret_is_not_shown() {
        let env = [("DB_PASSWORD".to_owned(), "correct horse".to_owned())].into();
        for (name, value, want) in [
            ("env.API_TOKEN", "abc", "[redacted]"),
            ("exec", "/bin/app --token abc -v", "/bin/app --token [redacted] -v"),
            ("exec", "/bin/app --token=abc -v", "/bin/app --token=[redacted] -v"),
            (
                "exec",
                "[\"/bin/app\", \"--password\", \"a b\"]",
                "[\"/bin/app\", \"--password\", \"[redacted]\"]",
            ),
            ("exec", "/bin/app correct horse", "/bin/app [redacted]"),
            ("health", "http GET http://me:pass@host/", "http GET http://[redacted]@host/"),
            ("exec", "/bin/app --token-file /run/token", "/bin/app --token-file /run/token"),
        ] {
            assert_eq!(conceal(name, value, &env), want);
        }
    }
}
