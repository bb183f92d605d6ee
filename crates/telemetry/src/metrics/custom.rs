//! Metrics whose values come from outside: from sensors, or posted by anybody.

use super::Kind;
use super::definitions::is_reserved;
use super::series::Series;
use gyropilot_model::{Event, PostedMetric, Sensor, SensorKind, Telemetry, Time, parse_measurement};
use std::collections::{BTreeMap, BTreeSet};

/// The most of a posted name or value that is told, in characters.
const SHOWN: usize = 64;

/// The metrics that a plan defines.
#[derive(Debug, Default)]
pub(super) struct Customs {
    pub(super) by_name: BTreeMap<String, Custom>,
    /// Under which key values are posted, and for which metric.
    keys: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Custom {
    pub(super) help: String,
    pub(super) series: Series,
}

/// Why a sensor cannot have its metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SensorError {
    /// Not a letter, `_` or `:` followed by those and digits.
    #[error("sensor \"{0}\": a metric's name holds letters, digits, _ and : only, and no digit first")]
    Name(String),
    /// Names that begin with `gyropilot_`, and some of the original's, are the pilot's own.
    #[error("sensor \"{0}\": this name is the pilot's own, as all are that begin with gyropilot_")]
    Reserved(String),
    /// No help text.
    #[error("sensor \"{0}\": empty help string")]
    Help(String),
    /// Another sensor has this name, or one that a histogram or summary of another
    /// sensor takes for itself, such as `x_count` beside `x`.
    #[error("sensor \"{0}\": another sensor has a metric of this name")]
    Twice(String),
}

/// What became of a posted value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It was taken up.
    Taken,
    /// No metric has this key.
    Unknown,
    /// It is not a number, or one that a counter cannot grow by.
    NotANumber,
}

/// A metric as a plan defines it.
struct Wanted<'a> {
    metric: &'a str,
    help: &'a str,
    kind: SensorKind,
}

// === impl Customs ===

impl Customs {
    /// Could a plan's metrics be had?
    pub(super) fn check(telemetry: &Telemetry) -> Result<(), SensorError> {
        let mut taken = BTreeSet::new();
        for Wanted { metric, help, kind } in wanted(telemetry) {
            let name = || metric.to_owned();
            if !is_name(metric) {
                return Err(SensorError::Name(name()));
            }
            if is_reserved(metric) {
                return Err(SensorError::Reserved(name()));
            }
            if help.is_empty() {
                return Err(SensorError::Help(name()));
            }
            let suffixes: &[&str] = match kind {
                SensorKind::Counter | SensorKind::Gauge => &[""],
                SensorKind::Histogram => &["", "_bucket", "_sum", "_count"],
                SensorKind::Summary => &["", "_sum", "_count"],
            };
            if !suffixes.iter().all(|suffix| taken.insert(format!("{metric}{suffix}"))) {
                return Err(SensorError::Twice(name()));
            }
        }
        Ok(())
    }

    /// Takes up the metrics of a plan; those that are of the same kind keep their values.
    pub(super) fn follow(&mut self, telemetry: Option<&Telemetry>) {
        let mut former = std::mem::take(self);
        for Wanted { metric, help, kind } in telemetry.into_iter().flat_map(wanted) {
            let kind = Kind::from(kind);
            let kept = former.by_name.remove(metric).filter(|custom| custom.series.kind() == kind);
            let series = kept.map_or_else(|| Series::new(kind), |custom| custom.series);
            self.by_name.insert(metric.to_owned(), Custom { help: help.to_owned(), series });
        }
        for PostedMetric { metric, key, .. } in telemetry.into_iter().flat_map(|all| &all.metrics) {
            self.keys.insert(metric.clone(), metric.clone());
            self.keys.insert(key.clone(), metric.clone());
        }
    }

    /// Takes up a posted value.
    pub(super) fn post(&mut self, key: &str, value: &str, now: Time) -> Posted {
        let metric = self.keys.get(key).and_then(|metric| self.by_name.get_mut(metric));
        let Some(metric) = metric else { return Posted::Unknown };
        match parse_measurement(value) {
            Some(value) if metric.series.take(value, now) => Posted::Taken,
            _ => Posted::NotANumber,
        }
    }
}

// === impl Posted ===

impl Posted {
    /// What there is to tell of it: of a value that was taken up, nothing.
    #[must_use]
    pub fn event(self, metric: &str, value: &str) -> Option<Event> {
        let short = |text: &str| text.chars().take(SHOWN).collect();
        match self {
            Self::Taken => None,
            Self::Unknown => Some(Event::MetricUnknown { metric: short(metric) }),
            Self::NotANumber => Some(Event::MetricInvalid { metric: short(metric), value: short(value) }),
        }
    }
}

fn wanted(telemetry: &Telemetry) -> impl Iterator<Item = Wanted<'_>> {
    let sensors = telemetry.sensors.iter();
    let sensors = sensors.map(|Sensor { metric, help, kind, .. }| Wanted { metric, help, kind: *kind });
    let posted = telemetry.metrics.iter();
    let posted = posted.map(|PostedMetric { metric, help, kind, .. }| Wanted { metric, help, kind: *kind });
    sensors.chain(posted)
}

/// Is this a metric's name? The grammar of Prometheus' data model.
fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':';
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}
