//! The runs of a job: started, ready, checked, ended, and what comes after.

use super::cue::is_each;
use super::health::Outcome;
use super::job::{Asked, Fate, Run, Runner, Stage};
use super::readiness::{Vigil, Word};
use super::record::Ending;
use super::scene::Scene;
use super::stop::Purpose;
use crate::bounds::HOOK;
use crate::environment::pid_variables;
use crate::process::{Ended, Launch};
use crate::restart::Next;
use crate::{Action, ProcessId, Stdio};
use gyropilot_model::{
    Awaited, Event, EventCode, Exit, Finding, JobHealth, Notice, RestartMode, Role, Signal, Trigger,
};
use std::time::Duration;

/// The share of a shutdown's budget after which the jobs that wait for another
/// to stop are killed.
const FAREWELL_BY: u32 = 90;

// === impl Runner: its runs ===

impl Runner {
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
            overran: false,
            again: matches!(self.stage, Stage::Backoff(_)),
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
        if run.again {
            self.record.reason = format!("started again; {}", self.record.reason);
        }
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
        // One that is told to stop can still ask for time, and say how far it is.
        let counts = matches!(notice, Notice::ExtendTimeout(_) | Notice::Status(_))
            || !matches!(self.stage, Stage::Leaving(_));
        if let Some(run) = self.run.as_mut().filter(|_| counts) {
            let word = run.vigil.noticed(scene.now, notice);
            self.take_word(scene, word);
        }
    }

    pub(super) fn take_word(&mut self, scene: &mut Scene, word: Word) {
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
        let process = run.process;
        if let Some(checks) = &mut self.checks {
            checks.end(scene);
        }
        // The catalogue hears of it first.
        self.reconcile(scene);
        if let Some(process) = process {
            scene.processes.stop(scene.now, process, patience);
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
            run.overran = true;
        }
    }

    /// Tells what a check came to.
    pub(super) fn checked(&mut self, scene: &mut Scene, outcome: Option<Outcome>) {
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
        // One that ended well just before the KILL arrived has ended well.
        let overran = run.overran && !exit.is_success();
        let failure = run.failure.take().or_else(|| reason.map(str::to_owned));
        let failure = failure.or_else(|| overran.then(|| "it took longer than it may".to_owned()));
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
        let mut fatal = false;
        if !scene.is_leaving() && !interval {
            fatal = self.budget.mode() == RestartMode::Shutdown
                && self.record.last.as_ref().is_some_and(|last| !last.is_success());
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
            trigger => is_each(trigger) && !fatal,
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
}
