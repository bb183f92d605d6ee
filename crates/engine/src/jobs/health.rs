//! How well a job is: when it is checked and what the results come to.

use super::ask::Ask;
use super::scene::Scene;
use crate::ProcessId;
use crate::check::next_tick;
use gyropilot_model::{Finding, HealthCheck, JobHealth, Surroundings, Time, Verdict};

/// The checks of one job.
#[derive(Debug)]
pub(super) struct Checks {
    pub(super) rules: HealthCheck,
    pub(super) health: JobHealth,
    /// What the last check said.
    pub(super) output: Option<String>,
    /// When the run began that is checked.
    since: Time,
    /// Passed since then: the time of grace is over.
    passed: bool,
    well: u32,
    ill: u32,
    /// Failures in a row that count towards a restart.
    strikes: u32,
    pub(super) ask: Option<Ask>,
    /// The next moment of the grid, and that with jitter.
    next: Option<(Time, Time)>,
}

/// What a check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// To be told on the bus: healthy or not.
    pub(super) healthy: Option<bool>,
    /// So many failures in a row that the job is to start again.
    pub(super) restart: Option<u32>,
}

// === impl Checks ===

impl Checks {
    pub(super) const fn new(rules: HealthCheck) -> Self {
        Self {
            rules,
            health: JobHealth::Unknown,
            output: None,
            since: Time::ZERO,
            passed: false,
            well: 0,
            ill: 0,
            strikes: 0,
            ask: None,
            next: None,
        }
    }

    /// A run has begun, of which nothing is known yet.
    pub(super) fn reset(&mut self, now: Time) {
        self.health = JobHealth::Unknown;
        self.since = now;
        self.passed = false;
        self.forget_counts();
    }

    fn forget_counts(&mut self) {
        self.well = 0;
        self.ill = 0;
        self.strikes = 0;
    }

    /// Begins to check: at once, and then at each interval.
    pub(super) fn begin(&mut self, scene: &mut Scene) {
        self.next = self.rules.probe.is_some().then(|| self.tick(scene, scene.now));
    }

    fn tick(&self, scene: &mut Scene, at: Time) -> (Time, Time) {
        let jitter = if self.rules.jitter.is_zero() {
            std::time::Duration::ZERO
        } else {
            self.rules.jitter.mul_f64(scene.random.unit())
        };
        (at, at + jitter)
    }

    /// Stops checking; nothing is known any more.
    pub(super) fn end(&mut self, scene: &mut Scene) {
        self.next = None;
        self.health = JobHealth::Unknown;
        self.forget_counts();
        if let Some(ask) = self.ask.take() {
            ask.abandon(scene);
        }
    }

    /// Goes on by other rules with what is known so far.
    pub(super) fn redefine(&mut self, scene: &mut Scene, rules: HealthCheck) {
        let same = self.rules == rules;
        self.rules = rules;
        if !same && self.next.is_some() {
            if let Some(ask) = self.ask.take() {
                ask.abandon(scene);
            }
            self.forget_counts();
            self.begin(scene);
        }
    }

    pub(super) fn due(&self) -> Option<Time> {
        let ask = self.ask.as_ref().and_then(Ask::due);
        [self.next.map(|(_, at)| at), ask].into_iter().flatten().min()
    }

    /// When the next check starts.
    pub(super) fn next(&self) -> Option<Time> {
        self.next.map(|(_, at)| at)
    }

    /// Starts the check that is due; gives what came of one that took too long.
    pub(super) fn advance(
        &mut self,
        scene: &mut Scene,
        job: &str,
        surroundings: &Surroundings,
    ) -> Option<Outcome> {
        let late = self.ask.as_ref().and_then(Ask::due).is_some_and(|at| at <= scene.now);
        let outcome = if late { self.give_up(scene) } else { None };
        if let Some((grid, _)) = self.next.filter(|(_, at)| *at <= scene.now) {
            let grid = next_tick(grid, self.rules.interval, scene.now);
            self.next = Some(self.tick(scene, grid));
            if let (None, Some(probe)) = (&self.ask, &self.rules.probe) {
                self.ask = Some(Ask::begin(
                    scene,
                    job,
                    probe,
                    surroundings.clone(),
                    self.rules.raw,
                    &self.rules.warning,
                    self.rules.timeout,
                ));
            }
        }
        outcome
    }

    fn give_up(&mut self, scene: &mut Scene) -> Option<Outcome> {
        let mut ask = self.ask.take()?;
        let finding = ask.timed_out(self.rules.timeout);
        ask.abandon(scene);
        finding.map(|finding| self.judge(scene.now, finding))
    }

    /// The time of its program is over; as long as that is there, no other is started.
    pub(super) fn timed_out(&mut self, now: Time, process: ProcessId) -> Option<Outcome> {
        let ask = self.ask.as_mut().filter(|ask| ask.process == process)?;
        let finding = ask.timed_out(self.rules.timeout)?;
        Some(self.judge(now, finding))
    }

    /// Takes the answer to a check that is this job's.
    pub(super) fn answered(&mut self, now: Time, finding: Option<Finding>) -> Option<Outcome> {
        self.ask = None;
        finding.map(|finding| self.judge(now, finding))
    }

    fn judge(&mut self, now: Time, finding: Finding) -> Outcome {
        self.output = Some(finding.output);
        let ill = finding.verdict == Verdict::Ill;
        let age = now.since(self.since);
        let strike = match &self.rules.check_restart {
            Some(rules) => {
                age >= rules.grace && (ill || finding.verdict == Verdict::Doubtful && !rules.ignore_warnings)
            }
            None => false,
        };
        self.strikes = if strike { self.strikes.saturating_add(1) } else { 0 };
        let limit = self.rules.check_restart.as_ref().map(|rules| rules.limit.max(1));
        let restart = limit.filter(|limit| self.strikes >= *limit);
        if ill {
            self.well = 0;
            if !self.passed && age < self.rules.start_period {
                return Outcome { healthy: None, restart };
            }
            self.ill = self.ill.saturating_add(1);
            if self.ill < self.rules.failure_threshold {
                return Outcome { healthy: None, restart };
            }
            self.health = JobHealth::Unhealthy;
            return Outcome { healthy: Some(false), restart };
        }
        self.ill = 0;
        self.passed = true;
        self.well = self.well.saturating_add(1);
        if self.well < self.rules.success_threshold
            && !matches!(self.health, JobHealth::Healthy | JobHealth::Warning)
        {
            return Outcome { healthy: None, restart };
        }
        self.health = if finding.verdict == Verdict::Well { JobHealth::Healthy } else { JobHealth::Warning };
        Outcome { healthy: Some(true), restart }
    }
}
