//! One application and the commands around it: what a plan of hooks wants,
//! brought about input by input.

mod backend;
mod coprocess;
mod health;
mod periodic;
mod reload;
mod stop;

use crate::backoff::Random;
use crate::environment::pid_variables;
use crate::process::{Ended, Processes};
use crate::{Action, Input, Options, ProcessId};
use backend::Follow;
use coprocess::Companion;
use gyropilot_model::{
    Desired, Event, Exit, Hooks, Plan, Role, Seen, Signal, SignalAction, StopTimeout, Time, WatchTarget,
};
use health::HealthWatch;
use periodic::Periodic;
use std::time::Duration;
use stop::{Cause, Stop};

/// The state of a pilot that runs hooks.
#[derive(Debug)]
pub(crate) struct HookEngine {
    pub(crate) plan: Plan,
    pub(crate) hooks: Hooks,
    options: Options,
    random: Random,
    pub(crate) phase: Phase,
    pub(crate) processes: Processes,
    pub(crate) maintenance: bool,
    pub(crate) services: Vec<HealthWatch>,
    pub(crate) backends: Vec<Follow>,
    pub(crate) periodics: Vec<Periodic>,
    pub(crate) companions: Vec<Companion>,
    /// Coprocesses of the plan before, told to stop. The new ones wait for them.
    pub(crate) leaving: Vec<Companion>,
    /// When the application was started.
    since: Time,
}

/// How far the pilot is.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Nothing has happened yet.
    Fresh,
    /// `preStart` runs.
    PreStart(ProcessId),
    /// The application runs, or there is none and everything else does.
    Running(Option<ProcessId>),
    /// The pilot takes its leave.
    Stopping(Stop),
    /// [`Action::Exit`] was given.
    Over,
}

// === impl HookEngine ===

impl HookEngine {
    /// An engine for `plan` that has not begun.
    pub(crate) fn new(plan: Plan, hooks: Hooks, options: Options) -> Self {
        let random = Random::new(options.seed);
        let mut engine = Self {
            plan,
            hooks,
            options,
            random,
            phase: Phase::Fresh,
            processes: Processes::default(),
            maintenance: false,
            services: Vec::new(),
            backends: Vec::new(),
            periodics: Vec::new(),
            companions: Vec::new(),
            leaving: Vec::new(),
            since: Time::ZERO,
        };
        engine.take_up();
        engine
    }

    /// What is being done.
    pub(crate) const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes what happened at `now` and says what is to be done about it.
    pub(crate) fn step(&mut self, now: Time, input: Input) -> Vec<Action> {
        match input {
            Input::Start => self.start(now),
            Input::Tick => {}
            Input::Started { process, pid } => self.started(now, process, pid),
            Input::NotStarted { process, reason } => {
                self.ended(now, process, Exit::NotStarted, "", Some(reason));
            }
            Input::Exited { process, exit, output } => self.ended(now, process, exit, &output, None),
            Input::ChildrenGone => self.children_gone(),
            Input::Signal(signal) => self.signalled(now, signal),
            Input::Watched {
                target: WatchTarget::Service { name, tag, .. },
                seen: Seen::Instances(instances),
            } => {
                let key = (name.as_str(), tag.as_deref());
                for follow in self.backends.iter_mut().filter(|follow| follow.key() == key) {
                    follow.instances(instances.clone(), &mut self.processes);
                }
            }
            Input::Settled { service } => self.settled(now, &service),
            Input::Reloaded(Ok(plan)) => match plan.hooks().cloned() {
                Some(hooks) => self.reload(now, *plan, hooks),
                None => self.processes.report(Event::ReloadRefused {
                    reason: "the file has jobs now; this pilot was started with hooks: restart the container"
                        .to_owned(),
                }),
            },
            Input::Reloaded(Err(reason)) => self.processes.report(Event::ReloadRefused { reason }),
            // A plan of hooks has no control socket, no keys to watch and no drain.
            Input::Watched { .. }
            | Input::Noticed { .. }
            | Input::Found { .. }
            | Input::Drained { .. }
            | Input::Ordered { .. } => {}
        }
        self.advance(now);
        self.processes.take_actions()
    }

