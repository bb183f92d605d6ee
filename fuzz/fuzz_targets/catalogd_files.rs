//! Any bytes as a file of the journal: it is whole, or whole up to a torn end, or refused at a place within it.

#![no_main]

use gyropilot_catalogd::journal::{Content, Fault};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The first byte picks the kind of file, so that the corpus of each stays its own.
    let Some((which, body)) = input.split_first() else { return };
    let read: fn(Vec<u8>) -> Result<Content, Fault> = match which % 3 {
        0 => |bytes| Content::snapshot(1, bytes),
        1 => |bytes| Content::log(1, bytes, false),
        _ => |bytes| Content::log(1, bytes, true),
    };
    match read(body.to_vec()) {
        Err(fault) => assert!(fault.offset <= body.len() as u64),
        Ok(content) => {
            assert_eq!(content.end() + content.torn(), body.len());
            assert!(which % 3 == 2 || content.torn() == 0);
            let bytes: usize = content.records().map(<[u8]>::len).sum();
            assert!(bytes <= content.end());
            // What is before the torn end is whole without it.
            if content.header().is_some() && which % 3 > 0 {
                let again = Content::log(1, body[..content.end()].to_vec(), false).unwrap();
                assert!(again.records().eq(content.records()));
            }
        }
    }
});
