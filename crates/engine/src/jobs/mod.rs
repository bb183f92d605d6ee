//! Jobs that start each other: what a plan of jobs wants, brought about input
//! by input.

use crate::process::Processes;
use crate::{Action, Input, Options};
use gyropilot_model::{Edge, Jobs, PilotStatus, Plan, Time, Why};

/// The state of a pilot that runs jobs.
#[derive(Debug)]
pub(crate) struct JobEngine {
    plan: Plan,
    jobs: Jobs,
    processes: Processes,
    pid: u32,
}

// === impl JobEngine ===

impl JobEngine {
    pub(crate) fn new(plan: Plan, jobs: Jobs, options: &Options) -> Self {
        Self { plan, jobs, processes: Processes::default(), pid: options.pid }
    }

    pub(crate) const fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) fn step(&mut self, _now: Time, _input: Input) -> Vec<Action> {
        self.processes.take_actions()
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.processes.due()
    }

    pub(crate) fn status(&self, now: Time) -> PilotStatus {
        PilotStatus {
            pid: self.pid,
            uptime_ms: now.since_start().as_millis() as u64,
            stopping: false,
            maintenance: false,
            jobs: Vec::new(),
            watches: Vec::new(),
        }
    }

    pub(crate) fn why(&self, _now: Time, job: &str) -> Option<Why> {
        self.jobs.jobs.iter().find(|known| known.name == job).map(|_| Why {
            job: job.to_owned(),
            summary: String::new(),
            causes: Vec::new(),
            history: Vec::new(),
        })
    }
}

/// What happens because of what.
pub(crate) fn edges(_jobs: &Jobs) -> Vec<Edge> {
    Vec::new()
}
