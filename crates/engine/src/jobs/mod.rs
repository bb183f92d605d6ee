//! Jobs that start each other: what a plan of jobs wants, brought about input
//! by input.
//!
//! What happens is said on a bus: one queue, worked off within the step. Each
//! job is a state machine of its own that hears everything in the order of the
//! configuration. What one job does to another goes over the bus, but for two
//! questions that are asked of the state itself: whether a job that stops has
//! others running for it, and whether what a job waits for can still happen.

mod ask;
mod cue;
mod graph;
mod health;
mod job;
mod leave;
mod maintenance;
mod offer;
mod order;
mod prospects;
mod readiness;
mod record;
mod registration;
mod reload;
mod run;
mod scene;
mod status;
mod stop;
mod watch;
mod why;

pub(crate) use graph::edges;

use crate::backoff::Random;
use crate::process::Processes;
use crate::{Action, Input, Options, ProcessId};
use cue::GLOBAL;
use gyropilot_model::{
    Event, EventCode, Exit, Finding, Jobs, Notice, OrderId, Plan, Role, Service, Signal, SignalAction,
    Status, Time, WatchTarget,
};
use job::Runner;
use leave::{STOPPING, Shutdown};
use offer::Offer;
use scene::Scene;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;
use watch::Lookout;

/// The state of a pilot that runs jobs.
#[derive(Debug)]
pub(crate) struct JobEngine {
    plan: Plan,
    jobs: Jobs,
    pid: u32,
    phase: Phase,
    scene: Scene,
    /// In the order of the configuration; then those that a reload removed.
    runners: Vec<Runner>,
    watches: Vec<Lookout>,
    /// Services that are no job's: that of the metrics.
    own: Vec<Offer>,
    /// Who waits for a reload.
    reloads: Vec<OrderId>,
    /// Who waits until maintenance has begun.
    maintenance: Vec<OrderId>,
    /// Whose process id the checks' common variable holds.
    check: Option<ProcessId>,
}

/// How far the pilot is.
#[derive(Debug)]
enum Phase {
    /// Nothing has happened yet.
    Fresh,
    Running,
    /// The pilot takes its leave.
    Stopping(Shutdown),
    /// [`Action::Exit`] was given.
    Over,
}

// === impl JobEngine ===

impl JobEngine {
    pub(crate) fn new(plan: Plan, jobs: Jobs, options: &Options) -> Self {
        let mut scene = Scene {
            now: Time::ZERO,
            processes: Processes::default(),
            bus: VecDeque::new(),
            random: Random::new(options.seed),
            compat: plan.compat,
            maintenance: false,
            ended: 0,
            leave: None,
        };
        let runners = jobs.jobs.iter().map(|job| {
            let service = service_of(&plan, job.service.as_deref());
            Runner::new(&mut scene, job.clone(), service)
        });
        let runners = runners.collect();
        Self {
            runners,
            watches: jobs.watches.iter().cloned().map(Lookout::new).collect(),
            own: own_services(&plan, &jobs).map(Offer::new).collect(),
            plan,
            jobs,
            pid: options.pid,
            phase: Phase::Fresh,
            scene,
            reloads: Vec::new(),
            maintenance: Vec::new(),
            check: None,
        }
    }

