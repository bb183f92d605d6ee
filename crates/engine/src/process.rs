//! The processes that run, and what bounds them.

use crate::{Action, Stdio};
use gyropilot_model::{Command, Event, Exit, Readiness, Role, Signal, Surroundings, Time};
use std::collections::BTreeMap;
use std::time::Duration;

/// The engine's own name for one run of a program; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u64);

/// The processes that were started and have not ended, with the actions and
/// events that this step has gathered so far.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    running: BTreeMap<ProcessId, Running>,
    last: u64,
    actions: Vec<Action>,
}

#[derive(Debug)]
struct Running {
    role: Role,
    command: Command,
    /// What asks it to stop.
    stop_signal: Signal,
    started: Time,
    pid: Option<u32>,
    /// When it was first killed.
    killed: Option<Time>,
    /// KILL then, and say that it took longer than it may.
    timeout: Option<(Time, Duration)>,
    /// KILL then: it was told to stop and has not.
    patience: Option<(Time, Duration)>,
}

/// What is to be started.
pub(crate) struct Launch<'a> {
    pub(crate) role: Role,
    pub(crate) command: &'a Command,
    pub(crate) stdio: Stdio,
    pub(crate) surroundings: Surroundings,
    pub(crate) ready: Option<Readiness>,
    /// KILL after this long.
    pub(crate) timeout: Option<Duration>,
    /// What asks it to stop.
    pub(crate) stop_signal: Signal,
}

/// What is known of a process that has just ended.
pub(crate) struct Ended {
    pub(crate) role: Role,
    /// How long it ran.
    pub(crate) ran: Duration,
    /// Was it killed by us?
    pub(crate) killed: bool,
}

// === impl Processes ===

impl Processes {
    pub(crate) fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    pub(crate) fn report(&mut self, event: Event) {
        self.actions.push(Action::Report(event));
    }

    pub(crate) fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    pub(crate) fn spawn(
        &mut self,
        now: Time,
        role: Role,
        command: &Command,
        timeout: Option<Duration>,
    ) -> ProcessId {
        let stdio = match role {
            Role::PreStart | Role::App | Role::PreStop | Role::PostStop => Stdio::Attached,
            Role::Health { .. }
            | Role::OnChange { .. }
            | Role::Task { .. }
            | Role::Coprocess { .. }
            | Role::Job { .. }
            | Role::Check { .. } => Stdio::Lines,
            Role::Sensor { .. } => Stdio::Capture,
        };
        self.launch(
            now,
            Launch {
                role,
                command,
                stdio,
                surroundings: Surroundings::default(),
                ready: None,
                timeout,
                stop_signal: Signal::Term,
            },
        )
    }

    /// A name that was never used.
    pub(crate) fn name(&mut self) -> ProcessId {
        self.last += 1;
        ProcessId(self.last)
    }

    pub(crate) fn launch(&mut self, now: Time, launch: Launch<'_>) -> ProcessId {
        let process = self.name();
        let Launch { role, command, stdio, surroundings, ready, timeout, stop_signal } = launch;
        self.running.insert(
            process,
            Running {
                role: role.clone(),
                command: command.clone(),
                stop_signal,
                started: now,
                pid: None,
                killed: None,
                timeout: timeout.map(|timeout| (now + timeout, timeout)),
                patience: None,
            },
        );
        self.act(Action::Spawn {
            process,
            role,
            command: command.clone(),
            stdio,
            surroundings: Box::new(surroundings),
            ready,
        });
        process
    }

    /// Notes that it runs; gives its role, unless it is not known.
    pub(crate) fn started(&mut self, process: ProcessId, pid: u32) -> Option<Role> {
        let running = self.running.get_mut(&process)?;
        running.pid = Some(pid);
        let role = running.role.clone();
        self.report(Event::ProcessStarted { role: role.clone(), pid });
        Some(role)
    }

