//! Files that were cut or changed, byte by byte.

use crate::journal::format::Batch;
use crate::journal::{Content, Fault, Header, Kind, Wrong};
use proptest::prelude::*;

/// A file, and where each of its frames ends.
fn file(kind: Kind, frames: &[Vec<Vec<u8>>]) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Header { kind, number: 7, first: 0 }.encode();
    let mut ends = vec![bytes.len()];
    let mut first = 0;
    let end = (kind == Kind::Snapshot).then(Vec::new);
    for records in frames.iter().chain(&end) {
        let mut batch = Batch::default();
        records.iter().for_each(|record| batch.push(record));
        bytes.extend(batch.frame(first).unwrap());
        first += batch.count();
        ends.push(bytes.len());
    }
    (bytes, ends)
}

fn log() -> (Vec<u8>, Vec<usize>, Vec<Vec<Vec<u8>>>) {
    let frames = vec![
        vec![b"{\"a\":1}".to_vec(), Vec::new()],
        vec![b"second".to_vec()],
        vec![vec![0; 40], b"third".to_vec(), b"fourth".to_vec()],
    ];
    let (bytes, ends) = file(Kind::Log, &frames);
    (bytes, ends, frames)
}

fn records(content: &Content) -> Vec<Vec<u8>> {
    content.records().map(<[u8]>::to_vec).collect()
}

#[test]
fn a_log_that_is_cut_anywhere_keeps_its_whole_frames() {
    let (bytes, ends, frames) = log();
    for length in 0..=bytes.len() {
        let cut = bytes[..length].to_vec();
        let whole = ends.iter().filter(|end| **end <= length).count();
        let content = Content::log(7, cut.clone(), true).unwrap();
        assert_eq!(records(&content), frames[..whole.saturating_sub(1)].concat(), "{length} bytes");
        assert_eq!(content.header().is_some(), whole > 0);
        assert_eq!(content.end(), if whole > 0 { ends[whole - 1] } else { 0 });
        // Others follow this one, so that it was whole once.
        assert_eq!(Content::log(7, cut, false).is_ok(), ends.contains(&length), "{length} bytes");
    }
}

#[test]
fn a_byte_that_was_changed_is_found_where_it_is() {
    let (bytes, ends, frames) = log();
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            let begin = ends.iter().rev().find(|end| **end <= at).copied().unwrap_or(0);
            let found = Content::log(7, changed.clone(), false).map(|_| ()).unwrap_err();
            assert_eq!(found.offset, begin as u64, "byte {at}");
            match Content::log(7, changed, true) {
                // What was under way last cannot be told from what was changed later.
                Ok(content) => {
                    assert_eq!(begin, ends[2], "byte {at}");
                    assert_eq!(records(&content), frames[..2].concat());
                }
                Err(fault) => assert_eq!(fault.offset, begin as u64, "byte {at}"),
            }
        }
    }
}

#[test]
fn a_snapshot_is_whole_or_refused() {
    let (bytes, _) = file(Kind::Snapshot, &log().2);
    assert_eq!(records(&Content::snapshot(7, bytes.clone()).unwrap()), log().2.concat());
    for length in 0..bytes.len() {
        Content::snapshot(7, bytes[..length].to_vec()).unwrap_err();
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        Content::snapshot(7, changed).unwrap_err();
    }
    let long = [bytes.clone(), vec![0]].concat();
    assert_eq!(
        Content::snapshot(7, long).unwrap_err(),
        Fault { offset: bytes.len() as u64, what: Wrong::Long }
    );
}

#[test]
fn a_file_under_the_name_of_another_is_refused() {
    let (bytes, ..) = log();
    let misplaced = Fault { offset: 0, what: Wrong::Misplaced };
    assert_eq!(Content::log(8, bytes.clone(), true).unwrap_err(), misplaced);
    assert_eq!(Content::snapshot(7, bytes).unwrap_err(), Fault { offset: 0, what: Wrong::Header });
}

