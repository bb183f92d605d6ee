//! What both forms say of a service in the catalogue.

use crate::decode::{Fields, boolean, duration_text, is_go_duration, repeated, text, texts};
use crate::finding::{Findings, Span};
use crate::json5::Node;
use crate::shape::{Form, Key, Kind, Shape};
use gyropilot_model::Service;

/// The `consul` part of a service; `name` is where it stands.
pub(crate) const fn extras_shape(name: &'static str, form: Form, what: &'static str) -> Shape {
    const KEYS: &[Key] = &[
        Key::new("enableTagOverride", Kind::Boolean, "false", "others may change the tags"),
        Key::new(
            "deregisterCriticalServiceAfter",
            Kind::GoDuration,
            "never",
            "Consul forgets the service when it was critical for this long",
        ),
    ];
    Shape::new(name, form, what, KEYS, &[])
}

/// A service with its place.
pub(crate) type Placed = (Service, Span);

/// The `name` of something with its place, or `None`, reported with the words of `blank`, when it is blank.
pub(crate) fn name(fields: &Fields<'_>, blank: &str, findings: &mut Findings) -> Option<(String, Span)> {
    let node = fields.get("name");
    let name = match node {
        Some(node) => text(node, &fields.path("name"), findings)?,
        None if fields.is_misspelt("name") => return None,
        None => String::new(),
    };
    let mark = node.map_or_else(|| fields.mark.clone(), Node::mark);
    if name.trim().is_empty() {
        let label = if node.is_some() { "expected a name" } else { "no `name` in here" };
        findings.error(mark, blank).label(label);
        return None;
    }
    Some((name, mark))
}

/// `^[a-z][a-zA-Z0-9\-]+$`
pub(crate) fn is_discoverable(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| c.is_ascii_lowercase())
        && name.len() > 1
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A list of tags.
pub(crate) fn tags(fields: &Fields<'_>, findings: &mut Findings) -> Option<Vec<String>> {
    let Some(node) = fields.get("tags") else { return Some(Vec::new()) };
    let tags = texts(node, &fields.path("tags"), findings)?;
    Some(tags.into_iter().map(|(_, tag)| tag).collect())
}

/// The `consul` object: whether other agents may change tags, and when Consul forgets a critical service. `message`
/// makes an error of what is wrong with the latter.
pub(crate) fn extras(
    fields: &Fields<'_>,
    shape: &Shape,
    message: impl Fn(&str) -> String,
    findings: &mut Findings,
) -> (bool, Option<String>) {
    let open = |node: &'_ Node, findings: &mut Findings| {
        let extras = Fields::open(node, fields.path("consul"), shape, findings)?;
        let path = extras.path("enableTagOverride");
        let override_tags = extras.get("enableTagOverride").and_then(|node| boolean(node, &path, findings));
        let after = extras.get("deregisterCriticalServiceAfter").and_then(|node| {
            let written = duration_text(node, &message, findings)?;
            let given = !written.is_empty();
            (given && is_go_duration(node, &written, &message, findings)).then_some(written)
        });
        Some((override_tags.unwrap_or(false), after))
    };
    fields.get("consul").and_then(|node| open(node, findings)).unwrap_or_default()
}

/// Services of one name share their id, so that each undoes what the other tells the catalogue. The original ran such a
/// configuration without a word.
pub(crate) fn warn_of_shared_ids(services: Vec<Placed>, findings: &mut Findings) -> Vec<Service> {
    repeated(
        &services,
        |service| &service.name,
        |name, place, earlier| {
            findings
                .warning(place, format!("two services are named {name}"))
                .label("registered under the same id")
                .also(earlier, "as this one")
                .hint("give each its own name, or leave one out");
        },
    );
    services.into_iter().map(|(service, _)| service).collect()
}
