//! Floating-point numbers, as Go's `strconv.FormatFloat` and `fmt` write them.

use super::Printer;
use crate::value::FloatKind;

/// Decimal digits of a number without leading zeros: 0.d1d2d3... times ten to the power of `point`.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

/// No double has more digits than this before only zeros follow; the standard formatter takes no more than 65,535.
const MOST_DIGITS: usize = 1_100;

// === impl Printer ===

impl Printer {
    /// A float for any of its verbs; `default` is the precision where none is given, `None` the shortest.
    pub(super) fn float(&mut self, x: f64, kind: FloatKind, verb: char, default: Option<usize>) {
        let (convert, precision) = (if verb == 'v' { 'g' } else { verb }, self.flags.precision.or(default));
        let mut text = unsigned_or_signed(x, kind, convert, precision, self.limit);
        if !matches!(text.first(), Some(b'-' | b'+')) {
            text.insert(0, b'+');
        }
        if let Some(sign @ b'+') = text.first_mut()
            && self.flags.space
            && !self.flags.plus
        {
            *sign = b' ';
        }
        let unsigned_from = |text: &[u8]| text.get(1..).map(<[u8]>::to_vec).unwrap_or_default();
        if !x.is_finite() {
            // Zeros in front would not make sense here. Infinity keeps its sign, unlike everything else.
            let zero = std::mem::take(&mut self.flags.zero);
            if x.is_nan() && !self.flags.space && !self.flags.plus {
                text = unsigned_from(&text);
            }
            self.pad(&text);
            self.flags.zero = zero;
            return;
        }
        if self.flags.sharp && convert != 'b' {
            text = with_decimal_point(&text, convert, precision);
        }
        let sign = text.first().copied().unwrap_or(b'+');
        if !self.flags.plus && sign == b'+' {
            self.pad(&unsigned_from(&text));
            return;
        }
        let width = self.flags.width.unwrap_or(0);
        if self.flags.zero && !self.flags.minus && width > text.len() {
            self.push(&[sign]);
            self.padding(width - text.len());
            self.push(text.get(1..).unwrap_or(&[]));
            return;
        }
        self.pad(&text);
    }

    pub(super) fn complex(&mut self, re: f64, im: f64, verb: char, default: Option<usize>) {
        self.push(b"(");
        self.float(re, FloatKind::Float64, verb, default);
        let plus = std::mem::replace(&mut self.flags.plus, true);
        self.float(im, FloatKind::Float64, verb, default);
        self.push(b"i)");
        self.flags.plus = plus;
    }
}

/// What the sharp flag asks for: a decimal point always, and for `%g` the trailing zeros.
fn with_decimal_point(text: &[u8], verb: char, precision: Option<usize>) -> Vec<u8> {
    // Go forgets `X` here, and so do we.
    let mut missing: i64 = match verb {
        'g' | 'G' | 'x' => precision.map_or(6, |p| i64::try_from(p).unwrap_or(i64::MAX)),
        _ => 0,
    };
    let hex = matches!(verb, 'x' | 'X');
    let exponent = text.iter().position(|b| match b {
        b'p' | b'P' => true,
        b'e' | b'E' => !hex,
        _ => false,
    });
    let (number, tail) = text.split_at_checked(exponent.unwrap_or(text.len())).unwrap_or((text, &[]));
    let mut significant = false;
    for byte in number.get(1..).unwrap_or(&[]).iter().filter(|b| **b != b'.') {
        significant |= *byte != b'0';
        missing -= i64::from(significant);
    }
    let mut out = number.to_vec();
    if !number.contains(&b'.') {
        if number.get(1..) == Some(b"0") {
            missing -= 1;
        }
        out.push(b'.');
    }
    out.extend(std::iter::repeat_n(b'0', usize::try_from(missing).unwrap_or(0)));
    out.extend_from_slice(tail);
    out
}

