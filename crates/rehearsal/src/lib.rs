//! Configuration tests: a plan rehearsed under virtual time.
//!
//! A test file says what happens (programs end, checks fail, instances come and go, signals arrive) and what is to be
//! so at which moment. [`run`] lets the real engine decide what the pilot does about it, in a [world](World) whose
//! clock is made up, so that an hour takes milliseconds and every run of a test is the same.

mod expect;
mod file;
mod names;
mod read;
mod run;
mod timeline;
mod world;

pub use file::{Behaviour, Check, Deed, Expectation, Lives, Moment, Rehearsal, Step, Test, Want, Wish};
pub use names::{Stranger, strangers};
pub use read::read;
pub use run::{Failure, Loader, Outcome, run};
