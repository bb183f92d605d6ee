//! Telling the world: the log and the metrics.

use super::glance::{Glances, Page};
use gyropilot_config::secret_values;
use gyropilot_control::EventLog;
use gyropilot_kernel::{Kernel, Linux, SealedSecrets, Sink, SinkTarget, hostname};
use gyropilot_model::{CatalogConfig, Event, LogLevel, LogOutput, Logging, Plan, Secret, Telemetry};
use gyropilot_telemetry::{Description, Log, Metrics, MetricsServer, Secrets, describe};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// Where events go. Shared by everything that has something to tell.
pub(super) struct Reporter {
    clock: Rc<Linux>,
    metrics: Rc<RefCell<Metrics>>,
    voice: RefCell<Voice>,
    /// What is never told.
    secrets: RefCell<Secrets>,
    /// What those read who follow along.
    events: EventLog,
}

/// The log as the plan wants it.
#[derive(Clone)]
struct Voice {
    logging: Logging,
    /// In the manner of the jobs generation?
    of_jobs: bool,
    log: Log,
    sink: Sink,
}

/// A metrics server, and where it was asked to be.
pub(super) struct Listener {
    address: SocketAddr,
    server: MetricsServer,
}

// === impl Reporter ===

impl Reporter {
    /// Speaks on standard output in the default format until a plan says otherwise.
    pub(super) fn open() -> std::io::Result<Self> {
        Ok(Self {
            clock: Rc::new(Linux::new([])),
            metrics: Rc::default(),
            voice: RefCell::new(Voice::new(Logging::default(), false)?),
            secrets: RefCell::default(),
            events: EventLog::new(),
        })
    }

    /// Speaks as this plan wants, and measures what it wants.
    ///
    /// # Errors
    /// When its output cannot be written to or a sensor cannot be measured;
    /// nothing has changed then.
    pub(super) fn adopt(
        &self,
        plan: &Plan,
        sealed: &SealedSecrets,
        environment: &BTreeMap<String, String>,
    ) -> Result<(), String> {
        let of_jobs = plan.jobs().is_some();
        let voice = if self.voice.borrow().is_as(&plan.logging, of_jobs) {
            None
        } else {
            let voice = Voice::new(plan.logging.clone(), of_jobs);
            Some(voice.map_err(|error| match &plan.logging.output {
                LogOutput::File(path) => {
                    format!("Error initializing log file '{}': {error}", path.display())
                }
                LogOutput::Stdout | LogOutput::Stderr => format!("cannot write the log: {error}"),
            })?)
        };
        self.metrics.borrow_mut().follow(plan).map_err(|error| error.to_string())?;
        let secrets = secrets(plan);
        let inherited = secret_values(environment);
        let hidden = secrets.iter().map(Secret::reveal).chain(sealed.texts());
        self.secrets.replace(Secrets::new(hidden.chain(inherited.iter().map(String::as_str))));
        if let Some(voice) = voice {
            self.voice.replace(voice);
        }
        Ok(())
    }

    /// Tells of an event. Never waits: when nobody reads the log, its newest
    /// lines are lost and counted.
    pub(super) fn say(&self, event: &Event) {
        let description = self.describe(event);
        // That somebody asks is not what somebody asks for.
        if !matches!(event, Event::ControlAnswered { .. }) {
            let Description { event, level, message, fields, .. } = &description;
            self.events.push(self.clock.wall(), event, *level, message, fields);
        }
        let voice = self.voice.borrow();
        let lines = voice.sink.take_lost();
        if lines > 0 {
            let lost = self.describe(&Event::OutputLost { lines });
            self.write(&voice, &lost);
        }
        self.write(&voice, &description);
    }

    /// Tells what came of a configuration.
    pub(super) fn loaded(&self, plan: &Plan, warnings: Vec<String>) {
        // Made only where it is written: it costs more than the rest of the start.
        if self.voice.borrow().log.is_written(LogLevel::Debug) {
            let plan = self.written(plan).map_or_else(|error| error.to_string(), |plan| plan.to_string());
            self.say(&Event::ConfigLoaded { plan });
        }
        for message in warnings {
            self.say(&Event::ConfigWarning { message });
        }
    }

    /// Tells what a child wrote; waits while nobody reads, which makes the child wait.
    pub(super) async fn pass(&self, event: Event) {
        let description = self.describe(&event);
        let voice = self.voice.borrow().clone();
        if let Some(line) = voice.log.line(&description, self.clock.wall(), self.clock.now()) {
            voice.sink.pass(line.as_bytes()).await;
        }
    }