/// The number with a minus sign if negative, and a plus sign only for positive infinity. Precisions are cut at `limit`
/// bytes, more than which no one will print.
fn unsigned_or_signed(
    x: f64,
    kind: FloatKind,
    verb: char,
    precision: Option<usize>,
    limit: usize,
) -> Vec<u8> {
    if x.is_nan() {
        return b"NaN".to_vec();
    }
    if x.is_infinite() {
        return if x > 0.0 { b"+Inf".to_vec() } else { b"-Inf".to_vec() };
    }
    let precision = precision.map(|p| p.min(limit.saturating_add(1)));
    let mut out = Vec::new();
    if x.is_sign_negative() {
        out.push(b'-');
    }
    let magnitude = x.abs();
    match verb {
        'b' => binary(&mut out, magnitude, kind),
        'x' | 'X' => hexadecimal(&mut out, magnitude, precision, verb == 'X'),
        'f' | 'F' => fixed(&mut out, magnitude, kind, precision),
        'e' | 'E' => {
            let decimal = decimal(magnitude, kind, precision.map(|p| p.saturating_add(1)));
            let digits = precision.unwrap_or_else(|| decimal.digits.len().saturating_sub(1));
            exponential(&mut out, &decimal, digits, verb);
        }
        _ => general(&mut out, magnitude, kind, precision, verb),
    }
    out
}

