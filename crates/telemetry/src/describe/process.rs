//! The processes that the pilot starts.

use super::{Description, Text, say};
use crate::Own;
use gyropilot_model::LogLevel::{Debug, Error, Info, Warn};
use gyropilot_model::{Exit, Role, format_go_duration};
use std::time::Duration;

pub(super) fn started(role: &Role, pid: u32) -> Description {
    let description = say("process_started", Debug, format!("{role} started as process {pid}"))
        .about(role)
        .count(Own::ProcessStarts, role);
    match role {
        Role::Job { name } => description.one(Own::JobRuns, &[name]),
        _ => description,
    }
}

pub(super) fn not_started(role: &Role, program: &str, reason: &str) -> Description {
    let message = match role {
        // The wording is ContainerPilot's.
        Role::Job { .. } | Role::Check { .. } => {
            format!("unable to start {}: {program}: {reason}", who(role))
        }
        _ => format!("{role}: cannot start {program}: {reason}"),
    };
    say("process_not_started", Error, message).about(role).count(Own::ProcessStartFailures, role)
}

pub(super) fn exited(role: &Role, pid: u32, exit: Exit, ran: Duration) -> Description {
    let level = match (role, exit.is_success()) {
        (Role::App, true) => Info,
        (Role::Job { .. }, false) if !matches!(exit, Exit::Signal(_)) => Error,
        // What a check says is told when it changes, not every second.
        (_, true) | (Role::Health { .. } | Role::Check { .. }, false) => Debug,
        (_, false) => Warn,
    };
    let outcome = match exit {
        Exit::Code(0) => "success",
        Exit::Code(_) | Exit::NotStarted => "failure",
        Exit::Signal(_) => "signal",
    };
    let after = format_go_duration(Duration::from_millis(u64::try_from(ran.as_millis()).unwrap_or(u64::MAX)));
    let message = match (role, exit) {
        // The wording is ContainerPilot's.
        (Role::Job { .. } | Role::Check { .. }, Exit::Code(1..) | Exit::Signal(_)) => {
            format!("{} exited with error: {exit} (process {pid}, after {after})", who(role))
        }
        _ => format!("{role} (process {pid}) ended after {after}: {exit}"),
    };
    let description =
        say("process_exited", level, message).about(role).one(Own::ProcessExits, &[role.kind(), outcome]);
    match role {
        Role::Health { service, .. } => {
            description.observe(Own::HealthCheckSeconds, &[service], ran.as_secs_f64())
        }
        Role::Check { job } => description.observe(Own::JobCheckSeconds, &[job], ran.as_secs_f64()),
        Role::Job { name } => description.one(Own::JobExits, &[name, outcome]),
        _ => description,
    }
}

pub(super) fn timed_out(role: &Role, timeout: Duration, command: &str) -> Description {
    // The wording is ContainerPilot's.
    let timeout = format_go_duration(timeout);
    say("process_timed_out", Warn, format!("{} timeout after {timeout}: '{command}'", who(role)))
        .about(role)
        .count(Own::ProcessTimeouts, role)
}

pub(super) fn restart_scheduled(role: &Role, delay: Duration, attempt: u32) -> Description {
    let delay = format_go_duration(delay);
    let message = format!("{role} is started again in {delay} (restart {attempt} in a row)");
    let description = say("restart_scheduled", Info, message).about(role).count(Own::Restarts, role);
    match role {
        Role::Job { name } => description.one(Own::JobRestarts, &[name]),
        _ => description,
    }
}

pub(super) fn restarts_used_up(role: &Role) -> Description {
    say("restarts_used_up", Warn, format!("{role} ended and is not started again")).about(role)
}

pub(super) fn output(role: &Role, pid: u32, line: &str) -> Description {
    let mut description = say("output", Info, line.to_owned()).about(role).count(Own::OutputLines, role);
    description.text = Text::Output;
    match role {
        // As ContainerPilot 3 does; version 2 did not name the process.
        Role::Job { .. } | Role::Check { .. } => description.field("pid", pid.to_string()),
        _ => description,
    }
}

pub(super) fn stop_timed_out(role: &Role, timeout: Duration) -> Description {
    let timeout = format_go_duration(timeout);
    say("stop_timed_out", Warn, format!("{role} did not stop within {timeout} and is killed"))
        .about(role)
        .count(Own::StopTimeouts, role)
}

/// The name of a process as ContainerPilot of its generation gives it.
fn who(role: &Role) -> String {
    match role {
        Role::Job { name } => name.clone(),
        Role::Check { job } => format!("check.{job}"),
        hook => hook.to_string(),
    }
}
