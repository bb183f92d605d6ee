//! Character classes and the decoding of bytes that need not be UTF-8.

/// The first character and its width in bytes; an invalid byte reads as U+FFFD of width one.
pub(crate) fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((char::from(first), 1));
    }
    let width = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Some((char::REPLACEMENT_CHARACTER, 1)),
    };
    let decoded = bytes.get(..width).and_then(|head| std::str::from_utf8(head).ok());
    match decoded.and_then(|text| text.chars().next()) {
        Some(c) => Some((c, width)),
        None => Some((char::REPLACEMENT_CHARACTER, 1)),
    }
}

/// Characters of bytes with their offsets and widths.
pub(crate) fn chars(bytes: &[u8]) -> impl Iterator<Item = (usize, char, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (c, width) = decode(bytes.get(at..)?)?;
        let here = at;
        at += width;
        Some((here, c, width))
    })
}

/// Number of characters, an invalid byte being one.
pub(crate) fn count_chars(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { chars(bytes).count() }
}

/// Whether an invalid byte made this U+FFFD: a real one is three bytes wide.
pub(crate) const fn is_invalid(c: char, width: usize) -> bool {
    c == char::REPLACEMENT_CHARACTER && width == 1
}

/// May stand in a name: letters, decimal digits and the underscore.
pub(crate) fn is_alphanumeric(c: char) -> bool {
    if c.is_ascii() {
        return c == '_' || c.is_ascii_alphanumeric();
    }
    c.is_alphabetic() || is_decimal_digit(c)
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // The standard library keeps its table of printable characters to itself but escapes by it. Combining marks
    // are escaped only at the start of a text, hence the letter in front.
    let text: String = ['a', c].iter().collect();
    text.escape_debug().nth(1) == Some(c)
}

/// Unicode's decimal digits outside ASCII; they come in runs of ten.
fn is_decimal_digit(c: char) -> bool {
    let code = u32::from(c);
    c.is_numeric() && ZEROS.iter().any(|zero| (*zero..zero + 10).contains(&code))
}

/// The zero of each run, as of Unicode 17.
const ZEROS: [u32; 76] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730,
    0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50, 0x16130, 0x16A60, 0x16AC0,
    0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0,
    0x1E5F1, 0x1E950, 0x1FBF0,
];
