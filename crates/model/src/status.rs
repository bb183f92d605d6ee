//! How the pilot stands, as the control socket tells it.
//!
//! Times are given as milliseconds relative to the moment of the answer, so
//! that no clock has to be shared.

use serde::{Deserialize, Serialize};

/// How the pilot and everything in it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PilotStatus {
    /// The pilot's own process id.
    pub pid: u32,
    /// How long it has been running, in ms.
    pub uptime_ms: u64,
    /// Is it taking its leave?
    pub stopping: bool,
    /// Is it in maintenance?
    pub maintenance: bool,
    /// In the order of the configuration.
    pub jobs: Vec<JobStatus>,
    /// In the order of the configuration.
    pub watches: Vec<WatchStatus>,
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStatus {
    /// Its name.
    pub name: String,
    /// What it does.
    pub state: JobState,
    /// How well it is.
    pub health: JobHealth,
    /// How long the state has lasted, in ms.
    pub since_ms: u64,
    /// The process that runs.
    pub pid: Option<u32>,
    /// How often it was run.
    pub runs: u64,
    /// How often it was run again because it had ended.
    pub restarts: u64,
    /// How the last run ended.
    pub last_exit: Option<String>,
    /// When time alone changes something next, in ms from now.
    pub next_ms: Option<u64>,
    /// What it waits for, in words such as `exitSuccess of migrate`.
    pub waits_for: Vec<String>,
    /// What the last check said.
    pub check: Option<String>,
    /// What it says of itself (`STATUS=` of `sd_notify`).
    pub note: Option<String>,
    /// What it offers to others.
    pub service: Option<ServiceStatus>,
}

/// What a job offers to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// Unique in the catalogue.
    pub id: String,
    /// The name others look it up by.
    pub name: String,
    /// Where it listens.
    pub address: String,
    /// Where it listens.
    pub port: u16,
    /// What the catalogue is to say of it; nothing while it is to say nothing.
    pub wanted: Option<String>,
}

/// How a watch stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchStatus {
    /// Its name.
    pub name: String,
    /// What it watches, in words.
    pub target: String,
    /// How many instances or keys there are; nothing before the first answer.
    pub count: Option<usize>,
    /// How long ago that last changed, in ms.
    pub changed_ms: Option<u64>,
    /// How long ago the catalogue last confirmed it, in ms; filled in by the loop.
    pub age_ms: Option<u64>,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// It was not started yet, or waits for its next trigger.
    Waiting,
    /// It runs and is not ready yet.
    Starting,
    /// It runs.
    Running,
    /// It waits until it may be started again.
    Backoff,
    /// Its service is withdrawn; its clients are given time to leave.
    Draining,
    /// It was told to end.
    Stopping,
    /// It has ended as it should.
    Completed,
    /// It has failed for good.
    Failed,
    /// It was stopped by hand.
    Stopped,
}

/// How well a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobHealth {
    /// Nobody has asked yet, or nobody ever asks.
    Unknown,
    /// It is well.
    Healthy,
    /// It works, in doubt.
    Warning,
    /// It is not well.
    Unhealthy,
    /// It is in maintenance; nobody asks.
    Maintenance,
}

/// Why a job is in the state it is in: the chain of causes, the nearest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The job.
    pub job: String,
    /// One sentence: what it does and the root of it.
    pub summary: String,
    /// Each caused by the next.
    pub causes: Vec<Cause>,
    /// What happened to it last, the newest last.
    pub history: Vec<Cause>,
}

/// Something that is so, or that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// In words.
    pub what: String,
    /// How long ago, in ms.
    pub ago_ms: u64,
}

/// A dependency: `to` happens because of `from`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edge {
    /// A job, `watch.<name>`, a signal or `global`.
    pub from: String,
    /// A job.
    pub to: String,
    /// The event between them.
    pub event: String,
}

// === impl PilotStatus ===

