//! One job: from waiting to running and back, and what it does about what it hears.

use super::cue::{Cue, awaits_farewell, is_farewell, startup};
use super::health::Checks;
use super::offer::Offer;
use super::readiness::Vigil;
use super::record::Record;
use super::scene::Scene;
use super::stop::{Departure, Purpose};
use crate::ProcessId;
use crate::check::next_tick;
use crate::restart::Budget;
use gyropilot_model::{
    Awaited, Event, EventCode, Job, JobHealth, JobState, OrderId, Service, Time, Trigger, format_go_duration,
};
use std::time::Duration;

/// A job and what has become of it.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) job: Job,
    pub(super) cue: Cue,
    pub(super) budget: Budget,
    pub(super) stage: Stage,
    pub(super) run: Option<Run>,
    /// Runs beside the job's own, by order; each with whom to tell of its end.
    pub(super) extras: Vec<(ProcessId, Option<OrderId>)>,
    pub(super) checks: Option<Checks>,
    pub(super) offer: Option<Offer>,
    /// Who waits for a start, and who for the end.
    pub(super) asked: Vec<(OrderId, Asked)>,
    pub(super) record: Record,
    /// No longer in the plan: gone when it has ended.
    pub(super) removed: bool,
    /// The definition that a reload brings once what runs is gone.
    pub(super) next: Option<Job>,
}

/// What a job does.
#[derive(Debug)]
pub(super) enum Stage {
    /// It was not started, or waits for what starts it again.
    Waiting,
    /// A run is under way; without a program it is on.
    Running,
    /// It is started again then.
    Backoff(Time),
    /// It is ended, or ended and started again.
    Leaving(Departure),
    /// It has ended.
    Done(Fate),
}

/// What has become of a job that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Completed,
    /// With what exit status.
    Failed(u8),
    /// By hand.
    Stopped,
}

/// One run of a job.
#[derive(Debug)]
pub(super) struct Run {
    /// None for a job without a program.
    pub(super) process: Option<ProcessId>,
    pub(super) pid: Option<u32>,
    pub(super) since: Time,
    pub(super) cause: Option<Awaited>,
    pub(super) vigil: Vigil,
    /// Why it has failed however it ends.
    pub(super) failure: Option<String>,
    /// It was killed because its time was over.
    pub(super) overran: bool,
    /// Started again after the one before had ended.
    pub(super) again: bool,
    /// Begun when the pilot was taking its leave already: it may end by itself.
    pub(super) farewell: bool,
}

/// What an order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Started,
    Gone,
}

// === impl Runner ===

