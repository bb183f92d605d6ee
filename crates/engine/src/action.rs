//! What the pilot is to do.

use crate::ProcessId;
use gyropilot_model::{
    Command, Desired, Event, OrderId, Probe, Readiness, Role, Service, Signal, Surroundings, Warning,
    WatchTarget,
};
use std::time::Duration;

/// Something to be done, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start a process in a group of its own.
    Spawn {
        /// The name under which the engine will hear of it.
        process: ProcessId,
        /// What it is there for.
        role: Role,
        /// What to run.
        command: Command,
        /// Where its output goes.
        stdio: Stdio,
        /// As what and where it runs.
        surroundings: Box<Surroundings>,
        /// Say [`Input::Noticed`](crate::Input::Noticed) when it is ready.
        ready: Option<Readiness>,
    },
    /// Ask whether all is well and say [`Input::Found`](crate::Input::Found).
    Probe {
        /// The name under which the engine will hear of it.
        process: ProcessId,
        /// What to ask; never a program.
        probe: Probe,
        /// What counts as a warning; the finding has it reckoned in.
        warning: Warning,
        /// Give up after this long.
        within: Duration,
    },
    /// Take no interest any more in a probe that was asked.
    Forget {
        /// Which.
        process: ProcessId,
    },
    /// Say [`Input::Drained`](crate::Input::Drained) as soon as nobody is
    /// connected to the port, or when `within` is over.
    Drain {
        /// The service's id.
        service: String,
        /// The local port.
        port: u16,
        /// The most that may be waited.
        within: Duration,
    },
    /// Answer an order of [`Input::Ordered`](crate::Input::Ordered).
    Answer {
        /// Which.
        order: OrderId,
        /// What was done, or why it was not.
        answer: Result<String, String>,
    },
    /// Open the log's file anew.
    ReopenLog,
    /// Send a signal to a process and all of its group.
    Signal {
        /// Which.
        process: ProcessId,
        /// What.
        signal: Signal,
    },
    /// Send a signal to every process that is left below the pilot, whoever started it.
    SignalLeftovers(Signal),
    /// These are the services there are. What was registered of others is withdrawn.
    Offer(Vec<Service>),
    /// What the catalogue is to say of a service from now on.
    Want {
        /// The service's id.
        service: String,
        /// What.
        desired: Desired,
    },
    /// Say [`Input::Settled`](crate::Input::Settled) for this service as soon
    /// as the catalogue says what is wanted, or when `within` is over.
    Settle {
        /// The service's id.
        service: String,
        /// The most that may be waited.
        within: Duration,
    },
    /// This is to be watched in the catalogue, each with the longest time a query waits.
    Watch(Vec<(WatchTarget, Duration)>),
    /// Read the configuration again and say [`Input::Reloaded`](crate::Input::Reloaded).
    Reload,
    /// Set a variable for every process started from now on.
    Export {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Take a variable away from every process started from now on.
    Unexport {
        /// Its name.
        name: String,
    },
    /// Tell the world.
    Report(Event),
    /// End the pilot with this status.
    Exit(u8),
}

/// Where the output of a process goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdio {
    /// To the pilot's own, untouched.
    Attached,
    /// Into the log, line by line.
    Lines,
    /// Standard output comes back with the exit; standard error is attached.
    Capture,
}
