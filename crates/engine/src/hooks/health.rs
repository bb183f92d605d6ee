//! The health of one service.

use crate::check::{failure, next_tick};
use crate::process::Processes;
use crate::{Action, ProcessId};
use gyropilot_model::{Desired, Event, Exit, Role, Service, Status, Time, format_go_duration};
use std::time::Duration;

/// Checks a service and says what the catalogue is to say of it.
#[derive(Debug)]
pub(crate) struct HealthWatch {
    pub(crate) service: Service,
    /// What the last check found; nothing before the first has ended.
    status: Option<Status>,
    /// It passed once: from then on the catalogue hears of failures too.
    offered: bool,
    check: Option<ProcessId>,
    next: Option<Time>,
}

// === impl HealthWatch ===

impl HealthWatch {
    pub(crate) const fn new(service: Service) -> Self {
        Self { service, status: None, offered: false, check: None, next: None }
    }

    /// Begins, or begins again after maintenance: the first check is at once.
    pub(crate) fn begin(&mut self, now: Time) {
        self.next = Some(now);
    }

    /// Stops checking. A check that runs is killed: nobody will ask for its result.
    pub(crate) fn end(&mut self, now: Time, processes: &mut Processes) {
        self.next = None;
        self.status = None;
        self.offered = false;
        self.abandon_check(now, processes);
    }

    /// Kills the check that runs, and takes no result from it any more.
    fn abandon_check(&mut self, now: Time, processes: &mut Processes) {
        if let Some(check) = self.check.take() {
            processes.stop(now, check, Duration::ZERO);
        }
    }

    /// Goes on with a changed definition and what is known so far. A check that
    /// is another now is made at once, where checks are made at all.
    pub(crate) fn redefine(&mut self, now: Time, service: Service, active: bool, processes: &mut Processes) {
        let same = self.service.health == service.health;
        self.service = service;
        if !same {
            self.abandon_check(now, processes);
            if active {
                self.begin(now);
            }
        }
    }

    pub(crate) const fn due(&self) -> Option<Time> {
        self.next
    }

    /// Has it a check that passed?
    pub(crate) const fn has_passed(&self) -> bool {
        self.offered && self.service.health.command.is_some()
    }

    pub(crate) fn advance(&mut self, now: Time, processes: &mut Processes) {
        let Some(at) = self.next.filter(|at| *at <= now) else { return };
        let Some(command) = &self.service.health.command else {
            self.next = None;
            self.found(Status::Passing, "ok", processes);
            return;
        };
        self.next = Some(next_tick(at, self.service.health.interval, now));
        if self.check.is_some() {
            return;
        }
        // A check that outlives the TTL had the service critical in the
        // original without ending; killed, the next one may find it well again.
        let timeout = self.service.health.timeout.unwrap_or(self.service.ttl);
        let role = Role::Health { service: self.service.name.clone(), id: self.service.id.clone() };
        self.check = Some(processes.spawn(now, role, command, Some(timeout)));
    }

    /// Takes the result of a check; false when it is not this service's.
    pub(crate) fn exited(
        &mut self,
        process: ProcessId,
        exit: Exit,
        output: &str,
        processes: &mut Processes,
    ) -> bool {
        if self.check != Some(process) {
            return false;
        }
        self.check = None;
        if exit.is_success() {
            self.found(Status::Passing, "ok", processes);
        } else {
            let reason = failure(exit, output);
            self.found(Status::Critical, &reason, processes);
        }
        true
    }

    /// A check ran out of time. It has failed, even if the kernel will not let
    /// it end: as long as it is there, no other is started.
    pub(crate) fn timed_out(&mut self, process: ProcessId, processes: &mut Processes) -> bool {
        let ours = self.check == Some(process);
        if ours {
            let limit = format_go_duration(self.service.health.timeout.unwrap_or(self.service.ttl));
            self.found(Status::Critical, &format!("no result within {limit}"), processes);
        }
        ours
    }

    /// The application ended: whatever the checks said, the service is not there.
    pub(crate) fn application_ended(&mut self, now: Time, exit: Exit, processes: &mut Processes) {
        let offered = self.offered;
        self.end(now, processes);
        self.offered = offered;
        self.found(Status::Critical, &format!("the application ended: {exit}"), processes);
    }

    fn found(&mut self, status: Status, reason: &str, processes: &mut Processes) {
        if self.status == Some(status) {
            return;
        }
        let first = self.status.replace(status).is_none();
        if !(first && status == Status::Passing && self.service.health.command.is_none()) {
            processes.report(Event::HealthChanged {
                service: self.service.name.clone(),
                status,
                reason: reason.to_owned(),
            });
        }
        self.offered |= status == Status::Passing;
        if self.offered {
            processes.act(Action::Want {
                service: self.service.id.clone(),
                desired: Desired::Present { status, output: reason.to_owned() },
            });
        }
    }
}
