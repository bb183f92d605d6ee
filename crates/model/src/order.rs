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

// === impl Order ===

impl Order {
    /// The job it is about, where it is about one.
    #[must_use]
    pub fn job(&self) -> Option<&str> {
        match self {
            Self::Start { job }
            | Self::Stop { job }
            | Self::Restart { job }
            | Self::RunOnce { job }
            | Self::Signal { job, .. } => Some(job),
            Self::Maintenance { .. } | Self::Reload => None,
        }
    }
}

/// As it stands on the command line: `restart web`, `signal SIGHUP web`.
impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start { job } => write!(f, "start {job}"),
            Self::Stop { job } => write!(f, "stop {job}"),
            Self::Restart { job } => write!(f, "restart {job}"),
            Self::RunOnce { job } => write!(f, "run-once {job}"),
            Self::Signal { job, signal } => write!(f, "signal {signal} {job}"),
            Self::Maintenance { on: true } => f.write_str("maintenance enable"),
            Self::Maintenance { on: false } => f.write_str("maintenance disable"),
            Self::Reload => f.write_str("reload"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_in_json_and_in_words() {
        for (json, order, words) in [
            (r#"{"order":"start","job":"web"}"#, Order::Start { job: "web".into() }, "start web"),
            (r#"{"order":"run-once","job":"web"}"#, Order::RunOnce { job: "web".into() }, "run-once web"),
            (
                r#"{"order":"signal","job":"web","signal":"SIGHUP"}"#,
                Order::Signal { job: "web".into(), signal: Signal::Hup },
                "signal SIGHUP web",
            ),
            (r#"{"order":"maintenance","on":true}"#, Order::Maintenance { on: true }, "maintenance enable"),
            (r#"{"order":"reload"}"#, Order::Reload, "reload"),
        ] {
            assert_eq!(serde_json::from_str::<Order>(json).unwrap(), order, "{json}");
            assert_eq!(serde_json::to_string(&order).unwrap(), json);
            assert_eq!(order.to_string(), words);
        }
        let lax = r#"{"job":"web","order":"signal","signal":"hup"}"#;
        assert!(serde_json::from_str::<Order>(lax).is_ok());
        let unknown = serde_json::from_str::<Order>(r#"{"order":"signal","job":"web","signal":"SIGX"}"#);
        assert!(unknown.unwrap_err().to_string().contains("no signal is called \"SIGX\""));
    }
}
