//! Which implementation is under test, and where it is known to differ.

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

/// Names the binary under test.
pub const BINARY_VARIABLE: &str = "GYROPILOT_BIN";
/// Names an implementation whose deviations are expected: one of [`KNOWN`].
pub const TARGET_VARIABLE: &str = "CONFORMANCE_TARGET";

/// A deviation: the name that a test gives to [`fixed`], and what is different.
pub type Deviation = (&'static str, &'static str);

/// The implementations whose deviations are known, by their names in [`TARGET_VARIABLE`].
pub const KNOWN: &[(&str, &[Deviation])] =
    &[("containerpilot-2.7.8", CONTAINERPILOT_2_7_8), ("containerpilot-3.8.0", CONTAINERPILOT_3_8_0)];

/// Where ContainerPilot 2.7.8 differs from what the suite asks for, by the name
/// that a test gives to [`fixed`]: its number in the register of quirks, or a
/// word for what that register does not list.
pub const CONTAINERPILOT_2_7_8: &[Deviation] = &[
    ("Q-01", "as PID 1 the exit status is always 0"),
    ("Q-02", "values of the environment are cut at the second ="),
    ("Q-03", "an output line of more than 64 KiB breaks the child's pipe"),
    ("Q-06", "only the first service registers its address anew"),
    ("Q-07", "two backends of one name share a memory"),
    ("Q-08", "an empty task command and a sensor without poll crash"),
    ("Q-09", "a sensor's timeout is not enforced"),
    ("Q-10", "interfaces with - or . in the name cannot be named"),
    ("Q-11", "the coprocess's variable has brackets only"),
    ("Q-12", "services stay registered when the application ends by itself"),
    ("Q-14", "calls to Consul have no deadline"),
    ("Q-20", "SIGTERM does not end it without an application or during preStart"),
    ("Q-22", "coprocesses restart without delay"),
    ("Q-36", "a failing check sends nothing"),
    ("Q-40", "changes are polled for"),
    ("first-check", "the first health check runs one poll after the start"),
    ("heartbeat-economy", "every passed check is a heartbeat"),
    ("signal-status", "a death by a signal is reported as 255"),
    ("sigint", "SIGINT ends it without cleaning up"),
    ("second-signal", "a second signal changes nothing"),
    ("signals-key", "there is no `signals` key"),
    ("json5", "the configuration is strict JSON"),
    ("all-errors", "only the first error is reported"),
    ("list-type", "`services` and its like are ignored when they are no list"),
    ("check-ttl", "a check without a timeout may run for ever"),
    ("one-request", "a service appears critical and turns passing later"),
    ("shared-command", "two backends may run one command line at once"),
    ("metrics-move", "the metrics listener keeps its address until a restart"),
    ("tls-variables", "certificates cannot be named in the environment"),
    ("hint", "errors come without a hint"),
    ("group-stop", "the stop reaches the application's leader only"),
    ("coprocess-stop", "coprocesses outlive it"),
    ("subreaper", "it adopts no orphans"),
    ("tag-change", "a change of tags is no change"),
    ("consul-template", "it has no consul-template of its own"),
    ("pid-variable", "CONTAINERPILOT_PID is the worker's"),
    ("reload-overlap", "a reload takes services that stay out of the catalogue for a while"),
];

