//! The pilot's own metrics.

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Own {
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
    /// `gyropilot_log_lines_lost_total`
    LogLinesLost,
    /// `gyropilot_maintenance`
    Maintenance,
    /// `gyropilot_output_lines_total`
    OutputLines,
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
}

/// What stands before the name of each metric of the pilot's own.
pub(super) const PREFIX: &str = "gyropilot_";

/// A metric's name, kind, labels and meaning.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) own: Own,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) labels: &'static [&'static str],
    pub(super) help: &'static str,
}

const fn define(
    own: Own,
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Definition {
    Definition { own, name, kind, labels, help }
}

/// In the order of their names, which is the order of [`Own`].
pub(super) const DEFINITIONS: &[Definition] = &[
    define(
        Own::BackendChanges,
        "gyropilot_backend_changes_total",
        Kind::Counter,
        &["backend", "tag"],
        "Changes of the healthy instances of a backend.",
    ),
    define(
        Own::BackendInstances,
        "gyropilot_backend_instances",
        Kind::Gauge,
        &["backend", "tag"],
        "Healthy instances of a backend, as last read from the catalogue.",
    ),
    define(
        Own::BackendLastChange,
        "gyropilot_backend_last_change_timestamp_seconds",
        Kind::Gauge,
        &["backend", "tag"],
        "When the healthy instances of a backend last changed, in seconds since 1970.",
    ),
    define(
        Own::BuildInfo,
        "gyropilot_build_info",
        Kind::Gauge,
        &["version"],
        "1, with the version that runs.",
    ),
    define(
        Own::CatalogDoubts,
        "gyropilot_catalog_doubts_total",
        Kind::Counter,
        &[],
        "Spells in which the catalogue called its own answers incomplete or out of date.",
    ),
    define(
        Own::CatalogFailing,
        "gyropilot_catalog_failing_requests",
        Kind::Gauge,
        &[],
        "Kinds of catalogue requests that fail at present; 0 when all is well.",
    ),
    define(
        Own::CatalogFailures,
        "gyropilot_catalog_failures_total",
        Kind::Counter,
        &[],
        "Spells in which a kind of catalogue request failed.",
    ),
    define(
        Own::CatalogIndexResets,
        "gyropilot_catalog_index_resets_total",
        Kind::Counter,
        &[],
        "Times that the catalogue's index went backwards, as after a wipe.",
    ),
    define(
        Own::CatalogRequests,
        "gyropilot_catalog_requests_total",
        Kind::Counter,
        &["outcome"],
        "Requests to the catalogue, by outcome: answered or failed.",
    ),
    define(Own::Events, "gyropilot_events_total", Kind::Counter, &["event"], "Events, by kind."),
    define(
        Own::HealthCheckSeconds,
        "gyropilot_health_check_seconds",
        Kind::Histogram,
        &["service"],
        "How long the health checks of a service ran.",
    ),
    define(
        Own::LogLinesLost,
        "gyropilot_log_lines_lost_total",
        Kind::Counter,
        &[],
        "Log lines that were dropped because the log was not read fast enough.",
    ),
    define(Own::Maintenance, "gyropilot_maintenance", Kind::Gauge, &[], "1 during maintenance, otherwise 0."),
    define(
        Own::OutputLines,
        "gyropilot_output_lines_total",
        Kind::Counter,
        &["role"],
        "Lines that processes wrote to the log through the pilot.",
    ),
    define(
        Own::ProcessExits,
        "gyropilot_process_exits_total",
        Kind::Counter,
        &["role", "outcome"],
        "Ends of processes, by outcome: success, failure or signal.",
    ),
    define(
        Own::Restarts,
        "gyropilot_process_restarts_total",
        Kind::Counter,
        &["role"],
        "Restarts of processes that had ended.",
    ),
    define(
        Own::ProcessStartFailures,
        "gyropilot_process_start_failures_total",
        Kind::Counter,
        &["role"],
        "Programs that could not be started.",
    ),
    define(
        Own::ProcessStarts,
        "gyropilot_process_starts_total",
        Kind::Counter,
        &["role"],
        "Processes that were started.",
    ),
    define(
        Own::StopTimeouts,
        "gyropilot_process_stop_timeouts_total",
        Kind::Counter,
        &["role"],
        "Processes that did not stop in time and were killed.",
    ),
    define(
        Own::ProcessTimeouts,
        "gyropilot_process_timeouts_total",
        Kind::Counter,
        &["role"],
        "Processes that ran longer than they may and were killed.",
    ),
    define(
        Own::Reloads,
        "gyropilot_reloads_total",
        Kind::Counter,
        &["outcome"],
        "Reloads of the configuration, by outcome: done or refused.",
    ),
    define(
        Own::SensorErrors,
        "gyropilot_sensor_errors_total",
        Kind::Counter,
        &["metric"],
        "Outputs of a sensor that were no value for its metric.",
    ),
    define(
        Own::ServiceRegistered,
        "gyropilot_service_registered",
        Kind::Gauge,
        &["id"],
        "1 while a service is registered in the catalogue, otherwise 0.",
    ),
    define(
        Own::Registrations,
        "gyropilot_service_registrations_total",
        Kind::Counter,
        &["id"],
        "Registrations of a service, those after the catalogue forgot it included.",
    ),
    define(
        Own::ServiceStatus,
        "gyropilot_service_status",
        Kind::Gauge,
        &["service", "status"],
        "1 for the status that a service has, 0 for the others.",
    ),
    define(
        Own::StartTime,
        "gyropilot_start_time_seconds",
        Kind::Gauge,
        &[],
        "When the pilot started, in seconds since 1970.",
    ),
];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_at_its_place_under_a_name_of_its_own() {
        for definition in DEFINITIONS {
            assert_eq!(definition.own.definition().map(|found| found.name), Some(definition.name));
            assert!(definition.name.starts_with(PREFIX), "{}", definition.name);
            assert_eq!(
                definition.kind == Kind::Counter,
                definition.name.ends_with("_total"),
                "{}",
                definition.name
            );
            assert!(definition.help.ends_with('.'), "{}", definition.name);
        }
        assert!(DEFINITIONS.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(DEFINITIONS.last().map(|last| last.own), Some(Own::StartTime));
    }
}
