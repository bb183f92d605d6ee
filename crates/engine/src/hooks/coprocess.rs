//! What runs beside the application.

use crate::ProcessId;
use crate::backoff::{FIRST, LONGEST, Random};
use crate::process::Processes;
use crate::restart::{Budget, Next};
use gyropilot_model::{Coprocess, Event, Exit, Restart, RestartMode, Role, Time};
use std::time::Duration;

/// One coprocess and its restarts.
#[derive(Debug)]
pub(crate) struct Companion {
    coprocess: Coprocess,
    budget: Budget,
    run: Option<ProcessId>,
    next: Option<Time>,
}

// === impl Companion ===

impl Companion {
    pub(crate) const fn new(coprocess: Coprocess, immediate: bool, random: Random) -> Self {
        let rules = Restart {
            attempts: coprocess.restarts,
            interval: None,
            delay: FIRST,
            max_delay: LONGEST,
            mode: RestartMode::Fail,
        };
        Self { coprocess, budget: Budget::new(rules, immediate, random), run: None, next: None }
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
        match self.budget.next(now, ran, exit) {
            Next::Spent => processes.report(Event::RestartsUsedUp { role }),
            Next::After(delay, attempt) => {
                processes.report(Event::RestartScheduled { role, delay, attempt });
                self.next = Some(now + delay);
            }
        }
        true
    }
}
