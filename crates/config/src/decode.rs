//! Nodes to values, by the rules that the original applied to every key.
//!
//! Its decoder was lenient: numbers pass for texts and texts for numbers, keys inside objects match in any case, null
//! is the same as absent. Each rule stands beside the function that applies it.

mod command;
mod count;
mod duration;
mod fields;
mod near;
mod scalar;
mod words;

pub(crate) use command::command;
pub(crate) use count::{positive, restarts, seconds};
pub(crate) use duration::{duration, duration_text, given, is_go_duration, limit};
pub(crate) use fields::{Fields, each, members, repeated};
pub use near::near_miss;
pub(crate) use scalar::{boolean, duration_hint, go_boolean, list, number_text, text, texts, whole};
pub(crate) use words::one_of;
