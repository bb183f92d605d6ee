//! Programs that a command runs and waits for.

use gyropilot_kernel::{Kernel, Linux, Pid, Reaper, SpawnError, SpawnSpec, Target};
use gyropilot_model::{Exit, Signal};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::SystemTime;
use tokio::sync::oneshot;

/// Starts programs, and is the one place where their ends are waited for.
pub(crate) struct Errands {
    kernel: RefCell<Linux>,
    /// What the end of each program is waited for with.
    waiting: RefCell<BTreeMap<Pid, oneshot::Sender<Exit>>>,
}

/// A program that runs; its group is killed when nobody waits for it any more.
struct Running<'a> {
    errands: &'a Errands,
    pid: Pid,
    ended: bool,
}

// === impl Errands ===

impl Errands {
    /// Needs to be called inside a [`tokio::task::LocalSet`], once in a process.
    ///
    /// # Errors
    /// When the ends of programs cannot be heard of.
    pub(crate) fn listen() -> std::io::Result<Rc<Self>> {
        let mut reaper = Reaper::listen()?;
        let errands = Rc::new(Self { kernel: RefCell::new(Linux::new([])), waiting: RefCell::default() });
        let ends = Rc::clone(&errands);
        tokio::task::spawn_local(async move {
            loop {
                let (pid, exit) = reaper.next_exit().await;
                if let Some(waiting) = ends.waiting.borrow_mut().remove(&pid) {
                    let _ = waiting.send(exit);
                }
            }
        });
        Ok(errands)
    }

    /// The calendar time.
    pub(crate) fn wall(&self) -> SystemTime {
        self.kernel.borrow().wall()
    }

    /// Runs a program to its end. Giving that up kills it, and its group with it.
    ///
    /// # Errors
    /// When it did not start.
    pub(crate) async fn run(&self, spec: &SpawnSpec) -> Result<Exit, SpawnError> {
        let pid = self.kernel.borrow_mut().spawn(spec)?.pid;
        let (sender, exit) = oneshot::channel();
        self.waiting.borrow_mut().insert(pid, sender);
        let mut running = Running { errands: self, pid, ended: false };
        // The reaper lives as long as we do.
        let exit = exit.await.unwrap_or(Exit::NotStarted);
        running.ended = true;
        Ok(exit)
    }
}

// === impl Running ===

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.errands.waiting.borrow_mut().remove(&self.pid);
            // Gone in between, or not ours to signal: nothing is left to do.
            let _ = self.errands.kernel.borrow_mut().signal(Target::Group(self.pid), Signal::Kill);
        }
    }
}
