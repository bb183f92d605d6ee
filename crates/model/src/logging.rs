//! How the pilot's own messages look and where they go.

use serde::{Deserialize, Serialize};

/// The `logging` part of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub struct Logging {
    /// Messages below this level are not written. Default `INFO`.
    pub level: LogLevel,
    /// The shape of a line. Default `default`.
    pub format: LogFormat,
    /// Where lines go. Default `stdout`.
    pub output: LogOutput,
}

/// How much a message matters, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, Serialize)]
pub enum LogLevel {
    /// For whoever looks for a fault in the configuration or the pilot.
    Debug,
    /// What happened.
    #[default]
    Info,
    /// Something is not as it should be; the pilot copes.
    Warn,
    /// Something failed.
    Error,
    /// The pilot cannot go on.
    Fatal,
    /// As fatal; a name that old configurations use.
    Panic,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub enum LogFormat {
    /// `YYYY/MM/DD HH:MM:SS message` in local time.
    #[default]
    Default,
    /// `2026-11-23T09:57:25.702957575Z job pid message`, the default of the
    /// jobs generation; job and process id only before what a job wrote.
    Stamped,
    /// `time="…" level=… msg="…" key=value`, or coloured on a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where log lines go.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub enum LogOutput {
    /// Standard output.
    #[default]
    Stdout,
    /// Standard error.
    Stderr,
    /// A file, appended to and opened anew when told so.
    File(std::path::PathBuf),
}

// === impl LogLevel ===

impl LogLevel {
    /// The lower-case name, as it stands in a log line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
            Self::Panic => "panic",
        }
    }
}
