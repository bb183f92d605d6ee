//! What a child writes, in portions of any size, against a plain split into lines.
#![no_main]

use gyropilot_kernel::{LineReader, PIECE};
use std::io::Write;

/// Makes lines longer than a piece reachable with short inputs.
const REPEATED: usize = 3_000;

libfuzzer_sys::fuzz_target!(|input: (u16, bool, &[u8])| {
    let (portion, repeat, bytes) = input;
    let bytes = if repeat { bytes.repeat(REPEATED) } else { bytes.to_vec() };
    if bytes.len() > 1 << 20 {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    runtime.block_on(async {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let mut reader = LineReader::new(reader.into()).expect("a reader");
        let portions = bytes.clone();
        let writer = std::thread::spawn(move || {
            let mut writer = writer;
            for portion in portions.chunks(usize::from(portion) + 1) {
                writer.write_all(portion).expect("a reader");
            }
        });
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let mut open = false;
        while let Some(line) = reader.next().await {
            assert!(line.bytes.len() <= PIECE);
            match lines.last_mut() {
                Some(last) if open => last.extend(line.bytes),
                _ => lines.push(line.bytes.to_vec()),
            }
            open = line.more;
        }
        writer.join().expect("the writer ends");
        assert!(!open, "the last piece ends its line");
        let mut want: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        if want.last().is_some_and(|last| last.is_empty()) {
            want.pop();
        }
        assert_eq!(lines.len(), want.len());
        for (line, want) in lines.iter().zip(want) {
            let bare = want.strip_suffix(b"\r").unwrap_or(want);
            // A carriage return at the end of a piece stays: it came before the line's end did.
            assert!(line == bare || (line == want && want.len() >= PIECE));
        }
    });
});