/// The same of ContainerPilot 3.8.0, which the second half of the suite is about.
pub const CONTAINERPILOT_3_8_0: &[Deviation] = &[
    ("Q-01", "the exit status is always 0"),
    ("Q-02", "values of the environment are cut at the second ="),
    ("Q-03", "an output line of more than 64 KiB breaks the child's pipe"),
    ("Q-04", "the certificate of an agent is not checked unless asked for"),
    ("Q-05", "`consul` without `deregisterCriticalServiceAfter` is refused"),
    ("Q-07", "watches of one service share a memory"),
    ("Q-10", "interfaces with - or . in the name cannot be named"),
    ("Q-13", "any word but `enable` ends maintenance"),
    ("Q-14", "calls to Consul have no deadline"),
    ("Q-16", "two jobs may have one name"),
    ("Q-17", "a job's `stopTimeout` does nothing"),
    ("Q-18", "`initialStatus` is refused as unknown"),
    ("Q-19", "a `when` that can never come is accepted without a word"),
    ("Q-20", "SIGTERM does not end it without jobs, or with triggers that never come"),
    ("Q-21", "queued runs delay the shutdown"),
    ("Q-22", "restarts come without delay"),
    ("Q-23", "only the last `stopping` job of several is waited for"),
    ("Q-24", "`stopped` is said while the process may still run"),
    ("Q-25", "a service that the agent lost never returns"),
    ("Q-27", "the whole `stopTimeout` is always waited"),
    ("Q-28", "a reload does not wait for the processes it stops"),
    ("Q-29", "a reload with a bad file ends it, with status 0"),
    ("Q-30", "a restart during maintenance ends maintenance for the job"),
    ("Q-31", "the update of a metric has to name empty parts too"),
    ("Q-32", "a dependency that failed leaves it running with nothing to do"),
    ("Q-35", "the events metric has error texts as labels"),
    ("Q-36", "a failing check sends nothing"),
    ("Q-37", "a second instance takes the control socket away"),
    ("Q-38", "its subcommands need a configuration without any error"),
    ("Q-39", "`-putenv NAME` is refused"),
    ("Q-40", "changes are polled for"),
    ("Q-41", "orders are answered before they are carried out"),
    ("all-errors", "only the first error is reported"),
    ("first-check", "the first health check runs one interval after the start"),
    ("list-type", "`jobs` and its like are ignored when they are no list"),
    ("pid-variable", "CONTAINERPILOT_PID is the worker's"),
    ("reload-difference", "a reload restarts every job"),
    ("second-signal", "a second signal ends jobs that were started by the first"),
    ("secret-dump", "arguments with secrets are logged at DEBUG"),
    ("sigquit", "SIGQUIT ends it with a dump and status 2"),
    ("slow-client", "a control connection that is held open holds up the shutdown"),
    ("stop-order", "`stopping` jobs run while the service is still registered"),
    ("subreaper", "it adopts no orphans"),
    ("telemetry-port", "nothing starts while the port of the telemetry is in use"),
];

/// The binary under test: `$GYROPILOT_BIN`, or the `gyropilot` that cargo puts
/// beside the running test.
///
/// # Panics
/// When there is none; a suite without a binary must not look green.
#[must_use]
pub fn binary() -> PathBuf {
    built(std::env::var_os(BINARY_VARIABLE))
}

/// The `gyropilot` that serves as a catalogue, whichever binary is under test:
/// `$GYROPILOT_TEST_CATALOG`, or the one that cargo puts beside the running test.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn gyropilot() -> PathBuf {
    built(std::env::var_os("GYROPILOT_TEST_CATALOG"))
}

fn built(named: Option<OsString>) -> PathBuf {
    let path = named.map_or_else(
        || {
            let test = std::env::current_exe().expect("the test has a path");
            let profile = test.parent().and_then(Path::parent).expect("tests stand in target/PROFILE/deps");
            profile.join("gyropilot")
        },
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "no binary to test at {}\nhint: cargo build -p gyropilot, or name one in {BINARY_VARIABLE}",
        path.display()
    );
    path.canonicalize().expect("the path of a file resolves")
}

/// A real program that tests run beside the pilot: `$variable`, else
/// `target/tools/NAME/BELOW`, else what PATH knows.
///
/// # Panics
/// When there is none, with the way to get it.
#[must_use]
pub fn tool(name: &str, below: &str, variable: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return PathBuf::from(path);
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member stands in its workspace");
    let unpacked = workspace.join("target/tools").join(name).join(below);
    let system = ["/usr/local/bin", "/usr/bin", "/usr/sbin"].map(|folder| Path::new(folder).join(name));
    std::iter::once(unpacked).chain(system).find(|path| path.is_file()).unwrap_or_else(|| {
        panic!("no {name} to test against\nhint: `cargo xtask test` unpacks one; or name one in {variable}")
    })
}

/// The folder of the libraries that were unpacked with a tool, if there is one.
#[must_use]
pub fn libraries(program: &Path) -> Option<PathBuf> {
    let below = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    program.ancestors().map(|folder| folder.join(&below)).find(|it| it.is_dir())
}

/// Runs an expectation that an implementation is known to fail.
///
/// For a target that is listed with `id`, the expectation has to fail: a
/// deviation that vanished is news, and the list must not rot.
///
/// # Panics
/// When the expectation does not hold, or holds although the list says otherwise.
#[track_caller]
pub fn fixed(id: &str, expectation: impl FnOnce()) {
    let in_list = |list: &[Deviation]| list.iter().find(|(name, _)| *name == id).map(|(_, what)| *what);
    let somewhere = KNOWN.iter().any(|(_, list)| in_list(list).is_some());
    assert!(somewhere, "{id} is in no list of deviations");
    let target = std::env::var(TARGET_VARIABLE).unwrap_or_default();
    let own = KNOWN.iter().find(|(name, _)| *name == target).and_then(|(_, list)| in_list(list));
    let Some(deviation) = own else { return expectation() };
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(expectation));
    assert!(
        outcome.is_err(),
        "{id} is listed as a deviation ({deviation}), yet the target does what is right"
    );
}
