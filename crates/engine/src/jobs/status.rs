//! How everything stands.

use super::job::{Runner, Stage};
use super::scene::Scene;
use super::{JobEngine, Phase};
use gyropilot_model::{JobStatus, PilotStatus, ServiceStatus, Time, Trigger, WatchStatus};

// === impl JobEngine: status ===

impl JobEngine {
    pub(crate) fn status(&self, now: Time) -> PilotStatus {
        let ms = |since: Time| now.since(since).as_millis() as u64;
        PilotStatus {
            pid: self.pid,
            uptime_ms: ms(Time::ZERO),
            stopping: matches!(self.phase, Phase::Stopping(_) | Phase::Over),
            maintenance: self.scene.maintenance,
            jobs: self.runners.iter().map(|runner| runner.status(&self.scene, now)).collect(),
            watches: self
                .watches
                .iter()
                .map(|watch| WatchStatus {
                    name: watch.watch.name.clone(),
                    target: watch.watch.target.to_string(),
                    count: watch.count(),
                    changed_ms: watch.changed.map(ms),
                    age_ms: None,
                })
                .collect(),
        }
    }
}

// === impl Runner: status ===

impl Runner {
    fn status(&self, scene: &Scene, now: Time) -> JobStatus {
        let next = match &self.stage {
            Stage::Running => self.checks.as_ref().and_then(super::health::Checks::next),
            _ => self.due(scene),
        };
        JobStatus {
            name: self.job.name.clone(),
            state: self.state(),
            health: self.health(scene),
            since_ms: now.since(self.record.since).as_millis() as u64,
            pid: self.run.as_ref().and_then(|run| run.pid),
            runs: self.record.runs,
            restarts: self.record.restarts,
            last_exit: self.record.last.as_ref().map(ToString::to_string),
            next_ms: next.map(|at| at.since(now).as_millis() as u64),
            waits_for: self.waits_for(),
            check: self.checks.as_ref().and_then(|checks| checks.output.clone()),
            note: self.record.note.clone(),
            service: self.offer.as_ref().map(|offer| ServiceStatus {
                id: offer.service.id.clone(),
                name: offer.service.name.clone(),
                address: offer.service.address.to_string(),
                port: offer.service.port,
                wanted: offer.wanted().map(|(status, _)| status.to_string()),
            }),
        }
    }

    /// What it waits for, in words.
    pub(super) fn waits_for(&self) -> Vec<String> {
        match (&self.stage, &self.job.when.trigger) {
            (Stage::Waiting, trigger @ Trigger::Events { .. }) => {
                self.cue.missing(trigger).map(ToString::to_string).collect()
            }
            (Stage::Waiting, trigger) => vec![trigger.to_string()],
            _ => Vec::new(),
        }
    }
}
