//! A host that runs no commands and remembers what it was told.

use gyropilot_model::{Exit, LogLevel};
use gyropilot_render::{CommandEnd, CommandTask, Host};
use std::cell::RefCell;
use std::future::Future;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

pub(crate) struct QuietHost {
    pub(crate) log: RefCell<Vec<String>>,
    pub(crate) commands: RefCell<Vec<CommandTask>>,
    /// Counts log lines and commands, so that a test can wait for them.
    pub(crate) ticks: watch::Sender<u64>,
}

impl QuietHost {
    pub(crate) fn new() -> Self {
        Self { log: RefCell::default(), commands: RefCell::default(), ticks: watch::Sender::new(0) }
    }
}

impl Host for QuietHost {
    fn log(&self, _: LogLevel, message: &str) {
        self.log.borrow_mut().push(message.to_owned());
        self.ticks.send_modify(|count| *count += 1);
    }

    fn output(&self, _: &[u8]) {}

    fn env(&self, name: &str) -> Option<String> {
        let known = [("USER", "jo doe"), ("HAPROXY_SSL", "true"), ("MAXCONN", "")];
        known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    /// 2009-02-03 04:05:06 UTC.
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_233_633_906)
    }

    fn run(&self, task: &CommandTask) -> impl Future<Output = CommandEnd> {
        self.commands.borrow_mut().push(task.clone());
        self.ticks.send_modify(|count| *count += 1);
        std::future::ready(CommandEnd::Exited(Exit::Code(0)))
    }
}
