//! Number literals: one text may be an integer, a float and a complex number at once; its use decides.

use crate::lex::Kind;
use crate::quote::{quoted, unquote_char};

/// A number literal with every reading it has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Number {
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

// === impl Number ===

impl Number {
    /// Reads a literal of the given token kind.
    pub(crate) fn parse(text: &[u8], kind: Kind) -> Result<Self, String> {
        let mut number = Self { text: String::from_utf8_lossy(text).into_owned(), ..Self::default() };
        if kind == Kind::CharConstant {
            let inner = text.get(1..).unwrap_or(&[]);
            let (unit, tail) = unquote_char(inner, b'\'').ok_or("invalid syntax")?;
            if tail != b"'" {
                return Err(format!("malformed character constant: {}", number.text));
            }
            let code = unit.code();
            number.int = Some(code);
            number.uint = u64::try_from(code).ok();
            number.float = Some(to_f64(code));
            return Ok(number);
        }
        let text = number.text.as_str();
        if kind == Kind::Complex {
            let complex = parse_complex(text)?;
            number.set_complex(complex);
            return Ok(number);
        }
        if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
            number.set_complex((0.0, imaginary));
            return Ok(number);
        }
        let mut int = parse_int(text);
        // Minus zero is no unsigned literal, but it is zero.
        let mut uint = parse_uint(text).or(if int == Some(0) { Some(0) } else { None });
        let mut float = int.map(to_f64).or(uint.map(u64_to_f64));
        if float.is_none()
            && let Some(x) = parse_float(text)
        {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quoted(text.as_bytes())));
            }
            float = Some(x);
            int = float_to_i64(x);
            uint = float_to_u64(x);
        }
        if float.is_none() {
            return Err(format!("illegal number syntax: {}", quoted(text.as_bytes())));
        }
        (number.int, number.uint, number.float) = (int, uint, float);
        Ok(number)
    }

    /// A complex number without imaginary part is also a float, and so on down.
    fn set_complex(&mut self, complex: (f64, f64)) {
        self.complex = Some(complex);
        if complex.1 == 0.0 {
            self.float = Some(complex.0);
            self.int = float_to_i64(complex.0);
            self.uint = float_to_u64(complex.0);
        }
    }

    /// Whether the literal, where nothing else decides, is a `float64`.
    pub(crate) fn looks_like_float(&self) -> bool {
        let hex_integer = self.text.len() > 2
            && self.text.starts_with(['0'])
            && self.text.get(1..2).is_some_and(|x| x == "x" || x == "X")
            && !self.text.contains(['p', 'P']);
        !hex_integer && !self.text.starts_with('\'') && self.text.contains(['.', 'e', 'E', 'p', 'P'])
    }
}

#[expect(clippy::cast_precision_loss, reason = "rounds to nearest, as Go converts")]
const fn to_f64(n: i64) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "rounds to nearest, as Go converts")]
const fn u64_to_f64(n: u64) -> f64 {
    n as f64
}

/// The integer a float is, if it is one.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn float_to_i64(x: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (x.trunc() == x && (-LIMIT..LIMIT).contains(&x)).then_some(x as i64)
}

/// The unsigned integer a float is, if it is one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
fn float_to_u64(x: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    (x.trunc() == x && (0.0..LIMIT).contains(&x)).then_some(x as u64)
}

/// Go's `strconv.ParseUint(text, 0, 64)`.
fn parse_uint(text: &str) -> Option<u64> {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, text.get(2..)?),
        [b'0', b'b' | b'B', _, ..] => (2, text.get(2..)?),
        [b'0', b'o' | b'O', _, ..] => (8, text.get(2..)?),
        [b'0', _, ..] => (8, text.get(1..)?),
        _ => (10, text),
    };
    if text.contains('_') && !underscores_ok(text) {
        return None;
    }
    let mut n: u64 = 0;
    let mut any = false;
    for c in digits.chars().filter(|c| *c != '_') {
        n = n.checked_mul(u64::from(radix))?.checked_add(u64::from(c.to_digit(radix)?))?;
        any = true;
    }
    any.then_some(n)
}

/// Go's `strconv.ParseInt(text, 0, 64)`.
fn parse_int(text: &str) -> Option<i64> {
    if let Some(magnitude) = text.strip_prefix('-') {
        if text.contains('_') && !underscores_ok(text) {
            return None;
        }
        return 0_i64.checked_sub_unsigned(parse_uint(magnitude)?);
    }
    i64::try_from(parse_uint(text.strip_prefix('+').unwrap_or(text))?).ok()
}

/// Go's `strconv.ParseFloat` for what the lexer lets through; `None` also for numbers beyond its range.
fn parse_float(text: &str) -> Option<f64> {
    read_float(text).filter(|x| x.is_finite())
}

