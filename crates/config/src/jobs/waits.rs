//! Which jobs can never start, because nothing will ever be as they wait for.
//!
//! The original ran such a configuration without a word, so that here it is worth warnings only.

use super::job::Read;
use crate::decode::near_miss;
use crate::finding::{Findings, Span};
use gyropilot_model::{Awaited, EventCode, Probe, Signal, SignalAction, Trigger, Watch};
use std::collections::{BTreeMap, BTreeSet};

/// Names whose likeness to another is looked at; the bound keeps a hostile file cheap.
const MOST_LOOKED_AT: usize = 100;

/// Whether something that is awaited can happen.
enum Hope {
    /// By itself.
    Open,
    /// When the job of this index starts.
    After(usize),
    /// Not at all: why, and what to write instead.
    Never(String, Option<String>),
}

/// Everything that events come from.
struct Sources<'s> {
    jobs: &'s [Read],
    by_name: BTreeMap<&'s str, usize>,
    watches: BTreeSet<&'s str>,
    signals: &'s BTreeMap<Signal, SignalAction>,
}

/// Warns of each event that never happens, and of each circle of jobs that wait for each other.
pub(super) fn warn(
    jobs: &[Read],
    watches: &[Watch],
    signals: &BTreeMap<Signal, SignalAction>,
    findings: &mut Findings,
) {
    let sources = Sources {
        jobs,
        by_name: jobs.iter().enumerate().map(|(i, read)| (read.job.name.as_str(), i)).collect(),
        watches: watches.iter().map(|watch| watch.name.as_str()).collect(),
        signals,
    };
    let hopes: Vec<Vec<Hope>> = (0..jobs.len()).map(|i| sources.hopes(i)).collect();
    for (read, hopes) in jobs.iter().zip(&hopes) {
        let never = !sources.can_start(read, hopes, &BTreeSet::new(), true);
        for (hope, place) in hopes.iter().zip(&read.awaited) {
            if let Hope::Never(reason, hint) = hope {
                never_happens(read, never, reason, hint.as_deref(), place, findings);
            }
        }
    }
    warn_of_circles(&sources, &hopes, findings);
}

fn never_happens(
    read: &Read,
    never: bool,
    reason: &str,
    hint: Option<&str>,
    place: &Span,
    findings: &mut Findings,
) {
    let name = &read.job.name;
    let message = if never {
        format!("job[{name}].when never comes true: {reason}")
    } else {
        format!("job[{name}].when waits for what never happens: {reason}")
    };
    let finding = findings.warning(place.clone(), message);
    finding.label(if never { "so that the job never starts" } else { "never happens" });
    if let Some(hint) = hint {
        finding.hint(hint);
    }
}

/// Jobs that wait for each other, told once for each circle.
fn warn_of_circles(sources: &Sources<'_>, hopes: &[Vec<Hope>], findings: &mut Findings) {
    let mut started = BTreeSet::new();
    loop {
        let more: Vec<usize> = (0..sources.jobs.len())
            .filter(|i| !started.contains(i))
            .filter(|i| match (sources.jobs.get(*i), hopes.get(*i)) {
                (Some(read), Some(hopes)) => sources.can_start(read, hopes, &started, false),
                _ => false,
            })
            .collect();
        if more.is_empty() {
            break;
        }
        started.extend(more);
    }
    let mut told = BTreeSet::new();
    for start in (0..sources.jobs.len()).filter(|i| !started.contains(i)) {
        let Some(circle) = circle_from(start, hopes, &started) else { continue };
        if circle.iter().all(|i| told.insert(*i))
            && let Some(read) = circle.first().and_then(|i| sources.jobs.get(*i))
        {
            let mut names: Vec<&str> = circle
                .iter()
                .filter_map(|i| sources.jobs.get(*i))
                .map(|read| read.job.name.as_str())
                .collect();
            names.push(&read.job.name);
            findings
                .warning(
                    read.when.clone(),
                    format!(
                        "jobs wait for each other in their `when`, and never start: {}",
                        names.join(" → ")
                    ),
                )
                .label("a circle");
        }
    }
}

/// The circle that is reached by going from a job to the first that it waits for in vain; `None` when that ends at a job
/// that waits for what never happens.
fn circle_from(start: usize, hopes: &[Vec<Hope>], started: &BTreeSet<usize>) -> Option<Vec<usize>> {
    let mut way = vec![start];
    loop {
        let next = hopes.get(*way.last()?)?.iter().find_map(|hope| match hope {
            Hope::After(job) if !started.contains(job) => Some(*job),
            _ => None,
        })?;
        if let Some(at) = way.iter().position(|job| *job == next) {
            return Some(way.split_off(at));
        }
        way.push(next);
    }
}

// === impl Sources ===

