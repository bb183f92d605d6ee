//! The pilot's own metrics, by name.

use super::definitions::{DEFINITIONS, Definition};

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Values counted into buckets.
    Histogram,
    /// Quantiles of recent values.
    Summary,
}

/// A metric of the pilot's own; all of them stand in `docs/metrics.md`.
///
/// In the order of their names, which is that of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Own {
    /// `containerpilot_control_http_requests`
    ControlRequests,
    /// `containerpilot_events`
    BusEvents,
    /// `containerpilot_watch_instances`
    WatchInstances,
    /// `gyropilot_backend_changes_total`
    BackendChanges,
    /// `gyropilot_backend_instances`
    BackendInstances,
    /// `gyropilot_backend_last_change_timestamp_seconds`
    BackendLastChange,
    /// `gyropilot_build_info`
    BuildInfo,
    /// `gyropilot_catalog_doubts_total`
    CatalogDoubts,
    /// `gyropilot_catalog_failing_requests`
    CatalogFailing,
    /// `gyropilot_catalog_failures_total`
    CatalogFailures,
    /// `gyropilot_catalog_index_resets_total`
    CatalogIndexResets,
    /// `gyropilot_catalog_requests_total`
    CatalogRequests,
    /// `gyropilot_events_total`
    Events,
    /// `gyropilot_health_check_seconds`
    HealthCheckSeconds,
    /// `gyropilot_job_check_seconds`
    JobCheckSeconds,
    /// `gyropilot_job_cpu_seconds_total`
    JobCpuSeconds,
    /// `gyropilot_job_drain_seconds`
    JobDrainSeconds,
    /// `gyropilot_job_drains_total`
    JobDrains,
    /// `gyropilot_job_exits_total`
    JobExits,
    /// `gyropilot_job_health`
    JobHealth,
    /// `gyropilot_job_memory_bytes`
    JobMemory,
    /// `gyropilot_job_processes`
    JobProcesses,
    /// `gyropilot_job_ready_seconds`
    JobReadySeconds,
    /// `gyropilot_job_restarts_total`
    JobRestarts,
    /// `gyropilot_job_runs_total`
    JobRuns,
    /// `gyropilot_job_state`
    JobState,
    /// `gyropilot_log_lines_lost_total`
    LogLinesLost,
    /// `gyropilot_maintenance`
    Maintenance,
    /// `gyropilot_orders_total`
    Orders,
    /// `gyropilot_output_lines_total`
    OutputLines,
    /// `gyropilot_posted_metric_errors_total`
    PostedErrors,
    /// `gyropilot_process_exits_total`
    ProcessExits,
    /// `gyropilot_process_restarts_total`
    Restarts,
    /// `gyropilot_process_start_failures_total`
    ProcessStartFailures,
    /// `gyropilot_process_starts_total`
    ProcessStarts,
    /// `gyropilot_process_stop_timeouts_total`
    StopTimeouts,
    /// `gyropilot_process_timeouts_total`
    ProcessTimeouts,
    /// `gyropilot_reloads_total`
    Reloads,
    /// `gyropilot_sensor_errors_total`
    SensorErrors,
    /// `gyropilot_service_registered`
    ServiceRegistered,
    /// `gyropilot_service_registrations_total`
    Registrations,
    /// `gyropilot_service_status`
    ServiceStatus,
    /// `gyropilot_start_time_seconds`
    StartTime,
    /// `gyropilot_watch_age_seconds`
    WatchAge,
    /// `gyropilot_watch_changes_total`
    WatchChanges,
}

// === impl Kind ===

impl Kind {
    /// The word of the exposition format.
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

impl From<gyropilot_model::SensorKind> for Kind {
    fn from(kind: gyropilot_model::SensorKind) -> Self {
        use gyropilot_model::SensorKind;
        match kind {
            SensorKind::Counter => Self::Counter,
            SensorKind::Gauge => Self::Gauge,
            SensorKind::Histogram => Self::Histogram,
            SensorKind::Summary => Self::Summary,
        }
    }
}

// === impl Own ===

impl Own {
    pub(super) fn definition(self) -> Option<&'static Definition> {
        DEFINITIONS.get(self as usize)
    }
}
