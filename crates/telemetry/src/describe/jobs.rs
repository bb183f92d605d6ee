//! Jobs and watches, and what they tell each other.

use super::{Description, say};
use crate::Own;
use gyropilot_model::LogLevel::{Debug, Info, Warn};
use gyropilot_model::{EventCode, JobHealth, JobState, Verdict, format_go_duration};
use std::time::Duration;

/// In the words of ContainerPilot 3.
pub(super) fn bus(code: EventCode, source: &str) -> Description {
    say("bus", Debug, format!("event: {{{} {source}}}", code.name()))
        .one(Own::BusEvents, &[code.name(), source])
}

pub(super) fn changed(job: &str, state: JobState, reason: &str) -> Description {
    let level = match state {
        JobState::Failed => Warn,
        JobState::Completed | JobState::Stopped => Info,
        // A start, an end and a restart are told as such.
        JobState::Waiting
        | JobState::Starting
        | JobState::Running
        | JobState::Backoff
        | JobState::Draining
        | JobState::Stopping => Debug,
    };
    let said = say("job_changed", level, format!("job {job} is {}: {reason}", state.as_str()))
        .field("job", job)
        .field("state", state.as_str());
    JobState::ALL.into_iter().fold(said, |said, each| {
        said.set(Own::JobState, &[job, each.as_str()], f64::from(u8::from(each == state)))
    })
}

pub(super) fn health_changed(job: &str, health: JobHealth, reason: &str) -> Description {
    let level = match health {
        JobHealth::Unhealthy | JobHealth::Warning => Warn,
        JobHealth::Healthy => Info,
        JobHealth::Unknown | JobHealth::Maintenance => Debug,
    };
    let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    let said = say("job_health_changed", level, format!("job {job} is {}{because}", health.as_str()))
        .field("job", job)
        .field("health", health.as_str());
    JobHealth::ALL.into_iter().fold(said, |said, each| {
        said.set(Own::JobHealth, &[job, each.as_str()], f64::from(u8::from(each == health)))
    })
}

pub(super) fn checked(job: &str, verdict: Verdict, took: Duration) -> Description {
    let verdict = match verdict {
        Verdict::Well => "well",
        Verdict::Doubtful => "doubtful",
        Verdict::Ill => "ill",
    };
    let message = format!("check.{job} ended after {}: {verdict}", format_go_duration(took));
    say("checked", Debug, message).field("check", format!("check.{job}")).observe(
        Own::JobCheckSeconds,
        &[job],
        took.as_secs_f64(),
    )
}

pub(super) fn ready(job: &str, after: Duration) -> Description {
    say("job_ready", Info, format!("job {job} is ready after {}", format_go_duration(after)))
        .field("job", job)
        .observe(Own::JobReadySeconds, &[job], after.as_secs_f64())
}

pub(super) fn drained(job: &str, connections: usize, after: Duration) -> Description {
    let after_words = format_go_duration(after);
    let (level, outcome, message) = match connections {
        0 => (Info, "empty", format!("job {job} has no client left after {after_words}")),
        1 => (Warn, "cut", format!("job {job} still has 1 client after {after_words}; it is cut off")),
        more => {
            (Warn, "cut", format!("job {job} still has {more} clients after {after_words}; they are cut off"))
        }
    };
    say("drained", level, message).field("job", job).one(Own::JobDrains, &[job, outcome]).observe(
        Own::JobDrainSeconds,
        &[job],
        after.as_secs_f64(),
    )
}

pub(super) fn watch_changed(watch: &str, count: usize, had: Option<usize>) -> Description {
    let before = had.map(|had| format!("; it had {had} before")).unwrap_or_default();
    let message = match count {
        0 => format!("watch {watch} finds nothing{before}"),
        count => format!("watch {watch} finds {count}{before}"),
    };
    // The loss of the last one is what people look for.
    let level = if count == 0 && had.is_some_and(|had| had > 0) { Warn } else { Info };
    say("watch_changed", level, message)
        .field("watch", watch)
        .set(Own::WatchInstances, &[watch], count as f64)
        .one(Own::WatchChanges, &[watch])
}

pub(super) fn done(reason: &str) -> Description {
    say("jobs_done", Info, reason.to_owned())
}
