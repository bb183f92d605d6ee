//! Names that nobody else has.

/// A random UUID, version 4 (RFC 9562).
pub(crate) fn uuid() -> Result<String, &'static str> {
    let mut bytes = [0_u8; 16];
    let mut filled = 0;
    while filled < bytes.len() {
        let rest = bytes.get_mut(filled..).unwrap_or_default();
        match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Err("the system gives no random numbers"),
        }
    }
    Ok(written(u128::from_be_bytes(bytes), 4))
}

/// A UUID that is always the same for the same words, version 8 (RFC 9562): who has
/// no memory is recognised after a restart.
#[must_use]
pub fn uuid_of(words: &str) -> String {
    let mut number: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in words.bytes() {
        // FNV-1a, 128 bits.
        number = (number ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    written(number, 8)
}

fn written(number: u128, version: u128) -> String {
    let number = (number & !(0xf << 76) & !(0b11 << 62)) | (version << 76) | (0b10 << 62);
    let digits = format!("{number:032x}");
    let part = |range| digits.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}
