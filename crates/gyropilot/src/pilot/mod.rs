//! The loop between the engine and the world.
//!
//! Everything that happens (a signal, the end of a child, an answer of the
//! catalogue, a moment that has come) becomes an input to the engine; the
//! actions it gives back are carried out at once, and none of them waits. What
//! does take time runs as a task of the same thread and comes back as an input.

mod catalogue;
mod children;
mod ears;
mod glance;
mod hands;
mod operators;
mod questions;
mod reload;
mod reporter;
mod setting;

pub(crate) use setting::Setting;

use catalogue::Catalogue;
use children::Children;
use glance::{Glance, Glances};
use gyropilot_control::Asked;
use gyropilot_engine::{Action, Engine, Input, Options};
use gyropilot_kernel::{Alarm, Kernel, Linux, Pid, Reaper, SealedSecrets, Signals};
use gyropilot_model::{Event, Exit};
use operators::Operators;
use questions::Questions;
use reporter::{Listener, Reporter};
use setting::Start;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long the last lines of the log may take to be written at the end.
const FLUSH: Duration = Duration::from_millis(500);

struct Pilot {
    setting: Setting,
    kernel: Linux,
    engine: Engine,
    children: Children,
    /// For inputs that follow from what the loop itself finds out.
    inputs: mpsc::UnboundedSender<Input>,
    catalogue: Catalogue,
    operators: Operators,
    questions: Questions,
    /// What jobs are given without it standing in their environment.
    secrets: SealedSecrets,
    reporter: Rc<Reporter>,
    /// What every process started from now on finds in its environment.
    environment: BTreeMap<String, String>,
    /// For whoever wants to know how everything stands.
    glances: Glances,
    /// Serves metrics; none where the plan has none.
    listener: Option<Listener>,
    /// In the last stage of a stop: waiting until nobody is left below us.
    sweeping: bool,
}

/// Runs the pilot to its end and gives its exit status.
pub(crate) fn run(setting: Setting) -> u8 {
    let runtime = crate::runtime::build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            crate::printer::talk(format_args!("cannot start: {error}"));
            return 1;
        }
    };
    let status = tokio::task::LocalSet::new().block_on(&runtime, fly(setting));
    // A name that is being looked up has a thread of its own that cannot be
    // interrupted; the end of the pilot does not wait for it.
    runtime.shutdown_background();
    status
}

async fn fly(setting: Setting) -> u8 {
    let kernel = Linux::new([crate::CONSUL_TEMPLATE.into()]);
    let reporter = match Reporter::open() {
        Ok(reporter) => Rc::new(reporter),
        Err(error) => {
            crate::printer::talk(format_args!("cannot write to standard output: {error}"));
            return 1;
        }
    };
    let status = match Pilot::prepare(setting, kernel, Rc::clone(&reporter)).await {
        Ok((mut pilot, sources)) => {
            let status = pilot.turn(sources).await;
            pilot.operators.close().await;
            status
        }
        Err(reason) => {
            reporter.fatal(&reason);
            1
        }
    };
    reporter.flush(FLUSH).await;
    status
}

/// Where inputs come from.
struct Sources {
    signals: Signals,
    reaper: Reaper,
    inputs: mpsc::UnboundedReceiver<Input>,
    glances: mpsc::UnboundedReceiver<oneshot::Sender<Glance>>,
    asked: mpsc::Receiver<Asked>,
    alarm: Alarm,
}

// === impl Pilot ===

