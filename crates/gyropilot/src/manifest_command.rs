//! `gyropilot generate`, and `gyropilot check --against`: what schedulers are told.

use crate::commands::{Against, GenerateFlags, Whose};
use crate::{offline, printer};
use gyropilot_config::{Diagnostic, Document, Host, Mark, Report, Severity, Source, load};
use gyropilot_kernel::{addresses, hostname};
use gyropilot_manifest::{
    Contract, Contradiction, Gravity, Scheduler, Wishes, check, generate, given, variables,
};
use std::collections::BTreeMap;
use std::path::Path;

/// It cannot be done, or there is a contradiction.
const FAILED: u8 = 1;

/// Writes a file for a scheduler to standard output, and gives the exit status.
pub(crate) fn generate_for(
    scheduler: Scheduler,
    flags: GenerateFlags,
    environment: &BTreeMap<String, String>,
) -> u8 {
    let setting = flags.config.or_else(|| environment.get("CONTAINERPILOT").cloned());
    let Some(setting) = setting.filter(|setting| !setting.is_empty()) else {
        return refuse("which configuration? Name it with --config FILE");
    };
    let contract = match contract(&Source::from_setting(&setting), environment, BTreeMap::new()) {
        Ok(contract) => contract,
        Err(reason) => return refuse(&reason),
    };
    let name = flags.name.clone().unwrap_or_else(|| contract.name.clone());
    let wishes = Wishes {
        image: flags.image.unwrap_or_else(|| format!("{name}:1")),
        name: flags.name,
        replicas: flags.replicas,
        config: flags.path.unwrap_or_else(|| setting.trim_start_matches("file://").to_owned()),
    };
    printer::data(generate(scheduler, &contract, &wishes))
}

/// Holds the files of schedulers against a configuration, and gives the exit status.
pub(crate) fn check_against(file: &Path, against: &Against, environment: &BTreeMap<String, String>) -> u8 {
    let mut status = 0;
    for manifest in &against.files {
        let report = match look(file, manifest, against, environment) {
            Ok(report) => report,
            Err(reason) => return refuse(&reason),
        };
        if !report.is_empty() {
            printer::talk(report.render(offline::style(environment)).trim_end());
        }
        if report.errors() > 0 {
            status = FAILED;
        } else {
            printer::data(format!("{} agrees with {}\n", manifest.display(), file.display()));
        }
    }
    status
}

impl From<Whose> for Scheduler {
    fn from(whose: Whose) -> Self {
        match whose {
            Whose::Compose => Self::Compose,
            Whose::Swarm => Self::Swarm,
            Whose::Kubernetes => Self::Kubernetes,
            Whose::Nomad => Self::Nomad,
            Whose::Marathon => Self::Marathon,
            Whose::Systemd => Self::Systemd,
        }
    }
}

fn look(
    file: &Path,
    manifest: &Path,
    against: &Against,
    environment: &BTreeMap<String, String>,
) -> Result<Report, String> {
    let name = manifest.display().to_string();
    let text = std::fs::read_to_string(manifest).map_err(|error| format!("{name}: {error}"))?;
    let scheduler = against.scheduler.map(Into::into);
    let unreadable = |unreadable: gyropilot_manifest::Unreadable| {
        let found = diagnostic(&text, Severity::Error, unreadable.line, unreadable.reason, Vec::new());
        Report::new(name.clone(), vec![found])
    };
    let given = match given(&text, scheduler) {
        Ok(given) => given,
        Err(error) => return Ok(unreadable(error)),
    };
    let contract = contract(&Source::from_argument(file), environment, given)?;
    Ok(match check(&text, scheduler, against.container.as_deref(), &contract) {
        Ok((_, found)) => Report::new(name, found.into_iter().map(|one| shown(&text, one)).collect()),
        Err(error) => unreadable(error),
    })
}

/// What a configuration needs. What its template reads and nobody gives is made up.
fn contract(
    source: &Source,
    environment: &BTreeMap<String, String>,
    given: BTreeMap<String, String>,
) -> Result<Contract, String> {
    let document = source.read().map_err(|error| error.to_string())?;
    let read = variables(&document.text);
    let mut known = environment.clone();
    known.extend(given);
    for variable in read.iter().filter(|variable| !variable.is_optional) {
        known.entry(variable.name.clone()).or_insert_with(|| "1".to_owned());
    }
    let plan = planned(&document, &known)?;
    Ok(Contract::new(&plan, read, environment.clone()))
}

fn planned(document: &Document, known: &BTreeMap<String, String>) -> Result<gyropilot_model::Plan, String> {
    let addresses = addresses().unwrap_or_default();
    let host = Host { hostname: &hostname(), addresses: &addresses, env: known, elsewhere: true };
    load(document, &host).map(|loaded| loaded.plan).map_err(|report| report.to_string())
}

fn shown(text: &str, found: Contradiction) -> Diagnostic {
    let severity = match found.gravity {
        Gravity::Contradiction => Severity::Error,
        Gravity::Advice => Severity::Warning,
    };
    diagnostic(text, severity, found.line, found.message, vec![found.hint])
}

/// Something about a whole line.
fn diagnostic(
    text: &str,
    severity: Severity,
    line: usize,
    message: String,
    hints: Vec<String>,
) -> Diagnostic {
    let shown = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
    let start = shown.len() - shown.trim_start().len();
    let span = start..shown.trim_end().len().max(start);
    let column = shown.chars().take_while(|c| c.is_whitespace()).count() + 1;
    let mark = Mark { line, column, text: shown, span, label: String::new(), primary: true };
    Diagnostic { severity, message, marks: vec![mark], rendered: None, hints }
}

fn refuse(reason: &str) -> u8 {
    let begin = if reason.starts_with("error: ") { "" } else { "error: " };
    printer::talk(format_args!("{begin}{}", reason.trim_end()));
    FAILED
}
