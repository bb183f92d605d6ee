//! Which form a configuration has.

use crate::decode::near_miss;
use crate::finding::{Findings, Span};
use crate::json5::{Member, Node, Value};
use crate::shape::Form;

/// Keys at the top that only the form of jobs has.
const JOBS: [&str; 6] = ["jobs", "watches", "control", "exit", "stopBudget", "secrets"];

/// Keys at the top that only the form of hooks has.
const HOOKS: [&str; 9] =
    ["services", "backends", "preStart", "onStart", "preStop", "postStop", "tasks", "coprocesses", "etcd"];

/// Keys whose likeness to others is looked at; the bound keeps a hostile file cheap.
const MOST_LOOKED_AT: usize = 20;

/// The form of a configuration, told by the keys that only one of them has; without any it is that of hooks. `None`,
/// reported, when it is no configuration, or of both forms.
pub(crate) fn form(root: &Node, findings: &mut Findings) -> Option<Form> {
    let Value::Object(members) = &root.value else {
        if root.value != Value::Unreadable {
            findings
                .error(
                    root.mark(),
                    format!("Could not parse configuration: expected an object, got {}", root.value.kind()),
                )
                .label("expected { … }");
        }
        return None;
    };
    let first = |keys: &[&str]| members.iter().find(|member| keys.contains(&member.key.as_str()));
    match (first(&JOBS), first(&HOOKS)) {
        (Some(jobs), Some(hooks)) => {
            let (later, earlier) = if jobs.key_span.start > hooks.key_span.start {
                ((jobs, "v3"), (hooks, "v2"))
            } else {
                ((hooks, "v2"), (jobs, "v3"))
            };
            mixed(later, earlier, findings);
            None
        }
        (Some(_), None) => Some(Form::Jobs),
        (None, Some(_)) => Some(Form::Hooks),
        (None, None) => Some(guess(members)),
    }
}

fn mixed(later: (&Member, &str), earlier: (&Member, &str), findings: &mut Findings) {
    let mark = |member: &Member| -> Span { member.key_span.clone() };
    findings
        .error(
            mark(later.0),
            format!(
                "`{}` belongs to the {} form of a configuration, `{}` to the {} form",
                later.0.key, later.1, earlier.0.key, earlier.1
            ),
        )
        .label(format!("{} form", later.1))
        .also(mark(earlier.0), format!("{} form", earlier.1))
        .hint("a configuration has one form: jobs (v3), or services, backends and hooks (v2)")
        .hint("`gyropilot migrate FILE` writes a v2 file in the v3 form");
}

/// The form of a configuration without any key that only one form has.
fn guess(members: &[Member]) -> Form {
    let telemetry = |key: &str| {
        members.iter().filter(|member| member.key == "telemetry").any(|member| match &member.node.value {
            Value::Object(members) => members.iter().any(|member| member.key.eq_ignore_ascii_case(key)),
            _ => false,
        })
    };
    if telemetry("metrics") && !telemetry("sensors") {
        return Form::Jobs;
    }
    // A key that is written wrongly tells too.
    let neutral = ["consul", "logging", "stopTimeout", "telemetry", "signals", "compat", "$schema"];
    let known = || neutral.into_iter().chain(HOOKS).chain(JOBS);
    let mut meant = members.iter().take(MOST_LOOKED_AT).filter_map(|member| near_miss(&member.key, known()));
    match meant.find(|meant| !neutral.contains(meant)) {
        Some(meant) if JOBS.contains(&meant) => Form::Jobs,
        _ => Form::Hooks,
    }
}
