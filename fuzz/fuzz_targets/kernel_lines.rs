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
        let mut writer = Some(writer);
        let mut portions = bytes.chunks(usize::from(portion) + 1);
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let mut open = false;
        loop {
            while let Some(line) = if writer.is_some() { reader.next_ready() } else { reader.next().await } {
                assert!(line.bytes.len() <= PIECE);
                match lines.last_mut() {
                    Some(last) if open => last.extend(line.bytes),
                    _ => lines.push(line.bytes.to_vec()),
                }
                open = line.more;
            }
            match (portions.next(), writer.as_mut()) {
                (Some(portion), Some(writer)) => writer.write_all(portion).expect("room in the pipe"),
                (_, Some(_)) => writer = None,
                (_, None) => break,
            }
        }
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
