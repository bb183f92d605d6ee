//! What the supervisors supervise: this same program in small roles.
//!
//! Every contender runs the very same file, so what it costs itself is in all
//! figures alike.

use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::clock;
use crate::greeting::Protocol;

/// The first word of the command line in these roles.
pub(crate) const WORD: &str = "child";

/// Carries the moment of the supervisor's exec to the application.
const LAUNCHED: &str = "BENCH_LAUNCHED";

/// Plays the role that the words name.
pub(crate) fn run(words: &[String]) -> ExitCode {
    // First of all: this moment is what is measured.
    let now = clock::now();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["pass"] => ExitCode::SUCCESS,
        ["stamp", path, subject] => report(now, path, subject),
        // As a program that breaks at once.
        ["fail", path, subject] => {
            report(now, path, subject);
            ExitCode::FAILURE
        }
        ["ask", protocol, port] => match (Protocol::of(protocol), port.parse()) {
            (Some(protocol), Ok(port)) => {
                protocol.ask(port).map_or_else(|why| failed(&why), |()| ExitCode::SUCCESS)
            }
            _ => failed(&format_args!("no such server: {protocol} {port}")),
        },
        ["serve", path, subject] => {
            report(now, path, subject);
            // Until a signal comes; SIGTERM's default effect ends it at once.
            loop {
                std::thread::park();
            }
        }
        ["flood", bytes] => flood(bytes.parse().unwrap_or(0)),
        ["launch", program, arguments @ ..] => launch(program, arguments),
        ["launch-with-proc", program, arguments @ ..] => {
            // What the supervisor reads there must be its own namespace, as in a container.
            match mount(Some("proc"), "/proc", Some("proc"), MsFlags::empty(), None::<&str>) {
                Ok(()) => launch(program, arguments),
                Err(error) => failed(&error),
            }
        }
        ["launch-as-pid-1", program, arguments @ ..] => as_first_process(program, arguments),
        _ => failed(&format_args!("no such role: {words:?}")),
    }
}

/// Sends a letter; see [`crate::mailbox`].
fn report(now: u64, path: &str, subject: &str) -> ExitCode {
    let launched = std::env::var(LAUNCHED).unwrap_or_default();
    let sent = UnixDatagram::unbound()
        .and_then(|socket| socket.send_to(format!("{subject} {now} {launched}").as_bytes(), path));
    match sent {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// Becomes the program, which then knows when that was.
fn launch(program: &str, arguments: &[&str]) -> ExitCode {
    let mut command = Command::new(program);
    command.args(arguments).env(LAUNCHED, clock::now().to_string());
    failed(&command.exec())
}

fn as_first_process(program: &str, arguments: &[&str]) -> ExitCode {
    let run = || -> anyhow::Result<bool> {
        unshare(CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS)?;
        // What is mounted below is not to be seen outside.
        mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
        // The child after `unshare` is the first process of the new namespace.
        let mut first = Command::new(std::env::current_exe()?);
        let status = first.args([WORD, "launch-with-proc", program]).args(arguments).status()?;
        Ok(status.success())
    };
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(&error),
    }
}

/// Writes lines of 100 bytes.
fn flood(bytes: u64) -> ExitCode {
    use std::io::Write as _;
    let line = [b"x".repeat(99), b"\n".to_vec()].concat();
    let block = line.repeat(640);
    let mut out = std::io::stdout().lock();
    let mut left = bytes;
    while left > 0 {
        let part = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Err(error) = out.write_all(block.get(..part).unwrap_or_default()) {
            return failed(&error);
        }
        left -= part as u64;
    }
    ExitCode::SUCCESS
}

fn failed(why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(111)
}
