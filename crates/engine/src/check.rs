//! What all checks have in common.

use gyropilot_model::{Exit, Time};
use std::time::Duration;

/// The next moment of the grid that began at `at`; moments already past are dropped.
pub(crate) fn next_tick(at: Time, interval: Duration, now: Time) -> Time {
    let next = at + interval;
    if next > now { next } else { now + interval }
}

/// Why a program's check failed, with the last line it wrote.
pub(crate) fn failure(exit: Exit, output: &str) -> String {
    match output.trim() {
        "" => exit.to_string(),
        said => format!("{exit}: {said}"),
    }
}
