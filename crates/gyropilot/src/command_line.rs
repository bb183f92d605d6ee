//! The command lines: the original's, and Gyropilot's own commands.

use crate::ask::{self, Request};
use crate::commands::{CommandLine, Commands, CompletionShell, NAME, USAGE, Wanted};
use crate::pilot::{self, Setting};
use crate::plan_command::Other;
use crate::{
    catalog_command, check, manifest_command, migrate, plan_command, printer, probe_command, render, schema,
    test_command, ui_command,
};
use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use gyropilot_config::Source;
use gyropilot_kernel::{Kernel, Linux};
use gyropilot_model::{Order, Signal, parse_duration};
use gyropilot_render::go_flags::{FlagError, Words};
use gyropilot_render::{ReplaceOptions, replace};
use std::collections::BTreeMap;
use std::time::Duration;

/// Is this word one of our own commands, rather than a flag or an application?
pub(crate) fn is_command(word: &str) -> bool {
    // A list, since asking clap would cost every start of a pilot.
    matches!(
        word,
        "help"
            | "--help"
            | "-h"
            | "-help"
            | "--version"
            | "catalog"
            | "check"
            | "completions"
            | "events"
            | "generate"
            | "graph"
            | "maintenance"
            | "migrate"
            | "ping"
            | "plan"
            | "probe"
            | "put-env"
            | "put-metric"
            | "reload"
            | "render"
            | "restart"
            | "run-once"
            | "schema"
            | "signal"
            | "start"
            | "status"
            | "stop"
            | "test"
            | "ui"
            | "why"
    )
}

/// Runs one of our own commands.
pub(crate) fn command(words: &[String], environment: BTreeMap<String, String>) -> u8 {
    let parsed = match words.first().map(String::as_str) {
        Some("--version") => return version(),
        Some("-help" | "-h") => CommandLine::try_parse_from(["gyropilot", "--help"]),
        _ => {
            // As the pilot itself has it; what a catalogue is asked may be words for somebody else.
            let is_ours = words.first().is_some_and(|word| word != "catalog");
            let ours = |word: &str| is_ours && word == "-config";
            let words = words.iter().map(|word| if ours(word) { "--config" } else { word.as_str() });
            CommandLine::try_parse_from(std::iter::once("gyropilot").chain(words))
        }
    };
    let order = |order, pilot| ask::run(Request::Order(order), pilot, &environment);
    match parsed.map(|line| line.command) {
        Ok(Commands::Check { file, quiet, against }) if against.files.is_empty() => {
            check::run(&file, quiet, &environment)
        }
        Ok(Commands::Check { file, against, .. }) => {
            manifest_command::check_against(&file, &against, &environment)
        }
        Ok(Commands::Generate { scheduler, flags }) => {
            manifest_command::generate_for(scheduler.into(), flags, &environment)
        }
        Ok(Commands::Plan { file, against, socket }) => {
            let other = against.map_or(Other::Pilot(socket), Other::File);
            plan_command::run(&file, other, &environment)
        }
        Ok(Commands::Migrate { old, out, application }) => {
            migrate::run(&old, &out, &application, &environment)
        }
        Ok(Commands::Probe { target, timeout }) => probe_command::run(&target, &timeout),
        Ok(Commands::Status { ready: true, wait, pilot, .. }) => match wait.as_deref().map(parse_duration) {
            None => ask::run(Request::Ready { within: Duration::ZERO }, pilot, &environment),
            Some(Ok(within)) => ask::run(Request::Ready { within }, pilot, &environment),
            Some(Err(error)) => {
                printer::talk(format_args!("error: --wait: {error}"));
                2
            }
        },
        Ok(Commands::Status { json, pilot, .. }) => ask::run(Request::Status { json }, pilot, &environment),
        Ok(Commands::Why { job, json, pilot }) => ask::run(Request::Why { job, json }, pilot, &environment),
        Ok(Commands::Events { follow, since, json, pilot }) => {
            ask::run(Request::Events { since, follow, json }, pilot, &environment)
        }
        Ok(Commands::Graph { format, file: Some(file), .. }) => ask::graph_of(&file, format, &environment),
        Ok(Commands::Graph { format, pilot, .. }) => ask::run(Request::Graph(format), pilot, &environment),
        Ok(Commands::Start { job, pilot }) => order(Order::Start { job }, pilot),
        Ok(Commands::Stop { job, pilot }) => order(Order::Stop { job }, pilot),
        Ok(Commands::Restart { job, pilot }) => order(Order::Restart { job }, pilot),
        Ok(Commands::RunOnce { job, pilot }) => order(Order::RunOnce { job }, pilot),
        Ok(Commands::Signal { signal, job, pilot }) => match Signal::from_name(&signal) {
            Some(signal) => order(Order::Signal { job, signal }, pilot),
            None => {
                printer::talk(format_args!("error: no signal is called {signal:?}"));
                2
            }
        },
        Ok(Commands::Reload { pilot }) => order(Order::Reload, pilot),
        Ok(Commands::Maintenance { wanted, pilot }) => {
            order(Order::Maintenance { on: matches!(wanted, Wanted::Enable) }, pilot)
        }
        Ok(Commands::Ping { pilot }) => ask::run(Request::Ping, pilot, &environment),
        Ok(Commands::PutEnv { variables, pilot }) => {
            ask::run(Request::PutEnvironment(ask::variables(&variables)), pilot, &environment)
        }
        Ok(Commands::PutMetric { values, pilot }) => match ask::values(&values) {
            Ok(values) => ask::run(Request::PutMetrics(values), pilot, &environment),
            Err(word) => {
                printer::talk(format_args!("error: {word:?} gives no value; write NAME=VALUE"));
                2
            }
        },
        Ok(Commands::Test { files, json }) => test_command::run(&files, json, &environment),
        Ok(Commands::Catalog { flags, verb: None }) => catalog_command::serve(&flags),
        Ok(Commands::Catalog { verb: Some(verb), .. }) => catalog_command::run(verb, &environment),
        Ok(Commands::Ui { which, listen }) => ui_command::run(&which, listen, &environment),
        Ok(Commands::Schema) => schema::run(),
        Ok(Commands::Completions { shell }) => completions(shell),
        Ok(Commands::Render { data, template }) => render::run(&data, &template),
        Ok(Commands::ConsulTemplate { arguments }) => crate::template_command::run(&arguments, environment),
        Err(told) => {
            let text = told.render().to_string();
            if told.use_stderr() {
                printer::talk(text.trim_end());
            } else {
                printer::data(text);
            }
            u8::try_from(told.exit_code()).unwrap_or(2)
        }
    }
}

