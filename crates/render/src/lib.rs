//! Catalogue-driven files: consul-template's functions, dependency tracking and atomic replacement.
//!
//! [`parse`] reads consul-template's command line and [`run`] does what it asks
//! for. A template is rendered with what is known; whatever it asked for that is
//! not known is fetched and followed, and it is rendered again, until nothing is
//! missing. Only then its file is written, with [`replace`], and its command run.
//!
//! The room itself never prints, starts no process and reads no clock: that is
//! the [`Host`]'s part.

mod cli;
mod command;
mod context;
mod data;
mod dependency;
mod exit_code;
mod functions;
pub mod go_flags;
mod host;
mod replace;
mod run;
mod sheet;
mod view;

pub use cli::{
    Invocation, Options, Retry, SpecError, TemplateSpec, USAGE, UsageError, ValueError, Wait, WaitError,
    parse,
};
pub use command::command_line;
pub use exit_code::ExitCode;
pub use host::{CommandEnd, CommandTask, Host};
pub use replace::{ReplaceError, ReplaceOptions, Replaced, replace};
pub use run::run;
