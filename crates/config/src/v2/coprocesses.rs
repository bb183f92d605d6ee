//! `coprocesses`: what runs beside the application.

use crate::decode::{Fields, command, restarts, text};
use crate::finding::Findings;
use crate::json5::Node;
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{Coprocess, Restarts};

pub(super) const SHAPE: Shape = Shape::new(
    "coprocesses[]",
    Form::Hooks,
    "a coprocess",
    &[
        Key::new("name", Kind::Text, "the command", "for logs and variables"),
        Key::required("command", Kind::Command, "what runs"),
        Key::new("restarts", Kind::RESTARTS, "never", "n restarts are n+1 runs"),
    ],
    &[
        Stranger::renamed("exec", "command", "belongs to a v3 job"),
        Stranger::new("when", "belongs to a v3 job; a coprocess begins after preStart"),
        Stranger::new("health", "is for services; a coprocess has no check"),
    ],
);

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
        Some(node) => {
            let message = |written: &str| {
                format!(
                    "Invalid 'restarts' field \"{written}\": accepts positive integers, \"unlimited\" or \"never\""
                )
            };
            restarts(node, message, findings)
        }
        None => Some(Restarts::Limited(0)),
    };
    let command = command?;
    Some(Coprocess { name: name.unwrap_or_else(|| command.to_string()), command, restarts: restarts? })
}