/// What a shell reads to complete our commands.
fn completions(shell: CompletionShell) -> u8 {
    let mut script = Vec::new();
    let command = &mut CommandLine::command();
    match shell {
        CompletionShell::Bash => clap_complete::generate(Shell::Bash, command, NAME, &mut script),
        CompletionShell::Zsh => clap_complete::generate(Shell::Zsh, command, NAME, &mut script),
        CompletionShell::Fish => clap_complete::generate(Shell::Fish, command, NAME, &mut script),
    }
    printer::data(script)
}

/// The original's command line.
#[derive(Default)]
struct PilotLine {
    config: Option<String>,
    template: bool,
    out: Option<String>,
    version: bool,
    help: bool,
    reload: bool,
    maintenance: Option<String>,
    variables: Vec<String>,
    metrics: Vec<String>,
    ping: bool,
    /// The application and its arguments.
    rest: Vec<String>,
}

/// Runs the pilot by the original's command line.
pub(crate) fn pilot(words: &[String], mut environment: BTreeMap<String, String>) -> u8 {
    let line = match PilotLine::read(words) {
        Ok(line) => line,
        Err(error) => {
            printer::talk(format_args!("{error}\n{USAGE}"));
            return 2;
        }
    };
    if line.help {
        return printer::data(format!("{USAGE}\n"));
    }
    if line.version {
        return version();
    }
    // Before the configuration is read: it may ask for it.
    environment.insert("CONTAINERPILOT_PID".to_owned(), std::process::id().to_string());
    let told = line.told();
    let given = line.config.filter(|given| !given.is_empty());
    let inherited = || environment.get("CONTAINERPILOT").filter(|inherited| !inherited.is_empty()).cloned();
    let Some(setting) = given.or_else(inherited) else {
        return fail(
            "-config flag is required: file://PATH, a path or the text itself; or set CONTAINERPILOT",
        );
    };
    let source = Source::from_setting(&setting);
    if line.template {
        // Who names the configuration as version 3 of the original does names the target so, too.
        let plainly = matches!(source, Source::File(_)) && !setting.starts_with("file://");
        return write_template(&source, line.out.as_deref().unwrap_or("-"), plainly, &environment);
    }
    match told {
        Ok(None) => {}
        Ok(Some((flag, request))) => {
            let failed = |reason| fail(&format!("{flag}: failed to run subcommand: {reason}"));
            return ask::by_flag(request, &setting, &environment).unwrap_or_else(failed);
        }
        Err(reason) => {
            printer::talk(format_args!("{reason}\n{USAGE}"));
            return 2;
        }
    }
    pilot::run(Setting { source, arguments: line.rest, environment })
}

