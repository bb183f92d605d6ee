//! The page about metrics.

use super::definitions::DEFINITIONS;
use std::fmt::Write;

const ABOUT: &str = "# Metrics

<!-- Generated from crates/telemetry/src/metrics/definitions.rs; a test compares the two. -->

With a `telemetry` part in its configuration, Gyropilot serves `/metrics` on one
address: its own metrics, listed here, and those that the configuration defines. A
series appears with its first value. Whoever asks for OpenMetrics (`Accept:
application/openmetrics-text`, versions 0.0.1 and 1.0.0) gets that, with units and
with `_total` behind the name of every counter; everybody else gets the text format of
Prometheus, version 0.0.4.

The same address serves `/status` when the configuration has jobs: JSON as
ContainerPilot 3 gave it, with `Version`, `Jobs`, `Services` and `Watches`.

For schedulers it answers `/livez`, always with 200 (whoever answers lives), and with jobs
`/readyz`: 200 when every job with a port is well and offered in the catalogue, no other job
is unhealthy, and the pilot neither stops nor is in maintenance; otherwise 503, with a reason a
line. `gyropilot status --ready` is the same by the control socket, for a `HEALTHCHECK`.

Requests are served beside everything else, sixteen at a time, each for ten seconds at
most; none delays a stop. With jobs, an address that is taken is tried for ten seconds
while everything else goes on, then an error is told and nothing is served until a
reload; with hooks it is an error at the start, as in ContainerPilot 2.

Labels have few values. `role` is the kind of process: `job`, `check`, or with hooks
`preStart`, `app`, `preStop`, `postStop`, `health`, `onChange`, `task`, `coprocess` or
`sensor`. `job`, `watch`, `service`, `id`, `backend` and `metric` are names from the
configuration, and `tag` is that of the backend, empty when it has none; after a reload
those that are no part of it any more are forgotten. `source` is a job, `check.` and a
job, `watch.` and a watch, `global` or a signal; whatever else told an event is `other`.

Processor time, memory, processes and ages are measured when somebody asks.

A histogram has the upper bounds 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5
and 10. A sensor's summary gives the quantiles 0.5, 0.9 and 0.99 of the values of the
last ten minutes, at most 1024 of them, without approximation. A negative value of a
counter is not taken up and counts as an error.

Values for `telemetry.metrics` are posted with `gyropilot -putmetric NAME=VALUE`. The
name is the one on the page, or the original's with the empty parts: what is shown as
`x` can be posted as `x` or `__x`. Values are kept across a reload as long as a metric
of that name and type is defined.

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
