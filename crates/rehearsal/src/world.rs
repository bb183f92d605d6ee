//! A world for the engine: programs, a catalogue and a clock that do as the test says.

use crate::file::{Behaviour, Check, Lives, Test};
use crate::timeline::Timeline;
use gyropilot_engine::{Action, Engine, Input, Options, ProcessId};
use gyropilot_model::{
    Awaited, Command, Desired, Event, EventCode, Exit, Finding, Instance, Job, Notice, Plan, Probe, Role,
    Seen, Service, Signal, Time, Verdict, WatchTarget,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Inputs at one moment after which a test is going in circles.
const MOST_AT_ONCE: usize = 20_000;

/// No program of the real world ends sooner after its start.
const SHORTEST_RUN: Duration = Duration::from_millis(1);

/// Everything around the engine.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) now: Time,
    pub(crate) timeline: Timeline,
    /// What happened on the bus since the expectation before.
    pub(crate) happened: Vec<Awaited>,
    /// Who was started since the expectation before.
    pub(crate) started: BTreeSet<String>,
    /// What is offered.
    pub(crate) services: Vec<Service>,
    /// What the catalogue is to say, by the service's id.
    pub(crate) desired: BTreeMap<String, Desired>,
    /// The pilot has ended with this status.
    pub(crate) exit: Option<u8>,
    /// The engine wants something at one moment without end.
    pub(crate) stuck: bool,
    /// The answer to the last order.
    pub(crate) answer: Option<Result<String, String>>,
    /// The configuration as it is found when the engine asks for it.
    pub(crate) configuration: Result<Plan, String>,
    programs: BTreeMap<String, Behaviour>,
    checks: BTreeMap<String, Check>,
    instances: BTreeMap<String, Vec<Instance>>,
    keys: BTreeMap<String, String>,
    confirms: bool,
    /// What the catalogue did not confirm yet.
    unsettled: BTreeSet<String>,
    running: BTreeMap<ProcessId, Running>,
    watched: BTreeSet<WatchTarget>,
    /// What comes by itself, in order.
    pending: BTreeMap<(Time, u64), Input>,
    last: u64,
}

struct Running {
    name: String,
    role: Role,
    behaviour: Behaviour,
    stopping: bool,
}

// === impl World ===

impl World {
    pub(crate) fn new(plan: Plan, application: Option<Command>, test: &Test) -> Self {
        Self {
            configuration: Ok(plan.clone()),
            services: plan.services.clone(),
            engine: Engine::new(plan, Options { application, pid: 1, seed: 0 }),
            now: Time::ZERO,
            timeline: Timeline::default(),
            happened: Vec::new(),
            started: BTreeSet::new(),
            desired: BTreeMap::new(),
            exit: None,
            stuck: false,
            answer: None,
            programs: test.programs.clone(),
            checks: test.checks.clone(),
            instances: test.instances.clone(),
            keys: test.keys.clone(),
            confirms: true,
            unsettled: BTreeSet::new(),
            running: BTreeMap::new(),
            watched: BTreeSet::new(),
            pending: BTreeMap::new(),
            last: 0,
        }
    }

    pub(crate) fn note(&mut self, what: &str) {
        self.timeline.note(self.now, what);
    }

    /// Lets the engine hear of something, and of everything that follows at once.
    pub(crate) fn give(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        let mut count = 0;
        while let Some(input) = inputs.pop_front() {
            if self.exit.is_some() || self.stuck {
                return;
            }
            count += 1;
            self.stuck = count > MOST_AT_ONCE;
            for action in self.engine.step(self.now, input) {
                self.perform(action, &mut inputs);
            }
        }
    }

    /// Lets time pass up to `end`, or until the pilot has ended.
    pub(crate) fn until(&mut self, end: Time) {
        while self.exit.is_none() && !self.stuck && self.pass(end) {}
        if self.exit.is_none() {
            self.now = self.now.max(end);
        }
    }

