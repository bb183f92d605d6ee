//! Numbers: the pilot's own metrics and those of sensors.

mod exposition;
mod own;
mod reference;
mod series;

use crate::{Description, Update};
pub(crate) use exposition::CONTENT_TYPE;
use exposition::Page;
use gyropilot_model::{Plan, Sensor, SensorKind, Time};
use own::{DEFINITIONS, PREFIX};
pub use own::{Kind, Own};
pub use reference::reference;
use series::Series;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// All metrics and their values.
#[derive(Debug, Default)]
pub struct Metrics {
    own: BTreeMap<(Own, Vec<String>), Series>,
    sensors: BTreeMap<String, SensorMetric>,
}

#[derive(Debug)]
struct SensorMetric {
    help: String,
    series: Series,
}

/// Why a sensor cannot have its metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SensorError {
    /// Not a letter, `_` or `:` followed by those and digits.
    #[error("sensor \"{0}\": a metric's name holds letters, digits, _ and : only, and no digit first")]
    Name(String),
    /// Names that begin with `gyropilot_` are the pilot's own.
    #[error("sensor \"{0}\": names that begin with gyropilot_ are the pilot's own")]
    Reserved(String),
    /// No help text.
    #[error("sensor \"{0}\": empty help string")]
    Help(String),
    /// Another sensor has this name, or one that a histogram or summary of another
    /// sensor takes for itself, such as `x_count` beside `x`.
    #[error("sensor \"{0}\": another sensor has a metric of this name")]
    Twice(String),
}

// === impl Metrics ===

impl Metrics {
    /// Could these sensors have their metrics?
    ///
    /// # Errors
    /// [`SensorError`] for the first that could not.
    pub fn check(sensors: &[Sensor]) -> Result<(), SensorError> {
        let mut taken = BTreeSet::new();
        for sensor in sensors {
            let name = || sensor.metric.clone();
            if !is_name(&sensor.metric) {
                return Err(SensorError::Name(name()));
            }
            if sensor.metric.starts_with(PREFIX) {
                return Err(SensorError::Reserved(name()));
            }
            if sensor.help.is_empty() {
                return Err(SensorError::Help(name()));
            }
            let suffixes: &[&str] = match sensor.kind {
                SensorKind::Counter | SensorKind::Gauge => &[""],
                SensorKind::Histogram => &["", "_bucket", "_sum", "_count"],
                SensorKind::Summary => &["", "_sum", "_count"],
            };
            if !suffixes.iter().all(|suffix| taken.insert(format!("{}{suffix}", sensor.metric))) {
                return Err(SensorError::Twice(name()));
            }
        }
        Ok(())
    }

    /// Follows a plan: gives each of its sensors a metric, and forgets what is no part
    /// of it any more, so that reloads leave nothing behind. What stays as it was
    /// keeps its values.
    ///
    /// # Errors
    /// [`SensorError`], with everything left as it was.
    pub fn follow(&mut self, plan: &Plan) -> Result<(), SensorError> {
        let sensors = plan.telemetry.as_ref().map_or(&[][..], |telemetry| &telemetry.sensors);
        Self::check(sensors)?;
        let mut former = std::mem::take(&mut self.sensors);
        for sensor in sensors {
            let kind = Kind::from(sensor.kind);
            let kept = former.remove(&sensor.metric).filter(|metric| metric.series.kind() == kind);
            let series = kept.map_or_else(|| Series::new(kind), |metric| metric.series);
            self.sensors.insert(sensor.metric.clone(), SensorMetric { help: sensor.help.clone(), series });
        }
        self.own.retain(|(own, labels), _| {
            let names = own.definition().map_or(&[][..], |definition| definition.labels);
            let tag =
                names.iter().zip(labels).find(|(label, _)| **label == "tag").map(|(_, tag)| tag.as_str());
            let is_named = |label: &str, value: &String| match label {
                "service" => plan.services.iter().any(|service| service.name == *value),
                "id" => plan.services.iter().any(|service| service.id == *value),
                "backend" => plan.hooks().is_some_and(|hooks| {
                    hooks.backends.iter().any(|backend| {
                        backend.name == *value
                            && tag.is_none_or(|tag| backend.tag.as_deref().unwrap_or_default() == tag)
                    })
                }),
                "metric" => sensors.iter().any(|sensor| sensor.metric == *value),
                // The others have few values, whatever the plan.
                _ => true,
            };
            names.iter().zip(labels).all(|(label, value)| is_named(label, value))
        });
        Ok(())
    }

    /// Takes up what an event changes.
    pub fn record(&mut self, description: &Description, wall: SystemTime, now: Time) {
        for update in &description.updates {
            match update {
                Update::Add(own, labels, amount) => {
                    if let Some(series) = self.series(*own, labels) {
                        series.add(*amount);
                    }
                }
                Update::Set(own, labels, value) => self.set(*own, labels, *value, now),
                Update::SetToNow(own, labels) => {
                    let since_1970 = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                    self.set(*own, labels, since_1970.as_secs_f64(), now);
                }
                Update::Observe(own, labels, value) => self.set(*own, labels, *value, now),
                Update::Sensor(metric, value) => self.take_up(metric, *value, now),
            }
        }
    }

    /// Counts requests to the catalogue since this was last called.
    pub fn add_catalog_requests(&mut self, answered: u64, failed: u64) {
        for (outcome, count) in [("answered", answered), ("failed", failed)] {
            if let Some(series) = self.series(Own::CatalogRequests, &[outcome.to_owned()]) {
                series.add(count as f64);
            }
        }
    }

    /// All metrics in the text format of Prometheus, sorted by name.
    ///
    /// Format: Prometheus' "exposition formats", text format version 0.0.4.
    #[must_use]
    pub fn expose(&mut self, now: Time) -> String {
        let mut page = Page::default();
        for definition in DEFINITIONS {
            let first = (definition.own, Vec::new());
            let mut of_this = self.own.range_mut(first..).take_while(|((own, _), _)| *own == definition.own);
            let mut next = of_this.next();
            if next.is_some() {
                page.head(definition.name, definition.kind.as_str(), definition.help);
            }
            while let Some(((_, values), series)) = next {
                let labels: Vec<(&str, &str)> =
                    definition.labels.iter().copied().zip(values.iter().map(String::as_str)).collect();
                page.series(definition.name, &labels, series, now);
                next = of_this.next();
            }
        }
        for (name, metric) in &mut self.sensors {
            page.head(name, metric.series.kind().as_str(), &metric.help);
            page.series(name, &[], &mut metric.series, now);
        }
        page.0
    }

    fn series(&mut self, own: Own, labels: &[String]) -> Option<&mut Series> {
        let kind = own.definition()?.kind;
        Some(self.own.entry((own, labels.to_vec())).or_insert_with(|| Series::new(kind)))
    }

    fn set(&mut self, own: Own, labels: &[String], value: f64, now: Time) {
        if let Some(series) = self.series(own, labels) {
            series.take(value, now);
        }
    }

    /// A sensor that a reload took away may still have been measuring; its value is
    /// nobody's.
    fn take_up(&mut self, metric: &str, value: f64, now: Time) {
        let Some(sensor) = self.sensors.get_mut(metric) else { return };
        if !sensor.series.take(value, now)
            && let Some(errors) = self.series(Own::SensorErrors, &[metric.to_owned()])
        {
            errors.add(1.0);
        }
    }
}

/// Is this a metric's name? The grammar of Prometheus' data model.
fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':';
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}
