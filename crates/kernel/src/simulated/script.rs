//! What a simulated program does.

use crate::SpawnError;
use gyropilot_model::{Exit, Notice, Signal};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a simulated program does. Times count from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub(super) error: Option<SpawnError>,
    pub(super) exit: Option<(Duration, Exit)>,
    pub(super) lines: Vec<(Duration, bool, String)>,
    pub(super) notices: Vec<(Duration, Notice)>,
    /// When, what, and whether it leaves its parent's group.
    pub(super) forks: Vec<(Duration, Script, bool)>,
    pub(super) reactions: BTreeMap<Signal, Reaction>,
}

/// What a simulated process does about a signal. Nothing helps against `SIGKILL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reaction {
    /// The signal ends it at once.
    #[default]
    Die,
    /// Nothing.
    Ignore,
    /// It ends by itself.
    Exit {
        /// With this status.
        code: u8,
        /// This long after the signal.
        after: Duration,
    },
}

// === impl Script ===

impl Script {
    /// Runs until a signal ends it.
    #[must_use]
    pub fn runs() -> Self {
        let (lines, notices, forks) = (Vec::new(), Vec::new(), Vec::new());
        Self { error: None, exit: None, lines, notices, forks, reactions: BTreeMap::new() }
    }

    /// Ends like this after this long.
    #[must_use]
    pub fn exits(after: Duration, exit: Exit) -> Self {
        let mut script = Self::runs();
        script.exit = Some((after, exit));
        script
    }

    /// Cannot be started.
    #[must_use]
    pub fn not_started(error: SpawnError) -> Self {
        Self { error: Some(error), ..Self::runs() }
    }

    /// Writes a line to its standard output.
    #[must_use]
    pub fn writes(mut self, after: Duration, line: &str) -> Self {
        self.lines.push((after, false, line.to_owned()));
        self
    }

    /// Writes a line to its standard error.
    #[must_use]
    pub fn complains(mut self, after: Duration, line: &str) -> Self {
        self.lines.push((after, true, line.to_owned()));
        self
    }

    /// Says something of itself.
    #[must_use]
    pub fn says(mut self, after: Duration, notice: Notice) -> Self {
        self.notices.push((after, notice));
        self
    }

    /// Starts a child in its own group, which may outlive it.
    #[must_use]
    pub fn forks(mut self, after: Duration, child: Self) -> Self {
        self.forks.push((after, child, false));
        self
    }

    /// Starts a child that goes to a group of its own, as daemons do.
    #[must_use]
    pub fn daemonizes(mut self, after: Duration, child: Self) -> Self {
        self.forks.push((after, child, true));
        self
    }

    /// Answers this signal so.
    #[must_use]
    pub fn on(mut self, signal: Signal, reaction: Reaction) -> Self {
        self.reactions.insert(signal, reaction);
        self
    }
}
