//! The Autopilot Pattern in one static binary.
//!
//! The name it is called by decides what it is: `consul-template` renders
//! files from the catalogue; `containerpilot` is the pilot with the original's
//! command line and nothing else; any other name is Gyropilot, which has
//! commands of its own beside that.

mod ask;
mod catalog_command;
mod check;
mod command_line;
mod commands;
mod consul;
mod errands;
mod manifest_command;
mod migrate;
mod offline;
mod pilot;
mod plan_command;
mod printer;
mod probe_command;
mod render;
mod runtime;
mod schema;
mod table;
mod template_command;
mod test_command;
mod ui_command;
mod written_plan;

use std::collections::BTreeMap;
use std::process::ExitCode;

/// The name under which the binary is consul-template.
pub(crate) const CONSUL_TEMPLATE: &str = "consul-template";

fn main() -> ExitCode {
    // Before anything else: what children inherit is decided here.
    let readied = gyropilot_kernel::start();
    let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let called = words.next().unwrap_or_default();
    let name = called.rsplit('/').next().unwrap_or_default();
    let words: Vec<String> = words.collect();
    // What templates can name; the rest of it is inherited all the same.
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    if let Err(error) = readied {
        printer::talk(format_args!("orphans will not be reaped: {error}"));
    }
    let status = match (name, words.first().map(String::as_str)) {
        (CONSUL_TEMPLATE, _) => template_command::run(&words, environment),
        ("containerpilot", _) => command_line::pilot(&words, environment),
        (_, Some(CONSUL_TEMPLATE)) => template_command::run(words.get(1..).unwrap_or_default(), environment),
        (_, Some(word)) if command_line::is_command(word) => command_line::command(&words, environment),
        _ => command_line::pilot(&words, environment),
    };
    ExitCode::from(status)
}
