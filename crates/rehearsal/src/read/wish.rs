//! What is to be so.

use super::Reader;
use super::keys::Keys;
use crate::file::{Want, Wish};
use gyropilot_config::{Node, Value};
use gyropilot_model::{Awaited, EventCode, JobHealth, JobState, Status};

const KEYS: [&str; 8] =
    ["jobs", "services", "started", "notStarted", "happened", "notHappened", "exit", "maintenance"];

const JOB_KEYS: [&str; 4] = ["state", "health", "runs", "restarts"];

const STATES: [JobState; 9] = [
    JobState::Waiting,
    JobState::Starting,
    JobState::Running,
    JobState::Backoff,
    JobState::Draining,
    JobState::Stopping,
    JobState::Completed,
    JobState::Failed,
    JobState::Stopped,
];

const HEALTHS: [JobHealth; 5] = [
    JobHealth::Unknown,
    JobHealth::Healthy,
    JobHealth::Warning,
    JobHealth::Unhealthy,
    JobHealth::Maintenance,
];

/// The most runs that a test can expect.
const MOST_RUNS: u64 = 1_000_000_000;

// === impl Reader ===

impl Reader<'_> {
    pub(super) fn wishes(&mut self, node: &Node) -> Vec<Wish> {
        let Some(keys) = Keys::open(node, "an expectation", &KEYS, self.findings) else { return Vec::new() };
        let mut wishes = Vec::new();
        for (key, node) in keys.iter() {
            match key {
                "jobs" => {
                    for member in self.members(node) {
                        wishes.extend(self.job(&member.key, &member.node));
                    }
                }
                "services" => {
                    for member in self.members(node) {
                        let Some(status) = self.service(&member.node) else { continue };
                        let want = Want::Service { service: member.key.clone(), status };
                        wishes.push(Wish { line: self.line(&member.node), want });
                    }
                }
                "started" => wishes.extend(self.starts(node, true)),
                "notStarted" => wishes.extend(self.starts(node, false)),
                "happened" => {
                    let events = self.list(node, Self::event);
                    wishes.push(Wish { line: self.line(node), want: Want::Happened(events) });
                }
                "notHappened" => {
                    let events =
                        self.list(node, |reader, node| Some((reader.line(node), reader.event(node)?)));
                    wishes.extend(
                        events.into_iter().map(|(line, event)| Wish { line, want: Want::NotHappened(event) }),
                    );
                }
                "exit" => {
                    let status = match node.value {
                        Value::Null => Some(None),
                        _ => self.whole(node, 255).and_then(|code| u8::try_from(code).ok()).map(Some),
                    };
                    let line = self.line(node);
                    wishes.extend(status.map(|status| Wish { line, want: Want::Exit(status) }));
                }
                "maintenance" => {
                    let line = self.line(node);
                    wishes.extend(self.boolean(node).map(|on| Wish { line, want: Want::Maintenance(on) }));
                }
                _ => {}
            }
        }
        wishes
    }

    /// What a job is to be: a word for what it does or how well it is, or an object with both and counts.
    fn job(&mut self, job: &str, node: &Node) -> Vec<Wish> {
        if let Value::Object(_) = node.value {
            let Some(keys) = Keys::open(node, "what a job is to be", &JOB_KEYS, self.findings) else {
                return Vec::new();
            };
            return keys.iter().filter_map(|(key, node)| self.part_of_job(job, key, node)).collect();
        }
        self.word_of_job(job, node, true, true).into_iter().collect()
    }

    fn part_of_job(&mut self, job: &str, key: &str, node: &Node) -> Option<Wish> {
        let line = self.line(node);
        let job_name = job.to_owned();
        match key {
            "state" => self.word_of_job(job, node, true, false),
            "health" => self.word_of_job(job, node, false, true),
            "runs" => {
                let runs = self.whole(node, MOST_RUNS)?;
                Some(Wish { line, want: Want::Runs { job: job_name, runs } })
            }
            "restarts" => {
                let restarts = self.whole(node, MOST_RUNS)?;
                Some(Wish { line, want: Want::Restarts { job: job_name, restarts } })
            }
            _ => None,
        }
    }

    fn word_of_job(&mut self, job: &str, node: &Node, states: bool, healths: bool) -> Option<Wish> {
        let word = self.text(node)?;
        let job = job.to_owned();
        let state = STATES.into_iter().find(|state| states && state.as_str() == word);
        let health = HEALTHS.into_iter().find(|health| healths && health.as_str() == word);
        let want = match (state, health) {
            (Some(state), _) => Want::State { job, state },
            (None, Some(health)) => Want::Health { job, health },
            (None, None) => {
                let words = STATES.iter().filter(|_| states).map(|state| state.as_str());
                let words = words.chain(HEALTHS.iter().filter(|_| healths).map(|health| health.as_str()));
                let words: Vec<&str> = words.collect();
                let message = format!("\"{word}\" is nothing that a job can be");
                return self.wrong(node, message, format!("expected one of {}", words.join(", ")));
            }
        };
        Some(Wish { line: self.line(node), want })
    }

    fn service(&mut self, node: &Node) -> Option<Option<Status>> {
        let word = self.text(node)?;
        match word.as_str() {
            "passing" => Some(Some(Status::Passing)),
            "warning" => Some(Some(Status::Warning)),
            "critical" => Some(Some(Status::Critical)),
            "absent" => Some(None),
            other => self.wrong(
                node,
                format!("\"{other}\" is nothing that a service can be"),
                "expected passing, warning, critical or absent",
            ),
        }
    }

    fn starts(&mut self, node: &Node, yes: bool) -> Vec<Wish> {
        self.list(node, |reader, node| {
            let job = reader.text(node)?;
            Some(Wish { line: reader.line(node), want: Want::Started { job, yes } })
        })
    }

    /// `healthy of app`, or the name of a signal.
    fn event(&mut self, node: &Node) -> Option<Awaited> {
        let written = self.text(node)?;
        let (word, source) = written.split_once(" of ").unwrap_or((&written, &written));
        match EventCode::from_word(word) {
            Some(code) if written.contains(" of ") || code == EventCode::Signal => {
                Some(Awaited { source: source.to_owned(), code })
            }
            Some(_) => self.wrong(node, "an event of whom?", format!("expected such as \"{word} of app\"")),
            None => {
                let words: Vec<&str> = EventCode::words().collect();
                let message = format!("\"{word}\" is not an event");
                self.wrong(node, message, format!("expected one of {}", words.join(", ")))
            }
        }
    }
}
