//! The ends of children.

use crate::Pid;
use gyropilot_model::Exit;
use rustix::process::{WaitOptions, WaitStatus};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How many ends are told in a row before everybody else gets a turn.
const TURN: u32 = 64;

/// The source of all ends of children: of those the pilot started and of the
/// orphans it was handed.
///
/// It alone waits in this process, for whichever child comes: a wait for one
/// child elsewhere could find that its status has already been taken here. The
/// caller keeps the table of whose id is whose; an id it does not know is an orphan's.
#[derive(Debug)]
pub struct Reaper {
    child_ended: Signal,
    in_a_row: u32,
}

// === impl Reaper ===

impl Reaper {
    /// Listens from now on; to be called before the first child is started, within
    /// a runtime.
    ///
    /// # Errors
    /// When the handler for `SIGCHLD` cannot be set up.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self { child_ended: signal(SignalKind::child())?, in_a_row: 0 })
    }

    /// Waits for the next end of a child. Nothing is lost when the wait is given up:
    /// a status is taken from the kernel only in the very step that returns it.
    pub async fn next_exit(&mut self) -> (Pid, Exit) {
        loop {
            if self.in_a_row >= TURN {
                // Ten thousand orphans at once must not hold up a heartbeat.
                self.in_a_row = 0;
                tokio::task::yield_now().await;
            }
            if let Some(ended) = reap() {
                self.in_a_row += 1;
                return ended;
            }
            self.in_a_row = 0;
            // One signal can stand for many ends, and one that arrived since the
            // look above is remembered: the loop looks again until nobody is left.
            self.child_ended.recv().await;
        }
    }
}

/// Takes the status of a child that has ended, if there is one.
fn reap() -> Option<(Pid, Exit)> {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => {
                let pid = Pid::new(pid.as_raw_nonzero().get().unsigned_abs());
                if let (Some(pid), Some(exit)) = (pid, exit_of(status)) {
                    return Some((pid, exit));
                }
                // Stopped or continued: not asked for, and no end.
            }
            Err(rustix::io::Errno::INTR) => {}
            // No child at all, or none that has ended.
            Ok(None) | Err(_) => return None,
        }
    }
}

fn exit_of(status: WaitStatus) -> Option<Exit> {
    let code = status.exit_status().and_then(|code| u8::try_from(code).ok()).map(Exit::Code);
    code.or_else(|| status.terminating_signal().map(Exit::Signal))
}