/// A float, infinite when it is beyond the range.
fn read_float(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_ok(text) {
        return None;
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let x = if unsigned.starts_with("0x") || unsigned.starts_with("0X") {
        let x = parse_hex_float(unsigned.get(2..)?)?;
        if plain.starts_with('-') { -x } else { x }
    } else {
        // Rust also reads "inf" and "nan", which are no literals.
        if !unsigned.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
            return None;
        }
        plain.parse().ok()?
    };
    Some(x)
}

/// `1.8p3` behind its `0x`; the exponent is required.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent = parse_exponent(exponent)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut bits: u64 = 0;
    let mut shift: i64 = 0;
    let mut any = false;
    for (digit, in_fraction) in whole.chars().map(|c| (c, false)).chain(fraction.chars().map(|c| (c, true))) {
        let digit = u64::from(digit.to_digit(16)?);
        any = true;
        if bits >> 58 == 0 {
            bits = bits << 4 | digit;
            shift -= if in_fraction { 4 } else { 0 };
        } else {
            // Beyond the precision of a float only "more than half" matters.
            bits |= u64::from(digit != 0);
            shift += if in_fraction { 0 } else { 4 };
        }
    }
    if !any {
        return None;
    }
    let mut x = u64_to_f64(bits);
    let mut scale = exponent.saturating_add(shift).clamp(-5_000, 5_000);
    while scale != 0 {
        let step = scale.clamp(-1_000, 1_000);
        x *= 2_f64.powi(i32::try_from(step).ok()?);
        scale -= step;
    }
    Some(x)
}

/// A signed decimal; where it stops mattering it stops growing.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut n: i64 = 0;
    for c in digits.chars() {
        n = (n * 10 + i64::from(c.to_digit(10)?)).min(1 << 32);
    }
    (!digits.is_empty()).then_some(if text.starts_with('-') { -n } else { n })
}

/// Real and imaginary part of `1+2i`, read from the front as Go's `fmt.Sscan` does.
fn parse_complex(text: &str) -> Result<(f64, f64), String> {
    const SYNTAX: &str = "syntax error scanning complex number";
    let (real, rest) = text.split_at_checked(float_length(text)).ok_or(SYNTAX)?;
    let digits = rest.strip_prefix(['+', '-']).ok_or(SYNTAX)?;
    // Go takes this for the start of "inf".
    if digits.starts_with('i') {
        return Err(SYNTAX.to_owned());
    }
    let length = float_length(rest);
    let imaginary = rest.get(..length).ok_or(SYNTAX)?;
    if !rest.get(length..).is_some_and(|end| end.starts_with('i')) {
        return Err(SYNTAX.to_owned());
    }
    Ok((parse_part(real)?, parse_part(imaginary)?))
}

/// How much of the front has the characters of a float in their order, be it one or not.
fn float_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    let next = |at: usize, of: fn(u8) -> bool| usize::from(bytes.get(at).is_some_and(|b| of(*b)));
    let run = |at: usize, of: fn(u8) -> bool| bytes.iter().skip(at).take_while(|b| of(**b)).count();
    let sign = |b: u8| matches!(b, b'+' | b'-');
    at += next(at, sign);
    let hex = matches!(bytes.get(at..), Some([b'0', b'x' | b'X', ..]));
    let digit: fn(u8) -> bool = if hex {
        at += 2;
        |b| b.is_ascii_hexdigit() || b == b'_'
    } else {
        |b| b.is_ascii_digit() || b == b'_'
    };
    at += run(at, digit);
    if next(at, |b| b == b'.') == 1 {
        at += 1;
        at += run(at, digit);
    }
    let exponent: fn(u8) -> bool =
        if hex { |b| matches!(b, b'p' | b'P') } else { |b| matches!(b, b'e' | b'E' | b'p' | b'P') };
    if next(at, exponent) == 1 {
        at += 1;
        at += next(at, sign);
        at += run(at, |b| b.is_ascii_digit() || b == b'_');
    }
    at
}

fn parse_part(text: &str) -> Result<f64, String> {
    match read_float(text) {
        Some(x) if x.is_finite() => Ok(x),
        part => {
            let problem = if part.is_some() { "value out of range" } else { "invalid syntax" };
            Err(format!("strconv.ParseFloat: parsing {}: {problem}", quoted(text.as_bytes())))
        }
    }
}

/// Underscores may only stand between digits, or between a base prefix and a digit.
fn underscores_ok(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let prefixed = matches!(text.as_bytes(), [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let hex = matches!(text.as_bytes(), [b'0', b'x' | b'X', ..]);
    let digits = if prefixed { text.get(2..).unwrap_or("") } else { text };
    let mut last = if prefixed { '0' } else { '^' };
    for c in digits.chars() {
        if c.is_ascii_digit() || (hex && c.is_ascii_hexdigit()) {
            last = '0';
        } else if c == '_' {
            if last != '0' {
                return false;
            }
            last = '_';
        } else {
            if last == '_' {
                return false;
            }
            last = '!';
        }
    }
    last != '_'
}
