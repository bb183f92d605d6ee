//! What happens because time passes: silence becomes critical, what is critical for
//! too long is removed, sessions end, outputs that were held back are told.

use super::{Source, Status, Store};
use gyropilot_model::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// The output of a check that changes while its status does not is told to those
/// who wait at most this often.
const OUTPUT_EVERY: Duration = Duration::from_secs(300);
/// Between two looks for what has been critical for too long.
const REAP_EVERY: Duration = Duration::from_secs(30);

/// Moments at which to look at something again. One that has become later in the
/// meantime is found out when the old moment comes: so a heartbeat costs nothing here.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Time, Due)>>,
    reap: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Check { node: String, id: String },
    Session(String),
    Output { node: String, id: String },
}

// === impl Store ===

impl Store {
    /// The next moment at which time alone may change something.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        let first = self.timers.heap.peek().map(|Reverse((at, _))| *at);
        [first, self.timers.reap].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Time) {
        while let Some(Reverse((at, _))) = self.timers.heap.peek()
            && *at <= now
        {
            let Some(Reverse((at, due))) = self.timers.heap.pop() else { break };
            match due {
                Due::Check { node, id } => self.expire_check(now, at, &node, &id),
                Due::Session(id) => self.expire_session(now, at, &id),
                Due::Output { node, id } => self.tell_output(now, &node, &id),
            }
        }
        if self.timers.reap.is_some_and(|at| at <= now) {
            self.reap(now);
        }
        self.settle_aliases(now);
    }

    pub(super) fn has_timer(&self, node: &str, id: &str) -> bool {
        self.nodes.get(node).and_then(|entry| entry.checks.get(id)).is_some_and(|entry| entry.timer.is_some())
    }

    /// Begins the clocks of a check, as if it had given a sign of life at `now`.
    pub(super) fn begin_clocks(&mut self, node: &str, id: &str, now: Time) {
        let Some(entry) = self.nodes.get_mut(node).and_then(|entry| entry.checks.get_mut(id)) else { return };
        entry.timer = None;
        entry.expires = None;
        if entry.check.deregister_after.is_some() {
            let first = now + REAP_EVERY;
            self.timers.reap = Some(self.timers.reap.map_or(first, |at| at.min(first)));
        }
        if entry.critical_since.is_some() {
            entry.critical_since = Some(now);
        }
        let Source::Ttl(ttl) = entry.check.source else { return };
        let at = now + ttl;
        entry.expires = Some(at);
        entry.timer = Some(at);
        self.timers.heap.push(Reverse((at, Due::Check { node: node.to_owned(), id: id.to_owned() })));
    }

    /// A sign of life.
    pub(super) fn postpone(&mut self, node: &str, id: &str, now: Time) {
        let Some(entry) = self.nodes.get_mut(node).and_then(|entry| entry.checks.get_mut(id)) else { return };
        let Source::Ttl(ttl) = entry.check.source else { return };
        entry.expires = Some(now + ttl);
        // Who returns within the grace of a restart is held to its own time again.
        if entry.timer.is_none_or(|timer| timer > now + ttl) {
            entry.timer = entry.expires;
            self.timers
                .heap
                .push(Reverse((now + ttl, Due::Check { node: node.to_owned(), id: id.to_owned() })));
        }
    }

    pub(super) fn await_session(&mut self, id: &str, at: Time) {
        self.timers.heap.push(Reverse((at, Due::Session(id.to_owned()))));
    }

    /// Holds back the output of a check until it may be told.
    pub(super) fn hold_output(&mut self, node: &str, id: &str) {
        let Some(entry) = self.nodes.get_mut(node).and_then(|entry| entry.checks.get_mut(id)) else { return };
        if !std::mem::replace(&mut entry.is_output_held, true) {
            let at = entry.told + OUTPUT_EVERY;
            self.timers.heap.push(Reverse((at, Due::Output { node: node.to_owned(), id: id.to_owned() })));
        }
    }

    /// Whether the output may be told at once.
    pub(super) fn may_tell(&self, node: &str, id: &str, now: Time) -> bool {
        let entry = self.nodes.get(node).and_then(|entry| entry.checks.get(id));
        entry.is_some_and(|entry| now >= entry.told + OUTPUT_EVERY)
    }

    fn tell_output(&mut self, now: Time, node: &str, id: &str) {
        let entry = self.nodes.get(node).and_then(|entry| entry.checks.get(id));
        // A change of status in the meantime has told it, or has begun the time anew.
        if entry.is_none_or(|entry| !entry.is_output_held || now < entry.told + OUTPUT_EVERY) {
            return;
        }
        let index = self.next_index();
        self.tell_check(now, node, id, index);
    }

    fn expire_check(&mut self, now: Time, at: Time, node: &str, id: &str) {
        let Some(entry) = self.nodes.get_mut(node).and_then(|entry| entry.checks.get_mut(id)) else { return };
        if entry.timer != Some(at) {
            return;
        }
        match entry.expires {
            Some(expires) if expires > now => {
                entry.timer = Some(expires);
                self.timers
                    .heap
                    .push(Reverse((expires, Due::Check { node: node.to_owned(), id: id.to_owned() })));
            }
            _ => {
                entry.timer = None;
                entry.expires = None;
                let said = match entry.check.output.as_str() {
                    "" => "TTL expired".to_owned(),
                    last => format!("TTL expired (last output before timeout follows): {last}"),
                };
                self.set_status(now, node, id, Status::Critical, &said);
            }
        }
    }

    fn reap(&mut self, now: Time) {
        let mut overdue = Vec::new();
        let mut is_any = false;
        for (node, entry) in &self.nodes {
            for check in entry.checks.values() {
                let Some(after) = check.check.deregister_after else { continue };
                is_any = true;
                if !check.check.service_id.is_empty()
                    && check.critical_since.is_some_and(|since| now >= since + after)
                {
                    overdue.push((node.clone(), check.check.service_id.clone()));
                }
            }
        }
        self.timers.reap = is_any.then_some(now + REAP_EVERY);
        overdue.dedup();
        for (node, service) in overdue {
            let index = self.next_index();
            self.drop_service(now, &node, &service, index);
        }
    }
}
