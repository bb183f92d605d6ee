//! Runs programs and turns their failures into sentences.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::process::{Command, Output, Stdio};

use anyhow::{Result, bail};

use crate::workspace;

/// A command that runs at the root of the repository, without standard input.
pub(crate) fn command(program: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace::root()).stdin(Stdio::null());
    command
}

/// Runs to the end, output passed on.
pub(crate) fn inherit(program: &str, arguments: &[impl AsRef<OsStr>]) -> Result<()> {
    finish(&mut command(program, arguments))
}

/// Runs a prepared command to the end, output passed on.
pub(crate) fn finish(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| missing(command, &error))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs to the end and gives what was written to standard output; both outputs
/// are part of the error when it fails.
pub(crate) fn output(program: &str, arguments: &[impl AsRef<OsStr>]) -> Result<String> {
    collect(&mut command(program, arguments))
}

/// As [`output`], for a prepared command.
pub(crate) fn collect(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } = command.output().map_err(|error| missing(command, &error))?;
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if !status.success() {
        bail!("{} ended with {status}\n{}{}", shown(command), stdout, stderr.trim_end());
    }
    Ok(stdout.into_owned())
}

/// Runs to the end with both outputs passed on line by line, each shown to `line`.
/// The result says whether the program succeeded.
pub(crate) fn tee(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool> {
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().map_err(|error| missing(command, &error))?;
    // The command holds this side's copies of the pipe; without letting go of
    // them the reader would never see its end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    for text in BufReader::new(reader).split(b'\n') {
        let text = text?;
        let text = String::from_utf8_lossy(&text);
        println!("{text}");
        line(&text);
    }
    Ok(child.wait()?.success())
}

/// Whether a program of this name can be run at all.
pub(crate) fn exists(program: &str) -> bool {
    match command(program, &["--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// Packages that have to be on the machine itself; installed when the program
/// that each is known by is missing.
pub(crate) fn ensure(needs: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> =
        needs.iter().filter(|(program, _)| !exists(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(", "));
    if !nix::unistd::geteuid().is_root() {
        bail!("{0} not installed\nhint: as root: apt-get install {0}", missing.join(" "));
    }
    output("apt-get", &["update"])?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(missing);
    collect(command("apt-get", &arguments).env("DEBIAN_FRONTEND", "noninteractive")).map(drop)
}

fn missing(command: &Command, error: &std::io::Error) -> anyhow::Error {
    anyhow::anyhow!("{} cannot be run: {error}", shown(command))
}

fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}
