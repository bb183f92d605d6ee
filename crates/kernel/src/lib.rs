//! System calls: spawning, reaping, signals, interfaces, clocks, output that never blocks.
