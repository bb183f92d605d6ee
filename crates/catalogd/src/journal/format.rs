//! The form of the files, byte for byte; `docs/catalogue.md` tells it to people.
//!
//! A file is a header and then frames. A frame holds records that became durable together:
//! it is written by one call and synchronised before the next one is begun. So what a crash
//! can leave half-written is the last frame of the last log, and never anything else.

use std::fmt;

/// The version of the form, told in each header.
pub const FORMAT: u32 = 1;
/// The length of a header, in bytes.
pub(super) const HEADER: usize = 32;
/// The length of what stands before the payload of a frame, in bytes.
const FRAME: usize = 24;
/// The length of what stands before a record, in bytes.
const RECORD: usize = 4;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Changes, in order.
    Log,
    /// Everything there was at one moment.
    Snapshot,
}

/// The first bytes of a file. All numbers are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the file is.
    pub kind: Kind,
    /// Its number, which is in its name as well. A snapshot is what was so when the log of
    /// its number began.
    pub number: u64,
    /// How many records had been appended before.
    pub first: u64,
}

/// Records on their way to a frame.
#[derive(Debug)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    count: u32,
    is_too_long: bool,
}

/// What is wrong with a file, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte at which what is wrong begins.
    pub offset: u64,
    /// What is wrong.
    pub what: Wrong,
}

/// What can be wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The header is not what was written.
    Header,
    /// The header is of another file.
    Misplaced,
    /// The file is of a later version of the form.
    Version(u32),
    /// A frame is not what was written.
    Frame,
    /// A frame does not follow the one before.
    Order,
    /// The file ends too early.
    Short,
    /// Something stands behind the end.
    Long,
}

/// A file that was found to be whole, or whole up to a torn end.
#[derive(Debug)]
pub struct Content {
    bytes: Vec<u8>,
    header: Option<Header>,
    end: usize,
    next: u64,
}

// === impl Kind ===

impl Kind {
    const fn magic(self) -> [u8; 8] {
        match self {
            Self::Log => *b"gyrolog\n",
            Self::Snapshot => *b"gyrosnap",
        }
    }
}

// === impl Header ===

impl Header {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend(self.kind.magic());
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(self.number.to_le_bytes());
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, Wrong> {
        let mut rest = bytes;
        let magic = take::<8>(&mut rest).ok_or(Wrong::Header)?;
        let version = u32::from_le_bytes(take(&mut rest).ok_or(Wrong::Header)?);
        let number = u64::from_le_bytes(take(&mut rest).ok_or(Wrong::Header)?);
        let first = u64::from_le_bytes(take(&mut rest).ok_or(Wrong::Header)?);
        let summed = bytes.get(..HEADER - 4).ok_or(Wrong::Header)?;
        let sum = u32::from_le_bytes(take(&mut rest).ok_or(Wrong::Header)?);
        if magic != kind.magic() || sum != crc32c::crc32c(summed) {
            return Err(Wrong::Header);
        }
        if version != FORMAT {
            return Err(Wrong::Version(version));
        }
        Ok(Self { kind, number, first })
    }
}

// === impl Batch ===

impl Default for Batch {
    fn default() -> Self {
        Self { bytes: vec![0; FRAME], count: 0, is_too_long: false }
    }
}

impl Batch {
    pub(super) fn push(&mut self, record: &[u8]) {
        match (u32::try_from(record.len()), self.count.checked_add(1)) {
            (Ok(length), Some(count)) => {
                self.bytes.extend(length.to_le_bytes());
                self.bytes.extend(record);
                self.count = count;
            }
            _ => self.is_too_long = true,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn count(&self) -> u64 {
        u64::from(self.count)
    }

    /// Its length as a frame, in bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The frame whose first record is the one after `first` others. Without records it
    /// is the end of a snapshot.
    pub(super) fn frame(&mut self, first: u64) -> std::io::Result<&[u8]> {
        let too_long =
            || std::io::Error::new(std::io::ErrorKind::InvalidInput, "more than 4 GiB in one change");
        let payload = self.bytes.get(FRAME..).unwrap_or_default();
        let length = u32::try_from(payload.len()).map_err(|_| too_long())?;
        if self.is_too_long {
            return Err(too_long());
        }
        let mut head = Vec::with_capacity(FRAME);
        head.extend(length.to_le_bytes());
        head.extend(self.count.to_le_bytes());
        head.extend(first.to_le_bytes());
        head.extend(crc32c::crc32c(payload).to_le_bytes());
        head.extend(crc32c::crc32c(&head).to_le_bytes());
        self.bytes.splice(..FRAME, head);
        Ok(&self.bytes)
    }
}

// === impl Content ===

impl Content {
    /// Reads a snapshot, all of which has to be as it was written.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn snapshot(number: u64, bytes: Vec<u8>) -> Result<Self, Fault> {
        let header = placed(Kind::Snapshot, number, &bytes)?;
        let (mut at, mut count) = (HEADER, 0);
        loop {
            let frame = Frame::read(&bytes, at, count).map_err(|(wrong, _)| fault(at, wrong))?;
            at = frame.end;
            count += u64::from(frame.count);
            if frame.count == 0 {
                break;
            }
        }
        match at == bytes.len() {
            true => Ok(Self { bytes, header: Some(header), end: at, next: header.first }),
            false => Err(fault(at, Wrong::Long)),
        }
    }

    /// Reads a log, all of which has to be as it was written, but for what was under way
    /// in the last one when it ended.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn log(number: u64, bytes: Vec<u8>, is_last: bool) -> Result<Self, Fault> {
        // Nothing was appended to a log before its header was safe.
        if is_last && bytes.len() <= HEADER && Header::decode(Kind::Log, &bytes) == Err(Wrong::Header) {
            return Ok(Self { bytes, header: None, end: 0, next: 0 });
        }
        let header = placed(Kind::Log, number, &bytes)?;
        let (mut at, mut next) = (HEADER, header.first);
        while at < bytes.len() {
            match Frame::read(&bytes, at, next) {
                Ok(frame) if frame.count == 0 => return Err(fault(at, Wrong::Frame)),
                Ok(frame) => {
                    at = frame.end;
                    next += u64::from(frame.count);
                }
                Err((wrong, may_be_torn)) => match is_last && may_be_torn {
                    true => break,
                    false => return Err(fault(at, wrong)),
                },
            }
        }
        Ok(Self { bytes, header: Some(header), end: at, next })
    }

