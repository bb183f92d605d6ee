//! Taking leave: the end of all jobs, within one budget, and the exit.
//!
//! Every job ends as [`stop`](super::stop) has it, all at once; jobs that wait
//! for the end of another are let run. The budget is divided by when each
//! phase is over at the latest, in parts of the whole: withdrawals at 20 %,
//! drains at 40 %, `stopping` jobs at 60 %, processes killed at 80 %, jobs
//! that were started for the leave at 90 %, everything left below the pilot
//! at 95 %, and the exit at 100 %.

use super::cue::{GLOBAL, awaits_farewell};
use super::job::{Fate, Runner, Stage};
use super::record::Ending;
use super::stop::Purpose;
use super::{JobEngine, Phase};
use crate::Action;
use crate::bounds::{HURRY, Sweep};
use gyropilot_model::{Event, EventCode, Exit, ExitPolicy, Job, Signal, StopTimeout, Time};
use std::time::Duration;

/// The share of the budget after which what is left below the pilot is killed.
const SWEPT_BY: u32 = 95;
/// The whole budget.
const OVER_BY: u32 = 100;

/// What bounds a shutdown, and how it went.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) begun: Time,
    pub(super) budget: Option<Duration>,
    /// Told twice.
    pub(super) hurried: bool,
    /// Only the main job's end counts.
    main_only: bool,
    /// The first run that did not end as it was to: whose, status, how.
    amiss: Option<(String, u8, String)>,
    /// How the main job ended, in words.
    main: Option<String>,
}

/// A shutdown under way.
#[derive(Debug)]
pub(super) struct Shutdown {
    cause: Cause,
    /// Told to by a signal; the next one hurries.
    told: bool,
    sweep: Option<(Sweep, Time)>,
}

/// Why the pilot takes its leave.
#[derive(Debug)]
pub(super) enum Cause {
    Ordered,
    /// By itself, with this status.
    Itself {
        status: u8,
        reason: String,
    },
}

// === impl Bounds ===

impl Bounds {
    /// Notes how a run ended in the course of the leave.
    ///
    /// To plan is: by itself with 0, or because we asked it to and in the way
    /// that the signal has it, or killed by us.
    pub(super) fn ended(&mut self, job: &Job, ending: &Ending, stage: &Stage, killed: bool) {
        let asked = matches!(stage, Stage::Leaving(departure) if departure.has_signalled());
        let number = job.stop.signal.number();
        let by_signal = ending.exit == Exit::Signal(number)
            || i32::from(ending.exit.status()) == 128 + number && ending.exit != Exit::NotStarted;
        let by_kill = killed && ending.exit == Exit::Signal(Signal::Kill.number());
        if job.main {
            self.main.get_or_insert_with(|| format!("{} ended: {ending}", job.name));
        }
        if ending.is_success() || (asked && by_signal) || by_kill {
            return;
        }
        if self.amiss.is_none() && (job.main || !self.main_only) {
            self.amiss = Some((job.name.clone(), ending.status(), ending.to_string()));
        }
    }
}

// === impl JobEngine: taking leave ===

impl JobEngine {
    /// A signal says to stop.
    pub(super) fn stop_requested(&mut self, signal: Signal) {
        match &mut self.phase {
            Phase::Stopping(shutdown) if !shutdown.told => {
                // The leave that the pilot itself began goes its way.
                shutdown.told = true;
                self.scene.processes.report(Event::StopRequested { signal });
            }
            Phase::Stopping(_) => {
                self.scene.processes.report(Event::StopHurried { signal });
                self.hurry();
            }
            Phase::Over | Phase::Fresh => {}
            Phase::Running => {
                self.scene.processes.report(Event::StopRequested { signal });
                self.take_leave(Cause::Ordered, true);
            }
        }
    }

    fn hurry(&mut self) {
        let latest = self.scene.now + HURRY;
        if let Some(bounds) = &mut self.scene.leave {
            bounds.hurried = true;
        }
        for runner in &mut self.runners {
            runner.hurry(&mut self.scene);
        }
        for offer in &mut self.own {
            offer.hurry(latest);
        }
        if let Phase::Stopping(Shutdown { sweep: Some((_, until)), .. }) = &mut self.phase {
            *until = (*until).min(latest);
        }
    }

    pub(super) fn take_leave(&mut self, cause: Cause, told: bool) {
        self.scene.leave = Some(Bounds {
            begun: self.scene.now,
            budget: self.jobs.stop_budget,
            hurried: false,
            main_only: self.jobs.exit == ExitPolicy::Main,
            amiss: None,
            main: None,
        });
        self.phase = Phase::Stopping(Shutdown { cause, told, sweep: None });
        self.scene.processes.act(Action::Watch(Vec::new()));
        for order in std::mem::take(&mut self.reloads) {
            self.scene.answer(order, Err(STOPPING.to_owned()));
        }
        self.answer_maintenance(Err(STOPPING));
        self.scene.publish(EventCode::Shutdown, GLOBAL);
        for runner in &mut self.runners {
            let keeps = runner.is_waiting()
                && runner.job.exec.is_some()
                && !runner.removed
                && awaits_farewell(&runner.job.when.trigger)
                && runner.cue.listens(&runner.job.when.trigger);
            if matches!(&runner.stage, Stage::Leaving(departure) if departure.has_signalled()) {
                // What is left of the budget may be less than it was given.
                runner.stop_processes(&mut self.scene);
            }
            if !keeps {
                let fate = runner.fate_when_stopped();
                runner.leave(&mut self.scene, Purpose::End(fate), "the pilot stops".to_owned());
            }
        }
    }