#[test]
fn a_later_form_is_named() {
    let (mut bytes, ..) = log();
    bytes[8..12].copy_from_slice(&2_u32.to_le_bytes());
    let sum = crc32c::crc32c(&bytes[..28]);
    bytes[28..32].copy_from_slice(&sum.to_le_bytes());
    let fault = Content::log(7, bytes, true).unwrap_err();
    assert_eq!(fault.what.to_string(), "the file has form 2, and this program reads form 1");
}

#[test]
fn a_frame_that_was_left_out_or_doubled_is_found() {
    let (bytes, ends, _) = log();
    let without = [&bytes[..ends[0]], &bytes[ends[1]..]].concat();
    let order = |offset: usize| Fault { offset: offset as u64, what: Wrong::Order };
    assert_eq!(Content::log(7, without, true).unwrap_err(), order(ends[0]));
    let doubled = [&bytes[..ends[1]], &bytes[ends[0]..]].concat();
    assert_eq!(Content::log(7, doubled, true).unwrap_err(), order(ends[1]));
}

/// The bytes of format 1, which programs that were released can read for ever.
#[test]
fn the_form_stays_what_it_is() {
    let (bytes, _) = file(Kind::Log, &[vec![b"one".to_vec(), b"two".to_vec()]]);
    let shown: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let header = "6779726f6c6f670a0100000007000000000000000000000000000000";
    let frame = "0e000000020000000000000000000000";
    let payload = "030000006f6e650300000074776f";
    assert_eq!((&shown[..56], &shown[64..96], &shown[112..]), (header, frame, payload));
    assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283, "the check value of CRC-32C");
}

/// A frame that says anything of itself, with the checksums of what it says.
fn sealed(length: u32, count: u32, first: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [&length.to_le_bytes()[..], &count.to_le_bytes(), &first.to_le_bytes()].concat();
    bytes.extend(crc32c::crc32c(&payload[..payload.len().min(length as usize)]).to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend(payload);
    bytes
}

proptest! {
    /// Checksums that fit are no reason to believe a length or a count.
    #[test]
    fn what_frames_say_of_themselves_is_not_believed(
        start in prop_oneof![Just(0), Just(u64::MAX - 1), any::<u64>()],
        frames in prop::collection::vec(
            (-2..3_i64, 0..4_u32, prop_oneof![3 => Just(0), 1 => any::<u64>()], prop::collection::vec(0..6_u8, 0..40)),
            0..5,
        ),
        is_last in any::<bool>(),
    ) {
        for kind in [Kind::Log, Kind::Snapshot] {
            let first = if kind == Kind::Log { start } else { 0 };
            let mut bytes = Header { kind, number: 7, first: start }.encode();
            for (off, count, skip, payload) in &frames {
                let length = u32::try_from((payload.len() as i64 + off).max(0)).unwrap();
                bytes.extend(sealed(length, *count, first.wrapping_add(*skip), payload));
            }
            let size = bytes.len();
            let read = match kind {
                Kind::Log => Content::log(7, bytes, is_last),
                Kind::Snapshot => Content::snapshot(7, bytes),
            };
            match read {
                Err(fault) => prop_assert!(fault.offset <= size as u64),
                Ok(content) => {
                    prop_assert_eq!(content.end() + content.torn(), size);
                    prop_assert!(content.records().map(<[u8]>::len).sum::<usize>() <= content.end());
                }
            }
        }
    }

    #[test]
    fn any_records_come_back(frames in prop::collection::vec(
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..6), 0..6,
    )) {
        for kind in [Kind::Log, Kind::Snapshot] {
            let (bytes, _) = file(kind, &frames);
            let content = match kind {
                Kind::Log => Content::log(7, bytes, false),
                Kind::Snapshot => Content::snapshot(7, bytes),
            };
            prop_assert_eq!(records(&content.unwrap()), frames.concat());
        }
    }
}
