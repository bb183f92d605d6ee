//! A world for the engine: programs, a catalogue and a clock that do as the test says.

mod catalogue;
mod programs;

use crate::file::{Behaviour, Check, Test};
use crate::timeline::Timeline;
use gyropilot_engine::{Action, Engine, Input, Options, ProcessId};
use gyropilot_model::{
    Awaited, Command, Desired, Event, EventCode, Instance, Plan, Role, Service, Time, WatchTarget,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Inputs at one moment after which a test is going in circles.
const MOST_AT_ONCE: usize = 20_000;

/// Inputs of a whole test; an hour of a job that is started again ten times a second has a tenth of a million.
const MOST: usize = 20_000_000;

/// Why a test cannot be gone on with.
const IN_CIRCLES: &str = "the pilot wants to do something at this moment without end";
const TOO_MUCH: &str = "more happens than a test can follow: 20 million things";

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
    /// Why it cannot be gone on with.
    pub(crate) stuck: Option<&'static str>,
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
    /// Inputs so far.
    given: usize,
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
            stuck: None,
            given: 0,
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

    /// Nothing can happen any more.
    const fn is_over(&self) -> bool {
        self.exit.is_some() || self.stuck.is_some()
    }

    /// Lets the engine hear of something, and of everything that follows at once.
    pub(crate) fn give(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        let mut count = 0;
        while let Some(input) = inputs.pop_front() {
            if self.is_over() {
                return;
            }
            count += 1;
            self.given += 1;
            if self.given > MOST {
                self.stuck = Some(TOO_MUCH);
            } else if count > MOST_AT_ONCE {
                self.stuck = Some(IN_CIRCLES);
            }
            for action in self.engine.step(self.now, input) {
                self.perform(action, &mut inputs);
            }
        }
    }

    /// Lets time pass up to `end`, or until the pilot has ended.
    pub(crate) fn until(&mut self, end: Time) {
        while !self.is_over() && self.pass(end) {}
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
        if self.is_over() {
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
            if count > MOST_AT_ONCE {
                self.stuck = Some(IN_CIRCLES);
            }
            if self.is_over() {
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

    fn later(&mut self, after: Duration, input: Input) {
        self.last += 1;
        self.pending.insert((self.now + after, self.last), input);
    }

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
            Action::Drain { service, within, .. } => self.drain(service, within, inputs),
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
                self.note(&format!("{job} is {}{}", state.as_str(), because(&reason)));
            }
            Event::JobHealthChanged { job, health, reason } => {
                self.note(&format!("{job} is {}{}", health.as_str(), because(&reason)));
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
}

/// How a test file names a program.
fn name_of(role: &Role) -> String {
    match role {
        Role::Job { name } => name.clone(),
        other => other.to_string(),
    }
}

/// A reason in brackets, where there is one.
fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
