//! What a sensor prints.

/// The value in a sensor's output, of which all must be one decimal number, but for
/// white space around it.
///
/// The grammar is that of Go's `strconv.ParseFloat` in the versions that
/// ContainerPilot 2 was built with: decimal digits with an optional sign, point and
/// exponent; `inf`, `infinity` (with a sign or not) and `nan` in any case. A number
/// too large for 64 bits is no value.
#[must_use]
pub fn parse_measurement(output: &str) -> Option<f64> {
    let text = output.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_word = unsigned.bytes().all(|byte| byte.is_ascii_alphabetic());
    let value: f64 = text.parse().ok()?;
    match (is_word, value.is_nan()) {
        (true, true) => (unsigned.len() == text.len()).then_some(value),
        (true, false) => Some(value),
        (false, _) => value.is_finite().then_some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_value() {
        for (text, want) in [
            ("1", 1.0),
            (" 0.5\n", 0.5),
            ("-3e2", -300.0),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("1E3", 1000.0),
            ("-Inf", f64::NEG_INFINITY),
            ("infinity", f64::INFINITY),
        ] {
            assert_eq!(parse_measurement(text), Some(want), "{text}");
        }
        assert!(parse_measurement("NaN").is_some_and(f64::is_nan));
        for text in
            ["", " ", "1 2", "1,5", "1s", "0x10", "1_000", "e5", "1e999", "+nan", "--1", "one", "1\n2"]
        {
            assert_eq!(parse_measurement(text), None, "{text}");
        }
    }
}
