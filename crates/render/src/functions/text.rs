//! Strings, with their arguments in pipe order.

use super::{MAX_TEXT, args, too_long};
use gyropilot_template::{FuncError, Functions, Text, Type, Value, compile_regexp};

pub(super) fn add(functions: &mut Functions) {
    add_case(functions);
    add_trim(functions);
    add_replace(functions);
    functions.add("indent", [Type::INT, Type::String], |a| {
        let spaces = a.first().and_then(Value::as_i64).unwrap_or_default();
        let spaces =
            usize::try_from(spaces).map_err(|_| FuncError::new("indent value must be a positive integer"))?;
        indent(spaces, args::bytes(a, 1).as_bytes())
    });
}

fn add_case(functions: &mut Functions) {
    functions.add("toLower", [Type::String], |a| Ok(Value::from(each(&args::text(a, 0), lower))));
    functions.add("toUpper", [Type::String], |a| Ok(Value::from(each(&args::text(a, 0), upper))));
    functions.add("toTitle", [Type::String], |a| Ok(Value::from(title(&args::text(a, 0)))));
}

fn add_trim(functions: &mut Functions) {
    functions.add("trimSpace", [Type::String], |a| Ok(Value::from(args::text(a, 0).trim())));
    functions.add("trim", [Type::String, Type::String], |a| {
        let (set, text) = (args::text(a, 0), args::text(a, 1));
        Ok(Value::from(text.trim_matches(|c| set.contains(c))))
    });
    functions.add("trimPrefix", [Type::String, Type::String], |a| {
        let (prefix, text) = (args::bytes(a, 0), args::bytes(a, 1));
        let text = text.as_bytes();
        Ok(Value::String(Text::from(text.strip_prefix(prefix.as_bytes()).unwrap_or(text))))
    });
    functions.add("trimSuffix", [Type::String, Type::String], |a| {
        let (suffix, text) = (args::bytes(a, 0), args::bytes(a, 1));
        let text = text.as_bytes();
        Ok(Value::String(Text::from(text.strip_suffix(suffix.as_bytes()).unwrap_or(text))))
    });
}

fn add_replace(functions: &mut Functions) {
    functions.add("replaceAll", [Type::String, Type::String, Type::String], |a| {
        let (from, to, text) = (args::text(a, 0), args::text(a, 1), args::text(a, 2));
        // An empty pattern is found between all characters and at both ends.
        let found = text.matches(from.as_str()).count();
        if found.saturating_mul(to.len()).saturating_add(text.len()) > MAX_TEXT {
            return Err(too_long("replaceAll"));
        }
        Ok(Value::from(text.replace(&from, &to)))
    });
    functions.add("regexMatch", [Type::String, Type::String], |a| {
        Ok(Value::Bool(compile_regexp(&args::text(a, 0))?.is_match(&args::text(a, 1))))
    });
    functions.add("regexReplaceAll", [Type::String, Type::String, Type::String], |a| {
        let regex = compile_regexp(&args::text(a, 0))?;
        let (to, text) = (args::text(a, 1), args::text(a, 2));
        let mut result = String::new();
        let mut end = 0;
        for found in regex.captures_iter(&text) {
            let Some(whole) = found.get(0) else { continue };
            result.push_str(text.get(end..whole.start()).unwrap_or_default());
            found.expand(&to, &mut result);
            end = whole.end();
            if result.len() > MAX_TEXT {
                return Err(too_long("regexReplaceAll"));
            }
        }
        result.push_str(text.get(end..).unwrap_or_default());
        Ok(Value::from(result))
    });
}

/// Spaces in front of every line that is not empty.
fn indent(spaces: usize, text: &[u8]) -> Result<Value, FuncError> {
    let lines = text.iter().filter(|b| **b == b'\n').count().saturating_add(1);
    if spaces.saturating_mul(lines).saturating_add(text.len()) > MAX_TEXT {
        return Err(too_long("indent"));
    }
    let mut result = Vec::new();
    let mut at_start = true;
    for &byte in text {
        if at_start && byte != b'\n' {
            result.resize(result.len().saturating_add(spaces), b' ');
        }
        result.push(byte);
        at_start = byte == b'\n';
    }
    Ok(Value::String(Text::from(result)))
}

/// Maps characters one by one as Go does, which knows no "ß" to "SS".
fn each(text: &str, map: fn(char) -> char) -> String {
    text.chars().map(map).collect()
}

fn lower(c: char) -> char {
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The first letter of every word in upper case, the others as they are. An
/// apostrophe or a dot between letters does not end a word.
fn title(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut inside = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let joins = matches!(c, '\'' | '\u{2019}' | '.' | ':')
            && inside
            && chars.peek().is_some_and(|next| next.is_alphabetic());
        if c.is_alphanumeric() || c == '_' {
            result.push(if inside { c } else { upper(c) });
            inside = true;
        } else {
            result.push(c);
            inside = joins;
        }
    }
    result
}
