//! The one timer that the loop waits for.

use crate::waitable::waitable;
use gyropilot_model::Time;
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use std::os::fd::OwnedFd;
use tokio::io::unix::AsyncFd;

/// Wakes the loop at one moment, and at no other.
///
/// The runtime's own timers are kept in a wheel, which wakes the thread up to
/// twice on the way to a moment that is far ahead. A timer of the kernel's does
/// not, so a pilot in which nothing is due sleeps through.
#[derive(Debug)]
pub struct Alarm {
    timer: AsyncFd<OwnedFd>,
    /// What the kernel's timer is set to.
    set: Option<Time>,
}

// === impl Alarm ===

impl Alarm {
    /// An alarm that is not set. Needs to be called within a runtime.
    ///
    /// # Errors
    /// When the operating system has no descriptor left for it.
    pub fn new() -> std::io::Result<Self> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags)?;
        Ok(Self { timer: waitable(timer, tokio::io::Interest::READABLE)?, set: None })
    }

    /// Waits until `at`, which is at once when it has passed and for ever when
    /// there is no such moment. `now` is the time on the clock of
    /// [`Kernel::now`](crate::Kernel::now). Waiting can be given up at any time.
    pub async fn wait(&mut self, now: Time, at: Option<Time>) {
        let Some(moment) = at else { return self.sleep(now).await };
        if moment <= now {
            return;
        }
        if self.set != at {
            self.arm(now, moment);
        }
        if let Ok(mut ready) = self.timer.readable().await {
            ready.clear_ready();
            self.set = None;
        }
    }

    /// Waits for ever; a moment that was set before is not to wake us for nothing.
    async fn sleep(&mut self, now: Time) {
        if self.set.is_some() {
            self.arm(now, now);
            self.set = None;
        }
        std::future::pending::<()>().await;
    }

    /// Sets the timer; to `now` means to no moment at all.
    fn arm(&mut self, now: Time, at: Time) {
        let ahead = at.since(now);
        let value = Timespec {
            // Nobody waits for longer than the kernel can count.
            tv_sec: i64::try_from(ahead.as_secs()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4),
            tv_nsec: ahead.subsec_nanos().into(),
        };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        // Fails only for values that are none, which these cannot be.
        let _ = rustix::time::timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::empty(), &once);
        self.set = Some(at);
    }
}