    pub(crate) const fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) fn step(&mut self, now: Time, input: Input) -> Vec<Action> {
        self.scene.now = now;
        if matches!(self.phase, Phase::Over) {
            return Vec::new();
        }
        match input {
            Input::Start => self.start(),
            Input::Tick => {}
            Input::Started { process, pid } => self.started(process, pid),
            Input::NotStarted { process, reason } => {
                self.ended(process, Exit::NotStarted, "", Some(&reason));
            }
            Input::Exited { process, exit, output } => self.ended(process, exit, &output, None),
            Input::ChildrenGone => self.children_gone(),
            Input::Signal(signal) => self.signalled(signal),
            Input::Watched { target, seen } => {
                if !self.scene.is_leaving() {
                    for watch in self.watches.iter_mut().filter(|watch| watch.watch.target == target) {
                        watch.seen(&mut self.scene, seen.clone());
                    }
                }
            }
            Input::Noticed { process, notice } => self.noticed(process, notice),
            Input::Found { process, finding } => self.found(process, finding),
            Input::Settled { service } => {
                let runners = self.runners.iter_mut().filter_map(|runner| runner.offer.as_mut());
                for offer in runners.chain(&mut self.own).filter(|offer| offer.service.id == service) {
                    offer.settled(&mut self.scene);
                }
            }
            Input::Drained { service, connections } => {
                for runner in &mut self.runners {
                    let name = runner.job.name.clone();
                    if let Some(offer) = runner.offer.as_mut().filter(|offer| offer.service.id == service) {
                        offer.drained(&mut self.scene, &name, connections);
                    }
                }
            }
            Input::Ordered { id, order } => self.ordered(id, &order),
            Input::Reloaded(result) => self.reloaded(result),
        }
        self.work_off();
        self.scene.processes.take_actions()
    }

    fn start(&mut self) {
        self.phase = Phase::Running;
        let plan = self.summary();
        self.scene.processes.report(Event::Started { pid: self.pid, plan });
        self.scene.processes.act(Action::Offer(self.plan.services.clone()));
        self.scene.processes.act(Action::Watch(self.targets()));
        self.scene.publish(EventCode::Startup, GLOBAL);
    }

    /// What the watches want watched, each once and as often as the keenest wants.
    fn targets(&self) -> Vec<(WatchTarget, Duration)> {
        let mut targets: Vec<(WatchTarget, Duration)> = Vec::new();
        for Lookout { watch, .. } in &self.watches {
            match targets.iter_mut().find(|(target, _)| *target == watch.target) {
                Some((_, interval)) => *interval = (*interval).min(watch.interval),
                None => targets.push((watch.target.clone(), watch.interval)),
            }
        }
        targets
    }

    fn started(&mut self, process: ProcessId, pid: u32) {
        let Some(role) = self.scene.processes.started(process, pid) else { return };
        if matches!(role, Role::Check { .. }) {
            self.check = Some(process);
            for name in crate::environment::pid_variables(&role) {
                self.scene.processes.act(Action::Export { name, value: pid.to_string() });
            }
        }
        if let Some(runner) = self.runners.iter_mut().find(|runner| runner.owns(process)) {
            runner.started(&mut self.scene, process, pid);
        }
    }

    fn ended(&mut self, process: ProcessId, exit: Exit, output: &str, reason: Option<&str>) {
        let Some(ended) =
            self.scene.processes.ended(self.scene.now, process, exit, reason.map(str::to_owned))
        else {
            return;
        };
        if self.check == Some(process) {
            self.check = None;
            for name in crate::environment::pid_variables(&ended.role) {
                self.scene.processes.act(Action::Unexport { name });
            }
        }
        if let Some(runner) = self.runners.iter_mut().find(|runner| runner.owns(process)) {
            runner.ended(&mut self.scene, process, exit, output, &ended, reason);
        }
    }

    fn noticed(&mut self, process: ProcessId, notice: Notice) {
        if let Some(runner) = self.runners.iter_mut().find(|runner| runner.owns(process)) {
            runner.noticed(&mut self.scene, process, notice);
        }
    }

    fn found(&mut self, process: ProcessId, finding: Finding) {
        if let Some(runner) = self.runners.iter_mut().find(|runner| runner.owns(process)) {
            runner.found(&mut self.scene, process, finding);
        }
    }

    fn signalled(&mut self, signal: Signal) {
        match self.plan.on_signal(signal) {
            SignalAction::Stop => self.stop_requested(signal),
            SignalAction::ReopenLog => self.scene.processes.act(Action::ReopenLog),
            _ if self.scene.is_leaving() => {}
            SignalAction::Reload => self.scene.processes.act(Action::Reload),
            SignalAction::ToggleMaintenance => self.maintain(!self.scene.maintenance),
            SignalAction::Event => self.scene.publish(EventCode::Signal, &signal.to_string()),
            SignalAction::Ignore => {}
        }
    }

    /// Delivers what was said, and goes on wherever something can go on, until
    /// nothing more can.
    fn work_off(&mut self) {
        for process in self.scene.processes.advance(self.scene.now) {
            if let Some(runner) = self.runners.iter_mut().find(|runner| runner.owns(process)) {
                runner.timed_out(&mut self.scene, process);
            }
        }
        loop {
            while let Some(event) = self.scene.bus.pop_front() {
                for runner in &mut self.runners {
                    runner.hear(&mut self.scene, &event);
                }
            }
            if matches!(self.phase, Phase::Fresh | Phase::Over) {
                return;
            }
            let mut changed = false;
            for runner in &mut self.runners {
                runner.advance(&mut self.scene);
                runner.reconcile(&mut self.scene);
            }
            let awaited = self.awaited();
            for runner in &mut self.runners {
                changed |= runner.advance_departure(&mut self.scene, &awaited);
            }
            self.advance_own();
            self.runners.retain(|runner| !(runner.removed && runner.is_gone()));
            changed |= self.judge();
            changed |= self.advance_leave();
            if !changed && self.scene.bus.is_empty() {
                break;
            }
        }
        self.maintenance_begun();
        for runner in &mut self.runners {
            runner.tell(&mut self.scene);
        }
    }

    /// The jobs whose `stopping` jobs are not done.
    fn awaited(&self) -> BTreeSet<String> {
        let causes = self.runners.iter().flat_map(Runner::farewells);
        causes.filter(|cause| cause.code == EventCode::Stopping).map(|cause| cause.source).collect()
    }

    /// The pilot's own services are as well as it is.
    fn advance_own(&mut self) {
        let absent = self.scene.maintenance || self.scene.is_leaving();
        for offer in &mut self.own {
            let wanted = (!absent).then_some((Status::Passing, "ok"));
            offer.want(&mut self.scene, wanted, Duration::ZERO);
            offer.advance(&mut self.scene);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        if matches!(self.phase, Phase::Fresh | Phase::Over) {
            return None;
        }
        let runners = self.runners.iter().filter_map(|runner| runner.due(&self.scene));
        let own = self.own.iter().filter_map(|offer| offer.due(&self.scene));
        runners.chain(own).chain(self.scene.processes.due()).chain(self.leave_due()).min()
    }

    fn summary(&self) -> String {
        let count = |number: usize, one: &str, many: &str| {
            format!("{number} {}", if number == 1 { one } else { many })
        };
        [count(self.jobs.jobs.len(), "job", "jobs"), count(self.jobs.watches.len(), "watch", "watches")]
            .join(", ")
    }
}

fn service_of(plan: &Plan, id: Option<&str>) -> Option<Service> {
    plan.services.iter().find(|service| Some(service.id.as_str()) == id).cloned()
}

/// The services that are no job's.
fn own_services<'a>(plan: &'a Plan, jobs: &'a Jobs) -> impl Iterator<Item = Service> + 'a {
    let taken = |id: &str| jobs.jobs.iter().any(|job| job.service.as_deref() == Some(id));
    plan.services.iter().filter(move |service| !taken(&service.id)).cloned()
}
