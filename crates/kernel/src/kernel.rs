//! What the loop asks of the operating system.

use crate::{Pid, SpawnError, SpawnSpec, Spawned};
use gyropilot_model::{Signal, Time};
use std::time::SystemTime;

/// Who gets a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// This process alone.
    Process(Pid),
    /// Every process of the group that this process leads or led.
    Group(Pid),
}

/// Why a signal was not delivered although somebody is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// Every target belongs to another user.
    #[error("not permitted to signal {0}")]
    NotPermitted(Target),
    /// Anything else, in the operating system's words.
    #[error("cannot signal {0}: {1}")]
    Other(Target, String),
}

/// The operating system, as the loop needs it. No call waits for anything.
pub trait Kernel {
    /// Starts a program in a process group of its own, with no signal blocked and
    /// none ignored.
    ///
    /// Its end is told by [`Reaper`](crate::Reaper), possibly before the caller
    /// has even noted the process id; a caller that looks for ends only after it
    /// has noted the id misses none.
    ///
    /// # Errors
    /// [`SpawnError`] when the program did not start; there is no process then.
    fn spawn(&mut self, spec: &SpawnSpec) -> Result<Spawned, SpawnError>;

    /// Sends a signal; `false` when nobody is there any more.
    ///
    /// # Errors
    /// [`SignalError`] when somebody is there and none of them got it.
    fn signal(&mut self, target: Target, signal: Signal) -> Result<bool, SignalError>;

    /// Is anybody there? A process that ended but was not reaped yet counts.
    fn exists(&self, target: Target) -> bool;

    /// All living processes below the pilot, in the order of their ids, whatever
    /// group or session they went to. Costs a walk over the process table.
    fn descendants(&self) -> Vec<Pid>;

    /// Is there any process below the pilot? Cheap: orphans come to us, so
    /// whoever has no child has no descendant either. One that ended but was not
    /// reaped yet counts.
    fn has_descendants(&self) -> bool;

    /// The time since the start, on a clock that never jumps.
    fn now(&self) -> Time;

    /// The calendar time, for logs only: it can jump.
    fn wall(&self) -> SystemTime;
}

// === impl Target ===

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Process(pid) => write!(f, "process {pid}"),
            Self::Group(pid) => write!(f, "process group {pid}"),
        }
    }
}
