//! The pilot's own metrics: what each is called and means.

use super::{Kind, Own};

/// What stands before the name of each metric that is not ContainerPilot's.
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
///
/// Those that begin with `containerpilot_` have the names, labels and meanings
/// of version 3, which is why they are counters without `_total`.
pub(super) const DEFINITIONS: &[Definition] = &[
    define(
        Own::ControlRequests,
        "containerpilot_control_http_requests",
        Kind::Counter,
        &["code", "path"],
        "Requests that the control socket answered, by status and path.",
    ),
    define(
        Own::BusEvents,
        "containerpilot_events",
        Kind::Counter,
        &["code", "source"],
        "Events on the bus between jobs, by code and by who told them.",
    ),
    define(
        Own::WatchInstances,
        "containerpilot_watch_instances",
        Kind::Gauge,
        &["service"],
        "Healthy instances, or keys, that a watch finds.",
    ),
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
        Own::JobCheckSeconds,
        "gyropilot_job_check_seconds",
        Kind::Histogram,
        &["job"],
        "How long the health checks of a job took.",
    ),
    define(
        Own::JobCpuSeconds,
        "gyropilot_job_cpu_seconds_total",
        Kind::Counter,
        &["job"],
        "Processor time used by the processes of a job that run now; starts over with a run.",
    ),
    define(
        Own::JobDrainSeconds,
        "gyropilot_job_drain_seconds",
        Kind::Histogram,
        &["job"],
        "How long the clients of a withdrawn service took to leave, or were given.",
    ),
    define(
        Own::JobDrains,
        "gyropilot_job_drains_total",
        Kind::Counter,
        &["job", "outcome"],
        "Drains of a job, by outcome: empty when no client was left, cut otherwise.",
    ),
    define(
        Own::JobExits,
        "gyropilot_job_exits_total",
        Kind::Counter,
        &["job", "outcome"],
        "Ends of runs of a job, by outcome: success, failure or signal.",
    ),
    define(
        Own::JobHealth,
        "gyropilot_job_health",
        Kind::Gauge,
        &["job", "health"],
        "1 for the health that a job has, 0 for the others.",
    ),
    define(
        Own::JobMemory,
        "gyropilot_job_memory_bytes",
        Kind::Gauge,
        &["job"],
        "Memory resident for the processes of a job; shared memory counts for each.",
    ),
    define(
        Own::JobProcesses,
        "gyropilot_job_processes",
        Kind::Gauge,
        &["job"],
        "Processes of a job that run now, those it started included.",
    ),
    define(
        Own::JobReadySeconds,
        "gyropilot_job_ready_seconds",
        Kind::Histogram,
        &["job"],
        "How long a job took from its start until it was ready.",
    ),
    define(
        Own::JobRestarts,
        "gyropilot_job_restarts_total",
        Kind::Counter,
        &["job"],
        "Restarts of a job that had ended.",
    ),
    define(
        Own::JobRuns,
        "gyropilot_job_runs_total",
        Kind::Counter,
        &["job"],
        "Runs of a job that were started.",
    ),
    define(
        Own::JobState,
        "gyropilot_job_state",
        Kind::Gauge,
        &["job", "state"],
        "1 for the state that a job is in, 0 for the others.",
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
        Own::Orders,
        "gyropilot_orders_total",
        Kind::Counter,
        &[],
        "Orders that operators gave over the control socket.",
    ),
    define(
        Own::OutputLines,
        "gyropilot_output_lines_total",
        Kind::Counter,
        &["role"],
        "Lines that processes wrote to the log through the pilot.",
    ),
    define(
        Own::PostedErrors,
        "gyropilot_posted_metric_errors_total",
        Kind::Counter,
        &["reason"],
        "Posted values that were not taken up, by reason: unknown or invalid.",
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
    define(
        Own::WatchAge,
        "gyropilot_watch_age_seconds",
        Kind::Gauge,
        &["watch"],
        "How long ago the catalogue last confirmed what is known of a watch.",
    ),
    define(
        Own::WatchChanges,
        "gyropilot_watch_changes_total",
        Kind::Counter,
        &["watch"],
        "Changes of what a watch finds.",
    ),
];

/// Is this the name of a metric of the pilot's own, or of one to come?
pub(super) fn is_reserved(name: &str) -> bool {
    name.starts_with(PREFIX) || DEFINITIONS.iter().any(|definition| definition.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_at_its_place_under_a_name_of_its_own() {
        for definition in DEFINITIONS {
            assert_eq!(definition.own.definition().map(|found| found.name), Some(definition.name));
            assert!(definition.help.ends_with('.'), "{}", definition.name);
            if definition.name.starts_with("containerpilot_") {
                continue;
            }
            assert!(definition.name.starts_with(PREFIX), "{}", definition.name);
            assert_eq!(
                definition.kind == Kind::Counter,
                definition.name.ends_with("_total"),
                "{}",
                definition.name
            );
        }
        assert!(DEFINITIONS.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(DEFINITIONS.last().map(|last| last.own), Some(Own::WatchChanges));
    }
}