    /// A plan as it may be shown.
    ///
    /// # Errors
    /// When it holds something that JSON does not have.
    pub(super) fn written(&self, plan: &Plan) -> serde_json::Result<serde_json::Value> {
        crate::written_plan::written_plan(plan, &self.secrets.borrow())
    }

    /// The text without secrets.
    pub(super) fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.secrets.borrow().hide(text)
    }

    /// What those read who follow along.
    pub(super) fn events(&self) -> EventLog {
        self.events.clone()
    }

    /// Takes up a value that was posted for a metric.
    pub(super) fn post(&self, metric: &str, value: &serde_json::Value) {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let posted = self.metrics.borrow_mut().post(metric, &text, self.clock.now());
        if let Some(event) = posted.event(metric, &text) {
            self.say(&event);
        }
    }

    /// Opens the log's file anew, as after a rotation.
    pub(super) fn reopen(&self) {
        let sink = self.voice.borrow().sink.clone();
        if let Err(error) = sink.reopen() {
            let message =
                format!("the log's file could not be opened anew, the old one stays in use: {error}");
            self.say(&Event::ConfigWarning { message });
        }
    }

    /// Counts a request to the catalogue.
    pub(super) fn count_request(&self, answered: bool) {
        self.metrics.borrow_mut().add_catalog_requests(u64::from(answered), u64::from(!answered));
    }

    /// Says why the pilot cannot start.
    pub(super) fn fatal(&self, reason: &str) {
        self.write(&self.voice.borrow(), &crate::printer::fatal(reason));
    }

    /// Waits until everything is written, but no longer than `within`.
    pub(super) async fn flush(&self, within: Duration) {
        let sink = self.voice.borrow().sink.clone();
        sink.flush(within).await;
    }

    /// Serves metrics and status where the plan wants them; `glances` asks the
    /// loop. With jobs, an address that is taken is tried for a while beside everything else.
    ///
    /// # Errors
    /// When that address cannot be listened on, with hooks.
    pub(super) async fn serve(
        self: &Rc<Self>,
        plan: &Plan,
        telemetry: &Telemetry,
        glances: Glances,
    ) -> Result<Listener, String> {
        let page = Page::new(Rc::clone(&self.clock), Rc::clone(&self.metrics), glances);
        let (address, path) = (telemetry.listen, &telemetry.path);
        let server = if plan.jobs().is_some() {
            let reporter = Rc::clone(self);
            MetricsServer::bind_patiently(address, path, page, move |event| reporter.say(&event)).await
        } else {
            MetricsServer::bind(address, path, page).await.map_err(|error| error.to_string())?
        };
        Ok(Listener { address, server })
    }

    fn describe(&self, event: &Event) -> Description {
        let description = describe(event);
        self.metrics.borrow_mut().record(&description, self.clock.wall(), self.clock.now());
        self.secrets.borrow().hide_in(description)
    }

    fn write(&self, voice: &Voice, description: &Description) {
        if let Some(line) = voice.log.line(description, self.clock.wall(), self.clock.now()) {
            voice.sink.say(line.as_bytes());
        }
    }
}

/// What the plan knows of the catalogue and nobody is to read. A file that
/// cannot be read now is told of where it is needed.
fn secrets(plan: &Plan) -> Vec<Secret> {
    let read = |path: &std::path::Path| std::fs::read_to_string(path).ok().map(Secret::new);
    let mut found: Vec<Secret> = Vec::new();
    if let Some(CatalogConfig::Consul(consul)) = &plan.catalog {
        found.extend([&consul.token, &consul.basic_auth].into_iter().flatten().cloned());
        found.extend(consul.token_file.as_deref().and_then(read));
    }
    found
}

// === impl Voice ===

impl Voice {
    fn new(logging: Logging, of_jobs: bool) -> std::io::Result<Self> {
        let sink = Sink::open(match &logging.output {
            LogOutput::Stdout => SinkTarget::Stdout,
            LogOutput::Stderr => SinkTarget::Stderr,
            LogOutput::File(path) => SinkTarget::File(path.clone()),
        })?;
        let log = Log::new(logging.clone(), sink.is_terminal());
        let log = if of_jobs { log.of_jobs(hostname()) } else { log };
        Ok(Self { logging, of_jobs, log, sink })
    }

    fn is_as(&self, logging: &Logging, of_jobs: bool) -> bool {
        self.logging == *logging && self.of_jobs == of_jobs
    }
}

// === impl Listener ===

impl Listener {
    /// Does it listen where this wants to be served?
    pub(super) fn is_at(&self, telemetry: &Telemetry) -> bool {
        self.address == telemetry.listen && !self.server.has_given_up()
    }

    /// Serves at this path from now on.
    pub(super) fn serve_at(&self, telemetry: &Telemetry) {
        self.server.set_path(&telemetry.path);
    }
}
