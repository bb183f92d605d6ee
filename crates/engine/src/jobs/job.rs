//! One job: from waiting to running and back, and what it does about what it hears.

use super::cue::{Cue, awaits_farewell, is_each, is_farewell};
use super::health::{Checks, Outcome};
use super::offer::Offer;
use super::readiness::{Vigil, Word};
use super::record::{Ending, Record};
use super::scene::Scene;
use super::stop::{Departure, Purpose};
use crate::bounds::HOOK;
use crate::environment::pid_variables;
use crate::process::{Ended, Launch};
use crate::restart::{Budget, Next};
use crate::{Action, ProcessId, Stdio};
use gyropilot_model::{
    Awaited, Event, EventCode, Exit, Finding, Job, JobHealth, JobState, Notice, OrderId, Role, Service,
    Signal, Status, Time, Trigger,
};
use std::borrow::Cow;
use std::time::Duration;

/// The share of a shutdown's budget after which the jobs that wait for another
/// to stop are killed.
const FAREWELL_BY: u32 = 90;

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
            self.record.reason = event.to_string();
            self.launch(scene, Some(event.clone()));
        } else if self.job.exec.is_some() {
            self.cue.queue(event);
        }
    }

    /// Starts a run.
    pub(super) fn launch(&mut self, scene: &mut Scene, cause: Option<Awaited>) {
        self.cue.started();
        self.record.runs += 1;
        self.record.note = None;
        self.record.ended = None;
        let farewell = scene.is_leaving();
        let timeout = if farewell {
            let longest = scene.within(HOOK, FAREWELL_BY).since(scene.now);
            Some(self.job.timeout.map_or(longest, |timeout| timeout.min(longest)))
        } else {
            self.job.timeout
        };
        let ready = Vigil::told_by_loop(self.job.ready.as_ref());
        let process = self.spawn(scene, timeout, ready);
        self.run = Some(Run {
            process,
            pid: None,
            since: scene.now,
            cause,
            vigil: Vigil::new(self.job.ready.clone()),
            failure: None,
            farewell,
        });
        self.stage = Stage::Running;
        if let Some(checks) = &mut self.checks {
            checks.reset(scene.now);
        }
        if process.is_none() {
            self.take_word(scene, Word::Ready);
            self.answer_start(scene, &Ok(format!("{} is on", self.job.name)));
        }
    }

    pub(super) fn spawn(
        &self,
        scene: &mut Scene,
        timeout: Option<Duration>,
        ready: Option<gyropilot_model::Readiness>,
    ) -> Option<ProcessId> {
        let command = self.job.exec.as_ref()?;
        Some(scene.processes.launch(
            scene.now,
            Launch {
                role: Role::Job { name: self.job.name.clone() },
                command,
                stdio: if self.job.raw { Stdio::Attached } else { Stdio::Lines },
                surroundings: self.job.surroundings.clone(),
                ready,
                timeout,
                stop_signal: self.job.stop.signal,
            },
        ))
    }

    /// Does this process belong to it?
    pub(super) fn owns(&self, process: ProcessId) -> bool {
        self.is_run(process)
            || self.is_check(process)
            || self.is_question(process)
            || self.extras.iter().any(|(extra, _)| *extra == process)
    }

    fn is_run(&self, process: ProcessId) -> bool {
        self.run.as_ref().is_some_and(|run| run.process == Some(process))
    }

    fn is_check(&self, process: ProcessId) -> bool {
        let ask = self.checks.as_ref().and_then(|checks| checks.ask.as_ref());
        ask.is_some_and(|ask| ask.process == process)
    }

    fn is_question(&self, process: ProcessId) -> bool {
        let ask = self.run.as_ref().and_then(|run| run.vigil.ask.as_ref());
        ask.is_some_and(|ask| ask.process == process)
    }

    /// A process of its own runs.
    pub(super) fn started(&mut self, scene: &mut Scene, process: ProcessId, pid: u32) {
        if !self.is_run(process) {
            return;
        }
        let Some(run) = &mut self.run else { return };
        run.pid = Some(pid);
        let word = run.vigil.started(scene.now);
        for name in pid_variables(&Role::Job { name: self.job.name.clone() }) {
            scene.processes.act(Action::Export { name, value: pid.to_string() });
        }
        self.record.remember(scene.now, format!("started, pid {pid}"));
        self.answer_start(scene, &Ok(format!("{} runs, pid {pid}", self.job.name)));
        self.take_word(scene, word);
    }

    pub(super) fn answer_start(&mut self, scene: &mut Scene, answer: &Result<String, String>) {
        self.asked.retain(|(order, asked)| {
            let answered = *asked == Asked::Started;
            if answered {
                scene.answer(*order, answer.clone());
            }
            !answered
        });
    }

    /// A process of its own says something.
    pub(super) fn noticed(&mut self, scene: &mut Scene, process: ProcessId, notice: Notice) {
        if !self.is_run(process) {
            return;
        }
        let leaving = matches!(self.stage, Stage::Leaving(_));
        let Some(run) = &mut self.run else { return };
        let word = run.vigil.noticed(scene.now, notice);
        // One that is told to stop can still ask for time, and say how far it is.
        if !leaving || matches!(word, Word::Extend(_) | Word::Note(_)) {
            self.take_word(scene, word);
        }
    }

    fn take_word(&mut self, scene: &mut Scene, word: Word) {
        let Some(run) = &mut self.run else { return };
        match word {
            Word::Nothing => {}
            Word::Ready => {
                run.vigil.ready = true;
                let after = scene.now.since(run.since);
                let name = self.job.name.clone();
                if self.job.ready.is_some() {
                    scene.processes.report(Event::JobReady { job: name.clone(), after });
                    self.record.reason = "it is ready".to_owned();
                }
                scene.publish(EventCode::Ready, &name);
                self.begin_checks(scene);
            }
            Word::Note(text) => self.record.note = Some(text),
            Word::MainPid(pid) => {
                run.pid = Some(pid);
                for name in pid_variables(&Role::Job { name: self.job.name.clone() }) {
                    scene.processes.act(Action::Export { name, value: pid.to_string() });
                }
            }
            Word::Extend(until) => {
                if let Some(process) = run.process {
                    scene.processes.extend(process, scene.cap(until, super::stop::KILLED_BY));
                }
            }
            Word::Late(failure) => self.fail(scene, failure, self.job.stop.timeout),
            Word::Dead(failure) => self.fail(scene, failure, Duration::ZERO),
        }
    }

    /// The run has failed by our judgement and is stopped.
    fn fail(&mut self, scene: &mut Scene, failure: String, patience: Duration) {
        let Some(run) = &mut self.run else { return };
        self.record.remember(scene.now, failure.clone());
        self.record.reason.clone_from(&failure);
        run.failure = Some(failure);
        run.vigil.end(scene);
        if let Some(process) = run.process {
            scene.processes.stop(scene.now, process, patience);
        }
        if let Some(checks) = &mut self.checks {
            checks.end(scene);
        }
    }

    /// Begins to check a run that is ready.
    pub(super) fn begin_checks(&mut self, scene: &mut Scene) {
        if scene.maintenance || !self.is_ready() || !matches!(self.stage, Stage::Running) {
            return;
        }
        let Some(checks) = &mut self.checks else { return };
        if checks.rules.probe.is_some() {
            checks.begin(scene);
        } else if checks.health != JobHealth::Healthy {
            checks.health = JobHealth::Healthy;
            scene.publish(EventCode::Healthy, &self.job.name);
        }
    }

    /// A process of its own ended.
    pub(super) fn ended(
        &mut self,
        scene: &mut Scene,
        process: ProcessId,
        exit: Exit,
        output: &str,
        ended: &Ended,
        reason: Option<&str>,
    ) {
        if self.is_check(process) {
            self.check_ended(scene, exit, output);
        } else if self.is_question(process) {
            let Some(run) = &mut self.run else { return };
            let finding = run
                .vigil
                .ask
                .as_ref()
                .and_then(|ask| ask.exited(scene.now, &Default::default(), exit, output));
            let word = run.vigil.answered(scene.now, finding);
            self.take_word(scene, word);
        } else if self.is_run(process) {
            self.run_ended(scene, process, exit, ended, reason);
        } else if let Some(at) = self.extras.iter().position(|(extra, _)| *extra == process) {
            scene.processes.act(Action::Signal { process, signal: Signal::Term });
            if let (_, Some(order)) = self.extras.remove(at) {
                let said = format!("{}: {}", self.job.name, reason.map_or(exit.to_string(), str::to_owned));
                scene.answer(order, if exit.is_success() { Ok(said) } else { Err(said) });
            }
        }
    }

    fn check_ended(&mut self, scene: &mut Scene, exit: Exit, output: &str) {
        let Some(checks) = &mut self.checks else { return };
        let finding =
            checks.ask.as_ref().and_then(|ask| ask.exited(scene.now, &checks.rules.warning, exit, output));
        let outcome = checks.answered(scene.now, finding);
        self.publish_exit(scene, &format!("check.{}", self.job.name), exit.is_success());
        self.checked(scene, outcome);
    }

    /// A question that is no program was answered.
    pub(super) fn found(&mut self, scene: &mut Scene, process: ProcessId, finding: Finding) {
        if self.is_check(process) {
            let Some(checks) = &mut self.checks else { return };
            let finding = checks.ask.as_ref().and_then(|ask| ask.found(scene, &self.job.name, finding));
            let outcome = checks.answered(scene.now, finding);
            self.checked(scene, outcome);
        } else if self.is_question(process) {
            let Some(run) = &mut self.run else { return };
            let word = run.vigil.answered(scene.now, Some(finding));
            self.take_word(scene, word);
        }
    }

    /// A process ran out of time.
    pub(super) fn timed_out(&mut self, scene: &mut Scene, process: ProcessId) {
        if self.is_check(process) {
            let outcome = self.checks.as_mut().and_then(|checks| checks.timed_out(scene.now, process));
            self.checked(scene, outcome);
        } else if self.is_run(process)
            && let Some(run) = &mut self.run
        {
            run.failure.get_or_insert_with(|| "it took longer than it may".to_owned());
        }
    }

    /// Tells what a check came to.
    fn checked(&mut self, scene: &mut Scene, outcome: Option<Outcome>) {
        let Some(outcome) = outcome else { return };
        if let Some(healthy) = outcome.healthy {
            let code = if healthy { EventCode::Healthy } else { EventCode::Unhealthy };
            scene.publish(code, &self.job.name);
        }
        if let (Some(strikes), Stage::Running) = (outcome.restart, &self.stage) {
            let said = self.checks.as_ref().and_then(|checks| checks.output.clone()).unwrap_or_default();
            let checks = if strikes == 1 { "check" } else { "checks in a row" };
            self.leave(scene, Purpose::Again { delayed: true }, format!("{strikes} {checks} failed: {said}"));
        }
    }

    fn publish_exit(&self, scene: &mut Scene, source: &str, success: bool) {
        if success {
            scene.publish(EventCode::ExitSuccess, source);
        } else {
            scene.publish(EventCode::ExitFailed, source);
            scene.publish(EventCode::Error, source);
        }
    }

    fn run_ended(
        &mut self,
        scene: &mut Scene,
        process: ProcessId,
        exit: Exit,
        ended: &Ended,
        reason: Option<&str>,
    ) {
        let Some(mut run) = self.run.take() else { return };
        run.vigil.end(scene);
        if exit != Exit::NotStarted {
            // What the leader left behind in its group gets the word too.
            scene.processes.act(Action::Signal { process, signal: Signal::Term });
            for name in pid_variables(&Role::Job { name: self.job.name.clone() }) {
                scene.processes.act(Action::Unexport { name });
            }
        }
        if let Some(checks) = &mut self.checks {
            checks.end(scene);
        }
        if let Some(offer) = &mut self.offer {
            offer.skip_drain();
        }
        let failure = run.failure.take().or_else(|| reason.map(str::to_owned));
        let ending = Ending { exit, failure };
        self.record.remember(scene.now, format!("ended: {ending}"));
        self.record.reason = format!("ended: {ending}");
        self.publish_exit(scene, &self.job.name.clone(), ending.is_success());
        let said = ending.to_string();
        self.answer_start_failed(scene, exit, &said);
        if let Some(bounds) = &mut scene.leave {
            bounds.ended(&self.job, &ending, &self.stage, ended.killed);
        }
        self.record.last = Some(ending);
        self.record.ran = ended.ran;
        if matches!(self.stage, Stage::Running) {
            self.go_on(scene, exit, ended.ran);
        }
    }

    fn answer_start_failed(&mut self, scene: &mut Scene, exit: Exit, said: &str) {
        if exit == Exit::NotStarted {
            self.answer_start(scene, &Err(format!("{} could not be started: {said}", self.job.name)));
        }
    }

    /// What comes after a run that ended by itself.
    fn go_on(&mut self, scene: &mut Scene, exit: Exit, ran: Duration) {
        let interval = matches!(self.job.when.trigger, Trigger::Interval(_));
        if !scene.is_leaving() && !interval {
            match self.budget.next(scene.now, ran, exit) {
                Next::After(delay, attempt) => return self.back_off(scene, delay, attempt),
                Next::Spent if self.budget.had_any() => {
                    scene
                        .processes
                        .report(Event::RestartsUsedUp { role: Role::Job { name: self.job.name.clone() } });
                }
                Next::Spent => {}
            }
        }
        self.stage = Stage::Waiting;
        if let Some(cause) = self.cue.next() {
            return self.launch(scene, Some(cause));
        }
        let goes_on = match &self.job.when.trigger {
            Trigger::Interval(_) => !scene.is_leaving() && self.cue.listens(&self.job.when.trigger),
            trigger => is_each(trigger),
        };
        if !goes_on {
            self.end(scene);
        }
    }

    pub(super) fn back_off(&mut self, scene: &mut Scene, delay: Duration, attempt: u32) {
        let role = Role::Job { name: self.job.name.clone() };
        scene.processes.report(Event::RestartScheduled { role, delay, attempt });
        self.stage = Stage::Backoff(scene.now + delay);
    }

    /// Ends for good, as its last run came out.
    pub(super) fn end(&mut self, scene: &mut Scene) {
        let outcome = match &self.record.last {
            Some(ending) if !ending.is_success() => Fate::Failed(ending.status()),
            _ => Fate::Completed,
        };
        let reason = self.record.reason.clone();
        self.leave(scene, Purpose::End(outcome), reason);
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
    }

    fn advance_interval(&mut self, scene: &mut Scene) {
        let Trigger::Interval(every) = self.job.when.trigger else { return };
        if !matches!(self.stage, Stage::Waiting | Stage::Running) {
            return;
        }
        if let Some(at) = self.cue.tick.filter(|at| *at <= scene.now) {
            self.cue.tick = Some(crate::check::next_tick(at, every.max(Duration::from_millis(1)), scene.now));
            self.cue.late = true;
        }
        if !self.cue.late {
            return;
        }
        if self.is_waiting() {
            self.cue.late = false;
            if self.budget.take(scene.now) {
                self.record.reason = format!("every {}", gyropilot_model::format_go_duration(every));
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
            Stage::Leaving(departure) => departure.due(scene, self),
            Stage::Done(_) => None,
        };
        let checks = self.checks.as_ref().and_then(Checks::due);
        let vigil = self.run.as_ref().and_then(|run| run.vigil.due());
        let offer = self.offer.as_ref().and_then(|offer| offer.due(scene));
        [stage, checks, vigil, offer].into_iter().flatten().min()
    }

    /// Brings what the catalogue says towards what is so.
    pub(super) fn reconcile(&mut self, scene: &mut Scene) {
        let Some(mut offer) = self.offer.take() else { return };
        let runs = self.run.as_ref().is_some_and(|run| run.process.is_some());
        let drains = runs && !(scene.compat.withdraw_last && matches!(self.stage, Stage::Leaving(_)));
        let drain = if drains { self.job.stop.drain } else { Duration::ZERO };
        let keeps = matches!(&self.stage, Stage::Leaving(departure) if departure.keeps_registered(scene));
        if !keeps || scene.maintenance {
            let wanted = self.wanted(scene, &offer);
            let wanted = wanted.as_ref().map(|(status, output)| (*status, output.as_ref()));
            offer.want(scene, wanted, drain);
            offer.offered |= offer.wanted().is_some() && self.is_well();
        }
        self.offer = Some(offer);
    }

    /// Has it been found fit to be used?
    fn is_well(&self) -> bool {
        let well = |checks: &Checks| matches!(checks.health, JobHealth::Healthy | JobHealth::Warning);
        self.is_ready() && self.checks.as_ref().is_none_or(well)
    }

    fn wanted(&self, scene: &Scene, offer: &Offer) -> Option<(Status, Cow<'_, str>)> {
        if scene.maintenance || matches!(self.stage, Stage::Leaving(_) | Stage::Done(_)) {
            return None;
        }
        let initial = offer.service.initial_status.map(|status| (status, Cow::Borrowed("not checked yet")));
        let known = offer.offered || initial.is_some() && self.record.last.is_some();
        let critical = |why: &str| Some((Status::Critical, Cow::Owned(why.to_owned())));
        let Some(run) = self.run.as_ref().filter(|run| run.vigil.ready) else {
            return if known { critical(&self.record.reason) } else { initial };
        };
        if run.vigil.ending {
            return if known { critical("it is about to end") } else { initial };
        }
        if run.failure.is_some() {
            return if known { critical(&self.record.reason) } else { initial };
        }
        let Some(checks) = &self.checks else { return Some((Status::Passing, Cow::Borrowed("ok"))) };
        let said = || checks.output.as_deref().unwrap_or("ok");
        match checks.health {
            JobHealth::Healthy => Some((Status::Passing, Cow::Borrowed("ok"))),
            JobHealth::Warning => Some((Status::Warning, Cow::Borrowed(said()))),
            JobHealth::Unhealthy if offer.offered || initial.is_some() => critical(said()),
            JobHealth::Unhealthy => None,
            JobHealth::Unknown | JobHealth::Maintenance if known => critical("not checked since its start"),
            JobHealth::Unknown | JobHealth::Maintenance => initial,
        }
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
                JobHealth::Unhealthy | JobHealth::Warning => said.unwrap_or_default(),
                _ => String::new(),
            };
            self.record.remember(scene.now, format!("{} {reason}", health.as_str()).trim_end().to_owned());
            scene.processes.report(Event::JobHealthChanged { job: self.job.name.clone(), health, reason });
        }
        self.record.told = (state, health);
    }
}
