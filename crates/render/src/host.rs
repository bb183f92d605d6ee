//! What this room needs done for it.

use gyropilot_model::{Command, Exit, LogLevel};
use std::future::Future;
use std::time::{Duration, SystemTime};

/// The hands, eyes and mouth of a rendering process, lent by the binary.
pub trait Host {
    /// Says something to whoever runs it. Messages may have several lines.
    /// Levels below [`Options::log_level`](crate::Options::log_level) do not arrive here.
    fn log(&self, level: LogLevel, message: &str);

    /// Writes to standard output; only `-dry` does.
    fn output(&self, bytes: &[u8]);

    /// A variable of the environment.
    fn env(&self, name: &str) -> Option<String>;

    /// The calendar's time, for the template function `timestamp`.
    fn now(&self) -> SystemTime;

    /// Runs a command in a process group of its own and waits for its end. When
    /// the timeout is over, or the future is dropped, the group is killed.
    fn run(&self, task: &CommandTask) -> impl Future<Output = CommandEnd>;
}

/// A command to be run because files changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandTask {
    /// What is executed; see [`command_line`](crate::command_line).
    pub command: Command,
    /// Variables beside those of our own environment, so that a command that
    /// speaks to Consul speaks to the same one.
    pub env: Vec<(String, String)>,
    /// The longest it may run: 30 s.
    pub timeout: Duration,
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandEnd {
    /// It ended by itself, or could not be started.
    Exited(Exit),
    /// It was killed because its time was over.
    TimedOut,
}