    /// Goes to the next moment at which something happens, but not beyond `end`. `false` when there is none.
    pub(crate) fn pass(&mut self, end: Time) -> bool {
        let coming = self.pending.keys().next().map(|(at, _)| *at);
        let Some(next) = coming.into_iter().chain(self.engine.deadline()).min().filter(|next| *next <= end)
        else {
            return false;
        };
        if self.exit.is_some() || self.stuck {
            return false;
        }
        self.now = self.now.max(next);
        let mut count = 0;
        loop {
            if let Some(first) = self.pending.first_entry().filter(|first| first.key().0 <= self.now) {
                let input = first.remove();
                self.deliver(input);
            } else if self.engine.deadline().is_some_and(|due| due <= self.now) {
                self.give(Input::Tick);
            } else {
                return true;
            }
            count += 1;
            self.stuck |= count > MOST_AT_ONCE;
            if self.stuck || self.exit.is_some() {
                return true;
            }
        }
    }

    /// Something that came by itself, unless it has been overtaken.
    fn deliver(&mut self, input: Input) {
        match &input {
            Input::Exited { process, exit, .. } => {
                let (process, exit) = (*process, *exit);
                let Some(running) = self.running.remove(&process) else { return };
                self.note_end(&running, exit);
            }
            Input::Noticed { process, .. } if !self.running.contains_key(process) => return,
            _ => {}
        }
        self.give(input);
    }

    fn note_end(&mut self, running: &Running, exit: Exit) {
        if is_told(&running.role) {
            self.note(&format!("{} ended: {exit}", running.name));
        }
    }

    fn later(&mut self, after: Duration, input: Input) {
        self.last += 1;
        self.pending.insert((self.now + after, self.last), input);
    }

    // === what the engine does ===

    fn perform(&mut self, action: Action, inputs: &mut VecDeque<Input>) {
        match action {
            Action::Spawn { process, role, ready, .. } => self.spawn(process, role, ready.is_some(), inputs),
            Action::Probe { process, probe, within, .. } => {
                let job = self.asked(&probe);
                self.probe(process, &job, within, inputs);
            }
            Action::Signal { process, signal } => self.signal_process(process, signal, inputs),
            Action::SignalLeftovers(_) => inputs.push_back(Input::ChildrenGone),
            Action::Offer(services) => self.services = services,
            Action::Want { service, desired } => self.want(service, desired),
            Action::Settle { service, within } => {
                if self.confirms {
                    inputs.push_back(Input::Settled { service });
                } else {
                    self.unsettled.insert(service.clone());
                    self.later(within, Input::Settled { service });
                }
            }
            Action::Drain { service, .. } => inputs.push_back(Input::Drained { service, connections: 0 }),
            Action::Watch(targets) => {
                let wanted: BTreeSet<WatchTarget> = targets.into_iter().map(|(target, _)| target).collect();
                for target in wanted.difference(&self.watched.clone()) {
                    inputs.push_back(Input::Watched { target: target.clone(), seen: self.seen(target) });
                }
                self.watched = wanted;
            }
            Action::Reload => {
                inputs.push_back(Input::Reloaded(self.configuration.clone().map(Box::new)));
            }
            Action::Answer { answer, .. } => {
                let words = match &answer {
                    Ok(done) => format!("answer: {done}"),
                    Err(reason) => format!("refused: {reason}"),
                };
                self.note(&words);
                self.answer = Some(answer);
            }
            Action::Exit(status) => {
                self.note(&format!("the pilot ends with status {status}"));
                self.exit = Some(status);
            }
            Action::Report(event) => self.report(event),
            Action::Forget { .. } | Action::ReopenLog | Action::Export { .. } | Action::Unexport { .. } => {}
        }
    }

