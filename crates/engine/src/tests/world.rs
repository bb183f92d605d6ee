//! A world for the engine: every spawn succeeds unless it is said to fail,
//! processes end when told to, time passes when told to.

use crate::{Action, Engine, Input, Options, ProcessId};
use gyropilot_model::{
    Backend, CatalogConfig, Command, Compat, ConsulConfig, Coprocess, Desired, Event, Exit, Health, Hooks,
    Instance, Logging, Plan, Restarts, Role, Seen, Service, Signal, Status, StopTimeout, Task, Time,
    WatchTarget, Work,
};
use gyropilot_model::{Finding, Order, OrderId, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) now: Time,
    /// Everything that was done, in words, with the second it was done in.
    pub(super) log: Vec<String>,
    pub(super) running: BTreeMap<ProcessId, Role>,
    pub(super) desired: BTreeMap<String, Desired>,
    pub(super) exit: Option<u8>,
    /// Programs that do not exist.
    pub(super) missing: BTreeSet<String>,
    /// Roles, in words, that do not end on TERM.
    pub(super) stubborn: BTreeSet<String>,
    /// The catalogue confirms nothing.
    pub(super) catalogue_hangs: bool,
    /// Something stays below the pilot until it is killed.
    pub(super) leftover: bool,
    /// Clients stay connected to a withdrawn service.
    pub(super) clients_stay: bool,
    /// What was said on the bus, in words.
    pub(super) bus: Vec<String>,
    /// Probes that wait for an answer.
    pub(super) probes: BTreeSet<ProcessId>,
    pub(super) answers: BTreeMap<u64, Result<String, String>>,
    pub(super) variables: BTreeMap<String, String>,
    /// Checks that are programs end at once with this status.
    pub(super) checks_end: Option<u8>,
    /// Jobs that were asked to stop while their service, `<job>-host`, was in use.
    pub(super) stopped_in_service: Vec<String>,
    /// How often the engine was stepped.
    pub(super) steps: usize,
    orders: u64,
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn command(line: &str) -> Command {
    Command::from_line(line).unwrap()
}

pub(super) fn plan() -> Plan {
    Plan {
        catalog: Some(CatalogConfig::Consul(ConsulConfig::default())),
        logging: Logging::default(),
        stop_timeout: StopTimeout::default(),
        services: Vec::new(),
        telemetry: None,
        signals: BTreeMap::new(),
        compat: Compat::default(),
        work: Work::Hooks(Hooks::default()),
    }
}

/// The hooks of a plan that [`plan`] gave.
pub(super) fn hooks(plan: &mut Plan) -> &mut Hooks {
    match &mut plan.work {
        Work::Hooks(hooks) => hooks,
        Work::Jobs(_) => panic!("not a plan of hooks"),
    }
}

pub(super) fn service(name: &str, interval: u64, ttl: u64) -> Service {
    let health = Health { command: Some(command("check")), interval: seconds(interval), timeout: None };
    Service { address: [10, 0, 0, 1].into(), port: 80, ..Service::new(name, "host", seconds(ttl), health) }
}

pub(super) fn backend(name: &str, poll: u64, on_change: &str) -> Backend {
    Backend {
        name: name.to_owned(),
        tag: None,
        poll: seconds(poll),
        on_change: command(on_change),
        timeout: None,
    }
}

pub(super) fn coprocess(name: &str, restarts: Restarts) -> Coprocess {
    Coprocess { name: name.to_owned(), command: command("beside"), restarts }
}

pub(super) fn task(name: &str, frequency: u64) -> Task {
    Task {
        name: name.to_owned(),
        command: command("tick"),
        frequency: seconds(frequency),
        timeout: seconds(frequency),
    }
}

pub(super) fn instance(id: &str, port: u16) -> Instance {
    Instance {
        id: id.to_owned(),
        address: "10.0.0.9".to_owned(),
        port,
        tags: Vec::new(),
        status: Status::Passing,
    }
}

// === impl World ===

impl World {
    pub(super) fn new(plan: Plan, application: Option<&str>) -> Self {
        let options = Options { application: application.map(command), pid: 1, seed: 42 };
        Self {
            engine: Engine::new(plan, options),
            now: Time::ZERO,
            log: Vec::new(),
            running: BTreeMap::new(),
            desired: BTreeMap::new(),
            exit: None,
            missing: BTreeSet::new(),
            stubborn: BTreeSet::new(),
            catalogue_hangs: false,
            leftover: false,
            clients_stay: false,
            bus: Vec::new(),
            probes: BTreeSet::new(),
            answers: BTreeMap::new(),
            variables: BTreeMap::new(),
            checks_end: None,
            stopped_in_service: Vec::new(),
            steps: 0,
            orders: 0,
        }
    }

    pub(super) fn begun(plan: Plan, application: Option<&str>) -> Self {
        let mut world = Self::new(plan, application);
        world.give(Input::Start);
        world
    }

