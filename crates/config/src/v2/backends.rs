//! `backends`: what this container depends on.

use super::item::{self, catalog_name, seconds, timeout};
use crate::decode::{Fields, Shape, Stranger, command, text};
use crate::finding::Findings;
use crate::json5::Node;
use gyropilot_model::Backend;

pub(super) const SHAPE: Shape = Shape {
    what: "a backend",
    keys: &["name", "poll", "onChange", "tag", "timeout"],
    strangers: &[
        Stranger::renamed("interval", "poll", "belongs to a v3 watch"),
        Stranger::new("dc", "belongs to a v3 watch; in v2 the data centre stands in `consul`"),
        Stranger::new("tags", "is for services; a backend has one `tag`"),
        Stranger::renamed("exec", "onChange", "belongs to a v3 job"),
        Stranger::new("ttl", "is for services; a backend has none"),
    ],
    exact: false,
};

/// One backend.
pub(super) fn backend(node: &Node, path: &str, findings: &mut Findings) -> Option<Backend> {
    let fields = Fields::open(node, path, &SHAPE, findings)?;
    let name = catalog_name(&fields, findings);
    let owner = item::owner("backend", name.as_deref(), path);
    let on_change = match fields.get("onChange") {
        Some(node) => {
            let message = |reason: &str| format!("Could not parse `onChange` in {owner}: {reason}");
            command(node, message, findings)
        }
        None => {
            if !fields.is_misspelt("onChange") {
                findings
                    .error(fields.mark.clone(), format!("`onChange` is required in {owner}"))
                    .label("no `onChange` in here")
                    .hint("add the command that is to run when the instances change");
            }
            None
        }
    };
    let timeout = timeout(&fields, &owner, findings);
    let poll = seconds(&fields, "poll", &owner, findings);
    let tag = fields.get("tag").and_then(|node| text(node, &fields.path("tag"), findings));
    Some(Backend {
        name: name?,
        tag: tag.filter(|tag| !tag.is_empty()),
        poll: poll?,
        on_change: on_change?,
        timeout,
    })
}
