//! Signals by name.

use serde::Serialize;

/// The signals that the pilot receives, sends or names in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Signal {
    /// `SIGHUP`, number 1.
    Hup,
    /// `SIGINT`, number 2.
    Int,
    /// `SIGQUIT`, number 3.
    Quit,
    /// `SIGABRT`, number 6.
    Abrt,
    /// `SIGKILL`, number 9.
    Kill,
    /// `SIGUSR1`, number 10.
    Usr1,
    /// `SIGSEGV`, number 11.
    Segv,
    /// `SIGUSR2`, number 12.
    Usr2,
    /// `SIGPIPE`, number 13.
    Pipe,
    /// `SIGTERM`, number 15.
    Term,
}

const NAMES: [(Signal, i32, &str); 10] = [
    (Signal::Hup, 1, "SIGHUP"),
    (Signal::Int, 2, "SIGINT"),
    (Signal::Quit, 3, "SIGQUIT"),
    (Signal::Abrt, 6, "SIGABRT"),
    (Signal::Kill, 9, "SIGKILL"),
    (Signal::Usr1, 10, "SIGUSR1"),
    (Signal::Segv, 11, "SIGSEGV"),
    (Signal::Usr2, 12, "SIGUSR2"),
    (Signal::Pipe, 13, "SIGPIPE"),
    (Signal::Term, 15, "SIGTERM"),
];

// === impl Signal ===

impl Signal {
    /// The number on Linux.
    #[must_use]
    pub fn number(self) -> i32 {
        NAMES.iter().find(|(signal, ..)| *signal == self).map_or(0, |(_, number, _)| *number)
    }

    /// The signal with this Linux number, if the pilot has a name for it.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        NAMES.iter().find(|(_, n, _)| *n == number).map(|(signal, ..)| *signal)
    }

    /// The signal of this name, with or without `SIG`, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let upper = name.to_ascii_uppercase();
        let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
        NAMES.iter().find(|(.., n)| n.strip_prefix("SIG") == Some(bare)).map(|(signal, ..)| *signal)
    }
}

impl std::fmt::Display for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(NAMES.iter().find(|(signal, ..)| signal == self).map_or("?", |(.., name)| name))
    }
}
