//! The slow way, which is there wherever `/proc` is: the table of all sockets.
//!
//! Format: proc(5), `/proc/net/tcp`: in each line but the first the second word is
//! the local `address:port`, the fourth the state, both in hexadecimal.

use super::State;

/// How many sockets have this local port and are in this state.
pub(super) fn count(port: u16, state: State) -> usize {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    tables
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .map(|table| among(&table, port, state))
        .sum()
}

fn among(table: &str, port: u16, state: State) -> usize {
    let is_meant = |line: &str| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let local = words.next()?.rsplit_once(':')?.1;
        let number = u32::from_str_radix(words.nth(1)?, 16).ok()?;
        Some(u16::from_str_radix(local, 16).ok()? == port && state.mask().checked_shr(number)? & 1 == 1)
    };
    table.lines().filter(|line| is_meant(line) == Some(true)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_none_count_for_nothing() {
        let table = "  sl  local_address rem_address   st tx_queue\n\
                     \u{20}  0: 0100007F:1F90 00000000:0000 0A 00000000\n\
                     \u{20}  1: 0100007F:1F90 0100007F:D431 01 00000000\n\
                     \u{20}  2: 0100007F:1F90 0100007F:D431 06 00000000\n\
                     \u{20}  3: 0100007F:1F90 0100007F:D431 FF 00000000\n\
                     \u{20}  4: nonsense 1 2\n\n";
        assert_eq!(among(table, 8080, State::Listening), 1);
        assert_eq!(among(table, 8080, State::Connected), 1);
        assert_eq!(among(table, 8081, State::Listening), 0);
    }
}
