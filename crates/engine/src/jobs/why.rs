//! Why a job is in the state it is in.

use super::job::{Runner, Stage};
use super::{JobEngine, Phase};
use gyropilot_model::{Awaited, Cause, Time, Trigger, Why};
use std::collections::BTreeSet;

// === impl JobEngine: why ===

impl JobEngine {
    pub(crate) fn why(&self, now: Time, job: &str) -> Option<Why> {
        let runner = self.runners.iter().find(|runner| runner.name() == job)?;
        let mut causes = Vec::new();
        self.trace(now, runner, &mut causes, &mut BTreeSet::new());
        let root = causes.last().map(|cause| cause.what.clone()).unwrap_or_default();
        let state = runner.state().as_str();
        let own = root.strip_prefix(job).and_then(|rest| rest.strip_prefix(' '));
        let summary = match (causes.len(), own) {
            (0, _) => format!("{job} is {state}"),
            (1, Some(own)) if own.starts_with("is ") => root,
            (1, Some(own)) => format!("{job} is {state}: it {own}"),
            (1, None) => format!("{job} is {state}: {root}"),
            _ => format!("{job} is {state}, at the root of it: {root}"),
        };
        let history = runner.record.history.iter();
        let history = history.map(|(at, what)| cause(now, *at, what.clone())).collect();
        Some(Why { job: job.to_owned(), summary, causes, history })
    }

    /// The chain of causes from this job on, the nearest first.
    fn trace(&self, now: Time, runner: &Runner, causes: &mut Vec<Cause>, seen: &mut BTreeSet<String>) {
        if !seen.insert(runner.name().to_owned()) {
            return causes.push(cause(
                now,
                runner.record.since,
                format!("{} waits for itself", runner.name()),
            ));
        }
        if matches!(self.phase, Phase::Stopping(_)) && !runner.is_waiting() {
            causes.push(cause(now, runner.record.since, runner.record.reason.clone()));
            return;
        }
        let Stage::Waiting = runner.stage else {
            let is = format!("{} is {}", runner.name(), runner.state().as_str());
            let what = match (runner.record.reason.as_str(), &runner.record.last) {
                ("", _) => is,
                (reason, Some(last)) if !reason.contains(&last.to_string()) => {
                    format!("{is}: {reason}; its last run ended: {last}")
                }
                (reason, _) => format!("{is}: {reason}"),
            };
            return causes.push(cause(now, runner.record.since, what));
        };
        let trigger = &runner.job.when.trigger;
        let missing: Vec<&Awaited> = runner.cue.missing(trigger).collect();
        let name = runner.name();
        if missing.is_empty() {
            let what = match trigger {
                Trigger::Events { .. } => format!("{name} is started by hand only"),
                trigger => format!("{name} waits for its time: {trigger}"),
            };
            return causes.push(cause(now, runner.record.since, what));
        }
        let prospects = self.prospects();
        for awaited in missing {
            let never =
                if self.can_happen(awaited, &prospects) { "" } else { ", which cannot happen any more" };
            causes.push(cause(now, runner.record.since, format!("{name} waits for {awaited}{never}")));
            if let Some(source) = self.runners.iter().find(|source| source.name() == awaited.source) {
                self.trace(now, source, causes, seen);
            } else if let Some(watch) = self.watches.iter().find(|watch| watch.source() == awaited.source) {
                let (at, what) = match watch.count() {
                    None => (Time::ZERO, format!("{} was not answered yet", awaited.source)),
                    Some(count) => (
                        watch.changed.unwrap_or(Time::ZERO),
                        format!("{} has {count} in {}", awaited.source, watch.watch.target),
                    ),
                };
                causes.push(cause(now, at, what));
            }
        }
    }
}

fn cause(now: Time, at: Time, what: String) -> Cause {
    Cause { what, ago_ms: now.since(at).as_millis() as u64 }
}