    /// The next moment at which [`Input::Tick`] is of use, if there is one. It
    /// may lie in the past, which means at once.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let mut due: Vec<Option<Time>> = vec![self.processes.due()];
        if let Phase::Stopping(stop) = &self.phase {
            due.push(stop.due());
        }
        if matches!(self.phase, Phase::Running(_)) {
            due.extend(self.companions.iter().map(Companion::due));
            if !self.maintenance {
                due.extend(self.services.iter().map(HealthWatch::due));
                due.extend(self.periodics.iter().map(Periodic::due));
                due.extend(self.backends.iter().map(|follow| self.change_due(follow)));
            }
        }
        due.into_iter().flatten().min()
    }

    fn start(&mut self, now: Time) {
        self.processes.report(Event::Started { pid: self.options.pid, plan: self.summary() });
        self.processes.act(Action::Offer(self.plan.services.clone()));
        match self.hooks.pre_start.clone() {
            Some(command) => {
                let process = self.processes.spawn(now, Role::PreStart, &command, None);
                self.phase = Phase::PreStart(process);
            }
            None => self.launch(now),
        }
    }

    /// Starts the coprocesses, the application and everything that goes with it.
    fn launch(&mut self, now: Time) {
        self.since = now;
        self.companions.iter_mut().for_each(|companion| companion.begin(now));
        self.companions.iter_mut().for_each(|companion| companion.advance(now, &mut self.processes));
        let application = self.options.application.clone();
        let process = application.map(|command| self.processes.spawn(now, Role::App, &command, None));
        self.phase = Phase::Running(process);
        self.processes.act(Action::Watch(self.targets()));
        // With an application the checks begin as soon as it has been started.
        if process.is_none() {
            self.begin_checks(now);
        }
    }

    /// What the backends want watched.
    pub(crate) fn targets(&self) -> Vec<(WatchTarget, Duration)> {
        self.hooks.backends.iter().map(|backend| (backend.target(), backend.poll)).collect()
    }

    fn begin_checks(&mut self, now: Time) {
        if !self.maintenance {
            self.services.iter_mut().for_each(|service| service.begin(now));
            self.periodics.iter_mut().for_each(|periodic| periodic.begin(now));
        }
    }

    fn started(&mut self, now: Time, process: ProcessId, pid: u32) {
        let Some(role) = self.processes.started(process, pid) else { return };
        for name in pid_variables(&role) {
            self.processes.act(Action::Export { name, value: pid.to_string() });
        }
        if matches!(self.phase, Phase::Running(Some(application)) if application == process) {
            self.begin_checks(now);
        }
    }

    fn ended(
        &mut self,
        now: Time,
        process: ProcessId,
        exit: Exit,
        output: &str,
        not_started: Option<String>,
    ) {
        let Some(Ended { role, ran, .. }) = self.processes.ended(now, process, exit, not_started) else {
            return;
        };
        match role {
            Role::PreStart | Role::App | Role::PreStop | Role::PostStop => {
                self.main_ended(now, process, exit);
            }
            Role::Health { .. } => {
                self.services
                    .iter_mut()
                    .any(|service| service.exited(process, exit, output, &mut self.processes));
            }
            Role::OnChange { .. } => {
                self.backends.iter_mut().any(|follow| follow.exited(process));
            }
            Role::Task { .. } | Role::Sensor { .. } => {
                self.periodics
                    .iter_mut()
                    .any(|periodic| periodic.exited(process, exit, output, &mut self.processes));
            }
            // Nothing that hooks start.
            Role::Job { .. } | Role::Check { .. } => {}
            Role::Coprocess { .. } => {
                let again = matches!(self.phase, Phase::Running(_));
                let companions = self.companions.iter_mut().map(|companion| (companion, again));
                let leaving = self.leaving.iter_mut().map(|companion| (companion, false));
                for (companion, again) in companions.chain(leaving) {
                    if companion.exited(now, process, exit, ran, again, &mut self.processes) {
                        break;
                    }
                }
            }
        }
    }

    /// `preStart`, the application or a stop hook ended.
    fn main_ended(&mut self, now: Time, process: ProcessId, exit: Exit) {
        match &mut self.phase {
            Phase::PreStart(running) if *running == process => {
                if exit.is_success() {
                    self.launch(now);
                } else {
                    self.phase = Phase::Stopping(Stop::after(Cause::PreStart, exit));
                    self.sweep(now);
                }
            }
            Phase::Running(Some(running)) if *running == process => {
                // What the leader left behind in its group gets the word too.
                self.processes.act(Action::Signal { process, signal: Signal::Term });
                self.phase = Phase::Stopping(Stop::after(Cause::Application, exit));
                self.begin_stop(now);
            }
            Phase::Stopping(_) => self.stop_process_ended(now, process, exit),
            _ => {}
        }
    }

    fn signalled(&mut self, now: Time, signal: Signal) {
        match self.plan.on_signal(signal) {
            SignalAction::Stop => self.stop_requested(now, signal),
            SignalAction::Reload if !self.is_stopping() => self.processes.act(Action::Reload),
            SignalAction::ToggleMaintenance if !self.is_stopping() => self.toggle_maintenance(now),
            SignalAction::ReopenLog => self.processes.act(Action::ReopenLog),
            SignalAction::Reload
            | SignalAction::ToggleMaintenance
            | SignalAction::Event
            | SignalAction::Ignore => {}
        }
    }

    pub(crate) const fn is_stopping(&self) -> bool {
        matches!(self.phase, Phase::Stopping(_) | Phase::Over)
    }

    fn toggle_maintenance(&mut self, now: Time) {
        self.maintenance = !self.maintenance;
        self.processes.report(Event::Maintenance { on: self.maintenance });
        let running = matches!(self.phase, Phase::Running(_));
        if self.maintenance {
            self.services.iter_mut().for_each(|service| service.end(now, &mut self.processes));
            self.periodics.iter_mut().for_each(Periodic::pause);
            for service in &self.services {
                self.processes
                    .act(Action::Want { service: service.service.id.clone(), desired: Desired::Absent });
            }
        } else if running {
            self.begin_checks(now);
        }
    }

    /// Ends checks, tasks and sensors; what runs of them is killed.
    pub(crate) fn silence(&mut self, now: Time) {
        self.services.iter_mut().for_each(|service| service.end(now, &mut self.processes));
        self.periodics.iter_mut().for_each(|periodic| periodic.end(now, &mut self.processes));
    }

    /// Fills what is still empty from the plan.
    fn take_up(&mut self) {
        self.services = self.plan.services.iter().cloned().map(HealthWatch::new).collect();
        self.backends = self.hooks.backends.iter().cloned().map(Follow::new).collect();
        self.periodics = periodics(&self.plan, &self.hooks);
        self.companions = self.new_companions();
    }

    pub(crate) fn new_companions(&mut self) -> Vec<Companion> {
        let immediate = self.plan.compat.immediate_restarts;
        let coprocesses = self.hooks.coprocesses.iter().cloned();
        coprocesses.map(|coprocess| Companion::new(coprocess, immediate, self.random.fork())).collect()
    }

    pub(crate) fn stop_patience(&self) -> Duration {
        match self.plan.stop_timeout {
            StopTimeout::After(patience) => patience,
            StopTimeout::Immediately => Duration::ZERO,
        }
    }

    pub(crate) fn summary(&self) -> String {
        let count = |number: usize, one: &str, many: &str| {
            format!("{number} {}", if number == 1 { one } else { many })
        };
        [
            // The one that announces the metrics is nobody's intention.
            count(
                self.plan.services.len() - usize::from(self.plan.telemetry.is_some()),
                "service",
                "services",
            ),
            count(self.hooks.backends.len(), "backend", "backends"),
            count(self.hooks.tasks.len(), "task", "tasks"),
            count(self.hooks.coprocesses.len(), "coprocess", "coprocesses"),
        ]
        .join(", ")
    }

    fn advance(&mut self, now: Time) {
        for process in self.processes.advance(now) {
            self.services.iter_mut().any(|service| service.timed_out(process, &mut self.processes));
        }
        if matches!(self.phase, Phase::Running(_)) {
            if !self.leaving.is_empty() {
                self.replace_companions(now, false);
            }
            self.companions.iter_mut().for_each(|companion| companion.advance(now, &mut self.processes));
            if !self.maintenance {
                self.services.iter_mut().for_each(|service| service.advance(now, &mut self.processes));
                self.periodics.iter_mut().for_each(|periodic| periodic.advance(now, &mut self.processes));
                self.start_changes(now);
            }
        }
        self.advance_stop(now);
    }

    /// Starts each `onChange` that is due and free to run.
    fn start_changes(&mut self, now: Time) {
        for index in 0..self.backends.len() {
            let due = self.change_due(&self.backends[index]).is_some_and(|at| at <= now);
            if due {
                self.backends[index].start(now, &mut self.processes);
            }
        }
    }

    /// When `onChange` of this backend may run; nothing while there is no news
    /// or while it has to wait for something that will be an input itself.
    fn change_due(&self, follow: &Follow) -> Option<Time> {
        let due = follow.due()?;
        // Two runs of one command line would write one file: the one that read
        // the catalogue first must not be the one that writes last.
        let command = &follow.backend.on_change;
        if self.processes.runs_on_change(command) {
            return None;
        }
        if !follow.was_told() && self.application_is_coming_up() {
            // An application that does not listen yet cannot be told to
            // reload. The original was safe by waiting one period; the first
            // passing check is the better sign.
            return Some(due.max(self.since + follow.backend.poll));
        }
        Some(due)
    }

    fn application_is_coming_up(&self) -> bool {
        let checked = |watch: &&HealthWatch| watch.service.health.command.is_some();
        self.options.application.is_some()
            && self.services.iter().any(|watch| checked(&watch))
            && !self.services.iter().any(HealthWatch::has_passed)
    }

    pub(crate) fn exit(&mut self, status: u8, reason: String) {
        self.phase = Phase::Over;
        self.processes.report(Event::Exiting { status, reason });
        self.processes.act(Action::Exit(status));
    }
}

pub(crate) fn sensors(plan: &Plan) -> &[gyropilot_model::Sensor] {
    plan.telemetry.as_ref().map_or(&[], |telemetry| &telemetry.sensors)
}

pub(crate) fn periodics(plan: &Plan, hooks: &Hooks) -> Vec<Periodic> {
    hooks.tasks.iter().map(Periodic::task).chain(sensors(plan).iter().map(Periodic::sensor)).collect()
}
