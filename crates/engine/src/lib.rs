//! The pilot's brain: pure state machines, no I/O and no clock.
