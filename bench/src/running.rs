//! A program that is running, and ends with its owner.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};

use crate::{clock, procfs};

/// Dropped, it is killed with everything below it.
pub(crate) struct Running {
    child: Child,
    ended: Option<ExitStatus>,
}

// === impl Running ===

impl Running {
    /// Starts a program; its outputs go nowhere unless the command says otherwise.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null());
        let program = command.get_program().to_owned();
        let child = command.spawn().with_context(|| program.display().to_string())?;
        Ok(Self { child, ended: None })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM and waits; gives the time from one to the other, in milliseconds.
    pub(crate) fn stop(&mut self, within: Duration) -> Result<f64> {
        let pid = Pid::from_raw(self.id().cast_signed());
        let asked = clock::now();
        kill(pid, Signal::SIGTERM)?;
        self.wait(within)?;
        Ok(clock::milliseconds_since(asked))
    }

    /// Waits for its end without looking at its status.
    pub(crate) fn wait(&mut self, within: Duration) -> Result<ExitStatus> {
        if let Some(status) = self.ended {
            return Ok(status);
        }
        let pid = rustix::process::Pid::from_child(&self.child);
        let handle = pidfd_open(pid, PidfdFlags::empty())?;
        let bound = Timespec::try_from(within)?;
        if poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&bound))? == 0 {
            bail!("a program was to end within {within:?} and did not");
        }
        let status = self.child.wait()?;
        self.ended = Some(status);
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended.is_some() {
            return;
        }
        // Listed first: whoever loses its parent is no longer found below it.
        for pid in procfs::tree(self.child.id()) {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}
