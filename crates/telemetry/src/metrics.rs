//! Numbers: the pilot's own metrics and those that a plan defines.

mod custom;
mod definitions;
mod exposition;
mod own;
mod reference;
mod scope;
mod series;

use crate::{Description, Update};
use custom::Customs;
pub use custom::{Posted, SensorError};
use definitions::DEFINITIONS;
pub use exposition::Format;
use exposition::Page;
use gyropilot_model::{Plan, Telemetry, Time};
pub use own::{Kind, Own};
pub use reference::reference;
use scope::Scope;
use series::Series;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// All metrics and their values.
#[derive(Debug, Default)]
pub struct Metrics {
    own: BTreeMap<(Own, Vec<String>), Series>,
    customs: Customs,
    scope: Scope,
}

/// What the processes of a job take of the machine at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobUsage {
    /// [`Job::name`](gyropilot_model::Job::name).
    pub job: String,
    /// Processor time of those that run, in user and kernel.
    pub cpu: Duration,
    /// Resident memory, in bytes.
    pub memory: u64,
    /// How many there are.
    pub processes: u64,
}

// === impl Metrics ===

impl Metrics {
    /// Could the metrics that this defines be had?
    ///
    /// # Errors
    /// [`SensorError`] for the first that could not.
    pub fn check(telemetry: &Telemetry) -> Result<(), SensorError> {
        Customs::check(telemetry)
    }

    /// Follows a plan: gives each metric that it defines a place, and forgets what is
    /// no part of it any more, so that reloads leave nothing behind. What stays as it
    /// was keeps its values.
    ///
    /// # Errors
    /// [`SensorError`], with everything left as it was.
    pub fn follow(&mut self, plan: &Plan) -> Result<(), SensorError> {
        plan.telemetry.as_ref().map_or(Ok(()), Self::check)?;
        self.customs.follow(plan.telemetry.as_ref());
        self.scope = Scope::of(plan);
        self.own.retain(|(own, labels), _| self.scope.covers(*own, labels));
        Ok(())
    }

    /// Takes up what an event changes.
    pub fn record(&mut self, description: &Description, wall: SystemTime, now: Time) {
        for update in &description.updates {
            match update {
                Update::Add(own, labels, amount) => self.add(*own, labels, *amount),
                Update::Set(own, labels, value) | Update::Observe(own, labels, value) => {
                    self.set(*own, labels, *value, now);
                }
                Update::SetToNow(own, labels) => {
                    let since_1970 = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                    self.set(*own, labels, since_1970.as_secs_f64(), now);
                }
                Update::Sensor(metric, value) => self.take_up(metric, *value, now),
            }
        }
    }

    /// Takes up a value that was posted under a metric's name, or under the key that
    /// the original knew it by, which keeps empty parts of the name.
    ///
    /// Tell [`Posted::event`] of it.
    pub fn post(&mut self, metric: &str, value: &str, now: Time) -> Posted {
        self.customs.post(metric, value, now)
    }

    /// Counts requests to the catalogue since this was last called.
    pub fn add_catalog_requests(&mut self, answered: u64, failed: u64) {
        for (outcome, count) in [("answered", answered), ("failed", failed)] {
            self.add(Own::CatalogRequests, &[outcome.to_owned()], count as f64);
        }
    }

    /// What each job takes of the machine now; jobs that do not run are left out.
    pub fn set_usage(&mut self, jobs: &[JobUsage]) {
        self.forget(&[Own::JobCpuSeconds, Own::JobMemory, Own::JobProcesses]);
        for JobUsage { job, cpu, memory, processes } in jobs {
            let labels = [job.clone()];
            // Not a sum of our own: what the kernel counts is the total.
            self.add(Own::JobCpuSeconds, &labels, cpu.as_secs_f64());
            self.add(Own::JobMemory, &labels, *memory as f64);
            self.add(Own::JobProcesses, &labels, *processes as f64);
        }
    }

    /// How long ago the catalogue confirmed what is known of each watch; those without
    /// an answer so far are left out.
    pub fn set_watch_ages<'a>(&mut self, ages: impl IntoIterator<Item = (&'a str, Duration)>) {
        self.forget(&[Own::WatchAge]);
        for (watch, age) in ages {
            self.set(Own::WatchAge, &[watch.to_owned()], age.as_secs_f64(), Time::ZERO);
        }
    }

    /// All metrics in this form, sorted by name.
    #[must_use]
    pub fn expose(&mut self, format: Format, now: Time) -> String {
        let mut page = Page::new(format);
        for definition in DEFINITIONS {
            let first = (definition.own, Vec::new());
            let mut of_this = self.own.range_mut(first..).take_while(|((own, _), _)| *own == definition.own);
            let mut next = of_this.next();
            let mut family = page.family(definition.name, definition.kind, definition.help);
            while let Some(((_, values), series)) = next {
                let labels: Vec<(&str, &str)> =
                    definition.labels.iter().copied().zip(values.iter().map(String::as_str)).collect();
                family.series(&labels, series, now);
                next = of_this.next();
            }
        }
        for (name, metric) in &mut self.customs.by_name {
            page.family(name, metric.series.kind(), &metric.help).series(&[], &mut metric.series, now);
        }
        page.finish()
    }

    fn forget(&mut self, owns: &[Own]) {
        self.own.retain(|(own, _), _| !owns.contains(own));
    }

    fn series(&mut self, own: Own, labels: &[String]) -> Option<&mut Series> {
        let kind = own.definition()?.kind;
        let mut labels = labels.to_vec();
        if own == Own::BusEvents
            && let Some(source) = labels.last_mut()
        {
            *source = self.scope.source(source).to_owned();
        }
        Some(self.own.entry((own, labels)).or_insert_with(|| Series::new(kind)))
    }

    fn add(&mut self, own: Own, labels: &[String], amount: f64) {
        if let Some(series) = self.series(own, labels) {
            series.add(amount);
        }
    }

    fn set(&mut self, own: Own, labels: &[String], value: f64, now: Time) {
        if let Some(series) = self.series(own, labels) {
            series.take(value, now);
        }
    }

    /// A sensor that a reload took away may still have been measuring; its value is
    /// nobody's.
    fn take_up(&mut self, metric: &str, value: f64, now: Time) {
        let Some(sensor) = self.customs.by_name.get_mut(metric) else { return };
        if !sensor.series.take(value, now) {
            self.add(Own::SensorErrors, &[metric.to_owned()], 1.0);
        }
    }
}
