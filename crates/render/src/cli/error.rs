//! What can be wrong with a command line.

use super::{SpecError, WaitError};
use crate::ExitCode;
use crate::go_flags::FlagError;
use gyropilot_model::DurationError;

/// A command line that cannot be used. Flag errors are worded as Go words them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// Not in Go's syntax.
    #[error(transparent)]
    Flag(#[from] FlagError),
    /// A name that no version of the original has.
    #[error("flag provided but not defined: -{flag}{}", hint(.near))]
    Unknown {
        /// The flag as written.
        flag: String,
        /// The known flag that it resembles.
        near: Option<&'static str>,
    },
    /// A flag of the original that does not exist here.
    #[error("-{0} is not supported yet\nhint: see docs/consul-template.md for what is")]
    Unsupported(
        /// The flag.
        String,
    ),
    /// A value that the flag cannot have.
    #[error("invalid value \"{value}\" for flag -{flag}: {reason}")]
    Value {
        /// The flag.
        flag: String,
        /// Its value.
        value: String,
        /// Why not.
        reason: ValueError,
    },
    /// Words that belong to no flag.
    #[error("cli: extra args: {0:?}")]
    ExtraArguments(
        /// All of them.
        Vec<String>,
    ),
    /// A level that does not exist, from a flag or from the environment.
    #[error("invalid log level \"{0}\", valid log levels are TRACE, DEBUG, INFO, WARN, ERR")]
    LogLevel(
        /// The level as written.
        String,
    ),
    /// A configuration in the environment, which the original merges in.
    #[error("CT_LOCAL_CONFIG is not supported yet\nhint: give the same settings as flags")]
    LocalConfig,
    /// The file of `-consul-token-file` cannot be read.
    #[error("cannot read the token file {path}: {reason}")]
    TokenFile {
        /// As given.
        path: String,
        /// The operating system's reason.
        reason: String,
    },
}

/// Why a value does not fit its flag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not Go's notation for a length of time.
    #[error("time: {0}")]
    Duration(#[from] DurationError),
    /// Not a whole number.
    #[error("parse error")]
    Number,
    /// A signal that the pilot has no name for.
    #[error("invalid signal")]
    Signal,
    /// See [`TemplateSpec`](super::TemplateSpec).
    #[error("{0}")]
    Template(#[from] SpecError),
    /// See [`Wait`](super::Wait).
    #[error("{0}")]
    Wait(#[from] WaitError),
    /// User and password must not be empty.
    #[error("auth: cannot be empty")]
    Auth,
}

// === impl UsageError ===

impl UsageError {
    /// The status to end with: 13 for flags, 15 for what a configuration would say.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::LogLevel(_) | Self::LocalConfig | Self::TokenFile { .. } => ExitCode::Config,
            _ => ExitCode::Flags,
        }
    }
}

fn hint(near: &Option<&'static str>) -> String {
    near.map(|flag| format!("\nhint: did you mean -{flag}?")).unwrap_or_default()
}
