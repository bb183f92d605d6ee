//! The whole: what the plan wants, brought about input by input.

use crate::hooks::HookEngine;
use crate::jobs::JobEngine;
use crate::{Action, Input};
use gyropilot_model::{Command, Edge, PilotStatus, Plan, Time, Why, Work};

/// What the engine is told once, beside the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The application. Without one the pilot runs its hooks and waits for a
    /// signal. Not looked at with jobs.
    pub application: Option<Command>,
    /// The pilot's own process id, for the record.
    pub pid: u32,
    /// Spreads the jitter; the same seed and inputs give the same actions.
    pub seed: u64,
}

/// The pilot's state, in the form that its plan has.
#[derive(Debug)]
pub struct Engine(Form);

#[derive(Debug)]
enum Form {
    Hooks(Box<HookEngine>),
    Jobs(Box<JobEngine>),
}

// === impl Engine ===

impl Engine {
    /// An engine for `plan` that has not begun.
    #[must_use]
    pub fn new(plan: Plan, options: Options) -> Self {
        Self(match plan.work.clone() {
            Work::Hooks(hooks) => Form::Hooks(Box::new(HookEngine::new(plan, hooks, options))),
            Work::Jobs(jobs) => Form::Jobs(Box::new(JobEngine::new(plan, jobs, &options))),
        })
    }

    /// What is being done.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        match &self.0 {
            Form::Hooks(engine) => engine.plan(),
            Form::Jobs(engine) => engine.plan(),
        }
    }

    /// Takes what happened at `now` and says what is to be done about it.
    pub fn step(&mut self, now: Time, input: Input) -> Vec<Action> {
        match &mut self.0 {
            Form::Hooks(engine) => engine.step(now, input),
            Form::Jobs(engine) => engine.step(now, input),
        }
    }

    /// The next moment at which [`Input::Tick`] is of use, if there is one. It
    /// may lie in the past, which means at once.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        match &self.0 {
            Form::Hooks(engine) => engine.deadline(),
            Form::Jobs(engine) => engine.deadline(),
        }
    }

    /// How everything stands; `None` with hooks, which have no control socket to ask.
    #[must_use]
    pub fn status(&self, now: Time) -> Option<PilotStatus> {
        match &self.0 {
            Form::Hooks(_) => None,
            Form::Jobs(engine) => Some(engine.status(now)),
        }
    }

    /// Why a job is in the state it is in; `None` when there is no such job.
    #[must_use]
    pub fn why(&self, now: Time, job: &str) -> Option<Why> {
        match &self.0 {
            Form::Hooks(_) => None,
            Form::Jobs(engine) => engine.why(now, job),
        }
    }
}

/// What happens because of what in a plan of jobs, in the order of the
/// configuration; empty for hooks.
#[must_use]
pub fn graph(plan: &Plan) -> Vec<Edge> {
    plan.jobs().map(crate::jobs::edges).unwrap_or_default()
}