impl PilotStatus {
    /// Why no requests should be sent here, a sentence a reason; none when all is ready. It is ready
    /// when it stays, every job with a service is well and offered in the catalogue, and no other
    /// job is unhealthy.
    #[must_use]
    pub fn unready(&self) -> Vec<String> {
        let pilot =
            [(self.stopping, "the pilot is stopping"), (self.maintenance, "the pilot is in maintenance")];
        let of_pilot = pilot.into_iter().filter(|(is_so, _)| *is_so).map(|(_, reason)| reason.to_owned());
        of_pilot.chain(self.jobs.iter().filter_map(JobStatus::unready)).collect()
    }
}

// === impl JobStatus ===

impl JobStatus {
    /// Why the pilot is not ready because of this job.
    fn unready(&self) -> Option<String> {
        let (name, state) = (&self.name, self.state.as_str());
        let Some(service) = &self.service else {
            return (self.health == JobHealth::Unhealthy).then(|| format!("the job {name} is unhealthy"));
        };
        if matches!(self.state, JobState::Draining | JobState::Stopping) {
            return Some(format!("the job {name} is {state}"));
        }
        match service.wanted.as_deref() {
            Some("passing" | "warning") => None,
            Some(status) => Some(format!("the service {} of the job {name} is {status}", service.name)),
            None => Some(format!("the job {name} is {state} and not in the catalogue")),
        }
    }
}

// === impl JobState ===

impl JobState {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Starting,
        Self::Running,
        Self::Backoff,
        Self::Draining,
        Self::Stopping,
        Self::Completed,
        Self::Failed,
        Self::Stopped,
    ];

    /// The word, as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Backoff => "backoff",
            Self::Draining => "draining",
            Self::Stopping => "stopping",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

// === impl JobHealth ===

impl JobHealth {
    /// All there are.
    pub const ALL: [Self; 5] =
        [Self::Unknown, Self::Healthy, Self::Warning, Self::Unhealthy, Self::Maintenance];

    /// The word, as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
            Self::Warning => "warning",
            Self::Unhealthy => "unhealthy",
            Self::Maintenance => "maintenance",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: JobState, health: JobHealth, wanted: Option<Option<&str>>) -> JobStatus {
        let service = wanted.map(|wanted| ServiceStatus {
            id: "web-h1".to_owned(),
            name: "web".to_owned(),
            address: "10.0.0.1".to_owned(),
            port: 80,
            wanted: wanted.map(str::to_owned),
        });
        JobStatus {
            name: "app".to_owned(),
            state,
            health,
            since_ms: 0,
            pid: None,
            runs: 1,
            restarts: 0,
            last_exit: None,
            next_ms: None,
            waits_for: vec![],
            check: None,
            note: None,
            service,
        }
    }

    fn pilot(jobs: Vec<JobStatus>) -> PilotStatus {
        PilotStatus { pid: 1, uptime_ms: 0, stopping: false, maintenance: false, jobs, watches: vec![] }
    }

    #[test]
    fn ready_is_whoever_offers_all_that_it_should() {
        use JobHealth::{Healthy, Unhealthy, Unknown, Warning};
        use JobState::{Completed, Draining, Running, Starting, Waiting};
        for (job, reason) in [
            (job(Running, Healthy, Some(Some("passing"))), None),
            (job(Running, Warning, Some(Some("warning"))), None),
            (job(Completed, Unknown, None), None),
            (job(Waiting, Unknown, None), None),
            (job(Running, Unhealthy, None), Some("the job app is unhealthy")),
            (
                job(Running, Unhealthy, Some(Some("critical"))),
                Some("the service web of the job app is critical"),
            ),
            (job(Starting, Unknown, Some(None)), Some("the job app is starting and not in the catalogue")),
            (job(Draining, Healthy, Some(None)), Some("the job app is draining")),
        ] {
            assert_eq!(pilot(vec![job.clone()]).unready(), Vec::from_iter(reason), "{job:?}");
        }
    }

    #[test]
    fn who_leaves_or_rests_is_not_ready() {
        let leaving = PilotStatus { stopping: true, maintenance: true, ..pilot(vec![]) };
        assert_eq!(leaving.unready(), ["the pilot is stopping", "the pilot is in maintenance"]);
    }
}
