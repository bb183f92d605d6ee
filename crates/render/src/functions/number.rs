//! Numbers as Go's `strconv` reads them.

use std::fmt;
use std::num::IntErrorKind;

/// Why a text is not a number. Worded as Go's `strconv.NumError`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("strconv.{function}: parsing {text:?}: {reason}")]
pub(super) struct NumberError {
    function: &'static str,
    text: String,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Syntax,
    Range,
}

pub(super) fn parse_int(text: &str) -> Result<i64, NumberError> {
    whole(text).map_err(|reason| NumberError { function: "ParseInt", text: text.to_owned(), reason })
}

pub(super) fn parse_uint(text: &str) -> Result<u64, NumberError> {
    let error = |reason| NumberError { function: "ParseUint", text: text.to_owned(), reason };
    // Rust takes a plus sign here, Go does not.
    if text.starts_with('+') { Err(error(Reason::Syntax)) } else { whole(text).map_err(error) }
}

pub(super) fn parse_float(text: &str) -> Result<f64, NumberError> {
    let error = |reason| NumberError { function: "ParseFloat", text: text.to_owned(), reason };
    let number: f64 = text.parse().map_err(|_| error(Reason::Syntax))?;
    let is_spelled_out = text.contains(['i', 'I']);
    if number.is_infinite() && !is_spelled_out { Err(error(Reason::Range)) } else { Ok(number) }
}

pub(super) fn parse_bool(text: &str) -> Result<bool, NumberError> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(NumberError { function: "ParseBool", text: text.to_owned(), reason: Reason::Syntax }),
    }
}

fn whole<T: std::str::FromStr<Err = std::num::ParseIntError>>(text: &str) -> Result<T, Reason> {
    text.parse().map_err(|error: std::num::ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => Reason::Range,
        _ => Reason::Syntax,
    })
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "invalid syntax",
            Self::Range => "value out of range",
        })
    }
}
