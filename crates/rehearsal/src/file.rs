//! What a test file says.

use gyropilot_model::{Address, Awaited, Exit, Instance, JobHealth, JobState, Notice, Order, Signal, Status};
use std::collections::BTreeMap;
use std::time::Duration;

/// A test file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// The configuration that is tested; relative to the test file.
    pub configuration: String,
    /// The whole environment that its templates see. Default empty.
    pub environment: BTreeMap<String, String>,
    /// The addresses of the made-up host. Default `eth0` with 10.0.0.2.
    pub interfaces: Vec<Address>,
    /// The application, for a configuration of the v2 form. Default none.
    pub application: Vec<String>,
    /// In the order of the file.
    pub tests: Vec<Test>,
}

/// One test: a run of the pilot from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where it stands, from 1.
    pub line: usize,
    /// How programs behave, by job; for the v2 form by `app`, `preStart`, `task[name]` and so on.
    pub programs: BTreeMap<String, Behaviour>,
    /// How checks go from the start, by job.
    pub checks: BTreeMap<String, Check>,
    /// The healthy instances of services from the start.
    pub instances: BTreeMap<String, Vec<Instance>>,
    /// The keys of the catalogue from the start.
    pub keys: BTreeMap<String, String>,
    /// What happens and what is to be so, in order.
    pub steps: Vec<Step>,
}

/// How a program behaves that a job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Whether it can be started at all. Default true.
    pub starts: bool,
    /// How long it runs by itself. Default until it is told to end.
    pub runs: Lives,
    /// How it ends by itself. Default status 0.
    pub exit: Exit,
    /// How long after its start it says that it is ready, where it is asked to. Default at once.
    pub ready: Lives,
    /// How long it takes to end once it is told to. Default nothing. KILL ends it always.
    pub stops: Lives,
    /// How it ends then. Default by the signal.
    pub stop_exit: Option<Exit>,
    /// How long its clients stay once its service is withdrawn. Default not at all.
    pub clients: Lives,
}

/// A time that may not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lives {
    /// After this long.
    For(Duration),
    /// Not by itself.
    Forever,
}

/// How the checks of a job go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Check {
    /// Well.
    #[default]
    Pass,
    /// With a warning.
    Warn,
    /// Not well.
    Fail,
    /// A program with this exit status.
    Status(u8),
    /// They do not end.
    Hang,
}

/// One step of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands, from 1.
    pub line: usize,
    /// When it is its turn.
    pub moment: Moment,
    /// What happens then.
    pub deeds: Vec<Deed>,
    /// What is to be so after that.
    pub expectation: Option<Expectation>,
}

/// A moment of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// As soon as the step before is done.
    Now,
    /// So long after the start of the pilot.
    At(Duration),
    /// So long after the step before.
    After(Duration),
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The program of a job ends by itself.
    Exit {
        /// The job.
        job: String,
        /// How.
        exit: Exit,
    },
    /// The checks of a job go like this from now on.
    Check {
        /// The job.
        job: String,
        /// How.
        check: Check,
    },
    /// The program of a job says something of itself.
    Notice {
        /// The job.
        job: String,
        /// What.
        notice: Notice,
    },
    /// The programs of a job behave like this from their next start on.
    Behave {
        /// The job.
        job: String,
        /// How.
        behaviour: Behaviour,
    },
    /// These are the healthy instances of a service now.
    Instances {
        /// Its name.
        service: String,
        /// Sorted.
        instances: Vec<Instance>,
    },
    /// A key of the catalogue has this value now, or is gone.
    Key {
        /// Its whole name.
        key: String,
        /// Its value.
        value: Option<String>,
    },
    /// The pilot receives a signal.
    Signal(Signal),
    /// An operator gives an order.
    Order {
        /// What.
        order: Order,
        /// Is the pilot to refuse it? Default false.
        refused: bool,
    },
    /// The configuration is another one now, and the pilot is told to read it.
    Reload(String),
    /// Does the catalogue confirm what it is told? From the start it does.
    Confirms(bool),
}

/// What is to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// It may take so long until all of it is so. Default: it is so now.
    pub within: Option<Duration>,
    /// Each by itself.
    pub wishes: Vec<Wish>,
}

/// One thing that is to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Where it stands, from 1.
    pub line: usize,
    /// What.
    pub want: Want,
}

/// One thing that is to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// A job does this.
    State {
        /// Its name.
        job: String,
        /// What it does.
        state: JobState,
    },
    /// A job is as well as this.
    Health {
        /// Its name.
        job: String,
        /// How well it is.
        health: JobHealth,
    },
    /// A job was run so often since the start of the pilot.
    Runs {
        /// Its name.
        job: String,
        /// How often.
        runs: u64,
    },
    /// A job was run again so often because it had ended.
    Restarts {
        /// Its name.
        job: String,
        /// How often.
        restarts: u64,
    },
    /// The catalogue is told this of a service; `None`: nothing.
    Service {
        /// Its name.
        service: String,
        /// What.
        status: Option<Status>,
    },
    /// A job was started since the expectation before, or was not.
    Started {
        /// Its name.
        job: String,
        /// Was it?
        yes: bool,
    },
    /// These things happened since the expectation before, in this order.
    Happened(Vec<Awaited>),
    /// This has not happened since the expectation before.
    NotHappened(Awaited),
    /// The pilot has ended with this status; `None`: it runs.
    Exit(Option<u8>),
    /// The pilot is in maintenance, or is not.
    Maintenance(bool),
}

// === impl Behaviour ===

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            starts: true,
            runs: Lives::Forever,
            exit: Exit::Code(0),
            ready: Lives::For(Duration::ZERO),
            stops: Lives::For(Duration::ZERO),
            stop_exit: None,
            clients: Lives::For(Duration::ZERO),
        }
    }
}

// === impl Rehearsal ===

impl Rehearsal {
    /// Every configuration that its tests name, the tested one first.
    pub fn configurations(&self) -> impl Iterator<Item = &str> {
        let deeds = self.tests.iter().flat_map(|test| &test.steps).flat_map(|step| &step.deeds);
        let others = deeds.filter_map(|deed| match deed {
            Deed::Reload(file) => Some(file.as_str()),
            _ => None,
        });
        std::iter::once(self.configuration.as_str()).chain(others)
    }
}
