//! Who can still run: what a job waits for can only happen while somebody is
//! left to whom it can happen.

use super::cue::{GLOBAL, is_each, is_farewell, startup};
use super::job::{Fate, Runner, Stage};
use super::leave::Cause;
use super::{JobEngine, Phase};
use gyropilot_model::{Awaited, Event, EventCode, ExitPolicy, RestartMode, Trigger};

// === impl JobEngine: what can still happen ===

impl JobEngine {
    /// For each job: does it run, or can it still be started by what happens?
    ///
    /// The smallest answer that agrees with itself: two jobs that wait for
    /// each other wait for nobody.
    pub(super) fn prospects(&self) -> Vec<bool> {
        let mut alive: Vec<bool> = self.runners.iter().map(Runner::is_busy).collect();
        loop {
            let mut changed = false;
            for (at, runner) in self.runners.iter().enumerate() {
                if !alive[at] && runner.is_waiting() && self.can_start(runner, &alive) {
                    alive[at] = true;
                    changed = true;
                }
            }
            if !changed {
                return alive;
            }
        }
    }

    fn can_start(&self, runner: &Runner, alive: &[bool]) -> bool {
        let trigger = &runner.job.when.trigger;
        if !runner.cue.listens(trigger) {
            return false;
        }
        match trigger {
            Trigger::Startup | Trigger::Interval(_) => !self.scene.is_leaving(),
            Trigger::Events { all: true, .. } => {
                let mut missing = runner.cue.missing(trigger).peekable();
                missing.peek().is_some() && missing.all(|awaited| self.can_happen(awaited, alive))
            }
            Trigger::Events { awaited, .. } => awaited.iter().any(|awaited| {
                (!self.scene.is_leaving() || is_farewell(awaited.code)) && self.can_happen(awaited, alive)
            }),
        }
    }

    pub(super) fn can_happen(&self, awaited: &Awaited, alive: &[bool]) -> bool {
        let leaving = self.scene.is_leaving();
        let source = awaited.source.strip_prefix("check.").unwrap_or(&awaited.source);
        if let Some(at) = self.runners.iter().position(|runner| runner.name() == source) {
            let runner = &self.runners[at];
            let ending = matches!(&runner.stage, Stage::Leaving(departure) if !departure.starts_again());
            let announced = matches!(
                &runner.stage,
                Stage::Leaving(departure) if !departure.starts_again() && departure.is_announced()
            );
            return match awaited.code {
                // By hand.
                _ if !leaving && runner.stage.is_stopped_by_hand() => true,
                _ if !alive[at] => false,
                EventCode::Stopping => !announced,
                EventCode::Stopped => true,
                EventCode::ExitSuccess | EventCode::ExitFailed | EventCode::Error => {
                    runner.job.exec.is_some() && (!ending || runner.has_processes())
                }
                EventCode::Healthy | EventCode::Unhealthy => !ending && runner.job.health.is_some(),
                EventCode::TimerExpired => !ending && runner.cue.give_up.is_some(),
                EventCode::Ready => !ending,
                _ => false,
            };
        }
        if leaving {
            return false;
        }
        match awaited.code {
            EventCode::Signal | EventCode::EnterMaintenance | EventCode::ExitMaintenance => true,
            _ if *awaited == startup() => matches!(self.phase, Phase::Fresh),
            EventCode::Changed | EventCode::Healthy | EventCode::Unhealthy => {
                let name = source.strip_prefix("watch.");
                name.is_some_and(|name| self.watches.iter().any(|watch| watch.watch.name == name))
            }
            _ => source == GLOBAL && awaited.code == EventCode::Startup,
        }
    }

    /// Ends the pilot when its policy says that it is done.
    pub(super) fn judge(&mut self) -> bool {
        if !matches!(self.phase, Phase::Running) || !self.scene.bus.is_empty() {
            return false;
        }
        let Some((status, reason)) = self.verdict() else { return false };
        self.scene.processes.report(Event::JobsDone { reason: reason.clone() });
        self.take_leave(Cause::Itself { status, reason }, false);
        true
    }

