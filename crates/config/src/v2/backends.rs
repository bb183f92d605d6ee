//! `backends`: what this container depends on.

use super::item::{self, catalog_name, seconds, timeout};
use crate::decode::{Fields, command, repeated, text};
use crate::finding::{Findings, Span};
use crate::json5::Node;
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::Backend;

pub(super) const SHAPE: Shape = Shape::new(
    "backends[]",
    Form::Hooks,
    "a backend",
    &[
        Key::required("name", Kind::Text, "as for services"),
        Key::required(
            "poll",
            Kind::POSITIVE_SECONDS,
            "the shortest time between two runs; the longest a query waits",
        ),
        Key::required("onChange", Kind::Command, "runs when the healthy instances changed"),
        Key::new("tag", Kind::Text, "all instances", "only instances with this tag"),
        Key::new("timeout", Kind::Duration, "none", "a run that takes longer is killed"),
    ],
    &[
        Stranger::renamed("interval", "poll", "belongs to a v3 watch"),
        Stranger::new("dc", "belongs to a v3 watch; in v2 the data centre stands in `consul`"),
        Stranger::new("tags", "is for services; a backend has one `tag`"),
        Stranger::renamed("exec", "onChange", "belongs to a v3 job"),
        Stranger::new("ttl", "is for services; a backend has none"),
    ],
);

/// A backend with its place.
pub(super) type Placed = (Backend, Span);

/// One backend.
pub(super) fn backend(node: &Node, path: &str, findings: &mut Findings) -> Option<Placed> {
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
    let backend = Backend {
        name: name?,
        tag: tag.filter(|tag| !tag.is_empty()),
        poll: poll?,
        on_change: on_change?,
        timeout,
    };
    Some((backend, node.mark()))
}

/// Two backends of one name and tag see the same changes: one of them was probably meant to have another tag.
pub(super) fn warn_of_twins(backends: Vec<Placed>, findings: &mut Findings) -> Vec<Backend> {
    repeated(
        &backends,
        |backend| (&backend.name, &backend.tag),
        |(name, tag), place, earlier| {
            let what = match tag {
                Some(tag) => format!("two backends are named {name} and have the tag {tag}"),
                None => format!("two backends are named {name} and have no tag"),
            };
            findings
                .warning(place, what)
                .label("runs at the same changes")
                .also(earlier, "as this one")
                .hint("give one another `tag`, or leave it out and let one `onChange` do both");
        },
    );
    backends.into_iter().map(|(backend, _)| backend).collect()
}
