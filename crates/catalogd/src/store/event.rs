//! Events that somebody fires, for whoever listens.

use super::{Index, Store, Topic};

/// So many events are remembered, the newest.
pub const MOST_EVENTS: usize = 256;

/// A fired event. Not written down: who was not there has missed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// A UUID.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Anything.
    pub payload: Vec<u8>,
    /// A regular expression for the nodes that it is meant for; kept as given.
    pub node_filter: String,
    /// The same for services.
    pub service_filter: String,
    /// The same for tags.
    pub tag_filter: String,
    /// Counts the events.
    pub time: u64,
}

// === impl Event ===

impl Event {
    /// The index of a list that ends with this event: as in Consul a number made of its
    /// UUID, so that it changes with every event but is in no order.
    #[must_use]
    pub fn index(&self) -> Index {
        let digits = self.id.replace('-', "");
        let half =
            |range| digits.get(range).and_then(|half| u64::from_str_radix(half, 16).ok()).unwrap_or_default();
        (half(0..16) ^ half(16..32)).max(1)
    }
}

// === impl Store ===

impl Store {
    /// Fires an event; its time is given here.
    pub fn fire(&mut self, mut event: Event) -> Event {
        self.next_index();
        event.time = self.events.back().map_or(0, |last| last.time) + 1;
        if self.events.len() == MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event.clone());
        self.touch(Topic::Events);
        event
    }

    /// The events of that name, or all with "", oldest first.
    pub fn events<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(move |event| name.is_empty() || event.name == name)
    }
}
