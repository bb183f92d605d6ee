//! What all jobs act upon.

use super::leave::Bounds;
use crate::Action;
use crate::backoff::Random;
use crate::bounds::HURRY;
use crate::process::Processes;
use gyropilot_model::{Awaited, Compat, Event, EventCode, OrderId, Time};
use std::collections::VecDeque;
use std::time::Duration;

/// The moment, the processes, the bus and what holds for every job.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) now: Time,
    pub(super) processes: Processes,
    /// What happened and was not delivered yet, in order.
    pub(super) bus: VecDeque<Awaited>,
    pub(super) random: Random,
    pub(super) compat: Compat,
    pub(super) maintenance: bool,
    /// So many jobs have ended.
    pub(super) ended: u64,
    /// The pilot takes its leave, within these bounds.
    pub(super) leave: Option<Bounds>,
}

// === impl Scene ===

impl Scene {
    /// Says on the bus what happened to whom; heard once this input is dealt with.
    pub(super) fn publish(&mut self, code: EventCode, source: &str) {
        self.processes.report(Event::Bus { code, source: source.to_owned() });
        self.bus.push_back(Awaited { source: source.to_owned(), code });
    }

    pub(super) fn answer(&mut self, order: OrderId, answer: Result<String, String>) {
        self.processes.act(Action::Answer { order, answer });
    }

    /// `usual`, or earlier where the whole shutdown is bounded: so many per
    /// cent of its budget are over by then.
    pub(super) fn cap(&self, usual: Time, per_cent: u32) -> Time {
        let Some(Bounds { begun, budget: Some(budget), .. }) = &self.leave else { return usual };
        usual.min(*begun + budget.mul_f64(f64::from(per_cent) / 100.0))
    }

    /// Until when something may take that begins now: [`Self::cap`], and no
    /// more than a moment once the pilot was told to hurry.
    pub(super) fn within(&self, usual: Duration, per_cent: u32) -> Time {
        let hurried = self.leave.as_ref().is_some_and(|bounds| bounds.hurried);
        self.cap(self.now + if hurried { usual.min(HURRY) } else { usual }, per_cent)
    }

    /// One more job has ended: the so-manieth.
    pub(super) fn ordinal(&mut self) -> u64 {
        self.ended += 1;
        self.ended
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leave.is_some()
    }
}
