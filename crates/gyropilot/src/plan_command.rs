//! `gyropilot plan`: what a reload would change.

use crate::written_plan::written_plan;
use crate::{offline, printer};
use gyropilot_config::{conceal, secret_values};
use gyropilot_control::Client;
use gyropilot_engine::{Change, Difference, Fate, difference};
use gyropilot_model::Plan;
use gyropilot_telemetry::Secrets;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Nothing would change.
const SAME: u8 = 0;
/// There is no answer.
const FAILED: u8 = 1;
/// Something would change.
const DIFFERENT: u8 = 2;

/// What a configuration is compared with.
pub(crate) enum Other {
    /// That of a file.
    File(PathBuf),
    /// That of the pilot which answers at this socket; by default at the one that the new configuration names.
    Pilot(Option<PathBuf>),
}

/// Shows what a change to `file` would do, and gives the exit status.
pub(crate) fn run(file: &Path, other: Other, environment: &BTreeMap<String, String>) -> u8 {
    let plans = offline::plan(file, environment).and_then(|new| match other {
        Other::File(other) => Some((offline::plan(&other, environment)?, new)),
        Other::Pilot(socket) => match in_force(socket, &new) {
            Ok(old) => Some((old, written(&new, environment).ok()?)),
            Err(reason) => {
                printer::talk(format_args!("error: {reason}"));
                None
            }
        },
    });
    plans.map_or(FAILED, |(old, new)| {
        // What runs in the v2 form has its kind in its name.
        let kind = if new.jobs().is_some() { "job " } else { "" };
        show(&difference(&old, &new), kind, environment)
    })
}

/// The plan of a running pilot, as it writes it: without secrets.
fn in_force(socket: Option<PathBuf>, new: &Plan) -> Result<Plan, String> {
    let named = || new.jobs().map(|jobs| jobs.control.socket.clone());
    let Some(socket) = socket.or_else(named) else {
        return Err(
            "a pilot with a configuration of the v2 form cannot be asked; compare with --against FILE"
                .to_owned(),
        );
    };
    let client = Client::new(socket);
    let runtime = crate::runtime::build().map_err(|error| error.to_string())?;
    let plan = runtime.block_on(client.plan()).map_err(|error| error.to_string())?;
    serde_json::from_value(plan).map_err(|error| format!("the pilot is of another version: {error}"))
}

/// A plan as it comes back from what it is written as: secrets are the same word in all of them.
fn written(plan: &Plan, environment: &BTreeMap<String, String>) -> serde_json::Result<Plan> {
    let inherited = secret_values(environment);
    let secrets = Secrets::new(inherited.iter().map(String::as_str));
    serde_json::from_value(written_plan(plan, &secrets)?)
}

fn show(difference: &Difference, kind: &str, environment: &BTreeMap<String, String>) -> u8 {
    if difference.other_form {
        printer::talk(
            "error: one of them has jobs and the other has not; a running pilot cannot change between the two",
        );
        return FAILED;
    }
    let written = printer::data(page(difference, kind, environment));
    match (written, difference.is_empty()) {
        (0, true) => SAME,
        (0, false) => DIFFERENT,
        _ => FAILED,
    }
}

/// The difference as a person reads it, without secrets.
fn page(difference: &Difference, kind: &str, environment: &BTreeMap<String, String>) -> String {
    if difference.is_empty() {
        return "nothing changes\n".to_owned();
    }
    let mut page = String::new();
    for (kind, changes) in [
        (kind, &difference.jobs),
        ("watch ", &difference.watches),
        ("service ", &difference.services),
        ("", &difference.settings),
    ] {
        for change in changes {
            write_change(&mut page, kind, change, environment);
        }
    }
    page.push('\n');
    page.push_str(&summary(&difference.jobs));
    page
}

fn write_change(page: &mut String, kind: &str, change: &Change, environment: &BTreeMap<String, String>) {
    let sign = match change.fate {
        Fate::Added => '+',
        Fate::Removed => '-',
        Fate::Restarted => '!',
        Fate::Redefined => '~',
    };
    let causes: Vec<&str> =
        change.fields.iter().filter(|field| field.restarts).map(|field| field.key.as_str()).collect();
    let why = if causes.is_empty() { String::new() } else { format!("  restarts for {}", causes.join(", ")) };
    let _ = writeln!(page, "{sign} {kind}{}{why}", change.name);
    let widest = change.fields.iter().map(|field| field.key.len()).max().unwrap_or(0);
    for field in &change.fields {
        let value = |value: &Option<String>| match value {
            Some(value) => conceal(&field.key, value, environment),
            None => "(not set)".to_owned(),
        };
        let (old, new) = (value(&field.old), value(&field.new));
        let change = if old == new {
            "another value, which is not shown".to_owned()
        } else {
            format!("{old} -> {new}")
        };
        let _ = writeln!(page, "    {:widest$}  {change}", field.key);
    }
}

/// What happens to jobs, in a line.
fn summary(jobs: &[Change]) -> String {
    let count = |fate| jobs.iter().filter(|change| change.fate == fate).count();
    let parts: Vec<String> = [
        (count(Fate::Added), "new"),
        (count(Fate::Removed), "stopped"),
        (count(Fate::Restarted), "restarted"),
        (count(Fate::Redefined), "changed while running"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if parts.is_empty() {
        "nothing that runs is touched\n".to_owned()
    } else {
        format!("{}\n", parts.join(", "))
    }
}