impl Runner {
    pub(super) fn new(scene: &mut Scene, job: Job, service: Option<Service>) -> Self {
        let immediate = scene.compat.immediate_restarts;
        let mut cue = Cue::default();
        cue.begin(scene.now, &job.when);
        Self {
            cue,
            budget: Budget::new(job.restart.clone(), immediate, scene.random.fork()),
            stage: Stage::Waiting,
            run: None,
            extras: Vec::new(),
            checks: job.health.clone().map(Checks::new),
            offer: service.map(Offer::new),
            asked: Vec::new(),
            record: Record::new(scene.now),
            removed: false,
            next: None,
            job,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.job.name
    }

    pub(super) const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done(_))
    }

    /// Has it ended, and does nothing run of it that was ordered besides?
    pub(super) fn is_gone(&self) -> bool {
        self.is_done() && self.extras.is_empty()
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting)
    }

    /// Does anything run of it, or will presently?
    pub(super) fn is_busy(&self) -> bool {
        match self.stage {
            Stage::Waiting => self.cue.has_pending(),
            Stage::Running | Stage::Backoff(_) | Stage::Leaving(_) => true,
            Stage::Done(_) => false,
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.vigil.ready)
    }

    /// Is a run under way, or does one wait, because of the end of a job?
    /// Gives whose, with whether that job is stopping or has stopped.
    pub(super) fn farewells(&self) -> Vec<Awaited> {
        if !self.is_busy() || self.job.exec.is_none() {
            return Vec::new();
        }
        let running = self.run.as_ref().and_then(|run| run.cause.as_ref());
        let mut causes = running.into_iter().chain(self.cue.causes());
        match &self.job.when.trigger {
            Trigger::Events { awaited, all: true, .. } if causes.next().is_some() => {
                awaited.iter().filter(|awaited| is_farewell(awaited.code)).cloned().collect()
            }
            _ => causes.filter(|cause| is_farewell(cause.code)).cloned().collect(),
        }
    }

    /// Takes something that happened.
    pub(super) fn hear(&mut self, scene: &mut Scene, event: &Awaited) {
        let can_start = match &self.stage {
            Stage::Waiting | Stage::Running | Stage::Backoff(_) => true,
            Stage::Leaving(departure) => departure.starts_again(),
            Stage::Done(_) => false,
        };
        let trigger = &self.job.when.trigger;
        // While the pilot takes its leave, only the end of another job starts one.
        let late = scene.is_leaving() && !is_farewell(event.code);
        if !can_start || (late && !awaits_farewell(trigger)) || !self.cue.hear(scene.now, trigger, event) {
            return;
        }
        if self.is_waiting() {
            self.record.reason =
                if *event == startup() { "the pilot has started".to_owned() } else { event.to_string() };
            self.launch(scene, Some(event.clone()));
        } else if self.job.exec.is_some() {
            self.cue.queue(event);
        }
    }

    /// What is due by time alone.
    pub(super) fn advance(&mut self, scene: &mut Scene) {
        let now = scene.now;
        if let Some(offer) = &mut self.offer {
            offer.advance(scene);
        }
        if let Some(checks) = &mut self.checks {
            let outcome = checks.advance(scene, &self.job.name, &self.job.surroundings);
            self.checked(scene, outcome);
        }
        if let Some(run) = &mut self.run {
            let word = run.vigil.advance(scene, &self.job.name, &self.job.surroundings);
            self.take_word(scene, word);
        }
        if let Stage::Backoff(at) = self.stage
            && at <= now
        {
            self.record.restarts += 1;
            let cause = None;
            self.launch(scene, cause);
        }
        if self.is_waiting() && self.cue.give_up.is_some_and(|at| at <= now) {
            self.cue.silence();
            scene.publish(EventCode::TimerExpired, &self.job.name);
            self.leave(
                scene,
                Purpose::End(Fate::Failed(1)),
                "what it waited for did not happen in time".to_owned(),
            );
        }
        self.advance_interval(scene);
        self.abandon_the_unkillable(scene);
    }

    fn advance_interval(&mut self, scene: &mut Scene) {
        let Trigger::Interval(every) = self.job.when.trigger else { return };
        if !matches!(self.stage, Stage::Waiting | Stage::Running) {
            return;
        }
        if let Some(at) = self.cue.tick.filter(|at| *at <= scene.now) {
            self.cue.tick = Some(next_tick(at, every.max(Duration::from_millis(1)), scene.now));
            self.cue.late = true;
        }
        if !self.cue.late {
            return;
        }
        if self.is_waiting() {
            self.cue.late = false;
            if self.budget.take(scene.now) {
                self.record.reason = format!("every {}", format_go_duration(every));
                self.launch(scene, None);
            } else {
                self.cue.silence();
                self.end(scene);
            }
        }
    }

    /// When time alone changes something.
    pub(super) fn due(&self, scene: &Scene) -> Option<Time> {
        let stage = match &self.stage {
            Stage::Waiting => [self.cue.give_up, self.cue.tick].into_iter().flatten().min(),
            Stage::Running => self.cue.tick.filter(|_| !self.cue.late),
            Stage::Backoff(at) => Some(*at),
            Stage::Leaving(departure) => departure.due(scene, self.has_processes()),
            Stage::Done(_) => None,
        };
        let checks = self.checks.as_ref().and_then(Checks::due);
        let vigil = self.run.as_ref().and_then(|run| run.vigil.due());
        let offer = self.offer.as_ref().and_then(|offer| offer.due(scene));
        [stage, checks, vigil, offer, self.hopeless_at(scene)].into_iter().flatten().min()
    }

    pub(super) fn state(&self) -> JobState {
        match &self.stage {
            Stage::Waiting => JobState::Waiting,
            Stage::Running if self.is_ready() => JobState::Running,
            Stage::Running => JobState::Starting,
            Stage::Backoff(_) => JobState::Backoff,
            Stage::Leaving(departure) => departure.state(),
            Stage::Done(Fate::Completed) => JobState::Completed,
            Stage::Done(Fate::Failed(_)) => JobState::Failed,
            Stage::Done(Fate::Stopped) => JobState::Stopped,
        }
    }

    pub(super) fn health(&self, scene: &Scene) -> JobHealth {
        if scene.maintenance && !self.is_done() {
            return JobHealth::Maintenance;
        }
        self.checks.as_ref().map_or(JobHealth::Unknown, |checks| checks.health)
    }

    /// Tells the world what is not as it was last told.
    pub(super) fn tell(&mut self, scene: &mut Scene) {
        let (state, health) = (self.state(), self.health(scene));
        // Whether a process could be started is known presently.
        if self.run.as_ref().is_some_and(|run| run.process.is_some() && run.pid.is_none()) {
            return;
        }
        let (told_state, told_health) = self.record.told;
        if state != told_state {
            self.record.since = scene.now;
            self.record.remember(scene.now, format!("{}: {}", state.as_str(), self.record.reason));
            let reason = self.record.reason.clone();
            scene.processes.report(Event::JobChanged { job: self.job.name.clone(), state, reason });
        }
        if health != told_health {
            let said = self.checks.as_ref().and_then(|checks| checks.output.clone());
            let reason = match health {
                JobHealth::Unknown | JobHealth::Maintenance => String::new(),
                JobHealth::Healthy | JobHealth::Warning | JobHealth::Unhealthy => said.unwrap_or_default(),
            };
            self.record.remember(scene.now, format!("{} {reason}", health.as_str()).trim_end().to_owned());
            scene.processes.report(Event::JobHealthChanged { job: self.job.name.clone(), health, reason });
        }
        self.record.told = (state, health);
    }
}
