//! What is remembered of a job, for people.

use gyropilot_model::{Exit, JobHealth, JobState, Time};
use std::collections::VecDeque;
use std::time::Duration;

/// So many things are remembered that happened to a job.
const REMEMBERED: usize = 32;

/// What is remembered of a job.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) runs: u64,
    pub(super) restarts: u64,
    pub(super) last: Option<Ending>,
    /// How long the last run took.
    pub(super) ran: Duration,
    /// The so-manieth job to end; nothing for one that has not.
    pub(super) ended: Option<u64>,
    pub(super) note: Option<String>,
    /// Why it does what it does.
    pub(super) reason: String,
    /// What the world was last told, and when.
    pub(super) told: (JobState, JobHealth),
    pub(super) since: Time,
    pub(super) history: VecDeque<(Time, String)>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) exit: Exit,
    /// Why it has failed however it ended.
    pub(super) failure: Option<String>,
}

// === impl Record ===

impl Record {
    pub(super) const fn new(now: Time) -> Self {
        Self {
            runs: 0,
            restarts: 0,
            last: None,
            ran: Duration::ZERO,
            ended: None,
            note: None,
            reason: String::new(),
            told: (JobState::Waiting, JobHealth::Unknown),
            since: now,
            history: VecDeque::new(),
        }
    }

    pub(super) fn remember(&mut self, now: Time, what: String) {
        if self.history.len() == REMEMBERED {
            self.history.pop_front();
        }
        self.history.push_back((now, what));
    }
}

// === impl Ending ===

impl Ending {
    pub(super) const fn is_success(&self) -> bool {
        self.exit.is_success() && self.failure.is_none()
    }

    /// The exit status it stands for; a run that failed by our judgement is
    /// never a success.
    pub(super) const fn status(&self) -> u8 {
        match (self.exit.status(), &self.failure) {
            (0, Some(_)) => 1,
            (status, _) => status,
        }
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.failure {
            Some(failure) => write!(f, "{failure}; {}", self.exit),
            None => self.exit.fmt(f),
        }
    }
}
