//! `consul-template`: the render room with a host to live on.

use crate::printer;
use gyropilot_catalog::consul::Consul;
use gyropilot_config::{Document, Host as ConfigHost, load};
use gyropilot_kernel::{Kernel, Linux, Pid, Reaper, Signals, SpawnSpec, Target};
use gyropilot_model::{CatalogConfig, ConsulConfig, Exit, LogLevel, Signal};
use gyropilot_render::{CommandEnd, CommandTask, ExitCode, Host, Invocation, Options, USAGE};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::rc::Rc;
use std::time::SystemTime;
use tokio::sync::{mpsc, oneshot};

/// What a command's end is waited for with.
type Waiting = BTreeMap<Pid, oneshot::Sender<Exit>>;

/// The process that renders, as the render room sees it.
struct Terminal {
    environment: BTreeMap<String, String>,
    kernel: RefCell<Linux>,
    waiting: RefCell<Waiting>,
}

/// A command that runs; its group is killed when nobody waits for it any more.
struct Running<'a> {
    terminal: &'a Terminal,
    pid: Pid,
    ended: bool,
}

/// Does what a command line asks for and gives the exit status.
pub(crate) fn run(words: &[String], environment: BTreeMap<String, String>) -> u8 {
    let base = match consul_from(&environment) {
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

/// What the environment says about Consul, by the rules of a configuration
/// that says nothing itself.
fn consul_from(environment: &BTreeMap<String, String>) -> Result<ConsulConfig, String> {
    let document = Document { name: "the environment".to_owned(), text: "{ \"consul\": {} }".to_owned() };
    let host = ConfigHost { hostname: "", addresses: &[], env: environment, elsewhere: false };
    match load(&document, &host).map(|loaded| loaded.plan.catalog) {
        Ok(Some(CatalogConfig::Consul(consul))) => Ok(consul),
        Ok(Some(CatalogConfig::Etcd(_)) | None) => Ok(ConsulConfig::default()),
        Err(report) => Err(report.to_string()),
    }
}

async fn render(
    options: &Options,
    client: Consul,
    environment: BTreeMap<String, String>,
) -> std::io::Result<ExitCode> {
    let (mut signals, mut reaper) = (Signals::listen()?, Reaper::listen()?);
    let terminal =
        Rc::new(Terminal { environment, kernel: RefCell::new(Linux::new([])), waiting: RefCell::default() });
    let (sender, mut received) = mpsc::unbounded_channel();
    tokio::task::spawn_local(async move { while sender.send(signals.next().await).is_ok() {} });
    let ends = Rc::clone(&terminal);
    tokio::task::spawn_local(async move {
        loop {
            let (pid, exit) = reaper.next_exit().await;
            if let Some(waiting) = ends.waiting.borrow_mut().remove(&pid) {
                let _ = waiting.send(exit);
            }
        }
    });
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
        self.kernel.borrow().wall()
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
        let spawned = self.kernel.borrow_mut().spawn(&spec);
        let pid = match spawned {
            Ok(spawned) => spawned.pid,
            Err(error) => {
                self.log(LogLevel::Error, &format!("(exec) {}: {error}", task.command.program));
                return CommandEnd::Exited(Exit::NotStarted);
            }
        };
        let (sender, exit) = oneshot::channel();
        self.waiting.borrow_mut().insert(pid, sender);
        let mut running = Running { terminal: self, pid, ended: false };
        match tokio::time::timeout(task.timeout, exit).await {
            Ok(Ok(exit)) => {
                running.ended = true;
                CommandEnd::Exited(exit)
            }
            // The reaper lives as long as we do: only time can run out.
            Ok(Err(_)) | Err(_) => CommandEnd::TimedOut,
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

// === impl Running ===

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.terminal.waiting.borrow_mut().remove(&self.pid);
            // Gone in between, or not ours to signal: nothing is left to do.
            let _ = self.terminal.kernel.borrow_mut().signal(Target::Group(self.pid), Signal::Kill);
        }
    }
}
