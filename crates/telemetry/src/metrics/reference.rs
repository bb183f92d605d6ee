//! The page about metrics.

use super::own::DEFINITIONS;
use std::fmt::Write;

const ABOUT: &str = "# Metrics

<!-- Generated from crates/telemetry/src/metrics/own.rs; a test compares the two. -->

With a `telemetry` part in its configuration, Gyropilot serves `/metrics` on one
address in the text format of Prometheus (version 0.0.4): its own metrics, listed
here, and those of the configured sensors. A series appears with its first value.

Labels have few values. `role` is the kind of process: `preStart`, `app`, `preStop`,
`postStop`, `health`, `onChange`, `task`, `coprocess` or `sensor`. `service`, `id`,
`backend` and `metric` are names from the configuration, and `tag` is that of the
backend, empty when it has none; after a reload those that are no part of it any
more are forgotten.

A sensor's histogram has the upper bounds 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
1, 2.5, 5 and 10. A sensor's summary gives the quantiles 0.5, 0.9 and 0.99 of the
values of the last ten minutes, at most 1024 of them, without approximation. A
negative value of a counter is not taken up and counts as a sensor error.

| metric | type | labels | meaning |
|---|---|---|---|
";

/// The text of `docs/metrics.md`.
#[must_use]
pub fn reference() -> String {
    let mut page = ABOUT.to_owned();
    for definition in DEFINITIONS {
        let labels: Vec<String> = definition.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, kind, help) = (definition.name, definition.kind.as_str(), definition.help);
        // Writing to a string does not fail.
        let _ = writeln!(page, "| `{name}` | {kind} | {} | {help} |", labels.join(", "));
    }
    page
}