/// The digits of a number, as many as asked for or as few as tell it from its neighbours.
fn decimal(x: f64, kind: FloatKind, digits: Option<usize>) -> Decimal {
    let text = match (digits, kind) {
        (Some(digits), _) => format!("{x:.*e}", digits.saturating_sub(1).min(MOST_DIGITS)),
        (None, FloatKind::Float64) => half_to_even(format!("{x:e}"), x, |text| text.parse() == Ok(x)),
        #[expect(clippy::cast_possible_truncation, reason = "a float32 was widened to be kept here")]
        (None, FloatKind::Float32) => {
            let single = x as f32;
            half_to_even(format!("{single:e}"), x, |text| text.parse() == Ok(single))
        }
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let point = if digits.is_empty() { 0 } else { exponent + 1 };
    Decimal { digits, point }
}

/// Of two shortest texts that are equally close to a number, Rust takes the greater and Go the one with the even digit.
fn half_to_even(shortest: String, x: f64, reads_back: impl Fn(&str) -> bool) -> String {
    let mantissa = shortest.split('e').next().unwrap_or_default();
    let behind = mantissa.len().saturating_sub("d.".len());
    let rounded = format!("{x:.behind$e}");
    if reads_back(&rounded) { rounded } else { shortest }
}

/// `d.ddde±dd` with that many digits behind the point.
fn exponential(out: &mut Vec<u8>, decimal: &Decimal, digits: usize, verb: char) {
    out.push(decimal.digits.first().copied().unwrap_or(b'0'));
    if digits > 0 {
        out.push(b'.');
        let have = decimal.digits.get(1..).unwrap_or(&[]);
        let have = have.get(..digits).unwrap_or(have);
        out.extend_from_slice(have);
        out.extend(std::iter::repeat_n(b'0', digits - have.len()));
    }
    out.push(if matches!(verb, 'E' | 'G') { b'E' } else { b'e' });
    let exponent = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    out.extend_from_slice(if exponent < 0 { b"-" } else { b"+" });
    out.extend_from_slice(format!("{:02}", exponent.unsigned_abs()).as_bytes());
}

/// `ddd.ddd` with that many digits behind the point.
fn fixed(out: &mut Vec<u8>, x: f64, kind: FloatKind, precision: Option<usize>) {
    if let Some(precision) = precision {
        let exact = precision.min(MOST_DIGITS);
        out.extend_from_slice(format!("{x:.exact$}").as_bytes());
        out.extend(std::iter::repeat_n(b'0', precision - exact));
        return;
    }
    let decimal = decimal(x, kind, None);
    let behind = i64::try_from(decimal.digits.len()).unwrap_or(i64::MAX).saturating_sub(decimal.point).max(0);
    plain(out, &decimal, usize::try_from(behind).unwrap_or(0));
}

fn plain(out: &mut Vec<u8>, decimal: &Decimal, behind: usize) {
    let digit =
        |at: i64| usize::try_from(at).ok().and_then(|at| decimal.digits.get(at)).copied().unwrap_or(b'0');
    if decimal.point > 0 {
        out.extend((0..decimal.point).map(digit));
    } else {
        out.push(b'0');
    }
    if behind > 0 {
        out.push(b'.');
        let behind = i64::try_from(behind).unwrap_or(i64::MAX);
        out.extend((0..behind).map(|i| digit(decimal.point.saturating_add(i))));
    }
}

/// `%g`: exponential for large and small numbers, plain for the rest.
fn general(out: &mut Vec<u8>, x: f64, kind: FloatKind, precision: Option<usize>, verb: char) {
    let precision = precision.map(|p| p.max(1));
    let decimal = decimal(x, kind, precision);
    let count = decimal.digits.len();
    let wide = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let threshold = match precision {
        // The shortest form switches where six digits would.
        None => 6,
        Some(p) if wide(p) > wide(count) && wide(count) >= decimal.point => wide(count),
        Some(p) => wide(p),
    };
    let exponent = decimal.point - 1;
    if exponent < -4 || exponent >= threshold {
        exponential(out, &decimal, count.saturating_sub(1), verb);
    } else {
        let behind = wide(count).saturating_sub(decimal.point).max(0);
        plain(out, &decimal, usize::try_from(behind).unwrap_or(0));
    }
}

/// Mantissa without its sign, and the exponent of two of its last bit.
fn parts(x: f64, kind: FloatKind) -> (u64, i64) {
    match kind {
        FloatKind::Float64 => {
            let bits = x.to_bits();
            let exponent = i64::try_from(bits >> 52 & 0x7FF).unwrap_or(0);
            let fraction = bits & ((1 << 52) - 1);
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
        }
        FloatKind::Float32 => {
            #[expect(clippy::cast_possible_truncation, reason = "a float32 was widened to be kept here")]
            let bits = (x as f32).to_bits();
            let exponent = i64::from(bits >> 23 & 0xFF);
            let fraction = u64::from(bits & ((1 << 23) - 1));
            if exponent == 0 { (fraction, -149) } else { (fraction | 1 << 23, exponent - 150) }
        }
    }
}

/// `%b`: the mantissa as an integer, then the exponent of two.
fn binary(out: &mut Vec<u8>, x: f64, kind: FloatKind) {
    let (mantissa, exponent) = parts(x, kind);
    out.extend_from_slice(format!("{mantissa}p{exponent:+}").as_bytes());
}

/// `%x`: `0x1.8p+01`.
fn hexadecimal(out: &mut Vec<u8>, x: f64, precision: Option<usize>, capitals: bool) {
    let mut text = b"0x".to_vec();
    let (mut mantissa, mut exponent) = parts(x, FloatKind::Float64);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // One bit before the point, at bit 60; fifteen hexadecimal digits behind it.
        let shift = mantissa.leading_zeros() - 3;
        mantissa <<= shift;
        exponent += 60 - i64::from(shift);
    }
    if let Some(digits) = precision.filter(|p| *p < 15) {
        let drop = 60 - u32::try_from(digits).unwrap_or(0) * 4;
        let rest = mantissa & ((1 << drop) - 1);
        let half = 1_u64 << (drop - 1);
        mantissa >>= drop;
        if rest > half || rest == half && mantissa & 1 == 1 {
            mantissa += 1;
        }
        mantissa <<= drop;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    text.push(if mantissa >> 60 == 0 { b'0' } else { b'1' });
    let fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(digits) => {
            format!("{fraction:0<digits$}", digits = digits.min(MOST_DIGITS)).chars().take(digits).collect()
        }
    };
    if !fraction.is_empty() {
        text.push(b'.');
        text.extend_from_slice(fraction.as_bytes());
        let wanted = precision.unwrap_or(0).saturating_sub(fraction.len());
        text.extend(std::iter::repeat_n(b'0', wanted));
    }
    text.push(b'p');
    text.extend_from_slice(if exponent < 0 { b"-" } else { b"+" });
    text.extend_from_slice(format!("{:02}", exponent.unsigned_abs()).as_bytes());
    if capitals {
        text.make_ascii_uppercase();
    }
    out.extend_from_slice(&text);
}
