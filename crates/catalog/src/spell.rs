//! Saying once, not at every attempt, that the catalogue is away.

use crate::Error;
use gyropilot_model::Event;
use std::rc::Rc;
use tokio::time::Instant;

/// Where events go.
pub type Events = Rc<dyn Fn(Event)>;

/// One requester's view of whether the catalogue answers.
pub(crate) struct Spell {
    request: String,
    since: Option<Instant>,
    events: Events,
}

// === impl Spell ===

impl Spell {
    pub(crate) fn new(request: String, events: Events) -> Self {
        Self { request, since: None, events }
    }

    pub(crate) fn failed(&mut self, error: &Error) {
        if self.since.is_none() {
            self.since = Some(Instant::now());
            (self.events)(Event::CatalogUnavailable {
                request: self.request.clone(),
                reason: error.to_string(),
            });
        }
    }

    pub(crate) fn worked(&mut self) {
        if let Some(since) = self.since.take() {
            (self.events)(Event::CatalogAvailable { request: self.request.clone(), after: since.elapsed() });
        }
    }

    /// Does the catalogue not answer at present?
    pub(crate) const fn lasts(&self) -> bool {
        self.since.is_some()
    }
}
