//! Programs that do as the test says.

use super::{Running, World, name_of};
use crate::file::{Behaviour, Check, Lives};
use gyropilot_engine::{Input, ProcessId};
use gyropilot_model::{Exit, Finding, Job, Notice, Plan, Probe, Role, Signal, Verdict};
use std::collections::VecDeque;
use std::time::Duration;

/// No program of the real world ends sooner after its start.
const SHORTEST_RUN: Duration = Duration::from_millis(1);

// === impl World ===

impl World {
    pub(super) fn spawn(
        &mut self,
        process: ProcessId,
        role: Role,
        asked: bool,
        inputs: &mut VecDeque<Input>,
    ) {
        let name = name_of(&role);
        if is_told(&role) {
            self.started.insert(name.clone());
        }
        let behaviour = match &role {
            Role::Check { .. } | Role::Health { .. } => self.behaviour_of_check(&role),
            _ => self.programs.get(&name).cloned().unwrap_or_else(|| usual(&role)),
        };
        if !behaviour.starts {
            self.note(&format!("{name} cannot be started"));
            inputs.push_back(Input::NotStarted { process, reason: "not found on PATH".to_owned() });
            return;
        }
        if is_told(&role) {
            self.note(&format!("{name} starts"));
        }
        inputs.push_back(Input::Started { process, pid: 100 + u32::try_from(process.0).unwrap_or(0) });
        if let Lives::For(runs) = behaviour.runs {
            let output = if matches!(role, Role::Sensor { .. }) { "0" } else { "" };
            let exited = Input::Exited { process, exit: behaviour.exit, output: output.to_owned() };
            self.later(runs.max(SHORTEST_RUN), exited);
        }
        if let (true, Lives::For(ready)) = (asked, behaviour.ready) {
            self.later(ready, Input::Noticed { process, notice: Notice::Ready });
        }
        self.running.insert(process, Running { name, role, behaviour, stopping: false });
    }

    /// The clients of a withdrawn service leave in their own time.
    pub(super) fn drain(&mut self, service: String, within: Duration, inputs: &mut VecDeque<Input>) {
        let jobs = self.engine.plan().jobs().into_iter().flat_map(|jobs| &jobs.jobs);
        let mut jobs = jobs.filter(|job| job.service.as_ref() == Some(&service));
        let clients = jobs.find_map(|job| self.programs.get(&job.name)).map(|program| program.clients);
        let drained = |connections| Input::Drained { service, connections };
        match clients.unwrap_or(Lives::For(Duration::ZERO)) {
            Lives::For(stay) if stay.is_zero() => inputs.push_back(drained(0)),
            Lives::For(stay) if stay <= within => self.later(stay, drained(0)),
            _ => self.later(within, drained(1)),
        }
    }

    fn behaviour_of_check(&self, role: &Role) -> Behaviour {
        let job = role.name().unwrap_or_default();
        let status = match self.check(job) {
            Check::Pass => 0,
            Check::Warn => self.warning_status(job),
            Check::Fail => self.failing_status(job),
            Check::Status(status) => status,
            Check::Hang => return Behaviour::default(),
        };
        Behaviour { runs: Lives::For(Duration::ZERO), exit: Exit::Code(status), ..Behaviour::default() }
    }

    fn check(&self, job: &str) -> Check {
        self.checks.get(job).copied().unwrap_or_default()
    }

    /// The statuses that the plan calls a warning.
    fn warnings(&self, job: &str) -> Vec<u8> {
        let jobs = self.engine.plan().jobs().into_iter().flat_map(|jobs| &jobs.jobs);
        let health = jobs.filter(|known| known.name == job).find_map(|known| known.health.as_ref());
        health.map(|health| health.warning.exit.clone()).unwrap_or_default()
    }

    fn warning_status(&self, job: &str) -> u8 {
        self.warnings(job).first().copied().unwrap_or(1)
    }

    fn failing_status(&self, job: &str) -> u8 {
        let warnings = self.warnings(job);
        (1..=u8::MAX).find(|status| !warnings.contains(status)).unwrap_or(1)
    }

