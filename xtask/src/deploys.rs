//! Deploys of the storefront under load: images, then the program that watches.

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::{images, run};

/// What the program and the scripts need beside Docker.
const PROGRAMS: &[(&str, &str)] = &[("docker-compose", "docker-compose")];
const PACKAGE: [&str; 5] = ["run", "--quiet", "--locked", "--package", "gyropilot-deploys"];

/// Runs it, with these options.
pub(crate) fn run(options: &[&str]) -> Result<ExitCode> {
    let asks = options.iter().any(|option| matches!(*option, "--help" | "-h" | "help"));
    if !asks {
        ready()?;
    }
    let mut cargo = run::command("cargo", &PACKAGE);
    let status = cargo.arg("--").args(options).status().context("the program cannot be run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ready() -> Result<()> {
    run::ensure(PROGRAMS)?;
    images::build()?;
    images::share_with_podman()
}
