//! `health`: how the health of a job is found out.

use super::probe::{FILE_KEY, GRPC_KEY, HTTP_KEY, PROBES, STATUS, TCP_KEY, numbers, probe, statuses};
use super::value::{duration, flag, number, span, times};
use crate::decode::{Fields, one_of, seconds};
use crate::finding::Findings;
use crate::json5::Value;
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{CheckRestart, HealthCheck, Probe, Warning};
use std::time::Duration;

/// Failures do not count for this long after a start.
const GRACE: Duration = Duration::from_secs(1);

pub(super) const SHAPE: Shape = Shape::new(
    "jobs[].health",
    Form::Jobs,
    "`health`",
    &[
        Key::new(
            "exec",
            Kind::Command,
            "none",
            "exit status 0 is well; without any probe the job is well while it runs",
        ),
        HTTP_KEY,
        TCP_KEY,
        GRPC_KEY,
        FILE_KEY,
        Key::required("interval", Kind::POSITIVE_SECONDS, "time between the starts of two checks"),
        Key::required(
            "ttl",
            Kind::POSITIVE_SECONDS,
            "without a word for this long the catalogue calls the service critical; not needed without a port",
        ),
        Key::new(
            "timeout",
            Kind::Duration,
            "`interval`",
            "a check that takes longer is ended and has failed",
        ),
        Key::new("logging", Kind::Object("jobs[].health.logging"), "", "where the output of `exec` goes"),
        Key::own(
            "successThreshold",
            Kind::TIMES,
            "1",
            "so many checks in a row must pass before the job is healthy",
        ),
        Key::own(
            "failureThreshold",
            Kind::TIMES,
            "1",
            "so many checks in a row must fail before it is unhealthy",
        ),
        Key::own(
            "startPeriod",
            Kind::Duration,
            "0",
            "after a start, failures do not count for this long, or until a check has passed",
        ),
        Key::own(
            "jitter",
            Kind::Duration,
            "0",
            "each check starts up to this much later; less than `interval`",
        ),
        Key::own("warning", Kind::Object("jobs[].health.warning"), "none", "what counts as a warning"),
        Key::own("onUnhealthy", Kind::Words(&["restart"]), "none", "the same as `checkRestart: {}`"),
        Key::own(
            "checkRestart",
            Kind::Object("jobs[].health.checkRestart"),
            "none",
            "when being unhealthy restarts the job",
        ),
    ],
    &[
        Stranger::renamed("poll", "interval", "belongs to a v2 service"),
        Stranger::renamed("command", "exec", "belongs to the v2 form"),
        Stranger::renamed("tll", "ttl", "stands so in old examples"),
        Stranger::renamed("heartbeat", "interval", "is what `interval` sets"),
    ],
);

pub(super) const LOGGING: Shape = Shape::new(
    "jobs[].health.logging",
    Form::Jobs,
    "the `logging` of a check",
    &[Key::new(
        "raw",
        Kind::Boolean,
        "false",
        "the output of `exec` goes straight to the pilot's own, past the log",
    )],
    &[],
);

pub(super) const WARNING: Shape = Shape::new(
    "jobs[].health.warning",
    Form::Jobs,
    "`warning`",
    &[
        Key::own("exit", Kind::AnyOf(&[EXIT, Kind::List(&EXIT)]), "none", "exit statuses of `exec`"),
        Key::own("status", Kind::AnyOf(&[STATUS, Kind::List(&STATUS)]), "none", "statuses of `http`"),
        Key::own("latency", Kind::Duration, "none", "a check that is well but takes longer than this"),
    ],
    &[],
);

const EXIT: Kind = Kind::Whole { least: 1, most: 255 };

pub(super) const CHECK_RESTART: Shape = Shape::new(
    "jobs[].health.checkRestart",
    Form::Jobs,
    "`checkRestart`",
    &[
        Key::own("limit", Kind::TIMES, "`failureThreshold`", "so many checks in a row must fail"),
        Key::own("grace", Kind::Duration, "1s", "failures do not count for this long after a start"),
        Key::own("ignoreWarnings", Kind::Boolean, "false", "a warning does not count as a failure"),
    ],
    &[],
);

/// The `health` of a job, and its TTL. `Some(None)` when it has none.
pub(super) fn health(
    fields: &Fields<'_>,
    owner: &str,
    advertised: bool,
    findings: &mut Findings,
) -> Option<Option<(HealthCheck, Option<Duration>)>> {
    let Some(node) = fields.get("health") else { return Some(None) };
    if matches!(node.value, Value::String(_) | Value::List(_)) {
        findings
            .error(
                node.mark(),
                format!("'{}' expected a map, got {}", fields.path("health"), node.value.kind()),
            )
            .label("the v2 form of it")
            .hint("write health: { exec: …, interval: 5, ttl: 15 }");
        return None;
    }
    let health = Fields::open(node, fields.path("health"), &SHAPE, findings)?;
    let owner = format!("{owner}.health");
    let positive = |key: &str, findings: &mut Findings| {
        seconds(&health, key, |rule| format!("{owner}.{key} {rule}"), findings)
    };
    let interval = positive("interval", findings);
    let ttl = if advertised || health.get("ttl").is_some() {
        positive("ttl", findings).map(Some)
    } else {
        Some(None)
    };
    let probe = probe(&health, &owner, findings);
    let timeout = timeout(&health, &owner, findings).or(interval);
    let logging =
        health.get("logging").and_then(|node| Fields::open(node, health.path("logging"), &LOGGING, findings));
    let raw = logging.is_some_and(|logging| flag(&logging, "raw", findings));
    let failure_threshold = times(&health, "failureThreshold", &owner, findings);
    let check = HealthCheck {
        success_threshold: times(&health, "successThreshold", &owner, findings),
        failure_threshold,
        start_period: duration(&health, "startPeriod", &owner, findings).unwrap_or_default(),
        jitter: duration(&health, "jitter", &owner, findings).unwrap_or_default(),
        warning: warning(&health, probe.as_ref().and_then(Option::as_ref), timeout, &owner, findings),
        check_restart: check_restart(&health, failure_threshold, &owner, findings),
        probe: probe?,
        interval: interval?,
        timeout: timeout?,
        raw,
    };
    check_sense(&health, &check, &owner, findings);
    Some(Some((check, ttl?)))
}

