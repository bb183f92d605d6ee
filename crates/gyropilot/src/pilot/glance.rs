//! What is looked up in the loop when somebody asks for metrics or the status.

use super::Pilot;
use gyropilot_kernel::{Kernel, Linux, Pid, Usage, usage};
use gyropilot_model::{JobStatus, PilotStatus, Service, ServiceStatus};
use gyropilot_telemetry::{Format, JobUsage, Metrics, Source, Standing};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Takes the question how everything stands to the loop, which answers it for whoever
/// asks: nothing is measured while nobody looks.
pub(super) type Glances = mpsc::UnboundedSender<oneshot::Sender<Glance>>;

/// How everything stands at one moment; nothing with hooks.
pub(super) type Glance = Option<Standing>;

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
        let standing = self.glance().await;
        let mut metrics = self.metrics.borrow_mut();
        if let Some(Standing { status, .. }) = standing {
            let ages = status
                .watches
                .iter()
                .filter_map(|watch| Some((watch.name.as_str(), Duration::from_millis(watch.age_ms?))));
            metrics.set_watch_ages(ages);
            metrics.set_usage(&usage_of_jobs(&status));
        }
        metrics.expose(format, self.clock.now())
    }

    async fn status(&self) -> Option<Standing> {
        self.glance().await
    }
}

// === impl Pilot: glance ===

impl Pilot {
    /// How everything stands, with what the engine cannot know.
    pub(super) fn glance(&self) -> Glance {
        let mut status = self.engine.status(self.kernel.now())?;
        let plan = self.engine.plan();
        let watches = plan.jobs().into_iter().flat_map(|jobs| &jobs.watches);
        for (told, watch) in status.watches.iter_mut().zip(watches) {
            let age = self.catalogue.age(watch);
            told.age_ms = age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        }
        let has_job = |service: &&Service| {
            let mut jobs = plan.jobs().into_iter().flat_map(|jobs| &jobs.jobs);
            jobs.any(|job| job.service.as_ref() == Some(&service.id))
        };
        let others = plan.services.iter().filter(|service| !has_job(service)).map(|service| ServiceStatus {
            id: service.id.clone(),
            name: service.name.clone(),
            address: service.address.to_string(),
            port: service.port,
            wanted: None,
        });
        Some(Standing { others: others.collect(), status })
    }
}

/// What the jobs take of the machine that run now.
fn usage_of_jobs(status: &PilotStatus) -> Vec<JobUsage> {
    let running = status.jobs.iter().filter_map(|job| Some((job, Pid::new(job.pid?)?)));
    let (jobs, pids): (Vec<_>, Vec<_>) = running.unzip();
    let named = |(job, Usage { cpu, memory, processes }): (&JobStatus, Usage)| JobUsage {
        job: job.name.clone(),
        cpu,
        memory,
        processes,
    };
    jobs.into_iter().zip(usage(&pids)).map(named).collect()
}
