//! What a configuration in the form of jobs asks for.
//!
//! The vocabulary is that of ContainerPilot 3; what it did not have is marked
//! with the key's default, under which a file of the original means what it
//! always meant.

use crate::secret::shown;
use crate::{Command, RestartMode, Secret, Signal, Trigger};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The jobs and watches of a configuration, and how they are controlled.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Jobs {
    /// In the order of the configuration; names are unique.
    pub jobs: Vec<Job>,
    /// In the order of the configuration; no two have the same name and target.
    pub watches: Vec<Watch>,
    /// Where control requests are taken.
    pub control: Control,
    /// When the pilot ends by itself, and with what status. Default [`ExitPolicy::All`].
    pub exit: ExitPolicy,
    /// The most that a whole shutdown may take, divided among its phases.
    /// Default: the sum of what each phase may take.
    pub stop_budget: Option<Duration>,
    /// What jobs are given without it standing in their environment.
    pub secrets: BTreeMap<String, SecretSource>,
}

/// Something that runs, that others may find, or both.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Job {
    /// Unique among the jobs.
    pub name: String,
    /// The one that [`ExitPolicy::Main`] looks at. Default false.
    pub main: bool,
    /// What runs. Without it the job only stands for something in the catalogue.
    pub exec: Option<Command>,
    /// The output goes straight to the pilot's own, past the log. Default false.
    pub raw: bool,
    /// When it starts. Default: once, when the pilot has started.
    pub when: When,
    /// A run that takes longer is killed with its whole group and has failed.
    /// Default none; for a job with an interval, the interval.
    pub timeout: Option<Duration>,
    /// How it is stopped.
    pub stop: StopPolicy,
    /// What happens when a run has ended.
    pub restart: Restart,
    /// How its health is found out. Default: not at all.
    pub health: Option<HealthCheck>,
    /// When a run counts as ready. Default: as soon as it was started.
    pub ready: Option<Readiness>,
    /// [`Service::id`](crate::Service::id) of what it offers. Default: nothing.
    pub service: Option<String>,
    /// As what and where it runs.
    pub surroundings: Surroundings,
}

/// When a job starts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct When {
    /// What starts it.
    pub trigger: Trigger,
    /// Give the job up when it was not started within this time. Default: wait for ever.
    pub timeout: Option<Duration>,
}

/// How a job is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct StopPolicy {
    /// KILL this long after [`signal`](Self::signal); zero means KILL at once.
    /// Default: the plan's.
    pub timeout: Duration,
    /// What asks it to stop. Default TERM.
    pub signal: Signal,
    /// The longest wait between the confirmed withdrawal of its service and
    /// the signal; ends early when nobody is connected to its port any more.
    /// Default 2 s for a job with a port, else zero.
    pub drain: Duration,
}

/// What happens when a run of a job has ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Restart {
    /// How often it is run again. Default never; without limit for a job with an interval.
    pub attempts: crate::Restarts,
    /// The attempts are counted within this time. Default: over the job's life.
    pub interval: Option<Duration>,
    /// Wait this long before the first restart in a row, and twice as long
    /// before each further one. Default 1 s.
    pub delay: Duration,
    /// No longer than this. Default 30 s.
    pub max_delay: Duration,
    /// What happens when the attempts are used up. Default [`RestartMode::Fail`].
    pub mode: RestartMode,
}

/// How the health of a job is found out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct HealthCheck {
    /// What is asked. Default: nothing; the job is healthy as long as it runs.
    pub probe: Option<Probe>,
    /// Time between the starts of two checks.
    pub interval: Duration,
    /// A check that takes longer is ended and has failed. Default: the interval.
    pub timeout: Duration,
    /// The output of an exec check goes straight to the pilot's own. Default false.
    pub raw: bool,
    /// So many checks in a row must pass before the job is healthy. Default 1.
    pub success_threshold: u32,
    /// So many checks in a row must fail before the job is unhealthy. Default 1.
    pub failure_threshold: u32,
    /// After a start, failures do not count for this long, or until a check
    /// has passed. Default zero.
    pub start_period: Duration,
    /// Each check starts up to this much later, spread at random. Default zero.
    pub jitter: Duration,
    /// What counts as a warning. Default nothing.
    pub warning: Warning,
    /// When being unhealthy restarts the job. Default never.
    pub check_restart: Option<CheckRestart>,
}

