//! Ctrl-C and its kin: noticed, never fatal, so that whoever started processes
//! can end them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// From here on SIGINT, SIGTERM and SIGHUP are counted; `noticed` runs on each.
pub(crate) fn catch(noticed: impl Fn() + Send + 'static) -> Result<()> {
    ctrlc::set_handler(move || {
        COUNT.fetch_add(1, Ordering::SeqCst);
        noticed();
    })?;
    Ok(())
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
