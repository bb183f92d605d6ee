//! A place of its own for every test: a folder, a double of Consul, a file of
//! events, and the certainty that nothing started here outlives the test.

use crate::control::Control;
use crate::double::Double;
use crate::launch::{Ended, Launch};
use crate::process::{self, Process};
use crate::wait::wait_until;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Something that a process of the test noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Since 1970: comparable with the time of a [`Request`](crate::double::Request).
    pub at: Duration,
    /// Who noted it, as numbered in its own pid namespace.
    pub pid: i32,
    /// Its process group.
    pub group: i32,
    /// What was noted.
    pub text: String,
}

/// A place of its own.
#[derive(Debug)]
pub struct Scene {
    /// The Consul agent that the pilot is told of.
    pub consul: Double,
    folder: TempDir,
    probe: PathBuf,
}

/// Where a run of jobs takes its orders.
const SOCKET: &str = "control.socket";

// === impl Scene ===

impl Scene {
    /// Prepares the place. `probe` is the path of this package's `probe`,
    /// which only a test knows: `env!("CARGO_BIN_EXE_probe")`.
    ///
    /// # Panics
    /// When the machine has no room for it.
    #[must_use]
    pub fn new(probe: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("conformance-").tempdir().expect("a folder can be made");
        Self { consul: Double::start(), folder, probe: probe.into() }
    }

