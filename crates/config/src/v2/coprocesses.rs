//! `coprocesses`: what runs beside the application.

use crate::decode::{Fields, Shape, Stranger, command, number_text, text};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use gyropilot_model::{Coprocess, Restarts};

pub(super) const SHAPE: Shape = Shape {
    what: "a coprocess",
    keys: &["name", "command", "restarts"],
    strangers: &[
        Stranger::renamed("exec", "command", "belongs to a v3 job"),
        Stranger::new("when", "belongs to a v3 job; a coprocess begins after preStart"),
        Stranger::new("health", "is for services; a coprocess has no check"),
    ],
    exact: false,
};

/// One coprocess.
pub(super) fn coprocess(node: &Node, path: &str, findings: &mut Findings) -> Option<Coprocess> {
    let fields = Fields::open(node, path, &SHAPE, findings)?;
    let name = fields.get("name").and_then(|node| text(node, &fields.path("name"), findings));
    let name = name.filter(|name| !name.is_empty());
    let owner = name.clone().unwrap_or_else(|| path.to_owned());
    let command = match fields.get("command") {
        Some(node) => {
            let message = |reason: &str| format!("Could not parse `coprocess` command {owner}: {reason}");
            command(node, message, findings)
        }
        None => {
            if !fields.is_misspelt("command") {
                findings
                    .error(fields.mark.clone(), format!("Coprocess did not provide a command: {owner}"))
                    .label("no `command` in here");
            }
            None
        }
    };
    let restarts = match fields.get("restarts") {
        Some(node) => restarts(node, findings),
        None => Some(Restarts::Limited(0)),
    };
    let command = command?;
    Some(Coprocess { name: name.unwrap_or_else(|| command.to_string()), command, restarts: restarts? })
}

/// A number of 0 or more, whose fraction is cut off, or `unlimited`, or `never`.
fn restarts(node: &Node, findings: &mut Findings) -> Option<Restarts> {
    let (limit, written) = match &node.value {
        Value::Unreadable | Value::Null => return None,
        Value::String(word) if word == "unlimited" => return Some(Restarts::Unlimited),
        Value::String(word) if word == "never" => return Some(Restarts::Limited(0)),
        Value::String(word) => (word.parse().ok(), word.escape_debug().to_string()),
        Value::Number(number) => {
            let cut = number.trunc();
            // Up to 2^32 a binary64 holds every whole number.
            let fits = (0.0..=f64::from(u32::MAX)).contains(&cut);
            (fits.then_some(cut as u32), number_text(*number))
        }
        Value::Bool(word) => (None, word.to_string()),
        other => (None, other.kind().to_owned()),
    };
    if limit.is_none() {
        findings
            .error(
                node.mark(),
                format!(
                    "Invalid 'restarts' field \"{written}\": accepts positive integers, \"unlimited\" or \"never\""
                ),
            )
            .label(format!("expected a whole number from 0 to {}, \"unlimited\" or \"never\"", u32::MAX));
    }
    limit.map(Restarts::Limited)
}
