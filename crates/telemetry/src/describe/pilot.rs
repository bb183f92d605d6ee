//! The pilot itself: its configuration, its life, its own measurements.

use super::{Description, Update, say};
use crate::Own;
use gyropilot_model::LogLevel::{Debug, Error, Info, Warn};
use gyropilot_model::Signal;

pub(super) fn started(pid: u32, plan: &str) -> Description {
    say("started", Info, format!("gyropilot runs as process {pid}: {plan}"))
        .with(Update::SetToNow(Own::StartTime, vec![]))
        .set(Own::BuildInfo, &[env!("CARGO_PKG_VERSION")], 1.0)
}

pub(super) fn config_loaded(plan: &str) -> Description {
    // The wording is ContainerPilot's.
    say("config_loaded", Debug, format!("Loaded config: {plan}"))
}

pub(super) fn config_warning(message: &str) -> Description {
    say("config_warning", Warn, message.to_owned()).report()
}

pub(super) fn maintenance(on: bool) -> Description {
    let message = if on { "maintenance begins" } else { "maintenance ends" };
    say("maintenance", Info, message.to_owned()).set(Own::Maintenance, &[], f64::from(u8::from(on)))
}

pub(super) fn reloaded(plan: &str) -> Description {
    say("reloaded", Info, format!("configuration reloaded: {plan}")).one(Own::Reloads, &["done"])
}

pub(super) fn reload_refused(reason: &str) -> Description {
    // The first words are ContainerPilot's.
    say("reload_refused", Error, format!("Error initializing config: {reason}"))
        .report()
        .one(Own::Reloads, &["refused"])
}

pub(super) fn stop_requested(signal: Signal) -> Description {
    say("stop_requested", Info, format!("{signal} received: stopping"))
}

pub(super) fn stop_hurried(signal: Signal) -> Description {
    say("stop_hurried", Warn, format!("{signal} received again: stopping without further waiting"))
}

pub(super) fn sensor_value_invalid(metric: &str, output: &str) -> Description {
    say("sensor_value_invalid", Error, format!("sensor {metric} did not print a number: {output:?}"))
        .one(Own::SensorErrors, &[metric])
}

pub(super) fn sensor_value(metric: &str, value: f64) -> Description {
    say("sensor_value", Debug, format!("sensor {metric} measured {value}"))
        .with(Update::Sensor(metric.to_owned(), value))
}

pub(super) fn output_lost(lines: u64) -> Description {
    say("output_lost", Warn, format!("{lines} log lines were dropped: the log is not read fast enough"))
        .with(Update::Add(Own::LogLinesLost, vec![], lines as f64))
}

pub(super) fn ordered(order: &str, uid: u32) -> Description {
    say("ordered", Info, format!("user {uid} orders: {order}")).one(Own::Orders, &[])
}

pub(super) fn control_answered(path: &str, status: u16) -> Description {
    say("control_answered", Debug, format!("control request {path} answered with {status}"))
        .one(Own::ControlRequests, &[&status.to_string(), path])
}

pub(super) fn metric_unknown(metric: &str) -> Description {
    say("metric_unknown", Warn, format!("no metric is named {metric:?}")).one(Own::PostedErrors, &["unknown"])
}

pub(super) fn metric_invalid(metric: &str, value: &str) -> Description {
    // The wording is ContainerPilot's.
    say("metric_invalid", Error, format!("metric produced non-numeric value: {value}"))
        .field("metric", metric)
        .one(Own::PostedErrors, &["invalid"])
}

pub(super) fn telemetry_unavailable(reason: &str, given_up: bool) -> Description {
    if given_up {
        say("telemetry_unavailable", Error, format!("{reason}; given up until the next reload"))
    } else {
        say("telemetry_unavailable", Warn, format!("{reason}; trying again"))
    }
}

pub(super) fn exiting(status: u8, reason: &str) -> Description {
    say("exiting", Info, format!("exiting with status {status}: {reason}"))
}
