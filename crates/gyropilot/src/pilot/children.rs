//! The processes that the pilot started, and what they write.

use super::ears::{Ear, Listening};
use super::reporter::Reporter;
use gyropilot_engine::{Input, ProcessId, Stdio};
use gyropilot_kernel::{Kernel, LineReader, Pid, SealedSecrets, SpawnSpec, Stderr, Stream, Target};
use gyropilot_model::{Command, Event, Exit, Notice, Readiness, Role, Signal, Surroundings};
use regex::Regex;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long the output of a process that has ended is waited for. Its pipe
/// closes with it, unless a grandchild holds it open or nobody reads our own
/// output; neither may hold up the news of the end.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// The most of a captured output that is kept, in bytes; a sensor prints one number.
const CAPTURED: usize = 64 * 1024;

/// The most of a last line that is kept, in characters.
const SHOWN: usize = 256;

/// The table of what runs.
pub(super) struct Children {
    inputs: mpsc::UnboundedSender<Input>,
    reporter: Rc<Reporter>,
    running: BTreeMap<ProcessId, Child>,
    owners: BTreeMap<Pid, ProcessId>,
    /// Variables that are not UTF-8: no template can name them, but they are inherited.
    opaque: Vec<(OsString, OsString)>,
}

/// A program to be started.
pub(super) struct Program {
    pub(super) role: Role,
    pub(super) command: Command,
    pub(super) stdio: Stdio,
    pub(super) surroundings: Surroundings,
    pub(super) ready: Option<Readiness>,
}

struct Child {
    pid: Pid,
    /// Hears what it says of itself.
    _listening: Option<Listening>,
    /// Takes the exit to the task that follows the output; none where nothing is followed.
    follower: Option<oneshot::Sender<Exit>>,
}

// === impl Children ===

impl Children {
    pub(super) fn new(inputs: mpsc::UnboundedSender<Input>, reporter: Rc<Reporter>) -> Self {
        let opaque = std::env::vars_os()
            .filter(|(name, value)| name.to_str().is_none() || value.to_str().is_none())
            .collect();
        Self { inputs, reporter, running: BTreeMap::new(), owners: BTreeMap::new(), opaque }
    }

    /// Starts a program and says how that went.
    pub(super) fn spawn(
        &mut self,
        kernel: &mut impl Kernel,
        environment: &BTreeMap<String, String>,
        secrets: &SealedSecrets,
        process: ProcessId,
        program: Program,
    ) -> Input {
        let not_started = |reason| Input::NotStarted { process, reason };
        let Program { role, command, stdio, surroundings, ready } = program;
        let words = |(name, value): (&String, &String)| (OsString::from(name), OsString::from(value));
        let (stdout, stderr) = match stdio {
            Stdio::Attached => (Stream::Inherit, Stderr::To(Stream::Inherit)),
            Stdio::Lines => (Stream::Pipe, Stderr::WithStdout),
            Stdio::Capture => (Stream::Pipe, Stderr::To(Stream::Inherit)),
        };
        let mut spec = SpawnSpec {
            args: command.args.into_iter().map(OsString::from).collect(),
            env: environment.iter().map(words).chain(self.opaque.iter().cloned()).collect(),
            stdout,
            stderr,
            surroundings,
            ..SpawnSpec::new(command.program)
        };
        let ear = match ready.map(|ready| Ear::open(&ready, &mut spec)).transpose() {
            Ok(ear) => ear.flatten(),
            Err(reason) => return not_started(reason),
        };
        let names = spec.surroundings.secrets.clone();
        if let Err(error) = secrets.give(&names, &mut spec) {
            return not_started(error.to_string());
        }
        let spawned = match kernel.spawn(&spec) {
            Ok(spawned) => spawned,
            Err(error) => return not_started(error.to_string()),
        };
        // Of what was handed over nothing is to be held open here.
        drop(spec);
        let (listening, pattern) = match ear.map(|ear| ear.listen(process, self.inputs.clone())) {
            Some(Ok(listening)) => (Some(listening), None),
            Some(Err(pattern)) => (None, Some(pattern)),
            None => (None, None),
        };
        let reader = spawned.stdout.and_then(|pipe| match LineReader::new(pipe) {
            Ok(reader) => Some(reader),
            Err(error) => {
                let message = format!("the output of {role} is lost: {error}");
                self.reporter.say(&Event::ConfigWarning { message });
                None
            }
        });
        let follower = reader.map(|reader| {
            let (ended, exit) = oneshot::channel();
            let said = Rc::new(RefCell::new(String::new()));
            let writer = Writer { role: role.clone(), pid: spawned.pid, stdio };
            let ready = pattern.map(|pattern| {
                let inputs = self.inputs.clone();
                let ready = move || drop(inputs.send(Input::Noticed { process, notice: Notice::Ready }));
                (pattern, ready)
            });
            let output = follow(reader, writer, Rc::clone(&self.reporter), Rc::clone(&said), ready);
            tokio::task::spawn_local(attend(process, output, said, exit, self.inputs.clone()));
            ended
        });
        self.running.insert(process, Child { pid: spawned.pid, _listening: listening, follower });
        self.owners.insert(spawned.pid, process);
        Input::Started { process, pid: spawned.pid.get() }
    }