    /// The header; none when the log ended before it had one.
    #[must_use]
    pub fn header(&self) -> Option<Header> {
        self.header
    }

    /// Where the torn end begins, in bytes; the length of the file when it has none.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }

    /// How much was torn off, in bytes.
    #[must_use]
    pub fn torn(&self) -> usize {
        self.bytes.len() - self.end
    }

    /// How many records had been appended after its last one.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The records, in the order in which they were appended.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.get(HEADER..self.end).unwrap_or_default();
        let mut left = 0_u32;
        std::iter::from_fn(move || {
            while left == 0 {
                let head = take::<FRAME>(&mut rest)?;
                left = u32::from_le_bytes(take(&mut head.get(4..)?)?);
                if left == 0 {
                    return None;
                }
            }
            left -= 1;
            record(&mut rest)
        })
    }
}

/// A frame that is as it was written.
struct Frame {
    end: usize,
    count: u32,
}

// === impl Frame ===

impl Frame {
    /// Reads the frame at `at`, or tells what is wrong and whether it can be the frame that
    /// was under way when writing ended.
    fn read(bytes: &[u8], at: usize, next: u64) -> Result<Self, (Wrong, bool)> {
        let Some(head) = Head::read(bytes, at) else {
            // A head that is broken while a good one follows is no torn end.
            let is_last = !(at + 1..bytes.len()).any(|later| Head::read(bytes, later).is_some());
            let wrong = if bytes.len() - at < FRAME { Wrong::Short } else { Wrong::Frame };
            return Err((wrong, is_last));
        };
        let start = at + FRAME;
        let end = usize::try_from(head.length).ok().and_then(|length| start.checked_add(length));
        let Some((end, payload)) = end.and_then(|end| Some((end, bytes.get(start..end)?))) else {
            return Err((Wrong::Short, true));
        };
        if crc32c::crc32c(payload) != head.sum {
            return Err((Wrong::Frame, end == bytes.len()));
        }
        if head.first != next || next.checked_add(u64::from(head.count)).is_none() {
            return Err((Wrong::Order, false));
        }
        let mut rest = payload;
        for _ in 0..head.count {
            record(&mut rest).ok_or((Wrong::Frame, false))?;
        }
        match rest.is_empty() {
            true => Ok(Self { end, count: head.count }),
            false => Err((Wrong::Frame, false)),
        }
    }
}

/// What stands before the payload of a frame.
struct Head {
    length: u32,
    count: u32,
    first: u64,
    sum: u32,
}

// === impl Head ===

impl Head {
    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let mut rest = bytes.get(at..at.checked_add(FRAME)?)?;
        let summed = rest.get(..FRAME - 4)?;
        let length = u32::from_le_bytes(take(&mut rest)?);
        let count = u32::from_le_bytes(take(&mut rest)?);
        let first = u64::from_le_bytes(take(&mut rest)?);
        let sum = u32::from_le_bytes(take(&mut rest)?);
        let own = u32::from_le_bytes(take(&mut rest)?);
        (own == crc32c::crc32c(summed)).then_some(Self { length, count, first, sum })
    }
}

// === impl Wrong ===

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("this is not the header that was written"),
            Self::Misplaced => f.write_str("this is the header of another file"),
            Self::Version(version) => {
                write!(f, "the file has form {version}, and this program reads form {FORMAT}")
            }
            Self::Frame => f.write_str("this is not what was written"),
            Self::Order => f.write_str("this does not follow what stands before it"),
            Self::Short => f.write_str("the file ends in the middle"),
            Self::Long => f.write_str("something stands behind the end"),
        }
    }
}

// === reading ===

fn fault(at: usize, what: Wrong) -> Fault {
    Fault { offset: at as u64, what }
}

fn placed(kind: Kind, number: u64, bytes: &[u8]) -> Result<Header, Fault> {
    let header = Header::decode(kind, bytes).map_err(|wrong| fault(0, wrong))?;
    if header.number == number { Ok(header) } else { Err(fault(0, Wrong::Misplaced)) }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

fn record<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_le_bytes(take::<RECORD>(rest)?);
    let (record, left) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = left;
    Some(record)
}
