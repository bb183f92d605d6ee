//! How the metrics of the pilot are announced, by default and in both forms.

use std::time::Duration;

/// The service that they are.
pub(crate) const SERVICE_NAME: &str = "containerpilot";
/// Where they are served.
pub(crate) const PORT: u16 = 9090;
/// The path that serves them.
pub(crate) const PATH: &str = "/metrics";
/// Time between two heartbeats.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(5);
/// Without a heartbeat for this long the catalogue calls the service critical.
pub(crate) const TTL: Duration = Duration::from_secs(15);
