//! How a process ended.

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It ended by itself with this status, 0 to 255.
    Code(u8),
    /// A signal with this number ended it.
    Signal(i32),
    /// It could not be started at all.
    NotStarted,
}

// === impl Exit ===

impl Exit {
    /// Did it do what it was asked to?
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Code(0))
    }

    /// The exit status a shell would report: the process's own, 128+n for
    /// signal n, 127 when it could not be started.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(number) => 128_u8.wrapping_add((number & 0x7f) as u8),
            Self::NotStarted => 127,
        }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(number) => match crate::Signal::from_number(*number) {
                Some(signal) => write!(f, "signal {signal}"),
                None => write!(f, "signal {number}"),
            },
            Self::NotStarted => f.write_str("could not be started"),
        }
    }
}
