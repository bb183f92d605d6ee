//! `exit` and `stopBudget`: when the pilot ends by itself, and how long it may take.

use super::job::Read;
use super::value::duration;
use crate::decode::{Fields, one_of};
use crate::finding::Findings;
use crate::json5::Node;
use gyropilot_model::{ExitPolicy, Trigger, format_go_duration};
use std::time::Duration;

pub(super) const WORDS: &[&str] = &["all", "main", "first-failure", "any", "never"];

const POLICIES: [(&str, ExitPolicy); 5] = [
    ("all", ExitPolicy::All),
    ("main", ExitPolicy::Main),
    ("first-failure", ExitPolicy::FirstFailure),
    ("any", ExitPolicy::Any),
    ("never", ExitPolicy::Never),
];

/// When the pilot ends by itself. `complete`: `jobs` are all there are.
pub(super) fn exit(
    fields: &Fields<'_>,
    jobs: &[Read],
    complete: bool,
    findings: &mut Findings,
) -> ExitPolicy {
    let node = fields.get("exit");
    let message = |word: &str| format!("exit '{word}' is unknown");
    let policy = node.and_then(|node| one_of(node, "exit", &POLICIES, message, findings)).unwrap_or_default();
    let mains: Vec<&Read> = jobs.iter().filter(|read| read.main.is_some()).collect();
    if let [first, second, ..] = mains.as_slice()
        && let (Some(first), Some(second)) = (&first.main, &second.main)
    {
        findings
            .error(second.clone(), "two jobs are the main job")
            .label("expected only this")
            .and(first.clone(), "or only this");
    }
    match (policy, mains.first(), node) {
        (ExitPolicy::Main, None, Some(node)) if complete => {
            findings
                .error(node.mark(), "exit \"main\" needs a main job")
                .label("no job is it")
                .hint("write main: true in the job whose end is the container's");
        }
        (ExitPolicy::Main, Some(read), _) if matches!(read.job.when.trigger, Trigger::Interval(_)) => {
            if let Some(main) = &read.main {
                findings
                    .error(main.clone(), format!("the main job {} runs every so often", read.job.name))
                    .label("the container would end with its first run")
                    .also(read.when.clone(), "here");
            }
        }
        (ExitPolicy::Main, ..) => {}
        (_, Some(read), _) => {
            if let Some(main) = &read.main {
                findings
                    .warning(main.clone(), "`main` has no effect without exit: \"main\"")
                    .label("not looked at")
                    .hint("add exit: \"main\" at the top");
            }
        }
        (_, None, _) => {}
    }
    policy
}

/// The most that a whole shutdown may take.
pub(super) fn stop_budget(fields: &Fields<'_>, jobs: &[Read], findings: &mut Findings) -> Option<Duration> {
    let budget = duration(fields, "stopBudget", "configuration", findings)?;
    let node = fields.get("stopBudget")?;
    if budget.is_zero() {
        findings
            .error(node.mark(), "stopBudget must be > 0")
            .label("expected such as \"25s\"")
            .hint("leave it out when there is no limit");
        return None;
    }
    let of_all = fields.get("stopTimeout").map(Node::mark);
    let beyond = jobs.iter().find_map(|read| {
        let place = read.stop_timeout.clone().or_else(|| of_all.clone())?;
        (read.job.stop.drain.saturating_add(read.job.stop.timeout) > budget).then_some((read, place))
    });
    if let Some((read, place)) = beyond {
        let (drain, timeout) = (read.job.stop.drain, read.job.stop.timeout);
        findings
            .warning(node.mark(), format!("stopBudget is less than job[{}] may take to stop", read.job.name))
            .label(format!("less than {}", format_go_duration(drain.saturating_add(timeout))))
            .also(place, "this is cut short");
    }
    Some(budget)
}
