//! Nodes to values, by the rules that the original applied to every key.
//!
//! Its decoder was lenient: numbers pass for texts and texts for numbers, keys inside objects match in any case, null
//! is the same as absent. Each rule stands beside the function that applies it.

mod command;
mod fields;
mod near;
mod scalar;

pub(crate) use command::command;
pub(crate) use fields::{Fields, Shape, Stranger};
pub use near::near_miss;
pub(crate) use scalar::{boolean, duration_hint, go_boolean, list, number_text, text, texts, whole};
