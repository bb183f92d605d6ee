//! Rendering, once or until told to stop.

mod board;
mod views;

#[cfg(test)]
mod tests;

use crate::command::command_line;
use crate::context::Brain;
use crate::dependency::Dependency;
use crate::replace::{ReplaceOptions, Replaced, replace};
use crate::sheet::{Pass, Sheet};
use crate::view::{News, Update, ViewSettings};
use crate::{CommandEnd, CommandTask, ExitCode, Host, Options, TemplateSpec};
use board::{Board, Due};
use gyropilot_catalog::Catalog;
use gyropilot_model::{ConsulConfig, LogLevel, Scheme, Secret, Signal, format_go_duration};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};
use views::Views;

/// The longest that a command may run, as in the original.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

/// When something is missing for this long, it is named in the log.
const NOTICE: Duration = Duration::from_secs(10);

/// Above this many views the original warns, too.
const MANY_VIEWS: usize = 128;

/// Does what the command line asks for and returns the status to end with.
///
/// With [`Options::once`] it returns when every template was rendered once;
/// otherwise when a signal ends it, a template fails, a file cannot be written
/// or a command fails. Must run inside a [`tokio::task::LocalSet`]. `signals`
/// brings the signals that this process receives; none of them is acted upon
/// elsewhere. Dropping the future kills a running command and ends all requests.
pub async fn run<H: Host + 'static>(
    options: &Options,
    catalog: Rc<dyn Catalog>,
    host: Rc<H>,
    signals: &mut UnboundedReceiver<Signal>,
) -> ExitCode {
    let mut runner = match Runner::new(options, catalog, host) {
        Ok(runner) => runner,
        Err(end) => return end,
    };
    for note in &options.notes {
        runner.log(LogLevel::Debug, &format!("(cli) {note}"));
    }
    if options.parse_only {
        return ExitCode::Ok;
    }
    let end = match runner.write_pid_file() {
        Ok(()) => runner.run(signals).await,
        Err(end) => Err(end),
    };
    runner.remove_pid_file();
    match end {
        Ok(()) => ExitCode::Ok,
        Err(End::Interrupted) => {
            runner.log(LogLevel::Info, "Cleaning up...");
            ExitCode::Interrupt
        }
        Err(End::Failed(reason)) => {
            runner.log(LogLevel::Error, &format!("(cli) {reason}"));
            ExitCode::Runner
        }
    }
}

/// Why rendering does not go on.
enum End {
    Interrupted,
    Failed(String),
}

struct Runner<'a, H> {
    options: &'a Options,
    host: Rc<H>,
    brain: Rc<Brain>,
    boards: Vec<Board>,
    views: Views,
    /// When what is missing will be named, and what was named already.
    notice: Option<Instant>,
    noticed: BTreeSet<Dependency>,
    warned_of_many: bool,
}

/// A command to be run after this round, with the template it belongs to.
struct Errand {
    line: String,
    of: String,
}

// === impl Runner ===

