//! Whether and when what has ended is run again.

use crate::backoff::{Backoff, Random};
use gyropilot_model::{Exit, Restart, RestartMode, Restarts, Time};
use std::time::Duration;

/// The attempts that are left, and the delay before the next.
#[derive(Debug)]
pub(crate) struct Budget {
    rules: Restart,
    /// No delay between restarts (`compat.immediateRestarts`).
    immediate: bool,
    backoff: Backoff,
    /// Attempts made within the interval, and when that began.
    made: u32,
    since: Option<Time>,
}

/// What comes after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another run after this long, the so-manieth restart in a row.
    After(Duration, u32),
    /// No attempt is left.
    Spent,
}

// === impl Budget ===

impl Budget {
    pub(crate) const fn new(rules: Restart, immediate: bool, random: Random) -> Self {
        let backoff = Backoff::new(rules.delay, rules.max_delay, random);
        Self { rules, immediate, backoff, made: 0, since: None }
    }

    /// Goes on under other rules with what was made so far.
    pub(crate) fn redefine(&mut self, rules: Restart, immediate: bool, random: Random) {
        if self.rules != rules {
            self.backoff = Backoff::new(rules.delay, rules.max_delay, random);
        }
        self.rules = rules;
        self.immediate = immediate;
    }

    /// May it ever run again by itself?
    pub(crate) fn is_endless(&self) -> bool {
        self.rules.attempts == Restarts::Unlimited
    }

    /// Was there something to use up?
    pub(crate) fn had_any(&self) -> bool {
        self.rules.attempts != Restarts::Limited(0)
    }

    pub(crate) const fn mode(&self) -> RestartMode {
        self.rules.mode
    }

    /// Takes an attempt after a run of this length that ended like this.
    pub(crate) fn next(&mut self, now: Time, ran: Duration, exit: Exit) -> Next {
        if !self.take(now) {
            let (RestartMode::Delay, Some(interval)) = (self.rules.mode, self.rules.interval) else {
                return Next::Spent;
            };
            let over = self.since.map_or(now, |since| since + interval);
            self.since = Some(over.max(now));
            self.made = 1;
            return Next::After(over.since(now), 1);
        }
        // What cannot be started fails at once: without a delay that would be a
        // loop that nothing else gets into.
        if self.immediate && exit != Exit::NotStarted {
            Next::After(Duration::ZERO, self.made)
        } else {
            let (delay, attempt) = self.backoff.after_run(ran);
            Next::After(delay, attempt)
        }
    }

    /// The delay after a run that we ended ourselves; not an attempt of its own.
    pub(crate) fn pause(&mut self, ran: Duration) -> (Duration, u32) {
        self.backoff.after_run(ran)
    }

    /// Takes an attempt, if there is one.
    pub(crate) fn take(&mut self, now: Time) -> bool {
        let over = |since: Time| self.rules.interval.is_some_and(|interval| now.since(since) >= interval);
        if self.since.is_none_or(over) {
            self.since = Some(now);
            self.made = 0;
        }
        if matches!(self.rules.attempts, Restarts::Limited(limit) if self.made >= limit) {
            return false;
        }
        self.made = self.made.saturating_add(1);
        true
    }
}
