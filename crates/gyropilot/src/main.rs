//! The Autopilot Pattern in one static binary.
fn main() {}
