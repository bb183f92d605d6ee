//! The smallest pieces: white space, identifiers, numbers, escapes.

/// What JSON5 skips between tokens.
pub(super) fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// What an unquoted key may begin with.
pub(super) fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

/// What an unquoted key may go on with.
pub(super) fn continues_name(c: char) -> bool {
    begins_name(c) || c.is_numeric() || c == '\u{200c}' || c == '\u{200d}'
}

/// The number that `text` is, if all of it is one.
pub(super) fn number(text: &str) -> Option<f64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let magnitude = match digits {
        "Infinity" => f64::INFINITY,
        "NaN" => f64::NAN,
        _ => hexadecimal(digits).or_else(|| decimal(digits))?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn hexadecimal(digits: &str) -> Option<f64> {
    let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"))?;
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0.0, |sum: f64, c| Some(sum.mul_add(16.0, f64::from(c.to_digit(16)?))))
}

fn decimal(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (digits.get(..at)?, digits.get(at + 1..)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    if let Some(exponent) = exponent {
        let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if power.is_empty() || !all_digits(power) {
            return None;
        }
    }
    digits.parse().ok()
}
