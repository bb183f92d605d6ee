//! Digests, in hexadecimal.

use super::args;
use gyropilot_template::{Functions, Type, Value};
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

pub(super) fn add(functions: &mut Functions) {
    functions.add("sha256Hex", [Type::String], |a| Ok(hex(&Sha256::digest(args::bytes(a, 0).as_bytes()))));
    functions.add("md5sum", [Type::String], |a| Ok(hex(&Md5::digest(args::bytes(a, 0).as_bytes()))));
    functions.add("hmacSHA256Hex", [Type::String, Type::String], |a| {
        let (message, key) = (args::bytes(a, 0), args::bytes(a, 1));
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
            .map_err(|error| format!("hmacSHA256Hex: {error}"))?;
        mac.update(message.as_bytes());
        Ok(hex(&mac.finalize().into_bytes()))
    });
}

fn hex(bytes: &[u8]) -> Value {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Value::from(text)
}
