//! Metrics that the application's own sensors feed.

use crate::Command;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;

/// The `telemetry` part of a configuration.
///
/// The service that announces it stands among [`Plan::services`](crate::Plan::services).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Telemetry {
    /// Where `/metrics` is served: one address, not all of them.
    pub listen: SocketAddr,
    /// The path that serves metrics. Default `/metrics`.
    pub path: String,
    /// What is measured by commands.
    pub sensors: Vec<Sensor>,
    /// What is measured by whoever posts it to the control socket.
    pub metrics: Vec<PostedMetric>,
}

/// A metric whose values are posted to the control socket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PostedMetric {
    /// Namespace, subsystem and name, joined by `_` where not empty.
    pub metric: String,
    /// The same with the empty parts, under which the original took values
    /// [`Self::metric`] is accepted as well.
    pub key: String,
    /// What the metric means; never empty.
    pub help: String,
    /// How a value is taken up.
    pub kind: SensorKind,
}

/// A command whose output is one measured value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Sensor {
    /// Namespace, subsystem and name, joined by `_` where not empty.
    pub metric: String,
    /// What the metric means; never empty.
    pub help: String,
    /// How a value is taken up.
    pub kind: SensorKind,
    /// Prints one decimal number.
    pub command: Command,
    /// Time between the starts of two measurements.
    pub interval: Duration,
    /// A measurement that runs longer is killed. Default: the interval.
    pub timeout: Duration,
}

/// How a measured value is taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum SensorKind {
    /// Added to the total.
    Counter,
    /// Replaces the last one.
    Gauge,
    /// Counted into buckets from 0.005 to 10.
    Histogram,
    /// Kept as quantiles 0.5, 0.9 and 0.99.
    Summary,
}

// === impl SensorKind ===

impl SensorKind {
    /// The word of the configuration and of the exposition format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }
}
