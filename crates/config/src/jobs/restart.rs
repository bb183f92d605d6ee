//! `restarts` of the original, and `restart`, which says more.

use super::value::duration;
use crate::decode::{Fields, one_of, restarts};
use crate::finding::{Findings, Span};
use crate::json5::{Node, Value};
use crate::shape::{Form, Key, Kind, Shape};
use gyropilot_model::{Restart, RestartMode, Restarts, Trigger};
use std::time::Duration;

const DELAY: Duration = Duration::from_secs(1);
const MAX_DELAY: Duration = Duration::from_secs(30);

pub(super) const SHAPE: Shape = Shape::new(
    "jobs[].restart",
    Form::Jobs,
    "`restart`",
    &[
        Key::own(
            "attempts",
            Kind::RESTARTS,
            "never; `unlimited` for a job with an interval",
            "how often it is run again",
        ),
        Key::own("interval", Kind::Duration, "the job's life", "the attempts are counted within this time"),
        Key::own(
            "delay",
            Kind::Duration,
            "1s",
            "the wait before the first restart in a row, twice as long before each further one",
        ),
        Key::own("maxDelay", Kind::Duration, "30s", "the longest wait"),
        Key::own(
            "mode",
            Kind::Words(&["fail", "delay", "shutdown"]),
            "fail",
            "when the attempts are used up: the job has failed, or waits for the next `interval`, or the pilot shuts down \
             with the job's status",
        ),
    ],
    &[],
);

const MODES: [(&str, RestartMode); 3] =
    [("fail", RestartMode::Fail), ("delay", RestartMode::Delay), ("shutdown", RestartMode::Shutdown)];

/// What happens when a run has ended.
pub(super) fn restart(
    fields: &Fields<'_>,
    owner: &str,
    trigger: Option<&Trigger>,
    findings: &mut Findings,
) -> Option<Restart> {
    let periodic = matches!(trigger, Some(Trigger::Interval(_)));
    let default = Restart {
        attempts: if periodic { Restarts::Unlimited } else { Restarts::Limited(0) },
        interval: None,
        delay: DELAY,
        max_delay: MAX_DELAY,
        mode: RestartMode::Fail,
    };
    match (fields.get("restarts"), fields.get("restart")) {
        (None, None) => Some(default),
        (Some(_), Some(_)) => {
            findings
                .error(fields.key_mark("restart")?, format!("{owner} has `restarts` and `restart`"))
                .label("expected only this")
                .and(fields.key_mark("restarts")?, "or only this")
                .hint("`restarts` is `attempts` of `restart`");
            None
        }
        (Some(node), None) => {
            let field = format!("{owner}.restarts");
            let attempts = attempts(node, &field, trigger, findings)?;
            Some(Restart { attempts, ..default })
        }
        (None, Some(node)) => in_full(node, fields, owner, trigger, &default, findings),
    }
}

fn attempts(
    node: &Node,
    field: &str,
    trigger: Option<&Trigger>,
    findings: &mut Findings,
) -> Option<Restarts> {
    let message = |written: &str| {
        let reason = if written.starts_with('-') && written.trim_start_matches('-').parse::<f64>().is_ok() {
            "number must be positive integer"
        } else {
            "accepts positive integers, \"unlimited\", or \"never\""
        };
        format!("{field} field '{written}' invalid: {reason}")
    };
    let attempts = restarts(node, message, findings)?;
    if attempts == Restarts::Unlimited && matches!(trigger, Some(Trigger::Events { each: true, .. })) {
        findings
            .error(
                node.mark(),
                format!(
                    "{field} field 'unlimited' invalid: may not be used when 'job.when.each' is set because it may \
                     result in infinite processes"
                ),
            )
            .label("expected a number");
        return None;
    }
    Some(attempts)
}

fn in_full(
    node: &Node,
    job: &Fields<'_>,
    owner: &str,
    trigger: Option<&Trigger>,
    default: &Restart,
    findings: &mut Findings,
) -> Option<Restart> {
    if matches!(node.value, Value::String(_) | Value::Number(_)) {
        findings
            .error(
                job.key_mark("restart")?,
                format!("'{}' expected a map, got {}", job.path("restart"), node.value.kind()),
            )
            .label("write `restarts`")
            .hint("a number or a word stands in `restarts`; `restart` is an object that says more");
        return None;
    }
    let fields = Fields::open(node, job.path("restart"), &SHAPE, findings)?;
    let owner = format!("{owner}.restart");
    let written =
        fields.get("attempts").map(|node| attempts(node, &format!("{owner}.attempts"), trigger, findings));
    let mode = match fields.get("mode") {
        Some(node) => {
            let message = |word: &str| format!("{owner}.mode '{word}' is unknown");
            one_of(node, &fields.path("mode"), &MODES, message, findings)
        }
        None => Some(RestartMode::Fail),
    };
    let interval = duration(&fields, "interval", &owner, findings).filter(|interval| !interval.is_zero());
    let delay = duration(&fields, "delay", &owner, findings);
    let max_delay = duration(&fields, "maxDelay", &owner, findings);
    let restart = Restart {
        attempts: match written {
            Some(attempts) => attempts?,
            None => default.attempts,
        },
        interval,
        delay: delay.unwrap_or(default.delay),
        // Where it is not given, a long first wait is the longest too.
        max_delay: max_delay.unwrap_or_else(|| default.max_delay.max(delay.unwrap_or_default())),
        mode: mode?,
    };
    check_sense(&fields, &restart, written.is_some(), &owner, findings);
    Some(restart)
}

/// What is well by itself but not together.
fn check_sense(fields: &Fields<'_>, restart: &Restart, counted: bool, owner: &str, findings: &mut Findings) {
    let place = |key: &str| -> Option<Span> { fields.get(key).and(fields.key_mark(key)) };
    if restart.delay > restart.max_delay
        && let Some(mark) = place("maxDelay")
    {
        findings
            .error(mark, format!("{owner}.maxDelay is shorter than `delay`"))
            .label("the longest wait would be shorter than the first");
    }
    if restart.mode == RestartMode::Delay
        && restart.interval.is_none()
        && let Some(mark) = place("mode")
    {
        findings
            .error(mark, format!("{owner}.mode \"delay\" needs `interval`"))
            .label("there is no next interval to wait for");
    }
    if restart.attempts == Restarts::Unlimited {
        for key in ["interval", "mode"] {
            if let Some(mark) = place(key) {
                findings
                    .error(mark, format!("{owner}.{key} needs a number of `attempts`"))
                    .label("the attempts are never used up");
            }
        }
    } else if !counted && !fields.is_misspelt("attempts") {
        for key in ["interval", "delay", "maxDelay"] {
            if let Some(mark) = place(key) {
                findings
                    .error(mark, format!("{owner}.{key} needs `attempts`"))
                    .label("the job is never run again")
                    .hint("add `attempts`: a number, or \"unlimited\"");
            }
        }
    }
}