fn timeout(health: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Duration> {
    let node = crate::decode::given(health, "timeout")?;
    let written = super::value::written(node);
    let message = |reason: &str| format!("could not parse {owner}.timeout '{written}': {reason}");
    crate::decode::limit(health, "timeout", message, findings)
}

fn warning(
    health: &Fields<'_>,
    probe: Option<&Probe>,
    timeout: Option<Duration>,
    owner: &str,
    findings: &mut Findings,
) -> Warning {
    let open = |findings: &mut Findings| {
        let node = health.get("warning")?;
        Fields::open(node, health.path("warning"), &WARNING, findings)
    };
    let Some(fields) = open(findings) else { return Warning::default() };
    let owner = format!("{owner}.warning");
    for (key, needs, fits) in [
        ("exit", "exec", matches!(probe, Some(Probe::Exec(_)))),
        ("status", "http", matches!(probe, Some(Probe::Http(_)))),
        ("latency", "a probe", probe.is_some()),
    ] {
        if let Some(mark) = fields.get(key).filter(|_| !fits).and(fields.key_mark(key)) {
            let needs = if key == "latency" { needs.to_owned() } else { format!("`{needs}`") };
            findings
                .error(mark, format!("{owner}.{key} needs {needs}"))
                .label("nothing here gives such an answer");
        }
    }
    let warning = Warning {
        exit: numbers(&fields, "exit", &owner, (1, 255), findings).unwrap_or_default(),
        status: statuses(&fields, "status", &owner, findings).unwrap_or_default(),
        latency: span(&fields, "latency", &owner, findings),
    };
    if let (Some(latency), Some(timeout), Some(node)) = (warning.latency, timeout, fields.get("latency"))
        && latency >= timeout
    {
        findings
            .error(node.mark(), format!("{owner}.latency must be less than the timeout"))
            .label("a check that takes this long has failed already");
    }
    if let (Some(Probe::Http(http)), Some(node)) = (probe, fields.get("status")) {
        let expected = |status: &&u16| http.expect.as_ref().is_some_and(|expect| expect.contains(status));
        if let Some(both) = warning.status.iter().find(expected) {
            findings
                .error(node.mark(), format!("{owner}.status: {both} is expected, and so it is well"))
                .label("expected other statuses than `http.expect`");
        }
    }
    warning
}

/// `checkRestart`, which `onUnhealthy: "restart"` alone gives its defaults.
fn check_restart(
    health: &Fields<'_>,
    failure_threshold: u32,
    owner: &str,
    findings: &mut Findings,
) -> Option<CheckRestart> {
    let default = CheckRestart { limit: failure_threshold, grace: GRACE, ignore_warnings: false };
    let asked = health.get("onUnhealthy").and_then(|node| {
        let message = |word: &str| format!("{owner}.onUnhealthy '{word}' is unknown");
        one_of(node, &health.path("onUnhealthy"), &[("restart", ())], message, findings)
    });
    let Some(node) = health.get("checkRestart") else { return asked.map(|()| default) };
    let fields = Fields::open(node, health.path("checkRestart"), &CHECK_RESTART, findings)?;
    let owner = format!("{owner}.checkRestart");
    let limit = number(&fields, "limit", &owner, (1, i64::from(u32::MAX)), findings);
    Some(CheckRestart {
        limit: limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(default.limit),
        grace: duration(&fields, "grace", &owner, findings).unwrap_or(default.grace),
        ignore_warnings: flag(&fields, "ignoreWarnings", findings),
    })
}

/// What is well by itself but not together.
fn check_sense(health: &Fields<'_>, check: &HealthCheck, owner: &str, findings: &mut Findings) {
    if check.jitter >= check.interval
        && let Some(node) = health.get("jitter")
    {
        findings
            .error(node.mark(), format!("{owner}.jitter must be less than the interval"))
            .label("a check would start after the next one");
    }
    if check.probe.is_none() && !PROBES.iter().any(|key| health.is_misspelt(key)) {
        let needing =
            ["successThreshold", "failureThreshold", "startPeriod", "jitter", "onUnhealthy", "checkRestart"];
        for key in needing {
            if let Some(mark) = health.get(key).and(health.key_mark(key)) {
                findings
                    .error(mark, format!("{owner}.{key} needs a probe"))
                    .label("nothing is checked here")
                    .hint("add one of `exec`, `http`, `tcp`, `grpc` and `file`");
            }
        }
    }
}
