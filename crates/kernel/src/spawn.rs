//! What is started, and what comes of it.

use crate::Pid;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// A program to be started. Its input is `/dev/null`, its process group its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpawnSpec {
    /// A path, when there is a slash in it; otherwise a name to be found on the
    /// `PATH` of [`env`](Self::env).
    pub program: OsString,
    /// The arguments after the program's own name.
    pub args: Vec<OsString>,
    /// The whole environment; nothing is inherited.
    pub env: BTreeMap<OsString, OsString>,
    /// Where its standard output goes.
    pub stdout: Stream,
    /// Where its standard error goes.
    pub stderr: Stderr,
}

/// Where something that a program writes goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Stream {
    /// Straight to where the pilot's own goes.
    #[default]
    Inherit,
    /// Nowhere.
    Null,
    /// To the pilot, which must read it: see [`LineReader`](crate::LineReader).
    Pipe,
}

/// Where a program's standard error goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stderr {
    /// To a place of its own.
    To(Stream),
    /// To the same pipe as standard output, which keeps the order of the lines.
    /// With an output that is not a pipe: as `To` with the same stream.
    WithStdout,
}

/// A program that was started.
#[derive(Debug)]
pub struct Spawned {
    /// Its process id, which is its group's too.
    pub pid: Pid,
    /// The reading end of its standard output, where that is a [`Stream::Pipe`].
    /// Simulated programs have none; their lines come as
    /// [`Happening::Wrote`](crate::Happening::Wrote).
    pub stdout: Option<OwnedFd>,
    /// The same for a standard error with a pipe of its own.
    pub stderr: Option<OwnedFd>,
}

/// Why a program could not be started. The program's name is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpawnError {
    /// A name without a slash that no folder of `PATH` holds.
    #[error("not found on PATH")]
    NotOnPath,
    /// A path at which nothing is.
    #[error("no such file")]
    NoSuchFile,
    /// A file that may not be executed.
    #[error("{} may not be executed: permission denied", .0.display())]
    PermissionDenied(PathBuf),
    /// A folder.
    #[error("{} is a directory", .0.display())]
    IsDirectory(PathBuf),
    /// Neither a binary that this machine runs nor a script that names its interpreter.
    #[error("exec format error: {} is no program for this machine and does not begin with #!", .0.display())]
    Format(PathBuf),
    /// A script whose interpreter does not exist.
    #[error("the interpreter {interpreter:?} that {} names does not exist", script.display())]
    NoInterpreter {
        /// The script.
        script: PathBuf,
        /// What stands behind its `#!`.
        interpreter: String,
    },
    /// A binary whose dynamic loader does not exist.
    #[error("the dynamic loader that {} needs does not exist: it was built for another C library", .0.display())]
    NoLoader(PathBuf),
    /// The programs' input could not be opened; the operating system's words.
    #[error("cannot open /dev/null: {0}")]
    NoInput(String),
    /// A zero byte in the program, an argument or the environment.
    #[error("a zero byte in the program's name, its arguments or its environment")]
    ZeroByte,
    /// Anything else, such as no memory or too many processes, in the operating
    /// system's words.
    #[error("{0}")]
    Other(String),
}

// === impl SpawnSpec ===

impl SpawnSpec {
    /// `program` with nothing else: no arguments, an empty environment, and the
    /// pilot's own outputs.
    #[must_use]
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            stdout: Stream::Inherit,
            stderr: Stderr::To(Stream::Inherit),
        }
    }
}
