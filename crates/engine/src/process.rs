//! The processes that run, and what bounds them.

use crate::{Action, Stdio};
use gyropilot_model::{Command, Event, Exit, Role, Signal, Time};
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
    started: Time,
    pid: Option<u32>,
    /// KILL then, and say that it took longer than it may.
    timeout: Option<(Time, Duration)>,
    /// KILL then: it was told to stop and has not.
    patience: Option<(Time, Duration)>,
}

/// What is known of a process that has just ended.
pub(crate) struct Ended {
    pub(crate) role: Role,
    /// How long it ran.
    pub(crate) ran: Duration,
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
        self.last += 1;
        let process = ProcessId(self.last);
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
        self.running.insert(
            process,
            Running {
                role: role.clone(),
                command: command.clone(),
                started: now,
                pid: None,
                timeout: timeout.map(|timeout| (now + timeout, timeout)),
                patience: None,
            },
        );
        self.act(Action::Spawn {
            process,
            role,
            command: command.clone(),
            stdio,
            surroundings: Box::default(),
            ready: None,
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
        Some(Ended { role, ran })
    }

    pub(crate) fn is_running(&self, process: ProcessId) -> bool {
        self.running.contains_key(&process)
    }

    pub(crate) fn signal(&mut self, process: ProcessId, signal: Signal) {
        if self.is_running(process) {
            self.act(Action::Signal { process, signal });
        }
    }

    /// TERM now and KILL after `patience`, or KILL now when there is none.
    ///
    /// Told again, it only ever shortens what is left.
    pub(crate) fn stop(&mut self, now: Time, process: ProcessId, patience: Duration) {
        let Some(running) = self.running.get_mut(&process) else { return };
        if patience.is_zero() {
            running.patience = None;
            running.timeout = None;
            self.signal(process, Signal::Kill);
            return;
        }
        let kill_at = now + patience;
        match running.patience {
            Some((earlier, _)) if earlier <= kill_at => {}
            Some(_) => running.patience = Some((kill_at, patience)),
            None => {
                running.patience = Some((kill_at, patience));
                self.signal(process, Signal::Term);
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
            kill.push((*process, event));
        }
        for (process, event) in kill {
            self.report(event);
            self.act(Action::Signal { process, signal: Signal::Kill });
        }
        timed_out
    }
}
