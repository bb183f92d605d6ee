//! Ending one job, or ending it to start it again.
//!
//! Withdraw its service, wait for the catalogue to confirm that, give its
//! clients time to leave; say that it is stopping, and wait for the jobs that
//! run because of that; ask its process to stop, kill it when it does not; and
//! only when it is gone say that it has stopped. With `compat.withdrawLast` the jobs come first, and
//! the withdrawal together with the signal.

use super::job::{Asked, Fate, Runner, Stage};
use super::scene::Scene;
use crate::bounds::{HOOK, HURRY, UNKILLABLE};
use gyropilot_model::{EventCode, JobState, Time, Trigger};
use std::collections::BTreeSet;
use std::time::Duration;

/// The share of a shutdown's budget after which `stopping` jobs are not waited for.
const HOOKS_BY: u32 = 60;
/// The share of a shutdown's budget after which processes are killed.
pub(super) const KILLED_BY: u32 = 80;

/// The way of a job out.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) purpose: Purpose,
    step: Step,
    /// When `stopping` jobs are not waited for any longer.
    hooks: Time,
}

/// What comes after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It has ended.
    End(Fate),
    /// It is started again, after a delay where it would else do so in a loop.
    Again { delayed: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Withdrawing,
    Hooks,
    /// Its processes were told to stop.
    Stopping,
}

// === impl Departure ===

impl Departure {
    pub(super) const fn starts_again(&self) -> bool {
        matches!(self.purpose, Purpose::Again { .. })
    }

    /// Was it said that it is stopping, or would it have been?
    pub(super) fn is_announced(&self) -> bool {
        self.step != Step::Withdrawing
    }

    pub(super) fn is_by_hand(&self) -> bool {
        self.purpose == Purpose::End(Fate::Stopped)
    }

    /// Its processes were told to stop.
    pub(super) fn has_signalled(&self) -> bool {
        self.step == Step::Stopping
    }

    /// Does the original's order keep it in the catalogue for now?
    pub(super) fn keeps_registered(&self, scene: &Scene) -> bool {
        scene.compat.withdraw_last && self.step == Step::Hooks
    }

    pub(super) const fn state(&self) -> JobState {
        match self.step {
            Step::Withdrawing => JobState::Draining,
            Step::Hooks | Step::Stopping => JobState::Stopping,
        }
    }

    /// When time alone changes something about the jobs that run for it; it
    /// waits for those alone where none of its own processes is left.
    pub(super) fn due(&self, scene: &Scene, has_processes: bool) -> Option<Time> {
        let waits = match (&self.purpose, self.step) {
            (Purpose::Again { .. }, _) | (_, Step::Withdrawing) => false,
            (Purpose::End(_), Step::Hooks) => true,
            (Purpose::End(_), Step::Stopping) => !has_processes,
        };
        let at = scene.cap(self.hooks, HOOKS_BY);
        (waits && at > scene.now).then_some(at)
    }
}

// === impl Runner: on the way out ===

impl Runner {
    /// Begins to end it, or to end it and start it again.
    pub(super) fn leave(&mut self, scene: &mut Scene, purpose: Purpose, reason: String) {
        match &mut self.stage {
            // What was ordered besides goes too.
            Stage::Done(_) => return self.stop_processes(scene),
            Stage::Leaving(departure) => {
                let ends = matches!(purpose, Purpose::End(_));
                if !ends || !departure.starts_again() {
                    return;
                }
                departure.purpose = purpose;
                let announced = departure.is_announced();
                self.record.reason = reason;
                self.cue.silence();
                self.refuse_starts(scene);
                if announced {
                    scene.publish(EventCode::Stopping, &self.job.name);
                }
                return;
            }
            Stage::Waiting | Stage::Running | Stage::Backoff(_) => {}
        }
        self.record.reason = reason;
        if let Some(checks) = &mut self.checks {
            checks.end(scene);
        }
        if let Some(run) = &mut self.run {
            run.vigil.end(scene);
        }
        if matches!(purpose, Purpose::End(_)) {
            self.cue.silence();
            self.refuse_starts(scene);
            if scene.compat.withdraw_last {
                scene.publish(EventCode::Stopping, &self.job.name);
            }
        }
        let step = if scene.compat.withdraw_last { Step::Hooks } else { Step::Withdrawing };
        self.stage = Stage::Leaving(Departure { purpose, step, hooks: scene.within(HOOK, HOOKS_BY) });
        self.reconcile(scene);
    }

    fn refuse_starts(&mut self, scene: &mut Scene) {
        let why = format!("{} is ended before it could start", self.job.name);
        self.answer_start(scene, &Err(why));
    }