    /// Goes on as far as it can; true when something changed.
    pub(super) fn advance_leave(&mut self) -> bool {
        let Phase::Stopping(shutdown) = &mut self.phase else { return false };
        let over =
            self.scene.leave.as_ref().and_then(|bounds| bounds.budget.map(|budget| bounds.begun + budget));
        if over.is_some_and(|at| at <= self.scene.now) {
            if shutdown.sweep.is_none() {
                self.scene.processes.act(Action::SignalLeftovers(Signal::Kill));
            }
            self.finish();
            return false;
        }
        if let Some((sweep, until)) = shutdown.sweep {
            if until <= self.scene.now {
                match sweep.late(self.scene.now, &mut self.scene.processes) {
                    Some((sweep, until)) => {
                        shutdown.sweep = Some((sweep, self.scene.cap(until, OVER_BY)));
                    }
                    None => self.finish(),
                }
            }
            return false;
        }
        if !self.scene.bus.is_empty() {
            return true;
        }
        let mut changed = false;
        let prospects = self.prospects();
        for (runner, prospect) in self.runners.iter_mut().zip(prospects) {
            if runner.is_waiting() && !prospect {
                let fate = runner.fate_when_stopped();
                runner.leave(&mut self.scene, Purpose::End(fate), "the pilot stops".to_owned());
                changed = true;
            }
        }
        if self.runners.iter().all(Runner::is_gone) && self.own.iter().all(super::offer::Offer::has_parted) {
            let patience = match self.plan.stop_timeout {
                StopTimeout::After(patience) => patience,
                StopTimeout::Immediately => Duration::ZERO,
            };
            let patience = self.scene.within(patience, SWEPT_BY).since(self.scene.now);
            let (sweep, until) = Sweep::begin(self.scene.now, patience, &mut self.scene.processes);
            let until = self.scene.cap(until, OVER_BY);
            if let Phase::Stopping(shutdown) = &mut self.phase {
                shutdown.sweep = Some((sweep, until));
            }
        }
        changed
    }

    pub(super) fn leave_due(&self) -> Option<Time> {
        let Phase::Stopping(shutdown) = &self.phase else { return None };
        let bounds = self.scene.leave.as_ref();
        let over = bounds.and_then(|bounds| bounds.budget.map(|budget| bounds.begun + budget));
        [shutdown.sweep.map(|(_, until)| until), over].into_iter().flatten().min()
    }

    /// Nothing is left below the pilot.
    pub(super) fn children_gone(&mut self) {
        if matches!(self.phase, Phase::Stopping(Shutdown { sweep: Some(_), .. })) {
            self.finish();
        }
    }

    fn finish(&mut self) {
        let Phase::Stopping(Shutdown { cause, .. }) = std::mem::replace(&mut self.phase, Phase::Over) else {
            return;
        };
        for runner in &mut self.runners {
            runner.abandon(&mut self.scene);
        }
        for offer in &mut self.own {
            offer.want(&mut self.scene, None, Duration::ZERO);
        }
        let bounds = self.scene.leave.take();
        let (amiss, main) = bounds.map_or((None, None), |bounds| (bounds.amiss, bounds.main));
        let (status, reason) = match (cause, amiss) {
            (Cause::Itself { status, reason }, _) => (status, reason),
            (Cause::Ordered, Some((job, status, how))) => {
                (status, format!("stopped as ordered; {job} ended: {how}"))
            }
            (Cause::Ordered, None) => (
                0,
                main.map_or("stopped as ordered".to_owned(), |main| format!("stopped as ordered; {main}")),
            ),
        };
        let status = if self.plan.compat.exit_zero { 0 } else { status };
        self.scene.processes.report(Event::Exiting { status, reason });
        self.scene.processes.act(Action::Exit(status));
    }
}

/// The answer to whatever is asked of a pilot that takes its leave.
pub(super) const STOPPING: &str = "the pilot is stopping";

// === impl Runner: taking leave ===

impl Runner {
    /// What is to be said of a job that is ended because the pilot ends.
    fn fate_when_stopped(&self) -> Fate {
        match (&self.stage, &self.record.last) {
            (Stage::Backoff(_) | Stage::Waiting, Some(ending)) if !ending.is_success() => {
                Fate::Failed(ending.status())
            }
            _ => Fate::Completed,
        }
    }
}
