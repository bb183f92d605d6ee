//! `consul-template`: the render room with a host to live on.

use crate::errands::Errands;
use crate::printer;
use gyropilot_catalog::consul::Consul;
use gyropilot_kernel::{Signals, SpawnSpec};
use gyropilot_model::{Exit, LogLevel};
use gyropilot_render::{CommandEnd, CommandTask, ExitCode, Host, Invocation, Options, USAGE};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::rc::Rc;
use std::time::SystemTime;
use tokio::sync::mpsc;

/// The process that renders, as the render room sees it.
struct Terminal {
    environment: BTreeMap<String, String>,
    errands: Rc<Errands>,
}

/// Does what a command line asks for and gives the exit status.
pub(crate) fn run(words: &[String], environment: BTreeMap<String, String>) -> u8 {
    let base = match crate::consul::of_environment(&environment) {
        Ok(base) => base,
        Err(reason) => {
            printer::talk(reason);
            return ExitCode::Config.status();
        }
    };
    let options = match gyropilot_render::parse(words, base, |name| environment.get(name).cloned()) {
        Ok(Invocation::Run(options)) => options,
        Ok(Invocation::Version) => {
            printer::talk(format_args!("consul-template by gyropilot v{}", env!("CARGO_PKG_VERSION")));
            return 0;
        }
        Ok(Invocation::Help) => {
            printer::talk(USAGE.trim_end());
            return 0;
        }
        Err(error) => {
            printer::talk(&error);
            return error.exit_code().status();
        }
    };
    let client = match Consul::new(&options.consul) {
        Ok(client) => client,
        Err(error) => {
            printer::talk(format_args!("cannot use this Consul: {error}"));
            return ExitCode::Config.status();
        }
    };
    let runtime = match crate::runtime::build() {
        Ok(runtime) => runtime,
        Err(error) => {
            printer::talk(format_args!("cannot start: {error}"));
            return ExitCode::Error.status();
        }
    };
    let end = tokio::task::LocalSet::new().block_on(&runtime, render(&options, client, environment));
    runtime.shutdown_background();
    end.unwrap_or_else(|error| {
        printer::talk(format_args!("cannot listen for signals: {error}"));
        ExitCode::Error
    })
    .status()
}

async fn render(
    options: &Options,
    client: Consul,
    environment: BTreeMap<String, String>,
) -> std::io::Result<ExitCode> {
    let (mut signals, errands) = (Signals::listen()?, Errands::listen()?);
    let (sender, mut received) = mpsc::unbounded_channel();
    tokio::task::spawn_local(async move { while sender.send(signals.next().await).is_ok() {} });
    let terminal = Rc::new(Terminal { environment, errands });
    Ok(gyropilot_render::run(options, Rc::new(client), terminal, &mut received).await)
}

// === impl Terminal ===

impl Host for Terminal {
    fn log(&self, level: LogLevel, message: &str) {
        let message = format!("[{}] {message}", word(level));
        printer::talk(printer::stamped(&message, self.now()).trim_end());
    }

    fn output(&self, bytes: &[u8]) {
        printer::data(bytes);
    }

    fn env(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    fn now(&self) -> SystemTime {
        self.errands.wall()
    }

    async fn run(&self, task: &CommandTask) -> CommandEnd {
        let added = task.env.iter().map(|(name, value)| (name, value));
        let spec = SpawnSpec {
            args: task.command.args.iter().map(OsString::from).collect(),
            env: self
                .environment
                .iter()
                .chain(added)
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            ..SpawnSpec::new(&task.command.program)
        };
        match tokio::time::timeout(task.timeout, self.errands.run(&spec)).await {
            Ok(Ok(exit)) => CommandEnd::Exited(exit),
            Ok(Err(error)) => {
                self.log(LogLevel::Error, &format!("(exec) {}: {error}", task.command.program));
                CommandEnd::Exited(Exit::NotStarted)
            }
            Err(_) => CommandEnd::TimedOut,
        }
    }
}

const fn word(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO",
        LogLevel::Warn => "WARN",
        LogLevel::Error | LogLevel::Fatal | LogLevel::Panic => "ERR",
    }
}
