//! What jobs follow in the catalogue.

use super::scene::Scene;
use gyropilot_model::{Event, EventCode, Seen, Time, Watch};

/// A watch and what the catalogue said last.
#[derive(Debug)]
pub(super) struct Lookout {
    pub(super) watch: Watch,
    /// Nothing before the first answer.
    pub(super) seen: Option<Seen>,
    pub(super) changed: Option<Time>,
}

// === impl Lookout ===

impl Lookout {
    pub(super) const fn new(watch: Watch) -> Self {
        Self { watch, seen: None, changed: None }
    }

    /// Takes the catalogue's answer. A first answer with nothing in it is no change.
    pub(super) fn seen(&mut self, scene: &mut Scene, seen: Seen) {
        if self.seen.as_ref() == Some(&seen) {
            return;
        }
        let had = self.count();
        self.seen = Some(seen);
        let count = self.count().unwrap_or_default();
        if had.unwrap_or_default() == 0 && count == 0 {
            return;
        }
        self.changed = Some(scene.now);
        scene.processes.report(Event::WatchChanged { watch: self.watch.name.clone(), count, had });
        let source = self.source();
        scene.publish(EventCode::Changed, &source);
        scene.publish(if count > 0 { EventCode::Healthy } else { EventCode::Unhealthy }, &source);
    }

    pub(super) fn source(&self) -> String {
        format!("watch.{}", self.watch.name)
    }

    /// How many instances or keys there are.
    pub(super) fn count(&self) -> Option<usize> {
        self.seen.as_ref().map(|seen| match seen {
            Seen::Instances(instances) => instances.len(),
            Seen::Keys(keys) => keys.len(),
        })
    }
}