    fn spawn(&mut self, process: ProcessId, role: Role, asked: bool, inputs: &mut VecDeque<Input>) {
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
    fn asked(&self, probe: &Probe) -> String {
        let jobs = self.engine.plan().jobs().into_iter().flat_map(|jobs| &jobs.jobs);
        let asks = |job: &&Job| job.health.as_ref().and_then(|health| health.probe.as_ref()) == Some(probe);
        let mut names: Vec<&str> = jobs.filter(asks).map(|job| job.name.as_str()).collect();
        names.sort_by_key(|name| !self.checks.contains_key(*name));
        names.first().map_or_else(String::new, |name| (*name).to_owned())
    }

    fn probe(&mut self, process: ProcessId, job: &str, within: Duration, inputs: &mut VecDeque<Input>) {
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

    fn signal_process(&mut self, process: ProcessId, signal: Signal, inputs: &mut VecDeque<Input>) {
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

    fn want(&mut self, service: String, desired: Desired) {
        let status = |desired: &Desired| match desired {
            Desired::Absent => "absent".to_owned(),
            Desired::Present { status, .. } => status.to_string(),
        };
        let before = self.desired.get(&service).map_or_else(|| "absent".to_owned(), status);
        let after = status(&desired);
        if before != after {
            let why = match &desired {
                Desired::Present { output, .. } if !output.is_empty() => format!(" ({output})"),
                _ => String::new(),
            };
            self.note(&format!("service {service}: {after}{why}"));
        }
        self.desired.insert(service, desired);
    }

    fn report(&mut self, event: Event) {
        match event {
            Event::Bus { code, source } => {
                let event = Awaited { source, code };
                // Said after every check; the change of health is told below.
                if !matches!(code, EventCode::Healthy | EventCode::Unhealthy) {
                    self.note(&format!("event: {event}"));
                }
                self.happened.push(event);
            }
            Event::JobChanged { job, state, reason } => {
                self.note(&format!("{job} is {} ({reason})", state.as_str()));
            }
            Event::JobHealthChanged { job, health, reason } => {
                self.note(&format!("{job} is {} ({reason})", health.as_str()));
            }
            Event::RestartScheduled { role, delay, .. } => {
                self.note(&format!("{} again in {:.3} s", name_of(&role), delay.as_secs_f64()));
            }
            Event::ReloadRefused { reason } => {
                self.note(&format!("reload refused: {}", reason.lines().next().unwrap_or("")));
            }
            Event::Reloaded { .. } => self.note("reloaded"),
            Event::JobsDone { reason } | Event::Exiting { reason, .. } => self.note(&reason),
            _ => {}
        }
    }

    // === what the test does ===

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

    pub(crate) fn set_instances(&mut self, service: &str, instances: Vec<Instance>) {
        self.note(&format!("{service} has {} instances", instances.len()));
        self.instances.insert(service.to_owned(), instances);
        self.answer_watches(|target| matches!(target, WatchTarget::Service { name, .. } if name == service));
    }

    pub(crate) fn set_key(&mut self, key: &str, value: Option<String>) {
        self.note(&format!("key {key} is {}", value.as_deref().unwrap_or("gone")));
        match value {
            Some(value) => drop(self.keys.insert(key.to_owned(), value)),
            None => drop(self.keys.remove(key)),
        }
        self.answer_watches(|target| match target {
            WatchTarget::Service { .. } => false,
            WatchTarget::Key { key: watched, .. } => watched == key,
            WatchTarget::Prefix { prefix, .. } => key.starts_with(prefix.as_str()),
        });
    }

    /// What the catalogue was told in between, it confirms when it is back.
    pub(crate) fn set_confirms(&mut self, confirms: bool) {
        self.note(if confirms { "the catalogue answers" } else { "the catalogue does not answer" });
        self.confirms = confirms;
        if confirms {
            for service in std::mem::take(&mut self.unsettled) {
                self.give(Input::Settled { service });
            }
        }
    }

    fn answer_watches(&mut self, concerned: impl Fn(&WatchTarget) -> bool) {
        let targets: Vec<WatchTarget> =
            self.watched.iter().filter(|target| concerned(target)).cloned().collect();
        for target in targets {
            let seen = self.seen(&target);
            self.give(Input::Watched { target, seen });
        }
    }

    fn seen(&self, target: &WatchTarget) -> Seen {
        match target {
            WatchTarget::Service { name, .. } => {
                Seen::Instances(self.instances.get(name).cloned().unwrap_or_default())
            }
            WatchTarget::Key { key, .. } => Seen::Keys(self.pairs(|known| known == key)),
            WatchTarget::Prefix { prefix, .. } => {
                Seen::Keys(self.pairs(|known| known.starts_with(prefix.as_str())))
            }
        }
    }

    fn pairs(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
        let pairs = self.keys.iter().filter(|(key, _)| wanted(key));
        pairs.map(|(key, value)| (key.clone(), value.clone().into_bytes())).collect()
    }
}

/// How a test file names a program.
fn name_of(role: &Role) -> String {
    match role {
        Role::Job { name } => name.clone(),
        other => other.to_string(),
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
