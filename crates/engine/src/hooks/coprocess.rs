//! What runs beside the application.

use crate::ProcessId;
use crate::backoff::{Backoff, Random};
use crate::process::Processes;
use gyropilot_model::{Coprocess, Event, Exit, Restarts, Role, Time};
use std::time::Duration;

/// One coprocess and its restarts.
#[derive(Debug)]
pub(crate) struct Companion {
    coprocess: Coprocess,
    backoff: Backoff,
    /// No delay between restarts (`compat.immediateRestarts`).
    immediate: bool,
    restarted: u32,
    run: Option<ProcessId>,
    next: Option<Time>,
}

// === impl Companion ===

impl Companion {
    pub(crate) const fn new(coprocess: Coprocess, immediate: bool, random: Random) -> Self {
        Self { coprocess, backoff: Backoff::new(random), immediate, restarted: 0, run: None, next: None }
    }

    pub(crate) fn begin(&mut self, now: Time) {
        self.next = Some(now);
    }

    /// Tells what runs to stop, for good.
    pub(crate) fn end(&mut self, now: Time, patience: Duration, processes: &mut Processes) {
        self.next = None;
        if let Some(run) = self.run {
            processes.stop(now, run, patience);
        }
    }

    pub(crate) const fn due(&self) -> Option<Time> {
        self.next
    }

    pub(crate) fn advance(&mut self, now: Time, processes: &mut Processes) {
        if self.next.take_if(|at| *at <= now).is_some() {
            let role = Role::Coprocess { name: self.coprocess.name.clone() };
            self.run = Some(processes.spawn(now, role, &self.coprocess.command, None));
        }
    }

    pub(crate) const fn is_running(&self) -> bool {
        self.run.is_some()
    }

    /// Takes the end of a run; false when it is not this one's. `again` is
    /// false when the pilot itself wants no further run.
    pub(crate) fn exited(
        &mut self,
        now: Time,
        process: ProcessId,
        exit: Exit,
        ran: Duration,
        again: bool,
        processes: &mut Processes,
    ) -> bool {
        if self.run != Some(process) {
            return false;
        }
        self.run = None;
        if !again {
            return true;
        }
        let role = Role::Coprocess { name: self.coprocess.name.clone() };
        if matches!(self.coprocess.restarts, Restarts::Limited(limit) if self.restarted >= limit) {
            processes.report(Event::RestartsUsedUp { role });
            return true;
        }
        self.restarted = self.restarted.saturating_add(1);
        // What cannot be started fails at once: without a delay that would be a
        // loop that nothing else gets into.
        let (delay, attempt) = if self.immediate && exit != Exit::NotStarted {
            (Duration::ZERO, self.restarted)
        } else {
            self.backoff.after_run(ran)
        };
        processes.report(Event::RestartScheduled { role, delay, attempt });
        self.next = Some(now + delay);
        true
    }
}
