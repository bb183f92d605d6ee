//! How long things may take while something is stopped.

use crate::Action;
use crate::process::Processes;
use gyropilot_model::{Signal, Time};
use std::time::Duration;

/// The most that the catalogue's confirmation of a withdrawal is waited for.
pub(crate) const WITHDRAWAL: Duration = Duration::from_secs(3);
/// The most that a stop hook may take. Some rebalance a cluster in it, so this
/// is long; it is there so that nothing waits for ever.
pub(crate) const HOOK: Duration = Duration::from_secs(3600);
/// What every stage may take once the pilot was told to stop a second time.
pub(crate) const HURRY: Duration = Duration::from_secs(1);
/// How long a killed process is waited for. It is gone at once, unless the
/// kernel holds it in a system call that cannot be interrupted.
pub(crate) const UNKILLABLE: Duration = Duration::from_secs(2);

/// The end of whatever is left below the pilot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sweep {
    killed: bool,
}

// === impl Sweep ===

impl Sweep {
    /// Asks everything to stop, or kills it where there is no patience; and
    /// says until when that may take.
    pub(crate) fn begin(now: Time, patience: Duration, processes: &mut Processes) -> (Self, Time) {
        if patience.is_zero() {
            return Self::kill(now, processes);
        }
        processes.act(Action::SignalLeftovers(Signal::Term));
        (Self { killed: false }, now + patience)
    }

    /// The next stage, now that this one's time is over; `None` when it was the last.
    pub(crate) fn late(self, now: Time, processes: &mut Processes) -> Option<(Self, Time)> {
        (!self.killed).then(|| Self::kill(now, processes))
    }

    fn kill(now: Time, processes: &mut Processes) -> (Self, Time) {
        processes.act(Action::SignalLeftovers(Signal::Kill));
        (Self { killed: true }, now + UNKILLABLE)
    }
}
