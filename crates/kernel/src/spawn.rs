//! What is started, and what comes of it.

use crate::{AccountError, Pid};
use gyropilot_model::Surroundings;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

/// A program to be started, in a process group of its own.
#[derive(Clone, Debug)]
pub struct SpawnSpec {
    /// A path, when there is a slash in it; otherwise a name to be found on the
    /// `PATH` of [`env`](Self::env).
    pub program: OsString,
    /// The arguments after the program's own name.
    pub args: Vec<OsString>,
    /// The whole environment but for what [`surroundings`](Self::surroundings)
    /// change in it; nothing is inherited.
    pub env: BTreeMap<OsString, OsString>,
    /// What its standard input is; `/dev/null` when it is nothing.
    pub input: Option<Arc<OwnedFd>>,
    /// Where its standard output goes.
    pub stdout: Stream,
    /// Where its standard error goes.
    pub stderr: Stderr,
    /// As what and where it runs. Secrets among them are not the kernel's affair,
    /// but the caller's: see [`descriptors`](Self::descriptors).
    ///
    /// With a user, `HOME`, `USER` and `LOGNAME` are the user's, unless the
    /// environment of the surroundings says otherwise. A relative program is
    /// looked for from the working directory.
    pub surroundings: Surroundings,
    /// What it inherits beside its input and outputs, by the number it finds it
    /// at, from 3. The pilot's own stays open as long as somebody holds it.
    pub descriptors: Vec<(u32, Arc<OwnedFd>)>,
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
    /// A file that the program's user may not execute.
    #[error("{} may not be executed by user {user}: permission denied", file.display())]
    NotForUser {
        /// The program.
        file: PathBuf,
        /// As the configuration has it.
        user: String,
    },
    /// A user or group that is not known.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The pilot may not start programs as this user.
    #[error("cannot become user {user}: {reason} (the pilot runs as uid {uid})")]
    User {
        /// As the configuration has it.
        user: String,
        /// The operating system's words.
        reason: String,
        /// The pilot's own.
        uid: u32,
    },
    /// The pilot may not start programs in these groups.
    #[error("cannot take on the groups {groups}: {reason} (the pilot runs as uid {uid})")]
    Groups {
        /// As the configuration has them.
        groups: String,
        /// The operating system's words.
        reason: String,
        /// The pilot's own.
        uid: u32,
    },
    /// The working directory is not there, or not for this user.
    #[error("cannot enter the working directory {}: {reason}", path.display())]
    WorkingDirectory {
        /// As the configuration has it.
        path: PathBuf,
        /// The operating system's words.
        reason: String,
    },
    /// A resource limit that does not exist.
    #[error("there is no resource limit \"{0}\"")]
    UnknownLimit(String),
    /// A limit that may not be set so.
    #[error("cannot set the limit {name}: {reason} (the pilot runs as uid {uid})")]
    Limit {
        /// Its name.
        name: String,
        /// The operating system's words.
        reason: String,
        /// The pilot's own.
        uid: u32,
    },
    /// A capability that does not exist.
    #[error("there is no capability \"{0}\"")]
    UnknownCapability(String),
    /// Capabilities that cannot be taken away.
    #[error(
        "cannot drop capabilities: {reason} (the pilot runs as uid {uid}; with noNewPrivileges it need not)"
    )]
    Capabilities {
        /// The operating system's words.
        reason: String,
        /// The pilot's own.
        uid: u32,
    },
    /// A descriptor that cannot be passed on.
    #[error("cannot pass on descriptor {number}: {reason}")]
    Descriptor {
        /// The number the program was to find it at.
        number: u32,
        /// The operating system's words.
        reason: String,
    },
    /// Anything else, such as no memory or too many processes, in the operating
    /// system's words.
    #[error("{0}")]
    Other(String),
}

// === impl SpawnSpec ===

impl SpawnSpec {
    /// `program` with nothing else: no arguments, an empty environment, no input,
    /// and the pilot's own outputs.
    #[must_use]
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            input: None,
            stdout: Stream::Inherit,
            stderr: Stderr::To(Stream::Inherit),
            surroundings: Surroundings::default(),
            descriptors: Vec::new(),
        }
    }
}
