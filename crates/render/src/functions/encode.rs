//! Base64.

use super::args;
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use gyropilot_template::{FuncError, Functions, Text, Type, Value};

/// Go wants the padding and does not care for the unused bits of the last character.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);

pub(super) fn add(functions: &mut Functions) {
    for (encode, decode, alphabet) in
        [("base64Encode", "base64Decode", &STANDARD), ("base64URLEncode", "base64URLDecode", &URL_SAFE)]
    {
        functions.add(encode, [Type::String], move |a| {
            Ok(Value::from(GeneralPurpose::new(alphabet, CONFIG).encode(args::bytes(a, 0).as_bytes())))
        });
        functions.add(decode, [Type::String], move |a| {
            // Go passes over line ends.
            let text: Vec<u8> = args::bytes(a, 0)
                .as_bytes()
                .iter()
                .copied()
                .filter(|b| !matches!(b, b'\r' | b'\n'))
                .collect();
            match GeneralPurpose::new(alphabet, CONFIG).decode(&text) {
                Ok(bytes) => Ok(Value::String(Text::from(bytes))),
                Err(error) => Err(illegal(decode, text.len(), &error)),
            }
        });
    }
}

/// Go's message, which tells where decoding stopped: at the bad byte, or at the
/// group of four that is not whole.
fn illegal(function: &str, len: usize, error: &base64::DecodeError) -> FuncError {
    let at = match error {
        base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _) => *at,
        base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => {
            len.saturating_sub(len % 4)
        }
    };
    format!("{function}: illegal base64 data at input byte {at}").into()
}
