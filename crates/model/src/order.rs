//! What an operator tells a running pilot to do.

use crate::Signal;
use serde::{Deserialize, Serialize};

/// What an operator tells a running pilot to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "order")]
pub enum Order {
    /// Start a job that does not run, whatever it waits for.
    Start {
        /// Its name.
        job: String,
    },
    /// Stop a job in good order and leave it stopped.
    Stop {
        /// Its name.
        job: String,
    },
    /// Stop a job in good order and start it again.
    Restart {
        /// Its name.
        job: String,
    },
    /// Run a job once, now, beside whatever starts it otherwise.
    RunOnce {
        /// Its name.
        job: String,
    },
    /// Send a signal to a job's process group.
    Signal {
        /// Its name.
        job: String,
        /// What.
        signal: Signal,
    },
    /// Enter maintenance, or leave it.
    Maintenance {
        /// Enter?
        on: bool,
    },
    /// Read the configuration again.
    Reload,
}

/// Names an order until it is answered; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderId(pub u64);

/// What a process says of itself (`sd_notify`, or any other means of [`ReadyBy`](crate::ReadyBy)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is ready.
    Ready,
    /// It reads its configuration again, and is ready once more after that.
    Reloading,
    /// It is about to end.
    Stopping,
    /// What it does, for people.
    Status(String),
    /// It is alive.
    Watchdog,
    /// It wants to be called dead by its own word.
    WatchdogTrigger,
    /// Silence may last this long from now on.
    WatchdogPeriod(std::time::Duration),
    /// It needs this much longer, from now, for what it does.
    ExtendTimeout(std::time::Duration),
    /// This is the process that counts now.
    MainPid(u32),
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it went.
    pub verdict: Verdict,
    /// In words, for people; one line.
    pub output: String,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is well.
    Well,
    /// It works, in doubt.
    Doubtful,
    /// It does not work.
    Ill,
}