// === impl PilotLine ===

impl PilotLine {
    fn read(words: &[String]) -> Result<Self, FlagError> {
        let mut line = Self::default();
        let mut words = Words::new(words);
        while let Some(word) = words.next_flag()? {
            match word.name {
                "config" => line.config = Some(words.value(&word)?.to_owned()),
                "template" => line.template = word.switch()?,
                "out" => line.out = Some(words.value(&word)?.to_owned()),
                "version" => line.version = word.switch()?,
                "reload" => line.reload = word.switch()?,
                "maintenance" => line.maintenance = Some(words.value(&word)?.to_owned()),
                "putenv" => line.variables.push(words.value(&word)?.to_owned()),
                "putmetric" => line.metrics.push(words.value(&word)?.to_owned()),
                "ping" => line.ping = word.switch()?,
                "h" | "help" => {
                    line.help = true;
                    return Ok(line);
                }
                unknown => return Err(FlagError::Unknown(unknown.to_owned())),
            }
        }
        line.rest = words.rest().to_vec();
        Ok(line)
    }
}

impl PilotLine {
    /// What a running pilot is to be told, and by which flag: the first one counts, in the original's order.
    fn told(&self) -> Result<Option<(&'static str, Request)>, String> {
        if self.reload {
            return Ok(Some(("-reload", Request::Reload)));
        }
        match self.maintenance.as_deref().filter(|word| !word.is_empty()) {
            Some("enable") => return Ok(Some(("-maintenance", Request::Maintenance(true)))),
            Some("disable") => return Ok(Some(("-maintenance", Request::Maintenance(false)))),
            // The original took any other word for `disable`.
            Some(other) => {
                return Err(format!("invalid value {other:?} for -maintenance: enable or disable"));
            }
            None => {}
        }
        if !self.variables.is_empty() {
            let variables = ask::variables(&self.variables);
            return Ok(Some(("-putenv", Request::PutEnvironment(variables))));
        }
        if !self.metrics.is_empty() {
            let wrong = |word| format!("invalid value {word:?} for -putmetric: write NAME=VALUE");
            let values = ask::values(&self.metrics).map_err(wrong)?;
            return Ok(Some(("-putmetric", Request::PutMetrics(values))));
        }
        Ok(self.ping.then_some(("-ping", Request::Ping)))
    }
}

/// `-template`: the configuration after its templates were applied, unchecked.
fn write_template(source: &Source, out: &str, plainly: bool, environment: &BTreeMap<String, String>) -> u8 {
    let document = match source.read() {
        Ok(document) => document,
        Err(error) => return fail(&error.to_string()),
    };
    let rendered = match gyropilot_config::render(&document, environment) {
        Ok(rendered) => rendered,
        Err(report) => return fail(&report.to_string()),
    };
    match (out, out.strip_prefix("file://").or(Some(out).filter(|_| plainly))) {
        ("-" | "", _) => printer::data(rendered.text()),
        (_, Some(path)) => {
            let options =
                ReplaceOptions { create_folders: false, plainly: true, ..ReplaceOptions::default() };
            match replace(path.as_ref(), rendered.text().as_bytes(), &options) {
                Ok(_) => 0,
                Err(error) => fail(&format!("Could not write config file: {error}")),
            }
        }
        _ => fail(&format!("-render flag is invalid: '{out}'")),
    }
}

/// Fails before there is a log, in its default form and place.
pub(crate) fn fail(reason: &str) -> u8 {
    printer::data(printer::stamped(reason, Linux::new([]).wall()));
    1
}

fn version() -> u8 {
    printer::data(format!(
        "Version: {}\nGitHash: {}\n",
        env!("CARGO_PKG_VERSION"),
        option_env!("GYROPILOT_GIT_HASH").unwrap_or("unknown")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_command_is_known_by_its_first_word() {
        for command in CommandLine::command().get_subcommands() {
            let name = command.get_name();
            assert!(is_command(name) || name == crate::CONSUL_TEMPLATE, "{name}");
        }
    }
}
