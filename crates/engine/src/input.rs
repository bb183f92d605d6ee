//! What happens to the pilot.

use crate::ProcessId;
use gyropilot_model::{Exit, Finding, Notice, Order, OrderId, Plan, Seen, Signal, WatchTarget};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The loop runs; the first input of all.
    Start,
    /// The moment that [`Engine::deadline`](crate::Engine::deadline) named has come.
    Tick,
    /// A process was started as asked.
    Started {
        /// Which.
        process: ProcessId,
        /// The operating system's id, which is its group's too.
        pid: u32,
    },
    /// A process could not be started.
    NotStarted {
        /// Which.
        process: ProcessId,
        /// Why.
        reason: String,
    },
    /// A process ended and was reaped.
    Exited {
        /// Which.
        process: ProcessId,
        /// How.
        exit: Exit,
        /// What it wrote to standard output, where that was captured; for the
        /// others the last line it wrote, or nothing.
        output: String,
    },
    /// The pilot has no child left, orphans included.
    ChildrenGone,
    /// The pilot received a signal.
    Signal(Signal),
    /// The catalogue answered.
    Watched {
        /// What was watched.
        target: WatchTarget,
        /// What is there.
        seen: Seen,
    },
    /// A process says something of itself.
    Noticed {
        /// Which.
        process: ProcessId,
        /// What.
        notice: Notice,
    },
    /// A probe was answered, or gave up.
    Found {
        /// Which.
        process: ProcessId,
        /// What it found.
        finding: Finding,
    },
    /// Nobody is connected to a withdrawn service any more, or the time is over.
    Drained {
        /// The service's id.
        service: String,
        /// How many are still connected.
        connections: usize,
    },
    /// An operator wants something; to be answered with [`Action::Answer`](crate::Action::Answer).
    Ordered {
        /// Names it until it is answered.
        id: OrderId,
        /// What.
        order: Order,
    },
    /// What was last wanted of a service is so in the catalogue, or was given up.
    Settled {
        /// The service's id.
        service: String,
    },
    /// The configuration was read again, as [`Action::Reload`](crate::Action::Reload) asked.
    Reloaded(Result<Box<Plan>, String>),
}
