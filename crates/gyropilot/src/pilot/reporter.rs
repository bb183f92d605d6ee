//! Telling the world: the log and the metrics.

use gyropilot_kernel::{Kernel, Linux, Sink, SinkTarget};
use gyropilot_model::{Event, LogLevel, LogOutput, Logging, Plan, Telemetry};
use gyropilot_telemetry::{Description, Log, Metrics, MetricsServer, describe};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where events go. Shared by everything that has something to tell.
pub(super) struct Reporter {
    clock: Arc<Linux>,
    metrics: Arc<Mutex<Metrics>>,
    voice: RefCell<Voice>,
}

/// The log as the plan wants it.
#[derive(Clone)]
struct Voice {
    logging: Logging,
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
            clock: Arc::new(Linux::new([])),
            metrics: Arc::default(),
            voice: RefCell::new(Voice::new(Logging::default())?),
        })
    }

    /// Speaks as this plan wants, and measures what it wants.
    ///
    /// # Errors
    /// When its output cannot be written to or a sensor cannot be measured;
    /// nothing has changed then.
    pub(super) fn adopt(&self, plan: &Plan) -> Result<(), String> {
        let voice = if self.voice.borrow().logging == plan.logging {
            None
        } else {
            Some(Voice::new(plan.logging.clone()).map_err(|error| format!("cannot write the log: {error}"))?)
        };
        self.metrics().follow(plan).map_err(|error| error.to_string())?;
        if let Some(voice) = voice {
            self.voice.replace(voice);
        }
        Ok(())
    }

    /// Tells of an event. Never waits: when nobody reads the log, its newest
    /// lines are lost and counted.
    pub(super) fn say(&self, event: &Event) {
        let description = self.describe(event);
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
            let plan = serde_json::to_string(plan).unwrap_or_else(|error| error.to_string());
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

    /// Counts a request to the catalogue.
    pub(super) fn count_request(&self, answered: bool) {
        self.metrics().add_catalog_requests(u64::from(answered), u64::from(!answered));
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

    /// Serves the metrics where the plan wants them.
    ///
    /// # Errors
    /// When that address cannot be listened on.
    pub(super) async fn serve(&self, telemetry: &Telemetry) -> Result<Listener, String> {
        let (metrics, clock) = (Arc::clone(&self.metrics), Arc::clone(&self.clock));
        let page = move || lock(&metrics).expose(clock.now());
        match MetricsServer::bind(telemetry.listen, &telemetry.path, page).await {
            Ok(server) => Ok(Listener { address: telemetry.listen, server }),
            Err(error) => Err(error.to_string()),
        }
    }

    fn describe(&self, event: &Event) -> Description {
        let description = describe(event);
        self.metrics().record(&description, self.clock.wall(), self.clock.now());
        description
    }

    fn write(&self, voice: &Voice, description: &Description) {
        if let Some(line) = voice.log.line(description, self.clock.wall(), self.clock.now()) {
            voice.sink.say(line.as_bytes());
        }
    }

    fn metrics(&self) -> MutexGuard<'_, Metrics> {
        lock(&self.metrics)
    }
}

/// One thread: never waited for. Metrics stay usable whatever happened in between.
fn lock(metrics: &Mutex<Metrics>) -> MutexGuard<'_, Metrics> {
    metrics.lock().unwrap_or_else(PoisonError::into_inner)
}

// === impl Voice ===

impl Voice {
    fn new(logging: Logging) -> std::io::Result<Self> {
        let sink = Sink::open(match &logging.output {
            LogOutput::Stdout => SinkTarget::Stdout,
            LogOutput::Stderr => SinkTarget::Stderr,
            LogOutput::File(path) => SinkTarget::File(path.clone()),
        })?;
        let log = Log::new(logging.clone(), sink.is_terminal());
        Ok(Self { logging, log, sink })
    }
}

// === impl Listener ===

impl Listener {
    /// Does it listen where this wants to be served?
    pub(super) fn is_at(&self, telemetry: &Telemetry) -> bool {
        self.address == telemetry.listen
    }

    /// Serves at this path from now on.
    pub(super) fn serve_at(&self, telemetry: &Telemetry) {
        self.server.set_path(&telemetry.path);
    }
}
