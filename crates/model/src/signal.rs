//! Signals by name.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The signals that the pilot receives, sends or names in messages: all of Linux but the real-time ones.
///
/// In JSON a signal is its name, `"SIGTERM"`; read with or without `SIG`, in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// `SIGHUP`, number 1.
    Hup,
    /// `SIGINT`, number 2.
    Int,
    /// `SIGQUIT`, number 3.
    Quit,
    /// `SIGILL`, number 4.
    Ill,
    /// `SIGTRAP`, number 5.
    Trap,
    /// `SIGABRT`, number 6.
    Abrt,
    /// `SIGBUS`, number 7.
    Bus,
    /// `SIGFPE`, number 8.
    Fpe,
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
    /// `SIGALRM`, number 14.
    Alrm,
    /// `SIGTERM`, number 15.
    Term,
    /// `SIGCHLD`, number 17.
    Chld,
    /// `SIGCONT`, number 18.
    Cont,
    /// `SIGSTOP`, number 19.
    Stop,
    /// `SIGTSTP`, number 20.
    Tstp,
    /// `SIGTTIN`, number 21.
    Ttin,
    /// `SIGTTOU`, number 22.
    Ttou,
    /// `SIGURG`, number 23.
    Urg,
    /// `SIGXCPU`, number 24.
    Xcpu,
    /// `SIGXFSZ`, number 25.
    Xfsz,
    /// `SIGVTALRM`, number 26.
    Vtalrm,
    /// `SIGPROF`, number 27.
    Prof,
    /// `SIGWINCH`, number 28.
    Winch,
    /// `SIGIO`, number 29.
    Io,
    /// `SIGPWR`, number 30.
    Pwr,
    /// `SIGSYS`, number 31.
    Sys,
}

const NAMES: [(Signal, i32, &str); 30] = [
    (Signal::Hup, 1, "SIGHUP"),
    (Signal::Int, 2, "SIGINT"),
    (Signal::Quit, 3, "SIGQUIT"),
    (Signal::Ill, 4, "SIGILL"),
    (Signal::Trap, 5, "SIGTRAP"),
    (Signal::Abrt, 6, "SIGABRT"),
    (Signal::Bus, 7, "SIGBUS"),
    (Signal::Fpe, 8, "SIGFPE"),
    (Signal::Kill, 9, "SIGKILL"),
    (Signal::Usr1, 10, "SIGUSR1"),
    (Signal::Segv, 11, "SIGSEGV"),
    (Signal::Usr2, 12, "SIGUSR2"),
    (Signal::Pipe, 13, "SIGPIPE"),
    (Signal::Alrm, 14, "SIGALRM"),
    (Signal::Term, 15, "SIGTERM"),
    (Signal::Chld, 17, "SIGCHLD"),
    (Signal::Cont, 18, "SIGCONT"),
    (Signal::Stop, 19, "SIGSTOP"),
    (Signal::Tstp, 20, "SIGTSTP"),
    (Signal::Ttin, 21, "SIGTTIN"),
    (Signal::Ttou, 22, "SIGTTOU"),
    (Signal::Urg, 23, "SIGURG"),
    (Signal::Xcpu, 24, "SIGXCPU"),
    (Signal::Xfsz, 25, "SIGXFSZ"),
    (Signal::Vtalrm, 26, "SIGVTALRM"),
    (Signal::Prof, 27, "SIGPROF"),
    (Signal::Winch, 28, "SIGWINCH"),
    (Signal::Io, 29, "SIGIO"),
    (Signal::Pwr, 30, "SIGPWR"),
    (Signal::Sys, 31, "SIGSYS"),
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

impl Serialize for Signal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| D::Error::custom(format_args!("no signal is called {name:?}")))
    }
}
