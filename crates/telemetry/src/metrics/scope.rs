//! What a plan names, so that labels stay few and those of former plans go.

use super::Own;
use gyropilot_model::Plan;
use std::collections::BTreeSet;

/// In place of the source of an event that no plan names, such as the text of an error.
const OTHER: &str = "other";

/// The names in a plan that can stand in labels.
#[derive(Debug, Default)]
pub(super) struct Scope {
    services: BTreeSet<String>,
    ids: BTreeSet<String>,
    backends: BTreeSet<(String, String)>,
    jobs: BTreeSet<String>,
    watches: BTreeSet<String>,
    metrics: BTreeSet<String>,
}

// === impl Scope ===

impl Scope {
    pub(super) fn of(plan: &Plan) -> Self {
        let backends = plan.hooks().into_iter().flat_map(|hooks| &hooks.backends);
        let jobs = plan.jobs().into_iter().flat_map(|jobs| &jobs.jobs);
        let watches = plan.jobs().into_iter().flat_map(|jobs| &jobs.watches);
        let sensors = plan.telemetry.iter().flat_map(|telemetry| &telemetry.sensors);
        Self {
            services: plan.services.iter().map(|service| service.name.clone()).collect(),
            ids: plan.services.iter().map(|service| service.id.clone()).collect(),
            backends: backends
                .map(|backend| (backend.name.clone(), backend.tag.clone().unwrap_or_default()))
                .collect(),
            jobs: jobs.map(|job| job.name.clone()).collect(),
            watches: watches.map(|watch| watch.name.clone()).collect(),
            metrics: sensors.map(|sensor| sensor.metric.clone()).collect(),
        }
    }

    /// Are all names in these labels the plan's?
    pub(super) fn covers(&self, own: Own, labels: &[String]) -> bool {
        let names = own.definition().map_or(&[][..], |definition| definition.labels);
        let label = |wanted: &str| names.iter().zip(labels).find(|(name, _)| **name == wanted);
        names.iter().zip(labels).all(|(name, value)| match *name {
            // The original's word for what a watch asks for.
            "service" if own == Own::WatchInstances => self.watches.contains(value),
            "service" => self.services.contains(value),
            "id" => self.ids.contains(value),
            "backend" => {
                let tag = label("tag").map(|(_, tag)| tag.clone()).unwrap_or_default();
                self.backends.contains(&(value.clone(), tag))
            }
            "job" => self.jobs.contains(value),
            "watch" => self.watches.contains(value),
            "metric" => self.metrics.contains(value),
            "source" => self.source(value) == value,
            // The others have few values, whatever the plan.
            _ => true,
        })
    }

    /// A source of events that is one of few: the original gave the text of
    /// an error as the source of the event.
    pub(super) fn source<'a>(&self, source: &'a str) -> &'a str {
        let is_known = match source.split_once('.') {
            Some(("watch", watch)) => self.watches.contains(watch),
            Some(("check", job)) => self.jobs.contains(job),
            _ => matches!(source, "global" | "SIGHUP" | "SIGUSR2" | "containerpilot" | OTHER),
        };
        if is_known || self.jobs.contains(source) { source } else { OTHER }
    }
}
