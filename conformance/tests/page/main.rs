//! The page that shows a catalogue, in a real browser: `gyropilot ui` over a real Consul, and
//! the embedded catalogue's own.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper and one clock; a test has neither"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test, its helpers included"
)]

mod crowd;
mod dependencies;
mod hostile;
mod keyboard;
mod live;
mod looks;
mod place;
mod reading;
mod stage;
