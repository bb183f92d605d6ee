//! What happened, as data.
//!
//! Rooms say what happened with these; the telemetry room alone turns them into
//! log lines and metrics, so that the two cannot drift apart.

use crate::{EventCode, Exit, JobHealth, JobState, Role, Signal, Status, Verdict};
use std::time::Duration;

/// Something that happened in the life of the pilot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The pilot runs, with a valid plan.
    Started {
        /// Its own process id.
        pid: u32,
        /// How many services, backends, tasks and coprocesses the plan has.
        plan: String,
    },
    /// What came of the configuration, once for each time it was read.
    ConfigLoaded {
        /// The plan as JSON, secrets hidden.
        plan: String,
    },
    /// Something in the configuration is accepted but deserves a word.
    ConfigWarning {
        /// The whole message, with its place.
        message: String,
    },
    /// A process was started.
    ProcessStarted {
        /// What it is there for.
        role: Role,
        /// Its process id, which is its group's too.
        pid: u32,
    },
    /// A program could not be started.
    ProcessNotStarted {
        /// What it was to be there for.
        role: Role,
        /// The program as configured.
        program: String,
        /// The operating system's reason.
        reason: String,
    },
    /// A process ended.
    ProcessExited {
        /// What it was there for.
        role: Role,
        /// Its process id.
        pid: u32,
        /// How it ended.
        exit: Exit,
        /// How long it ran.
        ran: Duration,
    },
    /// A process ran longer than it may and was killed with its group.
    ProcessTimedOut {
        /// What it was there for.
        role: Role,
        /// How long it was allowed.
        timeout: Duration,
        /// Its command line.
        command: String,
    },
    /// A process will be started again.
    RestartScheduled {
        /// What it is there for.
        role: Role,
        /// How long until then.
        delay: Duration,
        /// How many restarts in a row, this one included.
        attempt: u32,
    },
    /// A process ended and has no restart left.
    RestartsUsedUp {
        /// What it was there for.
        role: Role,
    },
    /// A line that a child wrote.
    Output {
        /// The child.
        role: Role,
        /// Its process id.
        pid: u32,
        /// Without its line end; not necessarily UTF-8 as written, here made so.
        line: String,
    },
    /// A health check ended and the service's health is not what it was.
    HealthChanged {
        /// [`Service::name`](crate::Service::name).
        service: String,
        /// What it is now.
        status: Status,
        /// Why.
        reason: String,
    },
    /// A service is in the catalogue.
    Registered {
        /// [`Service::id`](crate::Service::id).
        id: String,
        /// Why it had to be registered once more, when it was in the catalogue before.
        again: Option<String>,
    },
    /// A service was withdrawn from the catalogue.
    Deregistered {
        /// [`Service::id`](crate::Service::id).
        id: String,
    },
    /// The catalogue did not confirm a withdrawal in time.
    DeregistrationUnconfirmed {
        /// [`Service::id`](crate::Service::id).
        id: String,
        /// What went wrong.
        reason: String,
    },
    /// The catalogue cannot be reached or refuses; said once for each spell.
    CatalogUnavailable {
        /// What was asked of it.
        request: String,
        /// What went wrong, without secrets.
        reason: String,
    },
    /// The catalogue answers again.
    CatalogAvailable {
        /// What was asked of it.
        request: String,
        /// How long it did not.
        after: Duration,
    },
    /// The healthy instances of a backend are not what they were.
    BackendChanged {
        /// [`Backend::name`](crate::Backend::name).
        backend: String,
        /// [`Backend::tag`](crate::Backend::tag).
        tag: Option<String>,
        /// How many there are now.
        instances: usize,
    },
    /// A backend that had instances has none.
    BackendEmpty {
        /// [`Backend::name`](crate::Backend::name).
        backend: String,
        /// [`Backend::tag`](crate::Backend::tag).
        tag: Option<String>,
        /// How many there were before.
        had: usize,
    },
    /// The catalogue's index went backwards: it was wiped or restored.
    CatalogIndexReset {
        /// What is watched.
        watch: String,
    },
    /// A catalogue that has just come back does not know instances that were there; they
    /// are kept for a while.
    InstancesKept {
        /// What is watched.
        watch: String,
        /// How many.
        count: usize,
        /// For how long.
        within: Duration,
    },
    /// The catalogue answers, but says of its answer that it may be incomplete
    /// or out of date; said once for each spell.
    CatalogDoubtful {
        /// What is watched.
        watch: String,
        /// What it says.
        reason: String,
    },
    /// Maintenance began or ended.
    Maintenance {
        /// Did it begin?
        on: bool,
    },
    /// A reload was asked for and done.
    Reloaded {
        /// The same summary as at the start.
        plan: String,
    },
    /// A reload was asked for and refused; the old state goes on.
    ReloadRefused {
        /// The whole report.
        reason: String,
    },
    /// The pilot was told to stop.
    StopRequested {
        /// By which signal.
        signal: Signal,
    },
    /// The pilot was told to stop again and hurries.
    StopHurried {
        /// By which signal.
        signal: Signal,
    },
    /// What did not end in time is killed.
    StopTimedOut {
        /// What it was there for.
        role: Role,
        /// How long it had.
        timeout: Duration,
    },
    /// A sensor's output is not a number.
    SensorValueInvalid {
        /// [`Sensor::metric`](crate::Sensor::metric).
        metric: String,
        /// What it printed, shortened.
        output: String,
    },
    /// A sensor's output was taken up. Bits of an `f64`, so that events compare.
    SensorValue {
        /// [`Sensor::metric`](crate::Sensor::metric).
        metric: String,
        /// `f64::to_bits` of the value.
        bits: u64,
    },
    /// A child wrote faster than the log's reader reads; its lines were held back or lost.
    OutputLost {
        /// How many lines of the pilot's own were dropped.
        lines: u64,
    },
    /// Something happened on the bus between jobs.
    Bus {
        /// What.
        code: EventCode,
        /// To whom: a job, `watch.<name>`, `global`, or a signal.
        source: String,
    },
    /// A job does something else now.
    JobChanged {
        /// [`Job::name`](crate::Job::name).
        job: String,
        /// What it does.
        state: JobState,
        /// Why.
        reason: String,
    },
    /// The health of a job is not what it was.
    JobHealthChanged {
        /// [`Job::name`](crate::Job::name).
        job: String,
        /// What it is now.
        health: JobHealth,
        /// Why.
        reason: String,
    },
    /// A check of a job's health that is not a program was answered, or gave up.
    Checked {
        /// [`Job::name`](crate::Job::name).
        job: String,
        /// How it went.
        verdict: Verdict,
        /// How long it took.
        took: Duration,
    },
    /// A run of a job is ready.
    JobReady {
        /// [`Job::name`](crate::Job::name).
        job: String,
        /// How long after its start.
        after: Duration,
    },
    /// The clients of a job's withdrawn service had time to leave.
    Drained {
        /// [`Job::name`](crate::Job::name).
        job: String,
        /// How many are still connected.
        connections: usize,
        /// How long it took.
        after: Duration,
    },
    /// What is watched is not what it was.
    WatchChanged {
        /// [`Watch::name`](crate::Watch::name).
        watch: String,
        /// How many instances or keys there are now.
        count: usize,
        /// How many there were before; nothing with the first answer.
        had: Option<usize>,
    },
    /// An operator told the pilot something over the control socket.
    Ordered {
        /// What, in words.
        order: String,
        /// Who: a user id.
        uid: u32,
    },
    /// The control socket answered a request.
    ControlAnswered {
        /// The path of the request, or `other`.
        path: &'static str,
        /// The status of the answer.
        status: u16,
    },
    /// A value was posted for a metric that does not exist.
    MetricUnknown {
        /// As it was posted, shortened.
        metric: String,
    },
    /// A value that was posted for a metric is not a number.
    MetricInvalid {
        /// [`PostedMetric::metric`](crate::PostedMetric::metric).
        metric: String,
        /// As it was posted, shortened.
        value: String,
    },
    /// The catalogue does not take all that is to be registered of a service;
    /// it was registered without.
    RegistrationReduced {
        /// [`Service::id`](crate::Service::id).
        id: String,
        /// Without what, and why.
        reason: String,
    },
    /// Metrics are not served where they should be.
    TelemetryUnavailable {
        /// What went wrong.
        reason: String,
        /// Is it tried no more?
        given_up: bool,
    },
    /// No job runs or can start any more.
    JobsDone {
        /// What became of them.
        reason: String,
    },
    /// The last word: the pilot ends.
    Exiting {
        /// With this status.
        status: u8,
        /// Why.
        reason: String,
    },
}
