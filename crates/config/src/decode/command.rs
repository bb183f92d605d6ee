//! Commands.

use super::number_text;
use crate::finding::{Finding, Findings};
use crate::json5::{Node, Value};
use gyropilot_model::Command;

/// The original's words for whatever is not a command.
const EMPTY: &str = "received zero-length argument";

/// A command as a text, which is split at each space, or as a list of words. Numbers and booleans in a list stand for
/// their own spelling. `message` puts the field in front of the reason when it is none.
pub(crate) fn command(
    node: &Node,
    message: impl Fn(&str) -> String,
    findings: &mut Findings,
) -> Option<Command> {
    let read = match &node.value {
        Value::String(line) => Command::from_line(line).ok(),
        Value::List(items) => Command::from_words(words(items, &message, findings)?).ok(),
        Value::Unreadable => return None,
        _ => None,
    };
    if read.is_none() {
        explain(node, findings.error(node.mark(), message(EMPTY)));
    }
    read
}

fn explain(node: &Node, finding: &mut Finding) {
    match &node.value {
        Value::String(_) | Value::List(_) => {
            finding
                .label("expected a program and its arguments")
                .hint("leave the key out if nothing is to be run");
        }
        Value::Object(members) => {
            finding.label("an object is not a command");
            if members.iter().any(|member| matches!(member.key.as_str(), "exec" | "interval" | "ttl")) {
                finding.hint("an object here is the v3 form; in v2 the command itself stands here");
            }
        }
        other => {
            finding.label(format!("{} is not a command", other.kind()));
        }
    }
}

fn words(items: &[Node], message: &impl Fn(&str) -> String, findings: &mut Findings) -> Option<Vec<String>> {
    let mut words = Vec::with_capacity(items.len());
    for item in items {
        words.push(match &item.value {
            Value::String(word) => word.clone(),
            Value::Number(number) => number_text(*number),
            Value::Bool(word) => word.to_string(),
            Value::Unreadable => return None,
            other => {
                let reason = format!("{} cannot be an argument", other.kind());
                findings.error(item.mark(), message(&reason)).label("expected a text");
                return None;
            }
        });
    }
    Some(words)
}