/// Something that is asked whether all is well.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Probe {
    /// A program: exit status 0 is well.
    Exec(Command),
    /// A request over HTTP: a status from 200 to 399 is well.
    Http(HttpProbe),
    /// A connection: being accepted is well.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// The gRPC health checking protocol (grpc.health.v1): SERVING is well.
    Grpc {
        /// `host:port`.
        address: String,
        /// The service asked about. Default: the server as a whole.
        service: String,
    },
    /// A file: being there is well.
    File {
        /// Where.
        path: PathBuf,
        /// Well only when it was written less than this long ago. Default: any age.
        max_age: Option<Duration>,
    },
}

/// A request over HTTP. What its headers hold is hidden where it is a secret by their name.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct HttpProbe {
    /// `http://host:port/path`, `https://…` or `unix:///socket:/path`.
    pub url: String,
    /// Default GET.
    pub method: String,
    /// Sent with it. Default none.
    #[serde(serialize_with = "serialize_headers")]
    pub headers: BTreeMap<String, String>,
    /// The statuses that are well. Default 200 to 399.
    pub expect: Option<Vec<u16>>,
    /// Check the server's certificate. Default true.
    pub verify: bool,
}

/// What counts as a warning rather than as well or ill.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub struct Warning {
    /// Exit statuses of a program.
    pub exit: Vec<u8>,
    /// Statuses of an answer over HTTP.
    pub status: Vec<u16>,
    /// A check that is well but takes longer than this.
    pub latency: Option<Duration>,
}

/// When being unhealthy restarts a job; the words are Nomad's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct CheckRestart {
    /// So many checks in a row must fail. Default: the failure threshold.
    pub limit: u32,
    /// Failures do not count for this long after a start. Default 1 s.
    pub grace: Duration,
    /// A warning does not count as a failure. Default false.
    pub ignore_warnings: bool,
}

/// When a run of a job counts as ready.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Readiness {
    /// What says so.
    pub by: ReadyBy,
    /// A run that is not ready by then is stopped and has failed. Default 60 s.
    pub timeout: Duration,
    /// With [`ReadyBy::Notify`]: a ready run that says nothing for this long
    /// is killed and has failed. Default: it may be silent.
    pub watchdog: Option<Duration>,
}

/// What says that a run is ready.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum ReadyBy {
    /// `READY=1` on the socket that `NOTIFY_SOCKET` names, as systemd has it.
    Notify,
    /// A line on this descriptor, as s6 has it.
    Descriptor(u32),
    /// A line of output that this regular expression matches.
    Log(String),
    /// Something listens on this TCP port.
    Port(u16),
    /// A probe that is well; asked every 50 ms, with pauses doubling to 1 s.
    Probe(Probe),
}

/// As what and where a process runs. What its variables hold is hidden where it is a secret by their name.
#[derive(Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
pub struct Surroundings {
    /// A name or a number. Default: the pilot's own.
    pub user: Option<String>,
    /// A name or a number. Default: the user's.
    pub group: Option<String>,
    /// Names or numbers. Default: the user's.
    pub supplementary_groups: Option<Vec<String>>,
    /// Default: the pilot's own.
    pub working_directory: Option<PathBuf>,
    /// Added to the environment; `None` takes a variable away.
    #[serde(serialize_with = "serialize_environment")]
    pub environment: BTreeMap<String, Option<String>>,
    /// By the name in lower case without `RLIMIT_`.
    pub limits: BTreeMap<String, Limit>,
    /// No program it runs can gain privileges. Default false.
    pub no_new_privileges: bool,
    /// Capabilities it does not keep, in lower case without `CAP_`; `all` for all. Default none.
    pub drop_capabilities: Vec<String>,
    /// Names of secrets it is given.
    pub secrets: Vec<String>,
}

/// A resource limit; `None` is unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Limit {
    /// What holds.
    pub soft: Option<u64>,
    /// How far the process itself may raise it.
    pub hard: Option<u64>,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum SecretSource {
    /// The whole content of a file, less one line end.
    File(PathBuf),
    /// What can be read from a descriptor that the pilot inherited.
    Descriptor(u32),
    /// In the configuration itself.
    Given(Secret),
}

/// Something in the catalogue that jobs react to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Watch {
    /// Its events have the source `watch.<name>`.
    pub name: String,
    /// What is watched.
    pub target: WatchTarget,
    /// The longest a query waits, and how often a catalogue is asked that does not wait.
    pub interval: Duration,
}

