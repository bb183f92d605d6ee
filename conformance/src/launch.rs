//! Starts the binary under test and watches it from outside.

use crate::process;
use crate::target;
use crate::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the standard output of the pilot goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    /// To a file that the test can read at any time.
    File,
    /// To a pipe that nobody reads.
    StuckPipe,
    Nowhere,
}

/// A run that is being prepared.
#[derive(Clone, Debug)]
pub struct Launch {
    folder: PathBuf,
    prefix: Vec<OsString>,
    program: Option<PathBuf>,
    arguments: Vec<OsString>,
    application: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    as_pid_1: bool,
    output: Output,
}

/// A run that has begun. Killed when dropped.
#[derive(Debug)]
pub struct Pilot {
    child: Child,
    pid: i32,
    out: PathBuf,
    err: PathBuf,
}

/// How a run ended, and what it wrote.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The exit status; 128+n when signal n killed the pilot itself.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

// === impl Launch ===

impl Launch {
    pub(crate) fn new(folder: &Path) -> Self {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let environment = [("PATH", path), ("HOME", "/nonexistent"), ("LANG", "C.UTF-8")];
        Self {
            folder: folder.to_owned(),
            prefix: Vec::new(),
            program: None,
            arguments: Vec::new(),
            application: Vec::new(),
            environment: environment.map(|(name, value)| (name.into(), value.into())).into(),
            as_pid_1: false,
            output: Output::File,
        }
    }

    /// Adds arguments of the pilot.
    #[must_use]
    pub fn args<T: Into<OsString>>(mut self, more: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(more.into_iter().map(Into::into));
        self
    }

    /// Names the application and its arguments, which come after those of the pilot.
    #[must_use]
    pub fn app<T: Into<OsString>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
        self.application = words.into_iter().map(Into::into).collect();
        self
    }

    /// Sets a variable. The environment holds nothing else but a usual PATH, HOME and LANG.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Calls the binary by another name, through a link in the test's folder.
    ///
    /// # Panics
    /// When the link cannot be made.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        let links = self.folder.join("links");
        std::fs::create_dir_all(&links).expect("the folder can be written");
        let link = links.join(name);
        if std::fs::symlink_metadata(&link).is_err() {
            std::os::unix::fs::symlink(target::binary(), &link).expect("the folder can be written");
        }
        self.program = Some(link);
        self
    }

    /// Starts another file than the binary under test, such as a copy of it.
    #[must_use]
    pub fn program(mut self, path: &Path) -> Self {
        self.program = Some(path.to_owned());
        self
    }

    /// Runs as PID 1 of a pid namespace of its own.
    #[must_use]
    pub fn as_pid_1(mut self) -> Self {
        self.as_pid_1 = true;
        self
    }

    /// Puts a command before the whole, such as one that enters a namespace.
    #[must_use]
    pub fn within<T: Into<OsString>>(mut self, prefix: impl IntoIterator<Item = T>) -> Self {
        self.prefix = prefix.into_iter().map(Into::into).collect();
        self
    }

    /// Connects standard output with a pipe that nobody reads.
    #[must_use]
    pub fn with_stuck_output(mut self) -> Self {
        self.output = Output::StuckPipe;
        self
    }

    /// Connects standard output with `/dev/null`, which takes everything at once.
    #[must_use]
    pub fn without_output(mut self) -> Self {
        self.output = Output::Nowhere;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// When the machine cannot.
    #[must_use]
    pub fn start(self) -> Pilot {
        let (out, err) = (self.unused("stdout"), self.unused("stderr"));
        let file = |path: &Path| File::create(path).expect("the folder can be written");
        let mut words: Vec<OsString> = self.prefix;
        if self.as_pid_1 {
            words.extend(crate::stage::as_pid_1());
        }
        let bare = words.is_empty();
        words.push(self.program.unwrap_or_else(target::binary).into());
        words.extend(self.arguments);
        words.extend(self.application);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(&self.folder).env_clear().envs(&self.environment);
        command.stdin(Stdio::null()).stderr(file(&err)).process_group(0);
        match self.output {
            Output::File => command.stdout(file(&out)),
            Output::StuckPipe => command.stdout(Stdio::piped()),
            Output::Nowhere => command.stdout(Stdio::null()),
        };
        let child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", words[0].display()));
        let leader = i32::try_from(child.id()).expect("a pid is a positive i32");
        // A prefix execs the pilot or, as unshare --fork, stays its parent.
        let pid = if bare { leader } else { crate::stage::innermost(leader) };
        Pilot { child, pid, out, err }
    }

    /// Starts it and waits for its end.
    ///
    /// # Panics
    /// When it does not end soon.
    #[track_caller]
    #[must_use]
    pub fn run(self) -> Ended {
        self.start().end(SOON)
    }

    /// One scene may run the pilot several times.
    fn unused(&self, name: &str) -> PathBuf {
        let numbered = (0..).map(|n| self.folder.join(format!("{name}.{n}")));
        numbered.into_iter().find(|path| !path.exists()).expect("there is a next number")
    }
}

