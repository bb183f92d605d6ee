//! Go's `fmt`: `Print`, `Println` and `Printf` with every verb, flag and complaint.

mod float;
mod format;
mod pad;
mod value;

use crate::value::{Text, Value};
use pad::Flags;

/// A growing text with a bound.
pub(crate) struct Printer {
    out: Vec<u8>,
    limit: usize,
    overflowed: bool,
    flags: Flags,
    /// Inside a complaint such as `%!d(string=x)`, where methods of values are not asked.
    complaining: bool,
    /// Type of the object whose underlying number or text is being printed.
    named: Option<String>,
    /// The format used explicit argument indexes, so surplus arguments are no mistake.
    reordered: bool,
    /// The last explicit argument index was good.
    good_index: bool,
}

/// How a number is signed and in which base and case it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Integer {
    pub(crate) magnitude: u64,
    pub(crate) negative: bool,
    /// Of a signed Go type; only `%#v` cares.
    pub(crate) signed: bool,
}

// === impl Printer ===

impl Printer {
    /// An empty text of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            out: Vec::new(),
            limit,
            overflowed: false,
            flags: Flags::default(),
            complaining: false,
            named: None,
            reordered: false,
            good_index: true,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// Whether something did not fit.
    pub(crate) const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// The text, or `None` when it did not fit.
    pub(crate) fn into_text(self) -> Option<Text> {
        (!self.overflowed).then(|| self.out.into())
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = self.limit.saturating_sub(self.out.len());
        if bytes.len() <= room {
            self.out.extend_from_slice(bytes);
        } else {
            self.overflowed = true;
        }
    }

    /// Appends `count` times the same byte, of which no more are made than fit.
    fn push_repeated(&mut self, byte: u8, count: usize) {
        let room = self.limit.saturating_sub(self.out.len());
        if count > room {
            self.overflowed = true;
        } else {
            self.out.resize(self.out.len() + count, byte);
        }
    }

    /// As `fmt.Sprint`: a space goes between two operands that are both no strings.
    pub(crate) fn print(&mut self, args: &[Value]) {
        let mut string_before = false;
        for (i, arg) in args.iter().enumerate() {
            let string = matches!(arg, Value::String(_));
            if i > 0 && !string && !string_before {
                self.push(b" ");
            }
            self.flags = Flags::default();
            self.argument(arg, 'v');
            string_before = string;
        }
    }

    /// As `fmt.Sprintln`.
    pub(crate) fn println(&mut self, args: &[Value]) {
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.push(b" ");
            }
            self.flags = Flags::default();
            self.argument(arg, 'v');
        }
        self.push(b"\n");
    }
}

// === impl Integer ===

impl Integer {
    pub(crate) const fn signed(n: i64) -> Self {
        Self { magnitude: n.unsigned_abs(), negative: n < 0, signed: true }
    }

    pub(crate) const fn unsigned(n: u64) -> Self {
        Self { magnitude: n, negative: false, signed: false }
    }

    /// The number as two's complement, which is how Go sees it as a character.
    const fn code(self) -> u64 {
        if self.negative { self.magnitude.wrapping_neg() } else { self.magnitude }
    }
}