    pub(super) fn give(&mut self, input: Input) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            self.steps += 1;
            for action in self.engine.step(self.now, input) {
                self.perform(action, &mut inputs);
            }
        }
    }

    fn note(&mut self, what: &str) {
        self.log.push(format!("{} {what}", self.now.since_start().as_secs()));
    }

    fn perform(&mut self, action: Action, inputs: &mut Vec<Input>) {
        match action {
            Action::Spawn { process, role, command, .. } => {
                self.note(&format!("spawn {role}"));
                if self.missing.contains(&command.program) {
                    inputs.push(Input::NotStarted { process, reason: "not found on PATH".into() });
                } else {
                    inputs.push(Input::Started { process, pid: 100 + process.0 as u32 });
                    match self.checks_end.filter(|_| matches!(role, Role::Check { .. })) {
                        Some(code) => inputs.push(Input::Exited {
                            process,
                            exit: Exit::Code(code),
                            output: String::new(),
                        }),
                        None => drop(self.running.insert(process, role)),
                    }
                }
            }
            Action::Signal { process, signal } => {
                if let Some(role) = self.running.get(&process) {
                    let service = format!("{}-host", role.name().unwrap_or_default());
                    let role = role.to_string();
                    self.note(&format!("{signal} {role}"));
                    let in_use = matches!(
                        self.desired.get(&service),
                        Some(Desired::Present { status: Status::Passing | Status::Warning, .. })
                    );
                    if signal == Signal::Term && in_use && role.starts_with("job[") {
                        self.stopped_in_service.push(role.clone());
                    }
                    if signal == Signal::Kill || !self.stubborn.contains(&role) {
                        self.running.remove(&process);
                        let exit = Exit::Signal(signal.number());
                        inputs.push(Input::Exited { process, exit, output: String::new() });
                    }
                }
            }
            Action::SignalLeftovers(signal) => {
                if self.leftover {
                    self.note(&format!("{signal} leftovers"));
                    self.leftover = signal != Signal::Kill;
                }
                if !self.leftover {
                    inputs.push(Input::ChildrenGone);
                }
            }
            Action::Want { service, desired } => {
                let word = match &desired {
                    Desired::Absent => "absent".to_owned(),
                    Desired::Present { status, .. } => status.to_string(),
                };
                let before = self.desired.get(&service).unwrap_or(&Desired::Absent);
                if *before != desired {
                    self.note(&format!("{service} {word}"));
                }
                self.desired.insert(service, desired);
            }
            Action::Settle { service, .. } => {
                if !self.catalogue_hangs {
                    inputs.push(Input::Settled { service });
                }
            }
            Action::Reload => self.note("reload"),
            Action::Exit(status) => {
                self.note(&format!("exit {status}"));
                self.exit = Some(status);
            }
            Action::Report(Event::RestartScheduled { delay, .. }) => {
                self.note(&format!("restart in about {} s", delay.as_secs_f64().round()));
            }
            Action::Report(Event::BackendEmpty { backend, had, .. }) => {
                self.note(&format!("{backend} is empty, had {had}"));
            }
            Action::Report(Event::Bus { code, source }) => {
                self.bus.push(format!("{} {source}", code.as_str()));
            }
            Action::Export { name, value } => {
                self.variables.insert(name, value);
            }
            Action::Unexport { name } => {
                self.variables.remove(&name);
            }
            Action::Probe { process, .. } => {
                self.note("probe");
                self.probes.insert(process);
            }
            Action::Forget { process } => {
                self.note("forget the probe");
                self.probes.remove(&process);
            }
            Action::Drain { service, .. } => {
                self.note(&format!("drain {service}"));
                if !self.clients_stay {
                    inputs.push(Input::Drained { service, connections: 0 });
                }
            }
            Action::Answer { order, answer } => {
                let before = self.answers.insert(order.0, answer);
                assert!(before.is_none(), "an order was answered twice");
            }
            Action::ReopenLog => self.note("reopen the log"),
            Action::Report(_) | Action::Offer(_) | Action::Watch(_) => {}
        }
    }

    /// Lets time pass up to `at` seconds after the start, ticking whenever the engine wants it.
    pub(super) fn until(&mut self, at: u64) {
        let end = Time::from_start(seconds(at));
        let mut ticks = 0;
        while let Some(due) = self.engine.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.give(Input::Tick);
            ticks += 1;
            assert!(ticks < 100_000, "the engine wants to be woken without end: {:?}", self.log.last());
            if self.exit.is_some() {
                return;
            }
        }
        self.now = end;
    }

    pub(super) fn find(&self, role: &str) -> Option<ProcessId> {
        self.running.iter().find(|(_, running)| running.to_string() == role).map(|(process, _)| *process)
    }

    pub(super) fn end(&mut self, role: &str, exit: Exit) {
        let process = self.find(role).unwrap_or_else(|| panic!("{role} does not run: {:?}", self.log));
        self.running.remove(&process);
        self.give(Input::Exited { process, exit, output: String::new() });
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        self.give(Input::Signal(signal));
    }

    pub(super) fn instances(&mut self, backend: &str, instances: &[Instance]) {
        let target = WatchTarget::Service { name: backend.to_owned(), tag: None, datacenter: None };
        self.give(Input::Watched { target, seen: Seen::Instances(instances.to_vec()) });
    }

    /// Gives an order; its answer will stand under the number given back.
    pub(super) fn order(&mut self, order: Order) -> u64 {
        self.orders += 1;
        let id = OrderId(self.orders);
        self.give(Input::Ordered { id, order });
        self.orders
    }

    /// How many orders were given.
    pub(super) const fn orders(&self) -> u64 {
        self.orders
    }

    /// Answers every probe that waits.
    pub(super) fn find_all(&mut self, verdict: Verdict, output: &str) {
        for process in std::mem::take(&mut self.probes) {
            let finding = Finding { verdict, output: output.to_owned() };
            self.give(Input::Found { process, finding });
        }
    }

    /// Ends a job's run with this status.
    pub(super) fn exit_job(&mut self, job: &str, code: u8) {
        self.end(&format!("job[{job}]"), Exit::Code(code));
    }

    /// Ends a job's check with this status.
    pub(super) fn exit_check(&mut self, job: &str, code: u8) {
        self.end(&format!("check[{job}]"), Exit::Code(code));
    }

    pub(super) fn runs(&self, job: &str) -> bool {
        self.find(&format!("job[{job}]")).is_some()
    }

    /// What was said on the bus since the last call.
    pub(super) fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.bus)
    }

    /// The log since the last call.
    pub(super) fn news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }
}
