//! What starts a job.

use crate::format_go_duration;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What starts a job.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Trigger {
    /// Once, when the pilot has started.
    Startup,
    /// When the pilot has started, and then every so often; at least 1 ms.
    Interval(Duration),
    /// Things that happen. None at all means never.
    Events {
        /// What is awaited.
        awaited: Vec<Awaited>,
        /// All of them must have happened, in any order; else one is enough.
        all: bool,
        /// Start each time, not only the first.
        each: bool,
    },
}

/// Something that happens to somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Awaited {
    /// A job, `watch.<name>`, `global`, or a signal.
    pub source: String,
    /// What happens.
    pub code: EventCode,
}

/// What can happen on the bus between jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum EventCode {
    /// A run ended with status 0.
    ExitSuccess,
    /// A run ended in any other way, or could not be started.
    ExitFailed,
    /// A job is about to end.
    Stopping,
    /// A job has ended, and its last process is gone.
    Stopped,
    /// A check passed; or a watch changed and has a healthy instance.
    Healthy,
    /// A check failed; or a watch changed and has no healthy instance.
    Unhealthy,
    /// What is watched is not what it was.
    Changed,
    /// `when.timeout` ran out.
    TimerExpired,
    /// Maintenance begins.
    EnterMaintenance,
    /// Maintenance ends.
    ExitMaintenance,
    /// Beside [`Self::ExitFailed`].
    Error,
    /// Internal in the original; nobody says it.
    Quit,
    /// The pilot has started.
    Startup,
    /// The pilot was told to stop.
    Shutdown,
    /// A signal arrived; the source names it.
    Signal,
    /// A run is ready. Not in the original.
    Ready,
}

/// What happens when a job's restarts are used up; the first two words are Nomad's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub enum RestartMode {
    /// The job has failed for good.
    #[default]
    Fail,
    /// The next attempt waits for the next interval.
    Delay,
    /// The pilot shuts down, with the status of the last run.
    Shutdown,
}

const CODES: [(EventCode, &str, &str); 16] = [
    (EventCode::ExitSuccess, "exitSuccess", "ExitSuccess"),
    (EventCode::ExitFailed, "exitFailed", "ExitFailed"),
    (EventCode::Stopping, "stopping", "Stopping"),
    (EventCode::Stopped, "stopped", "Stopped"),
    (EventCode::Healthy, "healthy", "StatusHealthy"),
    (EventCode::Unhealthy, "unhealthy", "StatusUnhealthy"),
    (EventCode::Changed, "changed", "StatusChanged"),
    (EventCode::TimerExpired, "timerExpired", "TimerExpired"),
    (EventCode::EnterMaintenance, "enterMaintenance", "EnterMaintenance"),
    (EventCode::ExitMaintenance, "exitMaintenance", "ExitMaintenance"),
    (EventCode::Error, "error", "Error"),
    (EventCode::Quit, "quit", "Quit"),
    (EventCode::Startup, "startup", "Startup"),
    (EventCode::Shutdown, "shutdown", "Shutdown"),
    (EventCode::Signal, "signal", "Signal"),
    (EventCode::Ready, "ready", "Ready"),
];

// === impl EventCode ===

impl EventCode {
    /// The word of the configuration. A signal has its own name there instead.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        CODES.iter().find(|(code, ..)| *code == self).map_or("", |(_, word, _)| word)
    }

    /// The word of logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        CODES.iter().find(|(code, ..)| *code == self).map_or("", |(.., name)| name)
    }

    /// The code of a word of the configuration, in its own case.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "SIGHUP" | "SIGUSR2" => Some(Self::Signal),
            "signal" => None,
            _ => CODES.iter().find(|(_, known, _)| *known == word).map(|(code, ..)| *code),
        }
    }

    /// All words of the configuration.
    pub fn words() -> impl Iterator<Item = &'static str> {
        let codes = CODES.iter().filter(|(code, ..)| *code != Self::Signal).map(|(_, word, _)| *word);
        codes.chain(["SIGHUP", "SIGUSR2"])
    }
}

// === impl Trigger ===

/// In words, such as `once exitSuccess of migrate`.
impl std::fmt::Display for Trigger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Startup => f.write_str("at the start"),
            Self::Interval(every) => write!(f, "every {}", format_go_duration(*every)),
            Self::Events { awaited, .. } if awaited.is_empty() => f.write_str("never"),
            Self::Events { awaited, all, each } => {
                f.write_str(if *each { "each " } else { "once " })?;
                for (i, awaited) in awaited.iter().enumerate() {
                    match (i, all) {
                        (0, _) => {}
                        (_, true) => f.write_str(" and ")?,
                        (_, false) => f.write_str(" or ")?,
                    }
                    awaited.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

// === impl Awaited ===

/// In words, such as `healthy of db`, or the name of a signal.
impl std::fmt::Display for Awaited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            EventCode::Signal => f.write_str(&self.source),
            code => write!(f, "{} of {}", code.as_str(), self.source),
        }
    }
}
