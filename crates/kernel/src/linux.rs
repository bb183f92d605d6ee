//! The kernel that is really there.

use crate::change::Change;
use crate::image::Image;
use crate::{Kernel, Pid, SignalError, SpawnError, SpawnSpec, Spawned, Stderr, Stream, Target};
use gyropilot_model::{Signal, Time};
use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};

/// Where the pilot's own program is, whatever happened to the file it came from.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// The Linux system calls.
#[derive(Debug)]
pub struct Linux {
    started: Instant,
    own_names: Vec<OsString>,
}

// === impl Linux ===

impl Linux {
    /// The clock of [`Kernel::now`] starts here.
    ///
    /// A program called one of `own_names` that is not on `PATH` is the pilot
    /// itself under that name; nothing needs to be installed beside it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads clocks")]
    pub fn new(own_names: impl IntoIterator<Item = OsString>) -> Self {
        Self { started: Instant::now(), own_names: own_names.into_iter().collect() }
    }

    /// The file to execute, and the name to tell it, when that is not `program`.
    fn locate(
        &self,
        program: &OsStr,
        env: &BTreeMap<OsString, OsString>,
        base: Option<&Path>,
    ) -> Result<PathBuf, SpawnError> {
        let path = env.get(OsStr::new("PATH"));
        match crate::lookup::find(program, path.map(OsString::as_os_str), base) {
            Err(SpawnError::NotOnPath) if self.own_names.iter().any(|own| own == program) => {
                Ok(OWN_PROGRAM.into())
            }
            found => found,
        }
    }
}

impl Kernel for Linux {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
    fn spawn(&mut self, spec: &SpawnSpec) -> Result<Spawned, SpawnError> {
        let change = Change::prepare(spec)?;
        let env = Change::environment(spec, change.as_ref());
        let file = self.locate(&spec.program, &env, change.as_ref().and_then(Change::directory))?;
        let owner = change.as_ref().and_then(Change::owner);
        let other = |error: std::io::Error| SpawnError::Other(error.to_string());
        // With a path, without `pre_exec`, user or group, the standard library uses
        // posix_spawn, whose cost does not grow with the pilot's memory. It also
        // never waits for the child then. A change of surroundings makes it fork, and
        // wait for a child that did not come to its program: nobody else can reap that
        // one meanwhile, because the reaper is on this thread.
        let mut command = Command::new(&file);
        command.arg0(&spec.program).args(&spec.args);
        command.env_clear().envs(&env).process_group(0).stdin(match &spec.input {
            Some(input) => input.try_clone().map_err(other)?.into(),
            None => Stdio::null(),
        });
        let (stdout, stderr) = match (spec.stdout, spec.stderr) {
            (Stream::Pipe, Stderr::WithStdout) => {
                let (reader, writer) = std::io::pipe().map_err(other)?;
                hand_over(&writer, owner);
                command.stderr(writer.try_clone().map_err(other)?).stdout(writer);
                (Some(OwnedFd::from(reader)), None)
            }
            (stdout, stderr) => {
                let own = match stderr {
                    Stderr::To(stream) => stream,
                    Stderr::WithStdout => stdout,
                };
                let (stdout, to) = open(stdout, owner).map_err(other)?;
                command.stdout(to);
                let (stderr, to) = open(own, owner).map_err(other)?;
                command.stderr(to);
                (stdout, stderr)
            }
        };
        if let Some(change) = change {
            let args = std::iter::once(&spec.program).chain(&spec.args);
            change.enlist(&mut command, Image::new(&file, args, &env)?);
        }
        // Dropping the `Child` neither waits for it nor ends it.
        let started = command.spawn().map_err(|error| refusal(spec, &file, &error))?;
        let pid = Pid::new(started.id()).ok_or_else(|| SpawnError::Other("no process id".to_owned()))?;
        Ok(Spawned { pid, stdout, stderr })
    }

    fn signal(&mut self, target: Target, signal: Signal) -> Result<bool, SignalError> {
        let failed = |errno: Errno| match errno {
            Errno::PERM => SignalError::NotPermitted(target),
            other => SignalError::Other(target, std::io::Error::from(other).to_string()),
        };
        let number = rustix::process::Signal::from_named_raw(signal.number());
        let signal = number.ok_or_else(|| failed(Errno::INVAL))?;
        let sent = match target {
            Target::Process(pid) => pid.to_raw().map(|pid| rustix::process::kill_process(pid, signal)),
            Target::Group(pid) => pid.to_raw().map(|pid| rustix::process::kill_process_group(pid, signal)),
        };
        match sent {
            Some(Ok(())) => Ok(true),
            None | Some(Err(Errno::SRCH)) => Ok(false),
            Some(Err(errno)) => Err(failed(errno)),
        }
    }

    fn exists(&self, target: Target) -> bool {
        let asked = match target {
            Target::Process(pid) => pid.to_raw().map(rustix::process::test_kill_process),
            Target::Group(pid) => pid.to_raw().map(rustix::process::test_kill_process_group),
        };
        // Not permitted to signal somebody: somebody is there.
        matches!(asked, Some(Ok(()) | Err(Errno::PERM)))
    }

    fn descendants(&self) -> Vec<Pid> {
        crate::descendants::descendants(std::process::id())
    }

    fn has_descendants(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(rustix::process::waitid(WaitId::All, look), Err(Errno::CHILD))
    }

    /// `CLOCK_MONOTONIC`: the clock that [`Alarm`](crate::Alarm) and the runtime's timers count on,
    /// so that a timer never fires before its moment. It stands still while the machine is
    /// suspended, which spares every check a timeout on waking up.
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads clocks")]
    fn now(&self) -> Time {
        Time::from_start(Instant::now().saturating_duration_since(self.started))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the room that reads clocks")]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Why there is no process.
fn refusal(spec: &SpawnSpec, file: &Path, error: &std::io::Error) -> SpawnError {
    let explained = Change::explain(spec, error).unwrap_or_else(|| crate::lookup::explain(file, error));
    match (explained, &spec.surroundings.user) {
        (SpawnError::PermissionDenied(file), Some(user)) => {
            SpawnError::NotForUser { file, user: user.clone() }
        }
        (explained, _) => explained,
    }
}

/// Makes a pipe its writer's own, who may then open it anew as `/dev/stdout`.
fn hand_over(pipe: impl AsFd, owner: Option<u32>) {
    if let Some(uid) = owner {
        // Not permitted: then becoming that user is not either, and that is told.
        let _ = rustix::fs::fchown(pipe, Some(rustix::fs::Uid::from_raw(uid)), None);
    }
}

/// What to give the child, and what to keep. Both ends of a pipe are closed on
/// exec, so that no child inherits what is meant for another.
fn open(stream: Stream, owner: Option<u32>) -> std::io::Result<(Option<OwnedFd>, Stdio)> {
    Ok(match stream {
        Stream::Inherit => (None, Stdio::inherit()),
        Stream::Null => (None, Stdio::null()),
        Stream::Pipe => {
            let (reader, writer) = std::io::pipe()?;
            hand_over(&writer, owner);
            (Some(reader.into()), writer.into())
        }
    })
}
