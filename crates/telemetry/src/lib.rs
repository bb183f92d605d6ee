//! What is said about an event, once: log formats and metrics.
//!
//! [`describe`] is the one place that turns an event into words and numbers, so
//! that a message and its metric cannot drift apart. [`Log`] makes lines of the
//! words, [`Metrics`] sums up the numbers, and [`MetricsServer`] shows them to
//! Prometheus.

mod describe;
mod log;
mod metrics;
mod secrets;
mod server;
mod status;

pub use describe::{Description, Text, Update, describe};
pub use log::Log;
pub use metrics::{Format, JobUsage, Kind, Metrics, Own, Posted, SensorError, reference};
pub use secrets::Secrets;
pub use server::{MetricsServer, ServeError, Source};
pub use status::Standing;
