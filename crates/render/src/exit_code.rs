//! The exit statuses of consul-template.

/// How `consul-template` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: done.
    Ok,
    /// 11: not even a beginning could be made, for a reason that is none of the others.
    Error,
    /// 12: a signal ended it.
    Interrupt,
    /// 13: the command line cannot be used.
    Flags,
    /// 14: a template failed, the retries are used up, a file could not be
    /// written, or a command failed.
    Runner,
    /// 15: the configuration cannot be used.
    Config,
}

// === impl ExitCode ===

impl ExitCode {
    /// The number for the operating system.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Error => 11,
            Self::Interrupt => 12,
            Self::Flags => 13,
            Self::Runner => 14,
            Self::Config => 15,
        }
    }
}
