//! What is looked up in the loop when somebody asks for metrics or the status.

use super::Pilot;
use gyropilot_kernel::{Kernel, Linux};
use gyropilot_model::PilotStatus;
use gyropilot_telemetry::{Format, JobUsage, Metrics, Source};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Takes a question to the loop.
pub(super) type Glances = mpsc::UnboundedSender<oneshot::Sender<Glance>>;

/// How everything stands at one moment. Made for whoever asks: nothing is
/// measured while nobody looks.
#[derive(Default)]
pub(super) struct Glance {
    /// None with hooks.
    status: Option<PilotStatus>,
    usage: Vec<JobUsage>,
}

/// The pages that the metrics server shows.
pub(super) struct Page {
    clock: Rc<Linux>,
    metrics: Rc<RefCell<Metrics>>,
    glances: Glances,
}

// === impl Page ===

impl Page {
    pub(super) const fn new(clock: Rc<Linux>, metrics: Rc<RefCell<Metrics>>, glances: Glances) -> Self {
        Self { clock, metrics, glances }
    }

    async fn glance(&self) -> Glance {
        let (sender, answer) = oneshot::channel();
        // Without a loop the pilot is about to end.
        let _ = self.glances.send(sender);
        answer.await.unwrap_or_default()
    }
}

impl Source for Page {
    async fn metrics(&self, format: Format) -> String {
        let Glance { status, usage } = self.glance().await;
        let mut metrics = self.metrics.borrow_mut();
        if let Some(status) = status {
            let ages = status
                .watches
                .iter()
                .filter_map(|watch| Some((watch.name.as_str(), Duration::from_millis(watch.age_ms?))));
            metrics.set_watch_ages(ages);
            metrics.set_usage(&usage);
        }
        metrics.expose(format, self.clock.now())
    }

    async fn status(&self) -> Option<PilotStatus> {
        self.glance().await.status
    }
}

// === impl Pilot: glance ===

impl Pilot {
    pub(super) fn glance(&self) -> Glance {
        Glance { status: self.standing(), usage: Vec::new() }
    }

    /// How everything stands, with what the engine cannot know.
    pub(super) fn standing(&self) -> Option<PilotStatus> {
        let mut status = self.engine.status(self.kernel.now())?;
        let watches = self.engine.plan().jobs().into_iter().flat_map(|jobs| &jobs.watches);
        for (told, watch) in status.watches.iter_mut().zip(watches) {
            let age = self.catalogue.age(watch);
            told.age_ms = age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        }
        Some(status)
    }
}