    pub(super) fn has_processes(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.process.is_some()) || !self.extras.is_empty()
    }

    fn processes(&self) -> Vec<crate::ProcessId> {
        let run = self.run.as_ref().and_then(|run| run.process);
        run.into_iter().chain(self.extras.iter().map(|(process, _)| *process)).collect()
    }

    /// When a shutdown waits no longer for what it has killed and does not go.
    pub(super) fn hopeless_at(&self, scene: &Scene) -> Option<Time> {
        if !scene.is_leaving() {
            return None;
        }
        let killed = self.processes().into_iter().map(|process| scene.processes.killed_at(process));
        let last = killed.collect::<Option<Vec<Time>>>()?.into_iter().max()?;
        Some(last + UNKILLABLE)
    }

    /// Goes on as far as it can; `awaited` are the jobs whose `stopping` jobs
    /// are not done. True when something changed.
    pub(super) fn advance_departure(&mut self, scene: &mut Scene, awaited: &BTreeSet<String>) -> bool {
        let mut changed = false;
        while let Stage::Leaving(departure) = &self.stage {
            let parted = self.offer.as_ref().is_none_or(super::offer::Offer::has_parted);
            let ends = matches!(departure.purpose, Purpose::End(_));
            // What was published has to be heard before anybody can be waited for.
            if ends && !scene.bus.is_empty() {
                return true;
            }
            let hooks_over = scene.cap(departure.hooks, HOOKS_BY) <= scene.now;
            let hooks_done = !ends || hooks_over || !awaited.contains(&self.job.name);
            let next = match departure.step {
                Step::Withdrawing if parted => Step::Hooks,
                Step::Hooks if hooks_done => Step::Stopping,
                Step::Stopping if !self.has_processes() && parted && hooks_done => {
                    self.arrive(scene);
                    return true;
                }
                _ => return changed,
            };
            changed = true;
            if let Stage::Leaving(departure) = &mut self.stage {
                departure.step = next;
                if next == Step::Hooks {
                    departure.hooks = scene.within(HOOK, HOOKS_BY);
                }
            }
            match next {
                // Only now: what runs because of it finds no clients any more.
                Step::Hooks if ends => scene.publish(EventCode::Stopping, &self.job.name),
                Step::Stopping => self.stop_processes(scene),
                Step::Hooks | Step::Withdrawing => {}
            }
            self.reconcile(scene);
        }
        changed
    }

    pub(super) fn stop_processes(&mut self, scene: &mut Scene) {
        let until = scene.within(self.job.stop.timeout, KILLED_BY);
        let patience = until.since(scene.now);
        for process in self.processes() {
            scene.processes.stop(scene.now, process, patience);
        }
        if self.run.as_ref().is_some_and(|run| run.process.is_none()) {
            self.run = None;
        }
    }

    /// Told twice to stop: what was asked is killed; whatever was started for
    /// the leave is killed too.
    pub(super) fn hurry(&mut self, scene: &mut Scene) {
        let latest = scene.now + HURRY;
        if let Some(offer) = &mut self.offer {
            offer.hurry(latest);
        }
        if let Stage::Leaving(departure) = &mut self.stage {
            departure.hooks = departure.hooks.min(latest);
        }
        let asked = match &self.stage {
            Stage::Leaving(departure) => departure.has_signalled(),
            _ => self.run.as_ref().is_some_and(|run| run.farewell),
        };
        if asked {
            for process in self.processes() {
                scene.processes.stop(scene.now, process, Duration::ZERO);
            }
        }
    }

    /// The kernel holds what was killed: it counts as killed, and as nothing
    /// that has stopped.
    pub(super) fn abandon_the_unkillable(&mut self, scene: &mut Scene) {
        if self.hopeless_at(scene).is_none_or(|at| at > scene.now) {
            return;
        }
        self.run = None;
        for (_, order) in std::mem::take(&mut self.extras) {
            if let Some(order) = order {
                scene.answer(order, Err(format!("{} was killed and is not gone", self.job.name)));
            }
        }
        if !self.is_done() {
            self.record.reason = "it was killed and is not gone".to_owned();
            self.stage = Stage::Done(Fate::Failed(137));
            self.record.ended = Some(scene.ordinal());
        }
        self.answer_gone(scene);
    }

    fn answer_gone(&mut self, scene: &mut Scene) {
        let last = self.record.last.as_ref().map(|ending| format!(": {ending}")).unwrap_or_default();
        for (order, _) in self.asked.extract_if(.., |(_, asked)| *asked == Asked::Gone) {
            scene.answer(order, Ok(format!("{} has stopped{last}", self.job.name)));
        }
    }

    /// Nothing runs of it any more.
    fn arrive(&mut self, scene: &mut Scene) {
        let Stage::Leaving(departure) = &self.stage else { return };
        match departure.purpose.clone() {
            Purpose::End(fate) => {
                self.stage = Stage::Done(fate);
                self.record.ended = Some(scene.ordinal());
                self.cue.silence();
                scene.publish(EventCode::Stopped, &self.job.name);
                self.answer_gone(scene);
            }
            Purpose::Again { delayed } => {
                self.stage = Stage::Waiting;
                self.answer_gone(scene);
                if let Some(job) = self.next.take() {
                    self.adopt(scene, job);
                    // Ending had silenced it.
                    if let Trigger::Interval(every) = self.job.when.trigger
                        && self.cue.tick.is_none()
                    {
                        self.cue.tick = Some(scene.now + every.max(Duration::from_millis(1)));
                    }
                    self.record.restarts += 1;
                    self.launch(scene, None);
                } else if delayed {
                    let (delay, attempt) = self.budget.pause(self.record.ran);
                    self.back_off(scene, delay, attempt);
                } else {
                    self.record.restarts += 1;
                    self.launch(scene, None);
                }
            }
        }
    }
}
