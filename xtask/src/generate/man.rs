//! man/*.1: the commands as man pages.

use anyhow::Result;
use clap::CommandFactory as _;
use clap_mangen::Man;

/// The definitions that the binary has, from its own file: it is no library.
#[path = "../../../crates/gyropilot/src/commands/mod.rs"]
#[allow(dead_code, reason = "what the commands do with their arguments is not looked at here")]
mod commands;

/// Every page: its name below the root of the repository, and its text.
pub(super) fn pages() -> Result<Vec<(String, String)>> {
    let mut program = commands::CommandLine::command();
    program.build();
    // It has no page: `gyropilot help` says what the pages say.
    program = program.mut_subcommand("help", |help| help.hide(true));
    let mut pages =
        vec![(path(commands::NAME), text(commands::NAME, program.clone(), Some(commands::USAGE))?)];
    below(commands::NAME, &program, &mut pages)?;
    Ok(pages)
}

/// The pages of the commands that a command has.
fn below(of: &str, program: &clap::Command, pages: &mut Vec<(String, String)>) -> Result<()> {
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("{of}-{}", command.get_name());
        let command = match command.find_subcommand("help") {
            Some(_) => command.clone().mut_subcommand("help", |help| help.hide(true)),
            None => command.clone(),
        };
        below(&name, &command, pages)?;
        pages.push((path(&name), text(&name, command, None)?));
    }
    Ok(())
}

fn path(name: &str) -> String {
    format!("man/{name}.1")
}

/// A page without a date and a version, which would differ without anything having changed.
fn text(name: &str, command: clap::Command, pilot: Option<&str>) -> Result<String> {
    let man = Man::new(command).title(name.to_uppercase()).source("Gyropilot").manual("Gyropilot").date("");
    let mut page = Vec::new();
    man.render(&mut page)?;
    let mut page = String::from_utf8(page)?;
    if let Some(usage) = pilot {
        page.push_str(".SH \"AS THE PILOT\"\n.nf\n");
        for line in usage.lines() {
            page.push_str(&line.replace('\\', "\\\\").replace('-', "\\-"));
            page.push('\n');
        }
        page.push_str(".fi\n");
    }
    Ok(page)
}