    /// A path inside the place.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file inside the place.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("the folder can be written");
        path
    }

    /// A path inside the place, as text for a command.
    #[must_use]
    pub fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// The command that runs the probe with these words, in the list form of a configuration.
    #[must_use]
    pub fn probe(&self, words: &[&str]) -> Value {
        json!(self.probe_line(words))
    }

    /// The same as words of a command line.
    #[must_use]
    pub fn probe_line(&self, words: &[&str]) -> Vec<String> {
        let program = self.probe.display().to_string();
        std::iter::once(program).chain(words.iter().map(|word| (*word).to_owned())).collect()
    }

    /// Runs the probe without a pilot: what whoever runs the suite left open or
    /// ignored is passed on to everybody and proves nothing.
    ///
    /// # Panics
    /// When it fails.
    pub fn run_alone(&self, words: &[&str]) {
        let line = self.probe_line(words);
        let mut command = std::process::Command::new(&line[0]);
        let status = command.args(&line[1..]).env("EVENTS", self.at("events")).status();
        assert!(status.expect("the probe starts").success());
    }

    /// A configuration with the double as its catalogue; `rest` adds and overrides keys.
    #[must_use]
    pub fn config(&self, rest: &Value) -> Value {
        merged(json!({"consul": self.consul.address().to_string()}), rest)
    }

    /// A service at 192.0.2.7:8080 that is always healthy, checked each second; `rest` adds and overrides keys.
    #[must_use]
    pub fn service(&self, name: &str, rest: &Value) -> Value {
        let service =
            json!({"name": name, "port": 8080, "poll": 1, "ttl": 30, "interfaces": "static:192.0.2.7"});
        merged(service, rest)
    }

    /// A run of the binary under test, with this configuration in a file.
    #[must_use]
    pub fn launch(&self, config: &Value) -> Launch {
        let path = self.file("containerpilot.json", &self.config(config).to_string());
        self.bare_launch().args(["-config".to_owned(), format!("file://{}", path.display())])
    }

    /// A job that runs the probe with these words; `rest` adds and overrides keys.
    #[must_use]
    pub fn job(&self, name: &str, words: &[&str], rest: &Value) -> Value {
        merged(json!({"name": name, "exec": self.probe(words)}), rest)
    }

    /// The same at 192.0.2.7:8080, healthy as long as it runs, told so each second.
    #[must_use]
    pub fn offer(&self, name: &str, words: &[&str], rest: &Value) -> Value {
        let whole =
            json!({"port": 8080, "interfaces": "static:192.0.2.7", "health": {"interval": 1, "ttl": 30}});
        self.job(name, words, &merged(whole, rest))
    }

    /// A configuration of jobs with the double as its catalogue and a control
    /// socket of its own; `rest` adds and overrides keys.
    #[must_use]
    pub fn jobs_config(&self, jobs: &[Value], rest: &Value) -> Value {
        merged(self.config(&json!({"control": {"socket": self.at(SOCKET)}, "jobs": jobs})), rest)
    }

    /// Writes that configuration where a run of [`Self::jobs`] reads it, now and at every reload.
    pub fn write_jobs(&self, jobs: &[Value], rest: &Value) -> PathBuf {
        self.file("jobs.json5", &self.jobs_config(jobs, rest).to_string())
    }

    /// A run of the binary under test, with that configuration in a file.
    #[must_use]
    pub fn jobs(&self, jobs: &[Value], rest: &Value) -> Launch {
        let path = self.write_jobs(jobs, rest);
        self.bare_launch().args(["-config".to_owned(), path.display().to_string()])
    }

    /// The control socket of that run.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::at(&self.path(SOCKET))
    }

    /// Runs the binary once more, to tell that run something: `words`, then where its socket is.
    #[track_caller]
    #[must_use]
    pub fn verb(&self, words: &[&str]) -> Ended {
        self.bare_launch().args(words.iter().copied()).args(["--socket", &self.at(SOCKET)]).run()
    }

    /// The same in the words of the original, which finds the socket in the configuration.
    #[track_caller]
    #[must_use]
    pub fn flag(&self, words: &[&str]) -> Ended {
        self.bare_launch().args(["-config", &self.at("jobs.json5")]).args(words.iter().copied()).run()
    }

    /// A run of the binary under test, without any argument yet.
    #[must_use]
    pub fn bare_launch(&self) -> Launch {
        Launch::new(self.folder.path())
            .env("EVENTS", &self.at("events"))
            .env("CONFORMANCE_SCENE", &self.folder.path().display().to_string())
    }

    /// Everything that was noted so far, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let text = std::fs::read_to_string(self.path("events")).unwrap_or_default();
        text.lines().filter_map(Event::parse).collect()
    }

    /// The events with this text.
    #[must_use]
    pub fn events_like(&self, text: &str) -> Vec<Event> {
        self.events().into_iter().filter(|event| event.text == text).collect()
    }

    /// Was this noted?
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        !self.events_like(text).is_empty()
    }

    /// Waits until `text` was noted `count` times.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn await_events(&self, bound: Duration, text: &str, count: usize) -> Vec<Event> {
        let what = format!("{count} × {text:?} among the events");
        wait_until(bound, &what, || Some(self.events_like(text)).filter(|found| found.len() >= count))
    }

    /// Waits until `text` was noted.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn await_event(&self, bound: Duration, text: &str) -> Event {
        self.await_events(bound, text, 1).remove(0)
    }

    /// What was noted so far, in order.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.events().into_iter().map(|event| event.text).collect()
    }

    /// Waits until something that begins with `start` was noted, and returns the rest.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn await_text(&self, bound: Duration, start: &str) -> String {
        wait_until(bound, &format!("{start:?}… among the events"), || {
            self.events().iter().find_map(|event| event.text.strip_prefix(start).map(str::to_owned))
        })
    }

    /// Every living process that was started here, however it was orphaned.
    #[must_use]
    pub fn survivors(&self) -> Vec<Process> {
        process::marked(&format!("CONFORMANCE_SCENE={}", self.folder.path().display()))
    }

    /// Waits until nothing that was started here lives.
    ///
    /// # Panics
    /// When something still does after `bound`.
    #[track_caller]
    pub fn await_silence(&self, bound: Duration) {
        wait_until(bound, "every process to end", || self.survivors().is_empty().then_some(()));
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // What a test leaves behind is its finding; what it leaves running would disturb others.
        loop {
            let left = self.survivors();
            if left.is_empty() {
                break;
            }
            for process in left {
                process::signal(process.pid, Signal::SIGKILL);
            }
        }
    }
}

/// An object with the keys of `rest` added, or in the place of its own.
#[must_use]
pub fn merged(mut whole: Value, rest: &Value) -> Value {
    if let (Some(whole), Some(rest)) = (whole.as_object_mut(), rest.as_object()) {
        whole.extend(rest.clone());
    }
    whole
}

/// The identifier under which a service of this machine is registered.
///
/// # Panics
/// When the machine has no name.
#[must_use]
pub fn id(name: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("the machine has a name");
    format!("{name}-{}", host.trim())
}

// === impl Event ===

impl Event {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(4, ' ');
        let at = Duration::from_nanos(fields.next()?.parse().ok()?);
        let pid = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Self { at, pid, group, text: fields.next()?.to_owned() })
    }
}
