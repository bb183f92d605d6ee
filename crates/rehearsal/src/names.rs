//! Does a test file name what its configurations have?

use crate::file::{Deed, Rehearsal, Want};
use gyropilot_config::near_miss;
use gyropilot_model::{Order, Plan, Role, WatchTarget, Work};
use std::collections::{BTreeMap, BTreeSet};

/// A name that stands in a test file and in none of its configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The line of the test file, from 1; that of the step or the test around it.
    pub line: usize,
    /// What is wrong, with what was probably meant.
    pub message: String,
}

/// What configurations have, by kind.
#[derive(Default)]
struct Known {
    /// What programs are named by.
    programs: BTreeSet<String>,
    /// What checks are named by.
    checked: BTreeSet<String>,
    services: BTreeSet<String>,
    /// Services that are watched.
    watched: BTreeSet<String>,
}

/// The names that none of `plans` has. A test that names nobody would pass for the wrong reason.
#[must_use]
pub fn strangers(rehearsal: &Rehearsal, plans: &[Plan]) -> Vec<Stranger> {
    let mut known = Known::default();
    plans.iter().for_each(|plan| known.learn(plan));
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut look = |line: usize, kind: &str, name: &str, names: &BTreeSet<String>| {
        if !names.contains(name) {
            let meant = near_miss(name, names.iter().map(String::as_str));
            let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
            found.entry(format!("there is no {kind} {name}{meant}")).or_insert(line);
        }
    };
    for test in &rehearsal.tests {
        test.programs.keys().for_each(|name| look(test.line, "program of", name, &known.programs));
        test.checks.keys().for_each(|name| look(test.line, "check of", name, &known.checked));
        test.instances.keys().for_each(|name| look(test.line, "watch of", name, &known.watched));
        for step in &test.steps {
            for deed in &step.deeds {
                match deed {
                    Deed::Exit { job, .. } | Deed::Notice { job, .. } | Deed::Behave { job, .. } => {
                        look(step.line, "program of", job, &known.programs);
                    }
                    Deed::Check { job, .. } => look(step.line, "check of", job, &known.checked),
                    Deed::Instances { service, .. } => look(step.line, "watch of", service, &known.watched),
                    // One that is refused may well name nobody.
                    Deed::Order { order, refused: false } => {
                        if let Some(job) = job_of(order) {
                            look(step.line, "job", job, &known.programs);
                        }
                    }
                    Deed::Order { .. }
                    | Deed::Key { .. }
                    | Deed::Signal(_)
                    | Deed::Reload(_)
                    | Deed::Confirms(_) => {}
                }
            }
            for wish in step.expectation.iter().flat_map(|expectation| &expectation.wishes) {
                match &wish.want {
                    Want::State { job, .. }
                    | Want::Health { job, .. }
                    | Want::Runs { job, .. }
                    | Want::Restarts { job, .. } => look(wish.line, "job", job, &known.programs),
                    Want::Started { job, .. } => look(wish.line, "program of", job, &known.programs),
                    Want::Service { service, .. } => look(wish.line, "service", service, &known.services),
                    Want::Happened(_) | Want::NotHappened(_) | Want::Exit(_) | Want::Maintenance(_) => {}
                }
            }
        }
    }
    let mut strangers: Vec<Stranger> =
        found.into_iter().map(|(message, line)| Stranger { line, message }).collect();
    strangers.sort_by_key(|stranger| stranger.line);
    strangers
}

const fn job_of(order: &Order) -> Option<&String> {
    match order {
        Order::Start { job }
        | Order::Stop { job }
        | Order::Restart { job }
        | Order::RunOnce { job }
        | Order::Signal { job, .. } => Some(job),
        Order::Maintenance { .. } | Order::Reload => None,
    }
}

// === impl Known ===

impl Known {
    fn learn(&mut self, plan: &Plan) {
        self.services.extend(plan.services.iter().map(|service| service.name.clone()));
        match &plan.work {
            Work::Jobs(jobs) => {
                self.programs.extend(jobs.jobs.iter().map(|job| job.name.clone()));
                let checked = jobs.jobs.iter().filter(|job| job.health.is_some());
                self.checked.extend(checked.map(|job| job.name.clone()));
                self.watched.extend(jobs.watches.iter().filter_map(|watch| match &watch.target {
                    WatchTarget::Service { name, .. } => Some(name.clone()),
                    WatchTarget::Key { .. } | WatchTarget::Prefix { .. } => None,
                }));
            }
            Work::Hooks(hooks) => {
                let mut roles = vec![Role::PreStart, Role::App, Role::PreStop, Role::PostStop];
                roles.extend(hooks.tasks.iter().map(|task| Role::Task { name: task.name.clone() }));
                let coprocesses = hooks.coprocesses.iter();
                roles.extend(coprocesses.map(|coprocess| Role::Coprocess { name: coprocess.name.clone() }));
                let backends = hooks.backends.iter();
                roles.extend(backends.map(|backend| Role::OnChange { backend: backend.name.clone() }));
                let sensors = plan.telemetry.iter().flat_map(|telemetry| &telemetry.sensors);
                roles.extend(sensors.map(|sensor| Role::Sensor { metric: sensor.metric.clone() }));
                self.programs.extend(roles.iter().map(ToString::to_string));
                self.checked.extend(plan.services.iter().map(|service| service.name.clone()));
                self.watched.extend(hooks.backends.iter().map(|backend| backend.name.clone()));
            }
        }
    }
}
