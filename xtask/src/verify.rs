//! `cargo xtask test`: everything that has to hold, in the order in which a
//! failure is cheapest to see.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::{demo, generate, release, run, tools, workspace};

/// The release that the gate was written against; built without optimisation,
/// since compiling it fast matters more than running it fast.
const CARGO_DENY: &str = "0.20.2";

/// Tests that ran, as their runner counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

/// A stage and how it went.
struct Outcome {
    name: &'static str,
    took: Duration,
    result: Result<Tally>,
}

type Stage = (&'static str, fn() -> Result<Tally>);

/// What tests run beside the pilot.
const TOOLS: &[&str] = &[
    "consul",
    "nginx",
    "promtool",
    "jsonschema",
    "tini",
    "redis",
    "mariadb",
    "prometheus",
    "haproxy",
    "dig",
    "python",
];

const STAGES: &[Stage] = &[
    ("tools", || checked(tools::unpack(TOOLS))),
    ("format", || checked(run::inherit("cargo", &["fmt", "--all", "--check"]))),
    ("lints", lints),
    ("dependencies", dependencies),
    ("generated files", || checked(generate::check())),
    ("tests", tests),
    ("examples in docs", doc_tests),
    ("release binary", || checked(release::build().map(drop))),
    ("storefront", || checked(demo::check(demo::Catalogue::Embedded))),
    ("storefront, Consul", || checked(demo::check(demo::Catalogue::Consul))),
];

/// Runs the stages up to the first that fails.
pub(crate) fn run() -> Result<ExitCode> {
    run::ensure(&[
        ("ip", "iproute2"),
        ("unshare", "util-linux"),
        ("curl", "curl"),
        ("iptables", "iptables"),
        // Installed, since a browser wants more libraries than are worth unpacking.
        ("chromium", "chromium"),
        ("chromedriver", "chromium-driver"),
        ("python3", "python3"),
        ("pip3", "python3-pip"),
    ])?;
    let mut outcomes = Vec::new();
    for (name, stage) in STAGES {
        println!("\n== {name}");
        let start = Instant::now();
        let result = stage();
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        outcomes.push(Outcome { name, took: start.elapsed(), result });
        if outcomes.last().is_some_and(|outcome| !outcome.good()) {
            break;
        }
    }
    Ok(report(&outcomes))
}

/// A line a stage, then the count of everything.
fn report(outcomes: &[Outcome]) -> ExitCode {
    println!();
    let mut total = Tally::default();
    for outcome in outcomes {
        let word = if outcome.good() { "ok" } else { "FAILED" };
        println!("{:18} {:7.1} s  {word}", outcome.name, outcome.took.as_secs_f32());
        let tally = outcome.result.as_ref().copied().unwrap_or_default();
        total.passed += tally.passed;
        total.failed += tally.failed.max(u64::from(!outcome.good()));
    }
    for (name, _) in &STAGES[outcomes.len()..] {
        println!("{name:18}            not run");
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if outcomes.iter().all(Outcome::good) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A stage that is one check by itself.
fn checked(result: Result<()>) -> Result<Tally> {
    result.map(|()| Tally { passed: 1, failed: 0 })
}

fn lints() -> Result<Tally> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    checked(run::inherit("cargo", &arguments))
}

/// Licences, bans and sources by deny.toml. Advisories are left out: their
/// database changes on its own, and a gate must not.
fn dependencies() -> Result<Tally> {
    let root = workspace::tools().join("cargo-deny");
    let program = root.join("bin/cargo-deny").to_string_lossy().into_owned();
    if !run::output(&program, &["--version"]).is_ok_and(|version| version.contains(CARGO_DENY)) {
        let mut install = run::command("cargo", &["install", "cargo-deny", "--locked", "--debug", "--quiet"]);
        install.args(["--no-default-features", "--version", CARGO_DENY, "--root"]).arg(&root);
        install.env("CARGO_TARGET_DIR", root.join("build"));
        run::finish(&mut install)?;
        std::fs::remove_dir_all(root.join("build"))?;
    }
    checked(run::inherit(&program, &["--log-level", "error", "check", "bans", "licenses", "sources"]))
}

/// Unit, golden, snapshot and end-to-end tests of every package, on the runner
/// that isolates tests in processes when it is there.
fn tests() -> Result<Tally> {
    // Built first: tests that drive the binary find it beside themselves.
    run::inherit("cargo", &["build", "--workspace", "--all-targets", "--locked"])?;
    if run::exists("cargo-nextest") {
        counted(cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "--status-level=slow",
        ]))
    } else {
        counted(cargo(&["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast"]))
    }
}

/// The examples in doc comments, which nextest does not run.
fn doc_tests() -> Result<Tally> {
    counted(cargo(&["test", "--workspace", "--doc", "--locked"]))
}

fn cargo(arguments: &[&str]) -> Command {
    run::command("cargo", arguments)
}

/// Runs a program and adds up what its test runner reports.
fn counted(mut program: Command) -> Result<Tally> {
    let mut tally = Tally::default();
    program.env("CARGO_TERM_COLOR", "never");
    let succeeded = run::tee(&mut program, |line| {
        let counts = summary(line).unwrap_or_default();
        tally.passed += counts.passed;
        tally.failed += counts.failed;
    })
    .context("the tests cannot be run")?;
    // A build that breaks reports no test.
    if !succeeded && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// The counts in a runner's closing line: `test result: ok. 3 passed; 0 failed; …`
/// of libtest, `Summary [   1.2s] 3 tests run: 3 passed, 0 skipped` of nextest,
/// which names what is none only when it is some.
fn summary(line: &str) -> Option<Tally> {
    let line = line.trim_start();
    if !line.starts_with("test result: ") && !line.starts_with("Summary [") {
        return None;
    }
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || ",;:()".contains(c)).collect();
    let count = |what: &[&str]| -> u64 {
        let pairs = words.windows(2).filter(|pair| what.contains(&pair[1]));
        pairs.filter_map(|pair| pair[0].parse::<u64>().ok()).sum()
    };
    // "timed out" is nextest's third way to fail.
    Some(Tally { passed: count(&["passed"]), failed: count(&["failed", "timed"]) })
}

// === impl Outcome ===

impl Outcome {
    fn good(&self) -> bool {
        self.result.as_ref().is_ok_and(|tally| tally.failed == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_both_runners_are_read() {
        let read = |line| summary(line).map(|tally| (tally.passed, tally.failed));
        assert_eq!(
            read("test result: ok. 12 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out"),
            Some((12, 1))
        );
        assert_eq!(read("     Summary [   4.012s] 41 tests run: 41 passed, 0 skipped"), Some((41, 0)));
        assert_eq!(
            read("     Summary [  60.0s] 5 tests run: 2 passed (1 slow), 2 failed, 1 timed out, 0 skipped"),
            Some((2, 3))
        );
        assert_eq!(read("     Running 12 passed"), None);
    }

    #[test]
    fn a_stage_with_a_failed_test_is_not_good() {
        let outcome = |result| Outcome { name: "", took: Duration::ZERO, result };
        assert!(outcome(Ok(Tally { passed: 1, failed: 0 })).good());
        assert!(!outcome(Ok(Tally { passed: 9, failed: 1 })).good());
        assert!(!outcome(Err(anyhow::anyhow!("no"))).good());
    }
}