    /// Notes that it ended, or that it could not be started when there is a reason for that.
    pub(crate) fn ended(
        &mut self,
        now: Time,
        process: ProcessId,
        exit: Exit,
        not_started: Option<String>,
    ) -> Option<Ended> {
        let running = self.running.remove(&process)?;
        let ran = now.since(running.started);
        let role = running.role;
        self.report(match not_started {
            Some(reason) => {
                Event::ProcessNotStarted { role: role.clone(), program: running.command.program, reason }
            }
            None => {
                Event::ProcessExited { role: role.clone(), pid: running.pid.unwrap_or_default(), exit, ran }
            }
        });
        Some(Ended { role, ran, killed: running.killed.is_some() })
    }

    pub(crate) fn is_running(&self, process: ProcessId) -> bool {
        self.running.contains_key(&process)
    }

    pub(crate) fn signal(&mut self, process: ProcessId, signal: Signal) {
        if self.is_running(process) {
            self.act(Action::Signal { process, signal });
        }
    }

    /// When it was killed; nothing for one that was not, or that is gone.
    pub(crate) fn killed_at(&self, process: ProcessId) -> Option<Time> {
        self.running.get(&process).and_then(|running| running.killed)
    }

    /// It may take until `until` to stop, or to run, where that is later than it was.
    pub(crate) fn extend(&mut self, process: ProcessId, until: Time) {
        let Some(running) = self.running.get_mut(&process) else { return };
        for bound in [&mut running.timeout, &mut running.patience].into_iter().flatten() {
            bound.0 = bound.0.max(until);
        }
    }

    /// Its stop signal now and KILL after `patience`, or KILL now when there is none.
    ///
    /// Told again, it only ever shortens what is left.
    pub(crate) fn stop(&mut self, now: Time, process: ProcessId, patience: Duration) {
        let Some(running) = self.running.get_mut(&process) else { return };
        if patience.is_zero() {
            running.patience = None;
            running.timeout = None;
            running.killed.get_or_insert(now);
            self.signal(process, Signal::Kill);
            return;
        }
        let kill_at = now + patience;
        match running.patience {
            Some((earlier, _)) if earlier <= kill_at => {}
            Some(_) => running.patience = Some((kill_at, patience)),
            None => {
                running.patience = Some((kill_at, patience));
                let signal = running.stop_signal;
                self.signal(process, signal);
            }
        }
    }

    /// Everything of this kind that runs.
    pub(crate) fn of(&self, wanted: impl Fn(&Role) -> bool) -> Vec<ProcessId> {
        self.running.iter().filter(|(_, running)| wanted(&running.role)).map(|(id, _)| *id).collect()
    }

    /// Does some `onChange` run this very command line?
    pub(crate) fn runs_on_change(&self, command: &Command) -> bool {
        self.running
            .values()
            .any(|running| matches!(running.role, Role::OnChange { .. }) && running.command == *command)
    }

    pub(crate) fn due(&self) -> Option<Time> {
        self.running
            .values()
            .flat_map(|running| [running.timeout, running.patience])
            .flatten()
            .map(|(at, _)| at)
            .min()
    }

    /// Kills what has run out of time, and says which had no more time to run.
    pub(crate) fn advance(&mut self, now: Time) -> Vec<ProcessId> {
        let mut kill = Vec::new();
        let mut timed_out = Vec::new();
        for (process, running) in &mut self.running {
            let event = if let Some((_, timeout)) = running.timeout.take_if(|(at, _)| *at <= now) {
                timed_out.push(*process);
                Event::ProcessTimedOut {
                    role: running.role.clone(),
                    timeout,
                    command: running.command.to_string(),
                }
            } else if let Some((_, timeout)) = running.patience.take_if(|(at, _)| *at <= now) {
                Event::StopTimedOut { role: running.role.clone(), timeout }
            } else {
                continue;
            };
            running.killed.get_or_insert(now);
            kill.push((*process, event));
        }
        for (process, event) in kill {
            self.report(event);
            self.act(Action::Signal { process, signal: Signal::Kill });
        }
        timed_out
    }
}
