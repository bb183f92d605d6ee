//! `tasks`: what runs every so often.

use super::item;
use crate::decode::{Fields, command, duration, given, number_text, text};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{Task, format_go_duration};
use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(1);

pub(super) const SHAPE: Shape = Shape::new(
    "tasks[]",
    Form::Hooks,
    "a task",
    &[
        Key::new("name", Kind::Text, "the command", "for logs"),
        Key::required("command", Kind::Command, "what runs"),
        Key::required(
            "frequency",
            Kind::Duration,
            "at least 1 ms; the first run is one period after the start",
        ),
        Key::new(
            "timeout",
            Kind::Duration,
            "`frequency`",
            "at least 1 ms; a run that takes longer is killed",
        ),
    ],
    &[
        Stranger::renamed("exec", "command", "belongs to a v3 job"),
        Stranger::renamed("when", "frequency", "belongs to a v3 job"),
        Stranger::renamed("interval", "frequency", "belongs to a v3 job"),
        Stranger::renamed("poll", "frequency", "is for services and backends"),
    ],
);

/// One task.
pub(super) fn task(node: &Node, path: &str, findings: &mut Findings) -> Option<Task> {
    let fields = Fields::open(node, path, &SHAPE, findings)?;
    let name = fields.get("name").and_then(|node| text(node, &fields.path("name"), findings));
    let name = name.filter(|name| !name.is_empty());
    let owner = item::owner("task", name.as_deref(), path);
    let command = match fields.get("command") {
        // The original crashed on an empty one.
        Some(node) => {
            let message = |reason: &str| format!("Could not parse `command` in {owner}: {reason}");
            command(node, message, findings)
        }
        None => {
            if !fields.is_misspelt("command") {
                findings
                    .error(fields.mark.clone(), format!("Task did not provide a command: {owner}"))
                    .label("no `command` in here");
            }
            None
        }
    };
    let frequency = match fields.get("frequency") {
        Some(node) => span(node, "frequency", findings),
        None => {
            if !fields.is_misspelt("frequency") {
                findings
                    .error(
                        fields.mark.clone(),
                        format!("Unable to parse frequency of {owner}: it is missing"),
                    )
                    .label("no `frequency` in here")
                    .hint("add `frequency`, a duration such as \"30s\"");
            }
            None
        }
    };
    let timeout = match given(&fields, "timeout") {
        Some(node) => span(node, "timeout", findings),
        None => frequency,
    };
    let command = command?;
    Some(Task {
        name: name.unwrap_or_else(|| command.to_string()),
        command,
        frequency: frequency?,
        timeout: timeout?,
    })
}

/// A duration of at least a millisecond.
fn span(node: &Node, key: &str, findings: &mut Findings) -> Option<Duration> {
    let written = match &node.value {
        Value::String(text) => format!(" {text}"),
        Value::Number(number) => format!(" {}", number_text(*number)),
        _ => String::new(),
    };
    let span = duration(node, |reason| format!("Unable to parse {key}{written}: {reason}"), findings)?;
    if span < SHORTEST {
        // The slip of the pen is the original's.
        let title = if key == "timeout" { "Timeout" } else { "Frequency" };
        findings
            .error(node.mark(), format!("{title} {} cannot be less that 1ms", format_go_duration(span)))
            .label("expected 1ms or more");
        return None;
    }
    Some(span)
}
