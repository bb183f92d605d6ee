//! `watches`: what in the catalogue jobs react to.

use super::value::word;
use crate::decode::{Fields, repeated, seconds, text};
use crate::finding::{Findings, Span};
use crate::json5::Node;
use crate::service::{self, is_discoverable};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{Watch, WatchTarget};

pub(super) const SHAPE: Shape = Shape::new(
    "watches[]",
    Form::Jobs,
    "a watch",
    &[
        Key::required(
            "name",
            Kind::Text,
            "the service that is watched; its events have the source `watch.NAME`. With `key` or `prefix` any name",
        ),
        Key::required("interval", Kind::POSITIVE_SECONDS, "the longest a query waits"),
        Key::new("tag", Kind::Text, "all instances", "only instances with this tag"),
        Key::new("dc", Kind::Text, "the agent's own", "the data centre"),
        Key::own("key", Kind::Text, "none", "watch this key of the store in place of a service"),
        Key::own("prefix", Kind::Text, "none", "watch all keys that begin so in place of a service"),
    ],
    &[
        Stranger::renamed("poll", "interval", "belongs to a v2 backend"),
        Stranger::new(
            "onChange",
            "belongs to a v2 backend; here a job has when: { source: \"watch.…\", each: \"changed\" }",
        ),
        Stranger::renamed("tags", "tag", "is for jobs; a watch has one `tag`"),
        Stranger::renamed("datacenter", "dc", "is called `dc`"),
    ],
);

/// One watch with the place of its name.
pub(super) fn watch(node: &Node, path: &str, findings: &mut Findings) -> Option<(Watch, Span)> {
    let fields = Fields::open(node, path, &SHAPE, findings)?;
    let mark = fields.get("name").map_or_else(|| fields.mark.clone(), Node::mark);
    let name = name(&fields, findings);
    let owner =
        name.as_ref().map_or_else(|| path.replacen("watches", "watch", 1), |name| format!("watch[{name}]"));
    let interval = seconds(&fields, "interval", |rule| format!("{owner}.interval {rule}"), findings);
    let target = target(&fields, name.as_deref(), &owner, findings);
    Some((Watch { name: name?, target: target?, interval: interval? }, mark))
}

fn name(fields: &Fields<'_>, findings: &mut Findings) -> Option<String> {
    let (name, mark) = service::name(fields, "'name' must not be blank", findings)?;
    let of_a_service = fields.get("key").is_none() && fields.get("prefix").is_none();
    if of_a_service && !is_discoverable(&name) {
        let finding = findings
            .error(mark, "service names must be alphanumeric with dashes to comply with service discovery");
        finding.label("expected a small letter, then letters, digits and `-`, two or more in all");
        if let Some(name) = name.strip_prefix("watch.") {
            finding.hint(format!("write \"{name}\"; `watch.` stands before it in `when` only"));
        }
    }
    Some(name)
}

fn target(
    fields: &Fields<'_>,
    name: Option<&str>,
    owner: &str,
    findings: &mut Findings,
) -> Option<WatchTarget> {
    let tag = word(fields, "tag", findings);
    let datacenter = word(fields, "dc", findings);
    let (key, prefix) = (fields.get("key"), fields.get("prefix"));
    if let (Some(_), Some(_)) = (key, prefix) {
        findings
            .error(fields.key_mark("prefix")?, format!("{owner} has `key` and `prefix`"))
            .label("expected only this")
            .and(fields.key_mark("key")?, "or only this");
        return None;
    }
    let Some((word, node)) = key.map(|node| ("key", node)).or(prefix.map(|node| ("prefix", node))) else {
        return Some(WatchTarget::Service { name: name?.to_owned(), tag, datacenter });
    };
    if let Some(mark) = tag.and(fields.key_mark("tag")) {
        findings
            .error(mark, format!("{owner}.tag cannot be had with `{word}`"))
            .label("only instances of a service have tags");
        return None;
    }
    let written = text(node, &fields.path(word), findings)?;
    if written.is_empty() || written.starts_with('/') {
        findings
            .error(node.mark(), format!("{owner}.{word} is not the beginning of any key"))
            .label("expected such as \"app/config\", without `/` before it");
        return None;
    }
    Some(if word == "key" {
        WatchTarget::Key { key: written, datacenter }
    } else {
        WatchTarget::Prefix { prefix: written, datacenter }
    })
}

/// The service that is watched, unless it is one of another data centre.
pub(super) fn of_own_services(watch: &Watch) -> Option<&str> {
    match &watch.target {
        WatchTarget::Service { name, datacenter: None, .. } => Some(name),
        _ => None,
    }
}

/// Watches of one name share the source of their events, which two tags of a service may want; the same twice is one.
pub(super) fn without_twins(watches: Vec<(Watch, Span)>, findings: &mut Findings) -> Vec<Watch> {
    repeated(
        &watches,
        |watch| (&watch.name, &watch.target),
        |(name, _), place, earlier| {
            findings
                .warning(place, format!("two watches are named {name} and watch the same"))
                .label("this one is not used")
                .also(earlier, "this one is");
        },
    );
    let mut kept: Vec<Watch> = Vec::with_capacity(watches.len());
    for (watch, _) in watches {
        if !kept.iter().any(|other| (&other.name, &other.target) == (&watch.name, &watch.target)) {
            kept.push(watch);
        }
    }
    kept
}