    /// Sends a signal to the group of a process, whose leader may have ended.
    pub(super) fn signal(&self, kernel: &mut impl Kernel, process: ProcessId, signal: Signal) {
        if let Some(child) = self.running.get(&process) {
            // Nobody there, or not ours to signal: there is nothing left to be done about it.
            let _ = kernel.signal(Target::Group(child.pid), signal);
        }
    }

    /// Takes the end of a child: the process it was, if the pilot started it.
    /// Its output may still have to be followed; the input comes when that is done.
    pub(super) fn reaped(&mut self, pid: Pid, exit: Exit) -> Option<Input> {
        let process = self.owners.remove(&pid)?;
        let follower = self.running.get_mut(&process)?.follower.take();
        match follower.map(|follower| follower.send(exit)) {
            Some(Ok(())) => None,
            // Nothing is followed, or following has failed.
            Some(Err(_)) | None => Some(Input::Exited { process, exit, output: String::new() }),
        }
    }

    /// Forgets a process whose end the engine has dealt with.
    pub(super) fn forget(&mut self, process: ProcessId) {
        self.running.remove(&process);
    }
}

/// Tells of the end of a process, after its last words where these come soon.
async fn attend(
    process: ProcessId,
    output: impl Future<Output = ()>,
    said: Rc<RefCell<String>>,
    exit: oneshot::Receiver<Exit>,
    inputs: mpsc::UnboundedSender<Input>,
) {
    let mut output = std::pin::pin!(output);
    let mut exit = std::pin::pin!(exit);
    let (exit, silent) = tokio::select! {
        exit = &mut exit => {
            let silent = tokio::time::timeout(LAST_WORDS, &mut output).await.is_ok();
            (exit, silent)
        }
        () = &mut output => (exit.await, true),
    };
    // The sender is gone only when the pilot itself is about to be.
    let Ok(exit) = exit else { return };
    let output_so_far = said.borrow().clone();
    if inputs.send(Input::Exited { process, exit, output: output_so_far }).is_ok() && !silent {
        output.await;
    }
}

/// Who writes.
struct Writer {
    role: Role,
    pid: Pid,
    stdio: Stdio,
}

/// Reads until the pipe is closed: into the log, or into `said`. The first line
/// that a pattern matches says that the process is ready.
async fn follow(
    mut reader: LineReader,
    Writer { role, pid, stdio }: Writer,
    reporter: Rc<Reporter>,
    said: Rc<RefCell<String>>,
    mut ready: Option<(Regex, impl Fn())>,
) {
    while let Some(line) = reader.next().await {
        let text = line.text().into_owned();
        if let Some((_, say)) = ready.take_if(|(pattern, _)| pattern.is_match(&text)) {
            say();
        }
        if stdio == Stdio::Capture {
            let mut said = said.borrow_mut();
            if said.len() + text.len() < CAPTURED {
                said.push_str(&text);
                said.push('\n');
            }
        } else {
            if !text.trim().is_empty() {
                *said.borrow_mut() = reporter.hide(&text).chars().take(SHOWN).collect();
            }
            reporter.pass(Event::Output { role: role.clone(), pid: pid.get(), line: text }).await;
        }
        // A child that writes faster than we read would keep the thread: there
        // is always more, and a sink that takes all never waits.
        tokio::task::consume_budget().await;
    }
}
