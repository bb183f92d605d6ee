//! When a job starts: what it listens for and what it has heard.

use gyropilot_model::{Awaited, EventCode, Time, Trigger, When};
use std::collections::BTreeSet;
use std::time::Duration;

/// What of a job's `when` has happened.
#[derive(Debug, Default)]
pub(super) struct Cue {
    /// A `once` that has started the job, or that was made up for by hand.
    used: bool,
    /// Of `all`: what has happened, by its place.
    heard: BTreeSet<usize>,
    /// Starts that wait for the run before them: by their causes, with how often.
    pending: Vec<(Awaited, u64)>,
    /// Give up then.
    pub(super) give_up: Option<Time>,
    /// The next run of a job with an interval.
    pub(super) tick: Option<Time>,
    /// A tick came while the job ran.
    pub(super) late: bool,
}

/// The one event that is the same for all: the pilot has started.
pub(super) fn startup() -> Awaited {
    Awaited { source: GLOBAL.to_owned(), code: EventCode::Startup }
}

/// The source of what happens to the pilot as a whole.
pub(super) const GLOBAL: &str = "global";

/// Is it about the end of a job?
pub(super) const fn is_farewell(code: EventCode) -> bool {
    matches!(code, EventCode::Stopping | EventCode::Stopped)
}

/// Signals start a job each time, whatever its `when` says besides.
pub(super) fn is_each(trigger: &Trigger) -> bool {
    match trigger {
        Trigger::Startup | Trigger::Interval(_) => false,
        Trigger::Events { awaited, each, .. } => {
            *each || (!awaited.is_empty() && awaited.iter().all(|awaited| awaited.code == EventCode::Signal))
        }
    }
}

/// Does this await the end of a job?
pub(super) fn awaits_farewell(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::Events { awaited, .. } if awaited.iter().any(|awaited| is_farewell(awaited.code)))
}

// === impl Cue ===

impl Cue {
    /// Begins to listen.
    pub(super) fn begin(&mut self, now: Time, when: &When) {
        self.give_up = when.timeout.map(|timeout| now + timeout);
    }

    /// Takes something that happened; true when the job is to start because of it.
    pub(super) fn hear(&mut self, now: Time, trigger: &Trigger, event: &Awaited) -> bool {
        let matched = match trigger {
            Trigger::Startup => *event == startup(),
            Trigger::Interval(_) => *event == startup(),
            Trigger::Events { awaited, all: false, .. } => awaited.contains(event),
            Trigger::Events { awaited, all: true, .. } => {
                let places = awaited.iter().enumerate().filter(|(_, awaited)| *awaited == event);
                self.heard.extend(places.map(|(place, _)| place));
                !awaited.is_empty() && self.heard.len() == awaited.len()
            }
        };
        if !matched || (self.used && !is_each(trigger)) {
            return false;
        }
        self.heard.clear();
        self.used = true;
        if let Trigger::Interval(interval) = trigger {
            self.tick = Some(now + (*interval).max(Duration::from_millis(1)));
        }
        true
    }

    /// The job was started in whatever way: nothing is given up any more.
    pub(super) fn started(&mut self) {
        self.give_up = None;
        self.used = true;
    }

    /// Can it still be started by what happens?
    pub(super) fn listens(&self, trigger: &Trigger) -> bool {
        match trigger {
            Trigger::Interval(_) => !self.used || self.tick.is_some(),
            trigger => !self.used || is_each(trigger),
        }
    }

    /// What must still happen, where that is one of several.
    pub(super) fn missing<'a>(&'a self, trigger: &'a Trigger) -> impl Iterator<Item = &'a Awaited> {
        let awaited: &[Awaited] = match trigger {
            Trigger::Events { awaited, .. } => awaited,
            Trigger::Startup | Trigger::Interval(_) => &[],
        };
        awaited
            .iter()
            .enumerate()
            .filter(|(place, _)| !self.heard.contains(place))
            .map(|(_, awaited)| awaited)
    }

    /// One more start, after the run that is under way.
    pub(super) fn queue(&mut self, cause: &Awaited) {
        match self.pending.iter_mut().find(|(known, _)| known == cause) {
            Some((_, times)) => *times = times.saturating_add(1),
            None => self.pending.push((cause.clone(), 1)),
        }
    }

    /// The next start that waits.
    pub(super) fn next(&mut self) -> Option<Awaited> {
        let (cause, times) = self.pending.first_mut()?;
        let cause = cause.clone();
        *times -= 1;
        if *times == 0 {
            self.pending.remove(0);
        }
        Some(cause)
    }

    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    pub(super) fn causes(&self) -> impl Iterator<Item = &Awaited> {
        self.pending.iter().map(|(cause, _)| cause)
    }

    /// Nothing more starts it; starts that wait are dropped.
    pub(super) fn silence(&mut self) {
        self.pending.clear();
        self.give_up = None;
        self.tick = None;
        self.late = false;
    }
}
