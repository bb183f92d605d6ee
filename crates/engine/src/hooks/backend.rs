//! A service that the application depends on.

use crate::ProcessId;
use crate::process::Processes;
use gyropilot_model::{Backend, Event, Instance, Role, Time};

/// What is known of a backend and what the application was told of it.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) backend: Backend,
    /// What the catalogue said last; nothing before its first answer.
    known: Option<Vec<Instance>>,
    /// What it said when `on_change` was last started. Empty at first, so that
    /// a first answer without instances is no change.
    told: Vec<Instance>,
    run: Option<ProcessId>,
    /// When the last run was started.
    started: Option<Time>,
}

// === impl Follow ===

impl Follow {
    pub(crate) const fn new(backend: Backend) -> Self {
        Self { backend, known: None, told: Vec::new(), run: None, started: None }
    }

    /// The name and tag that tell two backends apart (Q-07: the original had
    /// only the name).
    pub(crate) fn key(&self) -> (&str, Option<&str>) {
        (&self.backend.name, self.backend.tag.as_deref())
    }

    /// Goes on with a changed definition and what is known so far. A changed
    /// command has not been told anything yet.
    pub(crate) fn redefine(&mut self, backend: Backend) {
        if self.backend.on_change != backend.on_change {
            self.told.clear();
        }
        self.backend = backend;
    }

    /// Takes the catalogue's answer.
    pub(crate) fn instances(&mut self, instances: Vec<Instance>, processes: &mut Processes) {
        let had = self.known.as_ref().map_or(0, Vec::len);
        if self.known.as_ref() == Some(&instances) {
            return;
        }
        let (backend, tag) = (self.backend.name.clone(), self.backend.tag.clone());
        if instances.is_empty() && had > 0 {
            processes.report(Event::BackendEmpty { backend, tag, had });
        } else if !(instances.is_empty() && self.known.is_none()) {
            processes.report(Event::BackendChanged { backend, tag, instances: instances.len() });
        }
        self.known = Some(instances);
    }

    fn has_news(&self) -> bool {
        self.run.is_none() && self.known.as_ref().is_some_and(|known| *known != self.told)
    }

    /// When a run may start, if there is something to tell.
    pub(crate) fn due(&self) -> Option<Time> {
        self.has_news().then(|| self.started.map_or(Time::ZERO, |started| started + self.backend.poll))
    }

    /// Was `on_change` started before?
    pub(crate) const fn was_told(&self) -> bool {
        self.started.is_some()
    }

    pub(crate) fn start(&mut self, now: Time, processes: &mut Processes) {
        self.told = self.known.clone().unwrap_or_default();
        self.started = Some(now);
        let role = Role::OnChange { backend: self.backend.name.clone() };
        self.run = Some(processes.spawn(now, role, &self.backend.on_change, self.backend.timeout));
    }

    /// Takes the end of a run; false when it is not this one's.
    pub(crate) fn exited(&mut self, process: ProcessId) -> bool {
        if self.run != Some(process) {
            return false;
        }
        self.run = None;
        true
    }
}