// === impl Pilot ===

impl Pilot {
    /// Its number as the test sees it.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        process::signal(self.pid, signal);
    }

    /// Has it not ended yet?
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// What it wrote to standard output so far.
    #[must_use]
    pub fn out(&self) -> String {
        text(&self.out)
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn err(&self) -> String {
        text(&self.err)
    }

    /// Both, standard output first.
    #[must_use]
    pub fn said(&self) -> String {
        self.out() + &self.err()
    }

    /// Waits until it wrote `phrase`, in any case, to either.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn await_phrase(&self, bound: Duration, phrase: &str) {
        let wanted = phrase.to_lowercase();
        wait_until(bound, &format!("the words {phrase:?}"), || {
            self.said().to_lowercase().contains(&wanted).then_some(())
        });
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    #[must_use]
    pub fn end(mut self, bound: Duration) -> Ended {
        let start = Instant::now();
        let status = wait_until(bound, "the pilot to end", || {
            self.child.try_wait().expect("a child can be waited for")
        });
        assert!(start.elapsed() <= bound + SOON, "waiting itself took too long");
        let status = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        Ended { status, out: self.out(), err: self.err() }
    }

    /// SIGTERM, and wait for its end.
    ///
    /// # Panics
    /// When it does not end soon.
    #[track_caller]
    #[must_use]
    pub fn stop(self) -> Ended {
        self.end_after_term(SOON)
    }

    /// The same within a bound of its own.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    #[must_use]
    pub fn end_after_term(self, bound: Duration) -> Ended {
        self.signal(Signal::SIGTERM);
        self.end(bound)
    }
}

impl Drop for Pilot {
    #[allow(clippy::print_stderr, reason = "what the pilot said is half of what a failed test has to tell")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the pilot said:\n{}", last_words(&self.said()));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// === impl Ended ===

impl Ended {
    /// Standard output, then standard error.
    #[must_use]
    pub fn said(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Checks the exit status.
    ///
    /// # Panics
    /// When it is another one.
    #[track_caller]
    pub fn assert_status(&self, status: i32) {
        assert_eq!(self.status, status, "exit status; it said:\n{}", self.said());
    }

    /// Checks that each phrase was said, whatever the case of its letters.
    ///
    /// # Panics
    /// When one is missing.
    #[track_caller]
    pub fn assert_says(&self, phrases: &[&str]) {
        let said = self.said().to_lowercase();
        for phrase in phrases {
            assert!(said.contains(&phrase.to_lowercase()), "{phrase:?} is missing in:\n{}", self.said());
        }
    }
}

/// A flood is not worth reading.
fn last_words(said: &str) -> String {
    let start = said.char_indices().rev().nth(4000).map_or(0, |(at, _)| at);
    said[start..].to_owned()
}

fn text(path: &Path) -> String {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