impl Pilot {
    async fn prepare(
        setting: Setting,
        kernel: Linux,
        reporter: Rc<Reporter>,
    ) -> Result<(Self, Sources), String> {
        // Before the first child, and before anything that takes long: a stop
        // that comes early is still a stop.
        let heard = |error: std::io::Error| format!("cannot listen for signals: {error}");
        let (sender, inputs) = mpsc::unbounded_channel();
        let (glances, glanced) = mpsc::unbounded_channel();
        let counter = Rc::clone(&reporter);
        let count = move |path, status| counter.say(&Event::ControlAnswered { path, status });
        let (mut operators, asked) = Operators::new(reporter.events(), count);
        let sources = Sources {
            signals: Signals::listen().map_err(heard)?,
            reaper: Reaper::listen().map_err(heard)?,
            inputs,
            glances: glanced,
            asked,
            alarm: Alarm::new().map_err(|error| format!("cannot set a timer: {error}"))?,
        };
        let mut environment = setting.environment.clone();
        let Start { plan, application, warnings } = setting.start(&mut environment)?;
        let mut secrets = SealedSecrets::default();
        if let Some(jobs) = plan.jobs() {
            secrets.load(&jobs.secrets).map_err(|error| error.to_string())?;
        }
        reporter.adopt(&plan, &secrets, &environment)?;
        reporter.loaded(&plan, warnings);
        if application.is_none() && plan.jobs().is_none() {
            reporter.say(&Event::ConfigWarning {
                message: "Unable to parse command arguments: received zero-length argument".to_owned(),
            });
        }
        let listener = match &plan.telemetry {
            Some(telemetry) => Some(reporter.serve(&plan, telemetry, glances.clone()).await?),
            None => None,
        };
        let catalogue = Catalogue::open(&plan, sender.clone(), Rc::clone(&reporter))?;
        // Before the first job starts, which may want to use it.
        let socket = operators.prepare(&plan).await?;
        if let Some(told) = operators.go_over(socket) {
            reporter.say(&told);
        }
        let options = Options { application, pid: std::process::id(), seed: fastrand::u64(..) };
        let pilot = Self {
            children: Children::new(sender.clone(), Rc::clone(&reporter)),
            questions: Questions::new(sender.clone()),
            operators,
            secrets,
            inputs: sender,
            engine: Engine::new(plan, options),
            setting,
            kernel,
            catalogue,
            reporter,
            environment,
            glances,
            listener,
            sweeping: false,
        };
        Ok((pilot, sources))
    }

    /// Turns until the engine says how it ends.
    async fn turn(&mut self, mut sources: Sources) -> u8 {
        let mut input = Input::Start;
        loop {
            if let Some(status) = self.give(input).await {
                return status;
            }
            input = self.next(&mut sources).await;
        }
    }

    /// Waits for the next input.
    async fn next(&mut self, sources: &mut Sources) -> Input {
        loop {
            let due = sources.alarm.wait(self.kernel.now(), self.engine.deadline());
            tokio::select! {
                // A stop first, and the rest in the order that keeps exits
                // ahead of the timers they disarm.
                biased;
                signal = sources.signals.next() => return Input::Signal(signal),
                (pid, exit) = sources.reaper.next_exit() => {
                    if let Some(input) = self.reaped(pid, exit) {
                        return input;
                    }
                }
                Some(input) = sources.inputs.recv() => return input,
                () = due => return Input::Tick,
                Some(asked) = sources.asked.recv() => {
                    if let Some(input) = self.asked(asked) {
                        return input;
                    }
                }
                Some(asked) = sources.glances.recv() => {
                    // Whoever asked may have left.
                    let _ = asked.send(self.glance());
                }
            }
        }
    }

    fn reaped(&mut self, pid: Pid, exit: Exit) -> Option<Input> {
        let input = self.children.reaped(pid, exit);
        if self.sweeping && !self.kernel.has_descendants() {
            self.sweeping = false;
            let _ = self.inputs.send(Input::ChildrenGone);
        }
        input
    }

    /// Gives the engine an input and carries out what it says; the exit status at the end.
    async fn give(&mut self, input: Input) -> Option<u8> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let ended = match &input {
                Input::Exited { process, .. } => Some(*process),
                _ => None,
            };
            for action in self.engine.step(self.kernel.now(), input) {
                match action {
                    Action::Exit(status) => return Some(self.status(status)),
                    Action::Reload => inputs.push_back(Input::Reloaded(self.reload().await.map(Box::new))),
                    action => inputs.extend(self.perform(action)),
                }
            }
            if let Some(process) = ended {
                self.children.forget(process);
            }
        }
        None
    }

    fn status(&self, status: u8) -> u8 {
        if Setting::always_zero(self.engine.plan()) { 0 } else { status }
    }
}
