//! `ready`: when a run of a job counts as ready.

use super::probe::{FILE_KEY, GRPC_KEY, HTTP_KEY, PROBES, TCP_KEY, probe};
use super::value::{number, span};
use crate::decode::{Fields, boolean, one_of, text};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::shape::{Form, Key, Kind, Shape};
use gyropilot_model::{Readiness, ReadyBy};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) const SHAPE: Shape = Shape::new(
    "jobs[].ready",
    Form::Jobs,
    "`ready`",
    &[
        Key::own(
            "notify",
            Kind::True,
            "none",
            "`READY=1` on the socket that `NOTIFY_SOCKET` names, as for systemd",
        ),
        Key::own("fd", Kind::Whole { least: 3, most: 1023 }, "none", "a line on this descriptor, as for s6"),
        Key::own("log", Kind::Text, "none", "a line of output that this regular expression matches"),
        Key::own("port", Kind::PORT, "none", "something listens on this TCP port"),
        Key::own("exec", Kind::Command, "none", "a program ends with 0"),
        HTTP_KEY,
        TCP_KEY,
        GRPC_KEY,
        FILE_KEY,
        Key::own(
            "timeout",
            Kind::Duration,
            "60s",
            "a run that is not ready by then is stopped and has failed",
        ),
        Key::own(
            "watchdog",
            Kind::Duration,
            "none",
            "with `notify`: a ready run that says nothing for this long is killed and has failed",
        ),
    ],
    &[],
);

/// When a run counts as ready; `Some(None)` when as soon as it was started. `raw`: its output is not read.
pub(super) fn ready(
    fields: &Fields<'_>,
    owner: &str,
    raw: bool,
    findings: &mut Findings,
) -> Option<Option<Readiness>> {
    let Some(node) = fields.get("ready") else { return Some(None) };
    let owner = format!("{owner}.ready");
    if let Value::String(_) = node.value {
        let message = |word: &str| format!("{owner} '{word}' is unknown");
        one_of(node, &fields.path("ready"), &[("notify", ())], message, findings)?;
        return Some(Some(Readiness { by: ReadyBy::Notify, timeout: TIMEOUT, watchdog: None }));
    }
    let ready = Fields::open(node, fields.path("ready"), &SHAPE, findings)?;
    let by = by(&ready, node, &owner, raw, findings);
    let timeout = span(&ready, "timeout", &owner, findings);
    let watchdog = span(&ready, "watchdog", &owner, findings);
    if ready.get("watchdog").is_some() && by.as_ref().is_some_and(|by| *by != ReadyBy::Notify) {
        findings
            .error(ready.key_mark("watchdog")?, format!("{owner}.watchdog needs `notify`"))
            .label("nothing else says that it is alive");
    }
    Some(Some(Readiness { by: by?, timeout: timeout.unwrap_or(TIMEOUT), watchdog }))
}

fn by(ready: &Fields<'_>, node: &Node, owner: &str, raw: bool, findings: &mut Findings) -> Option<ReadyBy> {
    let means = || ["notify", "fd", "log", "port"].into_iter().chain(PROBES);
    let given: Vec<&str> = means().filter(|key| ready.get(key).is_some()).collect();
    let key = match given.as_slice() {
        [one] => *one,
        [first, second, ..] => {
            findings
                .error(ready.key_mark(second)?, format!("{owner} has `{first}` and `{second}`"))
                .label("expected only this")
                .and(ready.key_mark(first)?, "or only this");
            return None;
        }
        [] => {
            if !means().any(|key| ready.is_misspelt(key)) {
                findings
                    .error(node.mark(), format!("{owner} says nothing of how a run becomes ready"))
                    .label(format!("expected one of {}", means().collect::<Vec<_>>().join(", ")));
            }
            return None;
        }
    };
    match key {
        "notify" => {
            let node = ready.get(key)?;
            if !boolean(node, &ready.path(key), findings)? {
                findings
                    .error(node.mark(), format!("{owner}.notify can only be true"))
                    .label("leave `ready` out instead");
                return None;
            }
            Some(ReadyBy::Notify)
        }
        "fd" => {
            let fd = number(ready, key, owner, (3, 1023), findings)?;
            u32::try_from(fd).ok().map(ReadyBy::Descriptor)
        }
        "log" => {
            if raw {
                findings
                    .error(ready.key_mark(key)?, format!("{owner}.log cannot be seen with logging.raw"))
                    .label("what a raw job writes goes past the pilot");
                return None;
            }
            log(ready.get(key)?, &ready.path(key), owner, findings)
        }
        "port" => {
            let port = number(ready, key, owner, (1, i64::from(u16::MAX)), findings)?;
            u16::try_from(port).ok().map(ReadyBy::Port)
        }
        _ => probe(ready, owner, findings)?.map(ReadyBy::Probe),
    }
}

fn log(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<ReadyBy> {
    let pattern = text(node, path, findings)?;
    match regex::Regex::new(&pattern) {
        Ok(_) if !pattern.is_empty() => Some(ReadyBy::Log(pattern)),
        Ok(_) => {
            findings
                .error(node.mark(), format!("{owner}.log matches any line"))
                .label("expected something more");
            None
        }
        Err(error) => {
            let told = error.to_string();
            let reason = told.lines().last().unwrap_or("").trim_start_matches("error: ");
            findings
                .error(node.mark(), format!("{owner}.log is no regular expression: {reason}"))
                .label("expected such as \"ready for connections\"");
            None
        }
    }
}
