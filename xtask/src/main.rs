//! The project's chores: building, testing, generating, demonstrating.
//!
//! A developer's tool, run by `cargo xtask`; nothing of it is shipped.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper, clock and file writer; a build tool has none of them"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to a developer is all it does")]

mod debian;
mod demo;
mod deploys;
mod generate;
mod images;
mod interrupt;
mod python;
mod release;
mod run;
mod tools;
mod verify;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use demo::Catalogue;

const HELP: &str = "\
cargo xtask test                         everything that has to hold, as the continuous integration runs it
cargo xtask demo [--consul] [--check]    the storefront: sales, customers and nginx under Gyropilot, with its own
                                         catalogue or with Consul
cargo xtask demo scale SERVICE=COUNT     from a second terminal: sales=4, customers=1
cargo xtask build                        the static release binary, checked for size
cargo xtask images                       the storefront's Docker images, with what they need
cargo xtask deploys [OPTION...]          deploys the storefront on Docker under load, and writes DEPLOYS.md; --help
                                         tells more
cargo xtask generate [--check]           rewrites the generated files, or says which ones drifted
cargo xtask tools [NAME...]              unpacks the programs that tests run beside the pilot into target/tools
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<ExitCode> {
    match words {
        // It has reported by itself, and its count is to be the last line.
        ["test"] => return verify::run(),
        ["demo"] => demo::follow(Catalogue::Embedded)?,
        ["demo", "--consul"] => demo::follow(Catalogue::Consul)?,
        ["demo", "--check"] => demo::check(Catalogue::Embedded)?,
        ["demo", "--consul", "--check"] | ["demo", "--check", "--consul"] => demo::check(Catalogue::Consul)?,
        ["demo", "scale", wish] => demo::scale(wish)?,
        ["build"] => drop(release::build()?),
        ["images"] => images::build()?,
        ["deploys", options @ ..] => return deploys::run(options),
        ["generate"] => generate::write()?,
        ["generate", "--check"] => generate::check()?,
        ["tools", names @ ..] => tools::unpack(names)?,
        [] | ["help" | "--help" | "-h"] => print!("{HELP}"),
        _ => bail!("no such task: {}\n\n{HELP}", words.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}
