//! One view for each distinct dependency.

use crate::dependency::Dependency;
use crate::view::{Update, ViewSettings, follow};
use gyropilot_catalog::Catalog;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// All views, and what they have to say.
pub(super) struct Views {
    catalog: Rc<dyn Catalog>,
    settings: ViewSettings,
    running: BTreeMap<Dependency, Running>,
    sender: UnboundedSender<Update>,
    updates: UnboundedReceiver<Update>,
}

/// Ends its task, and with it the request under way, when it is dropped.
struct Running(JoinHandle<()>);

// === impl Running ===

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

// === impl Views ===

impl Views {
    pub(super) fn new(catalog: Rc<dyn Catalog>, settings: ViewSettings) -> Self {
        let (sender, updates) = unbounded_channel();
        Self { catalog, settings, running: BTreeMap::new(), sender, updates }
    }

    /// Starts a view unless there is one.
    pub(super) fn ensure(&mut self, dependency: &Dependency) {
        if !self.running.contains_key(dependency) {
            let task =
                follow(Rc::clone(&self.catalog), dependency.clone(), self.settings, self.sender.clone());
            self.running.insert(dependency.clone(), Running(tokio::task::spawn_local(task)));
        }
    }

    /// Ends all other views and names them.
    pub(super) fn keep(&mut self, used: &BTreeSet<&Dependency>) -> Vec<Dependency> {
        self.running
            .extract_if(.., |dependency, _| !used.contains(dependency))
            .map(|(gone, _)| gone)
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    /// The next thing that a view has to say.
    pub(super) async fn next(&mut self) -> Update {
        loop {
            match self.updates.recv().await {
                Some(update) if self.running.contains_key(&update.dependency) => return update,
                // Said by a view that was ended in the meantime.
                Some(_) => {}
                // Cannot be, as a sender is kept here; waiting is right all the same.
                None => std::future::pending().await,
            }
        }
    }

    /// The same without waiting.
    pub(super) fn try_next(&mut self) -> Option<Update> {
        loop {
            let update = self.updates.try_recv().ok()?;
            if self.running.contains_key(&update.dependency) {
                return Some(update);
            }
        }
    }
}
