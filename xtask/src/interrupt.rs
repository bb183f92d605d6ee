//! Ctrl-C and its kin: noticed, never fatal, so that whoever started processes
//! can end them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// What is done on each interruption; the system takes one handler a process.
static NOTICED: Mutex<Option<Noticed>> = Mutex::new(None);

type Noticed = Box<dyn Fn() + Send>;

/// From here on SIGINT, SIGTERM and SIGHUP are counted; `noticed` runs on each, in place
/// of what an earlier call named.
pub(crate) fn catch(noticed: impl Fn() + Send + 'static) -> Result<()> {
    let known = lock().replace(Box::new(noticed));
    if known.is_none() {
        ctrlc::set_handler(|| {
            COUNT.fetch_add(1, Ordering::SeqCst);
            if let Some(noticed) = &*lock() {
                noticed();
            }
        })?;
    }
    Ok(())
}

fn lock() -> MutexGuard<'static, Option<Noticed>> {
    NOTICED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts as an interruption too: the end was asked for in another way.
pub(crate) fn note() {
    COUNT.fetch_add(1, Ordering::SeqCst);
}

/// How many interruptions there were.
pub(crate) fn count() -> usize {
    COUNT.load(Ordering::SeqCst)
}

/// Asks `ready` until it answers, for at most `bound`; an interruption ends the
/// wait at once.
pub(crate) fn wait_for<T>(what: &str, bound: Duration, mut ready: impl FnMut() -> Option<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        if count() > 0 {
            bail!("interrupted while waiting for {what}");
        }
        if let Some(value) = ready() {
            return Ok(value);
        }
        if start.elapsed() > bound {
            bail!("no {what} within {} seconds", bound.as_secs());
        }
        std::thread::sleep(Duration::from_millis(25));
    }
}