impl Sources<'_> {
    /// As many as the job awaits.
    fn hopes(&self, job: usize) -> Vec<Hope> {
        match self.jobs.get(job).map(|read| &read.job.when.trigger) {
            Some(Trigger::Events { awaited, .. }) => {
                awaited.iter().map(|awaited| self.hope(job, awaited)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Can the job start when those of `started` have? `trusting`: whatever another job may bring about, it does.
    fn can_start(&self, read: &Read, hopes: &[Hope], started: &BTreeSet<usize>, trusting: bool) -> bool {
        let holds = |hope: &Hope| match hope {
            Hope::Open => true,
            Hope::After(job) => trusting || started.contains(job),
            Hope::Never(..) => false,
        };
        match &read.job.when.trigger {
            Trigger::Startup | Trigger::Interval(_) => true,
            Trigger::Events { all: true, .. } => !hopes.is_empty() && hopes.iter().all(holds),
            Trigger::Events { .. } => hopes.iter().any(holds),
        }
    }

    fn hope(&self, waiting: usize, awaited: &Awaited) -> Hope {
        let (source, code) = (awaited.source.as_str(), awaited.code);
        let never = |reason: String| Hope::Never(reason, None);
        if code == EventCode::Signal {
            return self.signal(source);
        }
        if source == "global" {
            return match code {
                EventCode::Startup | EventCode::EnterMaintenance | EventCode::ExitMaintenance => Hope::Open,
                EventCode::Shutdown => Hope::Never(
                    "at a shutdown no job is started any more".to_owned(),
                    Some("wait for `stopping` or `stopped` of a job".to_owned()),
                ),
                _ => never(format!(
                    "global has startup, enterMaintenance and exitMaintenance, but not {}",
                    code.as_str()
                )),
            };
        }
        if source.is_empty() {
            let hint = (code == EventCode::Startup).then(|| "write source: \"global\"".to_owned());
            return Hope::Never("there is no `source`".to_owned(), hint);
        }
        if let Some(name) = source.strip_prefix("watch.") {
            return self.watch(name, code);
        }
        if let Some(name) = source.strip_prefix("check.") {
            return self.check(name, code);
        }
        match self.by_name.get(source) {
            Some(job) if *job == waiting => never("it waits for itself".to_owned()),
            Some(job) => self.job(*job, code),
            None => self.unknown(source),
        }
    }

    fn signal(&self, source: &str) -> Hope {
        let signal = match source {
            "SIGHUP" => Signal::Hup,
            "SIGUSR2" => Signal::Usr2,
            _ => {
                let hint = "write source: \"SIGHUP\" or source: \"SIGUSR2\"".to_owned();
                return Hope::Never("the signal must stand in `source`".to_owned(), Some(hint));
            }
        };
        match self.signals.get(&signal) {
            None | Some(SignalAction::Event) => Hope::Open,
            Some(_) => Hope::Never(format!("`signals` gives {signal} another meaning"), None),
        }
    }

    fn watch(&self, name: &str, code: EventCode) -> Hope {
        if !self.watches.contains(name) {
            let meant = near_miss(name, self.watches.iter().copied().take(MOST_LOOKED_AT));
            let hint = meant.map(|meant| format!("did you mean \"watch.{meant}\"?"));
            return Hope::Never(format!("there is no watch {name}"), hint);
        }
        match code {
            EventCode::Changed | EventCode::Healthy | EventCode::Unhealthy => Hope::Open,
            _ => Hope::Never(
                format!("a watch has changed, healthy and unhealthy, but not {}", code.as_str()),
                None,
            ),
        }
    }

    /// The process of a health check.
    fn check(&self, name: &str, code: EventCode) -> Hope {
        let found = self.by_name.get(name).and_then(|i| Some((*i, self.jobs.get(*i)?)));
        let Some((i, read)) = found else { return self.unknown(name) };
        let runs =
            read.job.health.as_ref().is_some_and(|health| matches!(health.probe, Some(Probe::Exec(_))));
        match code {
            EventCode::ExitSuccess | EventCode::ExitFailed | EventCode::Error if runs => Hope::After(i),
            _ => Hope::Never(format!("no program that checks {name} is ever {}", code.as_str()), None),
        }
    }

    fn job(&self, i: usize, code: EventCode) -> Hope {
        let Some(read) = self.jobs.get(i) else { return Hope::After(i) };
        let name = &read.job.name;
        let never = |reason: String| Hope::Never(reason, None);
        match code {
            // At a shutdown at the latest, whether it was started or not.
            EventCode::Stopping | EventCode::Stopped => Hope::Open,
            EventCode::ExitSuccess | EventCode::ExitFailed | EventCode::Error | EventCode::Ready
                if read.job.exec.is_none() =>
            {
                never(format!("{name} has no `exec`"))
            }
            EventCode::Healthy | EventCode::Unhealthy if read.job.health.is_none() => {
                never(format!("{name} has no `health`"))
            }
            EventCode::TimerExpired if read.job.when.timeout.is_none() => {
                never(format!("{name} has no when.timeout"))
            }
            EventCode::TimerExpired => Hope::Open,
            EventCode::ExitSuccess
            | EventCode::ExitFailed
            | EventCode::Error
            | EventCode::Ready
            | EventCode::Healthy
            | EventCode::Unhealthy => Hope::After(i),
            _ => never(format!("no job has {}", code.as_str())),
        }
    }

    fn unknown(&self, source: &str) -> Hope {
        let hint = if self.watches.contains(source) {
            Some(format!("the watch is written \"watch.{source}\""))
        } else {
            near_miss(source, self.by_name.keys().copied().take(MOST_LOOKED_AT))
                .map(|meant| format!("did you mean \"{meant}\"?"))
        };
        Hope::Never(format!("there is no job {source}"), hint)
    }
}
