//! Following one read of the catalogue as its answer changes.

use crate::backoff::Backoff;
use crate::spell::Spell;
use crate::{Answer, Error, Events, Meta, Read};
use gyropilot_model::Event;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// The longest wait that is asked for, whatever the interval. A catalogue that
/// was wiped and restored may know a lower index than we ask with, and then
/// wakes us only when the wait is over.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The longest time between two attempts while the catalogue is away.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// How many answers without news may come early before they are paced.
const EARLY_BURST: u32 = 2;

/// The pace of a server that does wait, but is woken by what does not concern us.
const EARLY_PACE: Duration = Duration::from_secs(1);

/// How many changes in a row are followed without a pause, and the pause then:
/// whoever acts on them cannot follow faster.
const CHANGE_BURST: u32 = 10;
const CHANGE_PACE: Duration = Duration::from_millis(100);

/// Follows a read of the catalogue and hands out its value when it changed.
///
/// The rules are those of blocking queries: ask with the last answer's index,
/// compare contents and not indexes, start over when the index goes backwards,
/// never keep the index of a failure. A server that does not wait is asked
/// once per interval. While there is no answer the last value stands, and the
/// read is tried again after 100 ms, doubling to 5 s, with jitter. While
/// Consul's servers have no leader, any of them is asked; their answer counts
/// unless it is older than what is known.
pub struct Follower<T> {
    watch: String,
    datacenter: Option<String>,
    interval: Duration,
    /// The index to ask with.
    index: Option<u64>,
    /// The index of `value`.
    newest: u64,
    value: Option<T>,
    stale: bool,
    /// Was the last answer a lost connection?
    lost: bool,
    /// Answers in a row that came early and brought nothing new.
    early: u32,
    /// Changes in a row, each within [`CHANGE_PACE`] of the one before.
    changes: u32,
    /// Not to be asked before.
    pause: Option<Instant>,
    doubted: Option<&'static str>,
    /// The last answer was the first after the catalogue was away or was wiped.
    returned: bool,
    /// When the catalogue last said that `value` is so.
    confirmed: Rc<Cell<Option<Instant>>>,
    backoff: Backoff,
    spell: Spell,
    events: Events,
}

// === impl Follower ===

impl<T: Clone + PartialEq> Follower<T> {
    /// Follows what `watch` names to people. `interval` is how long a query
    /// waits (60 s at the most, 100 ms at the least) and how often a server is
    /// asked that does not wait.
    #[must_use]
    pub fn new(watch: String, interval: Duration, datacenter: Option<String>, events: Events) -> Self {
        Self {
            spell: Spell::new(watch.clone(), events.clone()),
            watch,
            datacenter,
            interval: interval.clamp(Duration::from_millis(100), LONGEST_WAIT),
            index: None,
            newest: 0,
            value: None,
            stale: false,
            lost: false,
            early: 0,
            changes: 0,
            pause: None,
            doubted: None,
            returned: false,
            confirmed: Rc::default(),
            backoff: Backoff::new(LONGEST_BACKOFF),
            events,
        }
    }

    /// When the catalogue last said that the value is what it is; nothing
    /// before the first answer. Shared, so that it can be read meanwhile.
    #[must_use]
    pub fn confirmed(&self) -> Rc<Cell<Option<Instant>>> {
        Rc::clone(&self.confirmed)
    }

    /// Was the last answer the first one after the catalogue was away, or was wiped? Not
    /// everybody may have told it yet that they are there.
    pub(crate) const fn has_returned(&self) -> bool {
        self.returned
    }

    /// The first value, and from then on each that differs from the one before.
    /// Never fails and never ends; dropping it half-way loses nothing.
    ///
    /// `fetch` makes the read as it is told to.
    pub async fn next(&mut self, fetch: impl AsyncFn(&Read) -> Result<Answer<T>, Error>) -> T {
        loop {
            if let Some(pause) = self.pause {
                tokio::time::sleep_until(pause).await;
                self.pause = None;
            }
            let read = Read {
                index: self.index,
                wait: self.interval,
                datacenter: self.datacenter.clone(),
                stale: self.stale,
            };
            let asked = Instant::now();
            match fetch(&read).await {
                Ok(answer) => {
                    if let Some(value) = self.answered(answer, &read, asked) {
                        return value;
                    }
                }
                Err(error) => self.failed(&error),
            }
        }
    }

    /// Takes an answer; the value when it brought something new.
    fn answered(&mut self, answer: Answer<T>, read: &Read, asked: Instant) -> Option<T> {
        let Answer { value, meta } = answer;
        let was_away = self.spell.lasts();
        self.spell.worked();
        self.backoff.reset();
        self.lost = false;
        self.doubt(&meta);
        self.stale = !meta.known_leader;
        let index = meta.index.unwrap_or(0);
        // A server without a leader may have slept through what we know already.
        let outdated = !meta.known_leader && index < self.newest;
        self.returned = was_away || index < self.newest;
        if outdated {
            self.index = None;
        } else {
            let backwards = read.index.is_some_and(|before| meta.index.is_some_and(|index| index < before));
            if backwards {
                (self.events)(Event::CatalogIndexReset { watch: self.watch.clone() });
            }
            self.index = meta.index.filter(|_| !backwards);
            self.newest = index;
            self.confirmed.set(Some(Instant::now()));
        }
        let changed = !outdated && self.value.as_ref() != Some(&value);
        let moved = meta.index.is_some() && meta.index != read.index && !outdated;
        self.pace(changed, moved, meta.index.is_some(), asked);
        changed.then(|| self.value.insert(value).clone())
    }

    /// Decides how long to leave the catalogue alone.
    fn pace(&mut self, changed: bool, moved: bool, can_wait: bool, asked: Instant) {
        if changed {
            self.early = 0;
            self.changes = if asked.elapsed() < CHANGE_PACE { self.changes.saturating_add(1) } else { 0 };
            if self.changes > CHANGE_BURST {
                self.pause = Some(asked + CHANGE_PACE);
            }
            if !can_wait {
                self.pause = Some(asked + self.interval);
            }
            return;
        }
        if asked.elapsed() >= self.interval {
            self.early = 0;
            return;
        }
        self.early = self.early.saturating_add(1);
        if !can_wait {
            self.pause = Some(asked + self.interval);
        } else if self.early > EARLY_BURST {
            self.pause = Some(asked + if moved { EARLY_PACE.min(self.interval) } else { self.interval });
        }
    }

    fn failed(&mut self, error: &Error) {
        self.index = None;
        if matches!(error, Error::Lost { .. }) && !self.lost && !self.spell.lasts() {
            // Proxies cut long waits, agents are restarted: worth one more try
            // before anybody is told.
            self.lost = true;
            return;
        }
        if error.is_no_leader() && !self.stale {
            self.stale = true;
            return;
        }
        self.stale = false;
        self.spell.failed(error);
        self.pause = Some(Instant::now() + self.backoff.delay());
    }

    /// Says once what the catalogue itself says against its answer.
    fn doubt(&mut self, meta: &Meta) {
        let reason = if meta.filtered_by_acls {
            Some("the token may not see all of it")
        } else if !meta.known_leader {
            Some("its servers have no leader, the answer may be old")
        } else {
            None
        };
        if let Some(reason) = reason.filter(|_| self.doubted != reason) {
            (self.events)(Event::CatalogDoubtful { watch: self.watch.clone(), reason: reason.to_owned() });
        }
        self.doubted = reason;
    }
}
