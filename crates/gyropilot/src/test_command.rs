//! `gyropilot test`: configuration tests under virtual time.

use crate::{offline, printer};
use gyropilot_config::{Host, Source, Style, load};
use gyropilot_model::{Plan, format_go_duration};
use gyropilot_rehearsal::{Outcome, Rehearsal, Test};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The last part of a service's id in tests.
const HOSTNAME: &str = "host";

/// What came of the tests of all files.
#[derive(Default)]
struct Tally {
    page: String,
    json: Vec<serde_json::Value>,
    passed: usize,
    failed: usize,
}

/// Runs the tests of `files` and gives the exit status: 0 when all passed, 1 when one failed or a file is wrong.
pub(crate) fn run(files: &[PathBuf], as_json: bool, environment: &BTreeMap<String, String>) -> u8 {
    let style = offline::style(environment);
    let mut tally = Tally::default();
    for file in files {
        match read(file, style) {
            Ok((plan, rehearsal)) => tally.take(file, &plan, &rehearsal),
            Err(report) => {
                printer::talk(report.trim_end());
                tally.failed += 1;
            }
        }
    }
    let written = if as_json {
        printer::data(format!("{}\n", serde_json::Value::Array(tally.json)))
    } else {
        printer::data(format!("{}{} passed, {} failed\n", tally.page, tally.passed, tally.failed))
    };
    written.max(u8::from(tally.failed > 0))
}

fn read(file: &Path, style: Style) -> Result<(Plan, Rehearsal), String> {
    let document = Source::from_argument(file).read().map_err(|error| format!("error: {error}"))?;
    let rehearsal = gyropilot_rehearsal::read(&document).map_err(|report| report.render(style))?;
    let mut plans = vec![plan(file, &rehearsal, &rehearsal.configuration, style)?];
    for other in rehearsal.configurations().skip(1) {
        let path = beside(file, other);
        if !path.is_file() {
            return Err(format!("error: {}: there is no {}", file.display(), path.display()));
        }
        // One that is not valid is there to be refused.
        plans.extend(plan(file, &rehearsal, other, style));
    }
    let strangers = gyropilot_rehearsal::strangers(&rehearsal, &plans);
    if strangers.is_empty() {
        return Ok((plans.remove(0), rehearsal));
    }
    let told = strangers
        .iter()
        .map(|stranger| format!("error: {}\n --> {}:{}\n", stranger.message, file.display(), stranger.line));
    Err(told.collect())
}

/// The plan of a configuration that a test file names, on the host that it makes up.
fn plan(file: &Path, rehearsal: &Rehearsal, name: &str, style: Style) -> Result<Plan, String> {
    let document = Source::file(beside(file, name)).read().map_err(|error| format!("error: {error}"))?;
    let host = Host {
        hostname: HOSTNAME,
        addresses: &rehearsal.interfaces,
        env: &rehearsal.environment,
        elsewhere: true,
    };
    load(&document, &host).map(|loaded| loaded.plan).map_err(|report| report.render(style))
}

fn beside(file: &Path, name: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(name)
}

// === impl Tally ===

impl Tally {
    fn take(&mut self, file: &Path, plan: &Plan, rehearsal: &Rehearsal) {
        let load = |name: &str| self::plan(file, rehearsal, name, Style::Plain);
        let _ = writeln!(self.page, "{}", file.display());
        for test in &rehearsal.tests {
            let outcome = gyropilot_rehearsal::run(plan, &rehearsal.application, test, &load);
            self.tell(file, test, &outcome);
        }
    }

    fn tell(&mut self, file: &Path, test: &Test, outcome: &Outcome) {
        let passed = outcome.failures.is_empty();
        let (word, count) = if passed { ("ok  ", &mut self.passed) } else { ("FAIL", &mut self.failed) };
        *count += 1;
        let lasted = format_go_duration(Duration::from_millis(outcome.lasted.as_millis() as u64));
        let _ = writeln!(self.page, "  {word}  {} ({lasted})", test.name);
        for failure in &outcome.failures {
            let at = failure.at.as_secs_f64();
            let place = format!("{}:{}", file.display(), failure.line);
            let _ = writeln!(self.page, "        {place}: at {at:.3} s: {}", failure.message);
        }
        if !passed {
            let _ = writeln!(self.page, "        what happened:");
        }
        for line in &outcome.timeline {
            let _ = writeln!(self.page, "        {line}");
        }
        let failures: Vec<_> = outcome
            .failures
            .iter()
            .map(|failure| {
                serde_json::json!({
                    "line": failure.line, "at_ms": failure.at.as_millis() as u64, "message": failure.message,
                })
            })
            .collect();
        self.json.push(serde_json::json!({
            "file": file.display().to_string(), "test": test.name, "line": test.line, "passed": passed,
            "lasted_ms": outcome.lasted.as_millis() as u64, "failures": failures, "timeline": outcome.timeline,
        }));
    }
}
