//! What a child writes, line by line.

use std::borrow::Cow;
use std::ops::Range;
use std::os::fd::OwnedFd;
use tokio::io::unix::AsyncFd;

/// The longest piece of a line that is handed out at once, in bytes: 64 KiB.
pub const PIECE: usize = 64 * 1024;

/// What a reader begins with; most children write short lines or nothing.
const FIRST_ROOM: usize = 4 * 1024;

/// Reads lines of any length from a pipe in bounded memory.
///
/// Waiting can be given up at any time without loss, and the reader dropped while
/// the pipe is still open, as when a grandchild outlives the child that was waited for.
#[derive(Debug)]
pub struct LineReader {
    pipe: AsyncFd<OwnedFd>,
    lines: Lines,
}

/// A line, or a piece of one that is longer than [`PIECE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// As written, without the line end (`\n` or `\r\n`). A piece ends between two
    /// characters where the line is UTF-8.
    pub bytes: &'a [u8],
    /// Does the line go on in the next piece?
    pub more: bool,
}

/// The bytes that were read and not handed out yet.
#[derive(Debug)]
struct Lines {
    room: Vec<u8>,
    /// The part of `room` that is filled.
    filled: Range<usize>,
    /// How much of `filled` is known to hold no line end.
    searched: usize,
    /// Was the last piece handed out not the end of its line?
    open: bool,
    ended: bool,
}

// === impl Line ===

impl Line<'_> {
    /// As text, with a replacement character for what is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes)
    }
}

// === impl LineReader ===

impl LineReader {
    /// Takes over the reading end of a pipe. Needs to be called within a runtime.
    ///
    /// # Errors
    /// When the descriptor is none that can be waited for.
    pub fn new(pipe: OwnedFd) -> std::io::Result<Self> {
        // This end is ours alone; the flag does not reach the child's end.
        rustix::io::ioctl_fionbio(&pipe, true)?;
        Ok(Self {
            pipe: crate::waitable::waitable(pipe, tokio::io::Interest::READABLE)?,
            lines: Lines::new(),
        })
    }

    /// Waits for the next line, or piece of one. `None` when every writer has closed
    /// the pipe and all is handed out.
    pub async fn next(&mut self) -> Option<Line<'_>> {
        let Self { pipe, lines } = self;
        let (range, more) = loop {
            if let Some(found) = lines.take() {
                break found;
            }
            if lines.ended {
                return None;
            }
            match pipe.readable().await {
                Ok(mut ready) => {
                    let read = ready.try_io(|pipe| Ok(rustix::io::read(pipe.get_ref(), lines.spare())?));
                    lines.note(read.unwrap_or_else(|_| Err(std::io::ErrorKind::WouldBlock.into())));
                }
                // The runtime is going down.
                Err(_) => lines.ended = true,
            }
        };
        Some(lines.line(range, more))
    }
}

// === impl Lines ===

impl Lines {
    fn new() -> Self {
        Self { room: vec![0; FIRST_ROOM], filled: 0..0, searched: 0, open: false, ended: false }
    }

    /// Room to read into, never empty as long as [`take`](Self::take) gives nothing.
    fn spare(&mut self) -> &mut [u8] {
        if self.filled.end == self.room.len() {
            if self.filled.start > 0 {
                self.room.copy_within(self.filled.clone(), 0);
                self.filled = 0..self.filled.len();
            }
            // Twice what is used already, so that a long line is not copied often.
            if self.filled.len() * 2 > self.room.len() {
                self.room.resize((self.room.len() * 2).min(PIECE), 0);
            }
        }
        self.room.get_mut(self.filled.end..).unwrap_or_default()
    }

    fn note(&mut self, read: std::io::Result<usize>) {
        use std::io::ErrorKind::{Interrupted, WouldBlock};
        match read {
            Ok(0) => self.ended = true,
            Ok(count) => self.filled.end = self.filled.end.saturating_add(count).min(self.room.len()),
            Err(error) if matches!(error.kind(), Interrupted | WouldBlock) => {}
            // A pipe gives no other error; with one, nothing more can come.
            Err(_) => self.ended = true,
        }
    }

    fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.room.get(range).unwrap_or_default()
    }

    fn line(&self, range: Range<usize>, more: bool) -> Line<'_> {
        let bytes = self.bytes(range);
        let bytes = if more { bytes } else { bytes.strip_suffix(b"\r").unwrap_or(bytes) };
        Line { bytes, more }
    }

    /// Where the next line or piece is, and whether it is a piece with more to come.
    fn take(&mut self) -> Option<(Range<usize>, bool)> {
        let Range { start, end } = self.filled;
        let unsearched = self.bytes(start + self.searched..end);
        if let Some(at) = unsearched.iter().position(|byte| *byte == b'\n') {
            let line_end = start + self.searched + at;
            self.filled.start = line_end + 1;
            self.searched = 0;
            self.open = false;
            return Some((start..line_end, false));
        }
        self.searched = end - start;
        if self.searched >= PIECE {
            let cut = whole_characters(self.bytes(start..end));
            self.filled.start = start + cut;
            self.searched -= cut;
            self.open = true;
            return Some((start..start + cut, true));
        }
        if !self.ended {
            return None;
        }
        let is_there = self.open || start < end;
        self.filled = 0..0;
        self.searched = 0;
        self.open = false;
        is_there.then_some((start..end, false))
    }
}

/// The length of `bytes` without the beginning of a character at its end. Bytes
/// that are no UTF-8 at all are taken whole.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes.get(bytes.len().saturating_sub(3)..).unwrap_or_default()) {
        Ok(_) => bytes.len(),
        Err(_) => {
            let begun = bytes.iter().rev().take(3).position(|byte| *byte >= 0xc0);
            let needed = |lead: u8| {
                if lead >= 0xf0 {
                    4
                } else if lead >= 0xe0 {
                    3
                } else {
                    2
                }
            };
            match begun {
                Some(after)
                    if bytes.iter().rev().nth(after).is_some_and(|lead| needed(*lead) > after + 1) =>
                {
                    bytes.len() - after - 1
                }
                _ => bytes.len(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `input` in portions and collects what comes out.
    fn read(input: &[u8], portion: usize) -> Vec<(Vec<u8>, bool)> {
        let mut lines = Lines::new();
        let mut input = input;
        let mut out = Vec::new();
        loop {
            while let Some((range, more)) = lines.take() {
                let line = lines.line(range, more);
                out.push((line.bytes.to_vec(), line.more));
            }
            if lines.ended {
                return out;
            }
            let spare = lines.spare();
            let count = portion.min(spare.len()).min(input.len());
            spare[..count].copy_from_slice(&input[..count]);
            input = &input[count..];
            lines.note(Ok(count));
        }
    }

    #[test]
    fn lines_come_whole_however_they_arrive() {
        for portion in [1, 2, 3, 100] {
            let got = read(b"one\n\ntwo\r\nlast", portion);
            let want = ["one", "", "two", "last"].map(|line| (line.as_bytes().to_vec(), false));
            assert_eq!(got, want, "{portion}");
        }
        assert!(read(b"", 1).is_empty());
    }

    #[test]
    fn q03_a_line_longer_than_64_kib_comes_in_pieces() {
        let long = vec![b'x'; 3 * PIECE];
        let mut input = long.clone();
        input.extend(b"\nnext\n");
        let got = read(&input, 10_000);
        assert_eq!(got.iter().map(|(_, more)| *more).collect::<Vec<_>>(), [true, true, true, false, false]);
        assert_eq!(got[..4].concat_bytes(), long);
        assert_eq!(got[4].0, b"next");
        // Without a line end the last piece still says that the line is over.
        assert_eq!(read(&long, 10_000).last(), Some(&(Vec::new(), false)));
    }

    #[test]
    fn pieces_end_between_characters() {
        for lead in 0..4 {
            let text = format!("{}{}", "x".repeat(lead), "\u{1f6eb}".repeat(PIECE));
            let got = read(text.as_bytes(), 4096);
            assert!(got.len() > 3);
            assert!(got.iter().all(|(piece, _)| std::str::from_utf8(piece).is_ok()));
            assert_eq!(got.concat_bytes(), text.as_bytes());
        }
        let garbage = vec![0xff; 2 * PIECE + 5];
        assert_eq!(read(&garbage, 4096).concat_bytes(), garbage);
        let continuations = vec![0x80; 2 * PIECE + 5];
        assert_eq!(read(&continuations, 4096).concat_bytes(), continuations);
    }

    trait ConcatBytes {
        fn concat_bytes(&self) -> Vec<u8>;
    }

    impl ConcatBytes for [(Vec<u8>, bool)] {
        fn concat_bytes(&self) -> Vec<u8> {
            self.iter().flat_map(|(piece, _)| piece.iter().copied()).collect()
        }
    }
}