/// What is watched in the catalogue. Two equal ones are one watch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum WatchTarget {
    /// The healthy instances of a service.
    Service {
        /// Its name.
        name: String,
        /// Only instances with this tag. Default: all.
        tag: Option<String>,
        /// Default: the catalogue's own.
        datacenter: Option<String>,
    },
    /// One key.
    Key {
        /// Its whole name.
        key: String,
        /// Default: the catalogue's own.
        datacenter: Option<String>,
    },
    /// All keys that begin alike.
    Prefix {
        /// How they begin.
        prefix: String,
        /// Default: the catalogue's own.
        datacenter: Option<String>,
    },
}

/// Where control requests are taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Control {
    /// A unix socket. Default [`DEFAULT_SOCKET`](Self::DEFAULT_SOCKET).
    pub socket: PathBuf,
    /// Its permissions. Default 0600.
    pub mode: u32,
    /// Users who may use it beside root and the pilot's own, by name or number. Default nobody.
    pub allow: Vec<String>,
}

/// When the pilot ends by itself, and with what status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub enum ExitPolicy {
    /// When no job runs or can start any more; with the status of the first
    /// that failed for good.
    #[default]
    All,
    /// When the main job has ended; with its status.
    Main,
    /// When any job has failed for good, with its status; else as [`Self::All`].
    FirstFailure,
    /// When any job has ended; with its status.
    Any,
    /// Not at all.
    Never,
}

// === impl Control ===

impl Control {
    /// Where control requests are taken when the configuration does not say.
    pub const DEFAULT_SOCKET: &'static str = "/var/run/containerpilot.socket";
    /// Its permissions when the configuration does not say.
    pub const DEFAULT_MODE: u32 = 0o600;

    /// Is it where it is when the configuration does not say?
    #[must_use]
    pub fn is_at_default(&self) -> bool {
        self.socket.as_os_str() == Self::DEFAULT_SOCKET
    }
}

impl Default for Control {
    fn default() -> Self {
        Self { socket: PathBuf::from(Self::DEFAULT_SOCKET), mode: Self::DEFAULT_MODE, allow: Vec::new() }
    }
}

// === impl HttpProbe ===

fn serialize_headers<S: serde::Serializer>(
    headers: &BTreeMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    shown(headers.iter().map(|(name, value)| (name, Some(value)))).serialize(serializer)
}

impl std::fmt::Debug for HttpProbe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpProbe")
            .field("url", &self.url)
            .field("method", &self.method)
            .field("headers", &shown(self.headers.iter().map(|(name, value)| (name, Some(value)))))
            .field("expect", &self.expect)
            .field("verify", &self.verify)
            .finish()
    }
}

// === impl Surroundings ===

fn serialize_environment<S: serde::Serializer>(
    environment: &BTreeMap<String, Option<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    shown(environment.iter().map(|(name, value)| (name, value.as_ref()))).serialize(serializer)
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("user", &self.user)
            .field("group", &self.group)
            .field("supplementary_groups", &self.supplementary_groups)
            .field("working_directory", &self.working_directory)
            .field("environment", &shown(self.environment.iter().map(|(name, value)| (name, value.as_ref()))))
            .field("limits", &self.limits)
            .field("no_new_privileges", &self.no_new_privileges)
            .field("drop_capabilities", &self.drop_capabilities)
            .field("secrets", &self.secrets)
            .finish()
    }
}

// === impl WatchTarget ===

impl std::fmt::Display for WatchTarget {
    /// In words, such as `service db (tag primary, datacentre dc2)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, name, tag, datacenter) = match self {
            Self::Service { name, tag, datacenter } => ("service", name, tag.as_deref(), datacenter),
            Self::Key { key, datacenter } => ("key", key, None, datacenter),
            Self::Prefix { prefix, datacenter } => ("prefix", prefix, None, datacenter),
        };
        write!(f, "{kind} {name}")?;
        match (tag, datacenter) {
            (None, None) => Ok(()),
            (Some(tag), None) => write!(f, " (tag {tag})"),
            (None, Some(datacenter)) => write!(f, " (datacentre {datacenter})"),
            (Some(tag), Some(datacenter)) => write!(f, " (tag {tag}, datacentre {datacenter})"),
        }
    }
}
