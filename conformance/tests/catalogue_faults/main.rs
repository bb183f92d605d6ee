//! What the embedded catalogue keeps and whom it serves, whatever happens to its
//! process, its disk, its clock and its clients.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper and one clock; a driver of processes has neither"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test, its helpers included"
)]

mod checker;
mod clocks;
mod crashes;
mod full_disk;
mod half_open;
mod kept;
mod restart;