impl<'a, H: Host + 'static> Runner<'a, H> {
    fn new(options: &'a Options, catalog: Rc<dyn Catalog>, host: Rc<H>) -> Result<Self, ExitCode> {
        let settings =
            ViewSettings { retry: options.retry, for_ever: !options.once, max_stale: options.max_stale };
        let mut runner = Self {
            options,
            host,
            brain: Rc::default(),
            boards: Vec::new(),
            views: Views::new(catalog, settings),
            notice: None,
            noticed: BTreeSet::new(),
            warned_of_many: false,
        };
        match runner.read_templates() {
            Ok(boards) => runner.boards = boards,
            Err(reason) => {
                runner.log(LogLevel::Error, &format!("(cli) {reason}"));
                return Err(ExitCode::Runner);
            }
        }
        Ok(runner)
    }

    fn read_templates(&self) -> Result<Vec<Board>, String> {
        self.options
            .templates
            .iter()
            .map(|spec| Sheet::read(spec, &self.brain, &self.host).map(Board::new))
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())
    }

    async fn run(&mut self, signals: &mut UnboundedReceiver<Signal>) -> Result<(), End> {
        loop {
            let errands = self.render().map_err(End::Failed)?;
            for errand in errands {
                self.execute(&errand, signals).await?;
            }
            let is_due = self.boards.iter().any(|board| board.is_due(Instant::now()));
            if is_due {
                continue;
            }
            if self.options.once && self.boards.iter().all(|board| board.rendered) {
                return Ok(());
            }
            self.wait(signals).await?;
        }
    }

    /// Waits for something that makes a template due.
    async fn wait(&mut self, signals: &mut UnboundedReceiver<Signal>) -> Result<(), End> {
        let due = self.boards.iter().filter_map(Board::due_at).min();
        tokio::select! {
            biased;
            signal = next_signal(signals) => self.signal(signal),
            update = self.views.next() => {
                // What arrived together is rendered together.
                let mut update = Some(update);
                while let Some(one) = update {
                    self.take(one).map_err(End::Failed)?;
                    update = self.views.try_next();
                }
                Ok(())
            }
            () = sleep_until_some(due) => Ok(()),
            () = sleep_until_some(self.notice) => {
                self.name_what_is_missing();
                Ok(())
            }
        }
    }

    fn signal(&mut self, signal: Signal) -> Result<(), End> {
        if Some(signal) == self.options.kill_signal || signal == Signal::Term {
            return Err(End::Interrupted);
        }
        if Some(signal) == self.options.reload_signal {
            self.log(LogLevel::Info, "Reloading configuration...");
            match self.read_templates() {
                Ok(boards) => self.boards = boards,
                Err(reason) => {
                    self.log(LogLevel::Error, &format!("(cli) nothing was reloaded: {reason}"));
                }
            }
        }
        Ok(())
    }

    /// Takes in what a view has to say.
    fn take(&mut self, Update { dependency, news }: Update) -> Result<(), String> {
        match news {
            News::Data(data) => {
                self.log(LogLevel::Debug, &format!("(view) {dependency} received data"));
                if let Some(before) = self.brain.learn(&dependency, &data) {
                    self.log(
                        LogLevel::Warn,
                        &format!("(view) {dependency} has no instances any more, it had {before}"),
                    );
                }
                // Quiet times are for changes, and before everything was
                // rendered once there is nothing to be changed.
                let settled = self.boards.iter().all(|board| board.rendered) && !self.options.once;
                let wait = self.options.wait.filter(|_| settled);
                for board in &mut self.boards {
                    if board.asked.used.contains(&dependency) {
                        board.changed(Instant::now(), wait);
                    }
                }
            }
            News::Failed { reason, retry, pause: Some(pause) } => {
                let pause = format_go_duration(rounded(pause));
                self.log(
                    LogLevel::Warn,
                    &format!("(view) {dependency}: {reason} (retry attempt {retry} after \"{pause}\")"),
                );
            }
            News::Failed { reason, pause: None, .. } => {
                return Err(format!("{dependency}: {reason} (exceeded maximum retries)"));
            }
            News::Recovered => self.log(LogLevel::Warn, &format!("(view) {dependency}: answers again")),
            News::Doubtful(reason) => self.log(LogLevel::Warn, &format!("(view) {dependency}: {reason}")),
        }
        Ok(())
    }

    /// Renders what is due and writes what changed.
    fn render(&mut self) -> Result<Vec<Errand>, String> {
        let mut errands: Vec<Errand> = Vec::new();
        let mut boards = std::mem::take(&mut self.boards);
        let mut result = Ok(());
        for board in boards.iter_mut().filter(|board| board.is_due(Instant::now())) {
            match self.render_one(board) {
                Ok(Some(errand)) if errands.iter().all(|known| known.line != errand.line) => {
                    errands.push(errand);
                }
                Ok(_) => {}
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        self.boards = boards;
        result?;
        let complete = self.boards.iter().all(|board| board.asked.missing.is_empty());
        if complete {
            self.drop_unused_views();
            self.notice = None;
            self.noticed.clear();
        } else if self.notice.is_none() && self.has_something_to_name() {
            self.notice = Some(Instant::now() + NOTICE);
        }
        Ok(errands)
    }

    fn render_one(&mut self, board: &mut Board) -> Result<Option<Errand>, String> {
        board.due = Due::No;
        let Pass { asked, result } = board.sheet.pass();
        for dependency in &asked.used {
            self.views.ensure(dependency);
        }
        if self.views.len() > MANY_VIEWS && !self.warned_of_many {
            self.warned_of_many = true;
            self.log(
                LogLevel::Warn,
                &format!(
                    "(runner) watching {} dependencies - this could lead to load on Consul",
                    self.views.len()
                ),
            );
        }
        board.asked = asked;
        let source = board.sheet.spec.source.display();
        if !board.asked.missing.is_empty() {
            let missing: Vec<String> = board.asked.missing.iter().map(ToString::to_string).collect();
            self.log(LogLevel::Debug, &format!("(runner) {source} is missing {}", missing.join(", ")));
            if let Err(error) = result {
                self.log(LogLevel::Debug, &format!("(runner) {error} (while data is missing)"));
            }
            return Ok(None);
        }
        let text = result?;
        board.rendered = true;
        let changed = self.write(&board.sheet.spec, &text, &mut board.printed)?;
        Ok(board
            .sheet
            .spec
            .command
            .as_ref()
            .filter(|_| changed)
            .map(|line| Errand { line: line.clone(), of: names(&board.sheet.spec) }))
    }

    /// Puts a result where it belongs; true when that calls for the command.
    fn write(&self, spec: &TemplateSpec, text: &[u8], printed: &mut Option<Vec<u8>>) -> Result<bool, String> {
        if self.options.dry {
            let on_disk = spec.destination.as_ref().and_then(|path| std::fs::read(path).ok());
            if on_disk.as_deref() != Some(text) && printed.as_deref() != Some(text) {
                let path = spec.destination.as_deref().unwrap_or(std::path::Path::new(""));
                self.host.output(&[format!("> {}\n", path.display()).as_bytes(), text].concat());
                *printed = Some(text.to_vec());
            }
            return Ok(false);
        }
        let Some(path) = &spec.destination else {
            return Err(format!("{}: missing destination", spec.source.display()));
        };
        match replace(path, text, &ReplaceOptions::default()).map_err(|error| error.to_string())? {
            Replaced::Same => {
                self.log(LogLevel::Debug, &format!("(runner) {} is up to date", names(spec)));
                Ok(false)
            }
            Replaced::Written { lost_owner } => {
                if let Some((user, group)) = lost_owner {
                    let path = path.display();
                    self.log(
                        LogLevel::Warn,
                        &format!("(runner) {path} no longer belongs to user {user} and group {group}: no permission to give it away"),
                    );
                }
                self.log(LogLevel::Info, &format!("(runner) rendered {}", names(spec)));
                Ok(true)
            }
        }
    }

    async fn execute(&mut self, errand: &Errand, signals: &mut UnboundedReceiver<Signal>) -> Result<(), End> {
        let Errand { line, of } = errand;
        let failed =
            |reason: String| End::Failed(format!("failed to execute command {line:?} from {of}: {reason}"));
        let command = command_line(line).map_err(|error| failed(error.to_string()))?;
        self.log(LogLevel::Info, &format!("(runner) executing command {line:?} from {of}"));
        let task = CommandTask { command, env: command_env(&self.options.consul), timeout: COMMAND_TIMEOUT };
        let host = Rc::clone(&self.host);
        let running = host.run(&task);
        tokio::pin!(running);
        let end = loop {
            tokio::select! {
                biased;
                signal = next_signal(signals) => self.signal(signal)?,
                end = &mut running => break end,
            }
        };
        match end {
            CommandEnd::Exited(exit) if exit.is_success() => Ok(()),
            CommandEnd::Exited(exit) => Err(failed(exit.to_string())),
            CommandEnd::TimedOut => {
                Err(failed(format!("command did not exit within {}", format_go_duration(COMMAND_TIMEOUT))))
            }
        }
    }

    fn drop_unused_views(&mut self) {
        let used: BTreeSet<&Dependency> = self.boards.iter().flat_map(|board| &board.asked.used).collect();
        for dependency in self.views.keep(&used) {
            self.brain.forget(&dependency);
        }
    }

    fn missing(&self) -> impl Iterator<Item = &Dependency> {
        self.boards.iter().flat_map(|board| &board.asked.missing)
    }

    fn has_something_to_name(&self) -> bool {
        self.missing().any(|dependency| !self.noticed.contains(dependency))
    }

    /// Whoever waits for a file should not have to guess what it waits for.
    fn name_what_is_missing(&mut self) {
        self.notice = None;
        let missing: BTreeSet<Dependency> =
            self.missing().filter(|dependency| !self.noticed.contains(*dependency)).cloned().collect();
        for dependency in missing {
            let state = if self.brain.knows(&dependency) { "does not exist yet" } else { "no answer yet" };
            self.log(LogLevel::Warn, &format!("(runner) still waiting for {dependency}: {state}"));
            self.noticed.insert(dependency);
        }
    }

    fn write_pid_file(&self) -> Result<(), End> {
        let Some(path) = &self.options.pid_file else { return Ok(()) };
        let pid = std::process::id().to_string();
        replace(path, pid.as_bytes(), &ReplaceOptions::default())
            .map(|_| ())
            .map_err(|error| End::Failed(error.to_string()))
    }

    fn remove_pid_file(&self) {
        let Some(path) = &self.options.pid_file else { return };
        if let Err(error) = std::fs::remove_file(path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            self.log(
                LogLevel::Warn,
                &format!("(runner) could not remove pid file {}: {error}", path.display()),
            );
        }
    }

    fn log(&self, level: LogLevel, message: &str) {
        if level >= self.options.log_level {
            self.host.log(level, message);
        }
    }
}

/// `"source" => "destination"`, as the original's log has it.
fn names(spec: &TemplateSpec) -> String {
    let destination = spec.destination.as_deref().unwrap_or(std::path::Path::new(""));
    format!("\"{}\" => \"{}\"", spec.source.display(), destination.display())
}

/// What the original gives its commands, so that they meet the same Consul.
fn command_env(consul: &ConsulConfig) -> Vec<(String, String)> {
    let mut env = BTreeMap::new();
    let default = ConsulConfig::default();
    if consul.address != default.address {
        env.insert("CONSUL_HTTP_ADDR", consul.address.clone());
    }
    if consul.scheme == Scheme::Https {
        env.insert("CONSUL_HTTP_SSL", "true".to_owned());
        env.insert("CONSUL_HTTP_SSL_VERIFY", consul.tls.verify.to_string());
    }
    if let Some(auth) = consul.basic_auth.as_ref().map(Secret::reveal) {
        env.insert("CONSUL_HTTP_AUTH", auth.to_owned());
    }
    env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Jitter has nanoseconds, a log line need not.
fn rounded(pause: Duration) -> Duration {
    Duration::from_millis(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX))
}

async fn next_signal(signals: &mut UnboundedReceiver<Signal>) -> Signal {
    match signals.recv().await {
        Some(signal) => signal,
        // Nobody will send one any more, which is no reason to end.
        None => std::future::pending().await,
    }
}

async fn sleep_until_some(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