    /// The job whose health this probe asks for. Of several with the same probe, one that the test says something of.
    pub(super) fn asked(&self, probe: &Probe) -> String {
        let jobs = self.engine.plan().jobs().into_iter().flat_map(|jobs| &jobs.jobs);
        let asks = |job: &&Job| job.health.as_ref().and_then(|health| health.probe.as_ref()) == Some(probe);
        let mut names: Vec<&str> = jobs.filter(asks).map(|job| job.name.as_str()).collect();
        names.sort_by_key(|name| !self.checks.contains_key(*name));
        names.first().map_or_else(String::new, |name| (*name).to_owned())
    }

    pub(super) fn probe(
        &mut self,
        process: ProcessId,
        job: &str,
        within: Duration,
        inputs: &mut VecDeque<Input>,
    ) {
        let finding = |verdict, output: &str| Input::Found {
            process,
            finding: Finding { verdict, output: output.to_owned() },
        };
        match self.check(job) {
            Check::Pass | Check::Status(0) => inputs.push_back(finding(Verdict::Well, "well")),
            Check::Warn => inputs.push_back(finding(Verdict::Doubtful, "in doubt")),
            Check::Fail | Check::Status(_) => inputs.push_back(finding(Verdict::Ill, "not well")),
            Check::Hang => self.later(within, finding(Verdict::Ill, "no answer in time")),
        }
    }

    pub(super) fn signal_process(
        &mut self,
        process: ProcessId,
        signal: Signal,
        inputs: &mut VecDeque<Input>,
    ) {
        let Some(running) = self.running.get_mut(&process) else { return };
        let (name, told) = (running.name.clone(), is_told(&running.role));
        let ends = match signal {
            Signal::Kill => Some(Duration::ZERO),
            _ if running.stopping || !ends_a_program(self.engine.plan(), &running.role, signal) => None,
            _ => match running.behaviour.stops {
                Lives::For(stops) => Some(stops),
                Lives::Forever => None,
            },
        };
        let exit = match (signal, running.behaviour.stop_exit) {
            (Signal::Kill, _) | (_, None) => Exit::Signal(signal.number()),
            (_, Some(exit)) => exit,
        };
        running.stopping |= ends.is_some();
        if told {
            self.note(&format!("{signal} to {name}"));
        }
        let exited = Input::Exited { process, exit, output: String::new() };
        match ends {
            None => {}
            Some(after) if after.is_zero() => {
                if let Some(running) = self.running.remove(&process) {
                    self.note_end(&running, exit);
                    inputs.push_back(exited);
                }
            }
            Some(after) => self.later(after, exited),
        }
    }

    /// The program of `name` that runs, or why there is none.
    pub(crate) fn process(&self, name: &str) -> Result<ProcessId, String> {
        let found = self.running.iter().find(|(_, running)| running.name == name && is_told(&running.role));
        found.map(|(process, _)| *process).ok_or_else(|| format!("no program of {name} runs"))
    }

    pub(crate) fn end(&mut self, process: ProcessId, exit: Exit) {
        if let Some(running) = self.running.remove(&process) {
            self.note_end(&running, exit);
            self.give(Input::Exited { process, exit, output: String::new() });
        }
    }

    pub(crate) fn behave(&mut self, job: String, behaviour: Behaviour) {
        self.programs.insert(job, behaviour);
    }

    pub(crate) fn set_check(&mut self, job: String, check: Check) {
        self.checks.insert(job, check);
    }

    pub(super) fn note_end(&mut self, running: &Running, exit: Exit) {
        if is_told(&running.role) {
            self.note(&format!("{} ended: {exit}", running.name));
        }
    }
}

/// Checks run all the time; what they find is told instead.
const fn is_told(role: &Role) -> bool {
    !matches!(role, Role::Check { .. } | Role::Health { .. })
}

/// Hooks of the v2 form end by themselves; what a job runs does when the test says so.
fn usual(role: &Role) -> Behaviour {
    match role {
        Role::Job { .. } | Role::App | Role::Coprocess { .. } => Behaviour::default(),
        _ => Behaviour { runs: Lives::For(Duration::ZERO), ..Behaviour::default() },
    }
}

/// Programs are taken to know what to do about any other signal.
fn ends_a_program(plan: &Plan, role: &Role, signal: Signal) -> bool {
    let own = plan.jobs().into_iter().flat_map(|jobs| &jobs.jobs);
    let own =
        own.filter(|job| matches!(role, Role::Job { name } if *name == job.name)).map(|job| job.stop.signal);
    matches!(signal, Signal::Term | Signal::Int | Signal::Quit) || own.into_iter().any(|stop| stop == signal)
}
