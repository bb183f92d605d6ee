//! What the pilot is to do.

use crate::ProcessId;
use gyropilot_model::{Backend, Command, Desired, Event, Role, Service, Signal};
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
    },
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
    /// These are the backends to watch.
    Watch(Vec<Backend>),
    /// Read the configuration again and say [`Input::Reloaded`](crate::Input::Reloaded).
    Reload,
    /// Set a variable for every process started from now on.
    Export {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
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