    /// With what status and why the pilot is to end by itself.
    fn verdict(&self) -> Option<(u8, String)> {
        let told = |runner: &&Runner| {
            // The jobs that run for its end are let finish.
            runner.is_done() && !self.runs_for(runner.name())
        };
        let ended = |runner: &Runner| {
            let how =
                runner.record.last.as_ref().map_or_else(|| runner.record.reason.clone(), ToString::to_string);
            (runner.stage.status(), format!("{} ended: {how}", runner.name()))
        };
        let by_hand = |runner: &&Runner| !runner.stage.is_stopped_by_hand() && !runner.removed;
        let mut done = self.runners.iter().filter(told).filter(by_hand);
        let drastic = |runner: &&Runner| {
            runner.budget.mode() == RestartMode::Shutdown
                && matches!(runner.stage, Stage::Done(Fate::Failed(_)))
        };
        if let Some(runner) = done.clone().find(drastic) {
            return Some(ended(runner));
        }
        match self.jobs.exit {
            ExitPolicy::Never => None,
            ExitPolicy::Main => match done.find(|runner| runner.job.main) {
                Some(runner) => Some(ended(runner)),
                None => self.idle(|runner| runner.job.main),
            },
            ExitPolicy::Any => match done.find(|runner| is_decisive(runner)) {
                Some(runner) => Some(ended(runner)),
                None => self.idle(is_decisive),
            },
            ExitPolicy::FirstFailure => {
                let failed = done.filter(|runner| matches!(runner.stage, Stage::Done(Fate::Failed(_))));
                let failed = failed.min_by_key(|runner| runner.record.ended);
                failed.map(ended).or_else(|| self.idle(is_decisive))
            }
            ExitPolicy::All => self.idle(is_decisive),
        }
    }

    /// With what status the pilot ends when none of these jobs runs or can be
    /// started any more, and there are some.
    fn idle(&self, counts: impl Fn(&Runner) -> bool) -> Option<(u8, String)> {
        let mut any = false;
        let mut stuck = None;
        let prospects = self.prospects();
        // Where nothing but preparations has ended, what reacts and what is run
        // every so often is what the container lives for.
        let only_prepared = !self.runners.iter().any(|runner| counts(runner) && is_kept_up(runner));
        for (runner, alive) in self.runners.iter().zip(&prospects) {
            let is_each = is_each(&runner.job.when.trigger);
            if counts(runner) && !runner.removed {
                any = true;
                if runner.stage.is_stopped_by_hand() || *alive || self.runs_for(runner.name()) {
                    return None;
                }
                if runner.is_waiting() {
                    stuck = stuck.or(Some(runner));
                }
            } else if (is_each && runner.job.exec.is_some() && runner.is_busy()) || (only_prepared && *alive)
            {
                return None;
            }
        }
        if !any || (stuck.is_some() && self.plan.compat.stay_idle) {
            return None;
        }
        let failed =
            self.runners.iter().filter(|runner| matches!(runner.stage, Stage::Done(Fate::Failed(_))));
        let first = failed.min_by_key(|runner| runner.record.ended);
        Some(match (first, stuck) {
            (Some(runner), _) => {
                let how = runner
                    .record
                    .last
                    .as_ref()
                    .map_or_else(|| runner.record.reason.clone(), ToString::to_string);
                (
                    runner.stage.status(),
                    format!("{} ended: {how}; nothing else runs or can start", runner.name()),
                )
            }
            (None, Some(stuck)) if self.runners.iter().all(|runner| !runner.is_done()) => {
                (1, format!("{} can never start: it waits for {}", stuck.name(), stuck.job.when.trigger))
            }
            (None, _) => (0, "every job has ended".to_owned()),
        })
    }

    /// Does some job run because this one stops or has stopped?
    fn runs_for(&self, name: &str) -> bool {
        self.runners.iter().any(|runner| runner.farewells().iter().any(|cause| cause.source == name))
    }
}

/// Does the end of this job count for the pilot's? Those that only react do not.
fn is_decisive(runner: &Runner) -> bool {
    if runner.job.exec.is_none() {
        return false;
    }
    match &runner.job.when.trigger {
        Trigger::Startup => true,
        Trigger::Interval(_) => !runner.budget.is_endless(),
        trigger @ Trigger::Events { awaited, .. } => {
            // Without an event it is started by hand alone; maintenance is an operator's too.
            let by_hand = |awaited: &Awaited| {
                matches!(
                    awaited.code,
                    EventCode::EnterMaintenance | EventCode::ExitMaintenance | EventCode::Signal
                )
            };
            !is_each(trigger) && !awaited.iter().all(by_hand)
        }
    }
}

/// Is this job there for as long as it runs, rather than for what it does before it ends?
const fn is_kept_up(runner: &Runner) -> bool {
    runner.job.main || runner.job.service.is_some() || runner.job.health.is_some()
}

// === impl Stage ===

impl Stage {
    pub(super) const fn is_stopped_by_hand(&self) -> bool {
        matches!(self, Self::Done(Fate::Stopped))
    }

    /// The exit status that a job stands for which has ended.
    const fn status(&self) -> u8 {
        match self {
            Self::Done(Fate::Failed(status)) => *status,
            _ => 0,
        }
    }
}
