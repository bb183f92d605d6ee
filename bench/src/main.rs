//! Measures Gyropilot beside its peers, in one run, and writes BENCHMARKS.md.
//!
//! A program for people: nothing here is a test, and no figure fails a build.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper, clock and file writer; this program measures it from outside"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to a developer is all it does")]

mod application;
mod catalogue;
mod clock;
mod consul;
mod contender;
mod control;
mod crew;
mod crowd;
mod figures;
mod glue;
mod greeting;
mod http;
mod machine;
mod mailbox;
mod plot;
mod port;
mod procfs;
mod proxy;
mod report;
mod results;
mod running;
mod sample;
mod stage;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::stage::Stage;

const HELP: &str = "\
cargo run --release -p gyropilot-bench -- [OPTION...]

  --binary PATH  the pilot to measure (default: what `cargo xtask build` makes)
  --only NAME    one figure, may be given several times; the others stay as they are
  --quick        fewer runs, shorter waits; nothing is written
  --list         the names of the figures
";

struct Options {
    binary: Option<String>,
    only: Vec<String>,
    quick: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.split_first() {
        // The same program is also what the supervisors run.
        Some((word, rest)) if word == application::WORD => return application::run(rest),
        Some((word, _)) if matches!(word.as_str(), "help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some((word, _)) if word == "--list" => {
            figures::ALL.iter().for_each(|(name, _)| println!("{name}"));
            Ok(())
        }
        _ => options(&words).and_then(|options| measure(&options)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn options(words: &[String]) -> Result<Options> {
    let mut options = Options { binary: None, only: Vec::new(), quick: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().cloned().with_context(|| format!("{word} needs a value\n\n{HELP}"));
        match word.as_str() {
            "--binary" => options.binary = Some(value()?),
            "--only" => options.only.push(value()?),
            "--quick" => options.quick = true,
            _ => bail!("no such option: {word}\n\n{HELP}"),
        }
    }
    if let Some(name) = options.only.iter().find(|only| !figures::ALL.iter().any(|(name, _)| name == only)) {
        bail!("no figure is called {name:?}; --list names them");
    }
    Ok(options)
}

fn measure(options: &Options) -> Result<()> {
    let stage = Stage::set(options.binary.as_deref(), options.quick)?;
    for (name, figure) in figures::ALL {
        if !options.only.is_empty() && !options.only.iter().any(|only| only == name) {
            continue;
        }
        eprintln!("measuring: {name}");
        let figure = figure(&stage).with_context(|| format!("the figure {name}"))?;
        println!("{}", figure.markdown(|plot| results::drawing(name, plot)));
        if !options.quick {
            results::keep(name, &figure)?;
        }
    }
    if options.quick {
        return Ok(());
    }
    let path = stage::root().join("BENCHMARKS.md");
    let text = report::document(&machine::describe()?, stage.binary_bytes()?, &results::all()?);
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    println!("written: {}", path.display());
    Ok(())
}
