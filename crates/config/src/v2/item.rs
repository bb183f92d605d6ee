//! What services, backends, tasks and the rest have in common.

use crate::decode::{self, Fields};
use crate::finding::Findings;
use crate::service::{self, is_discoverable};
use std::time::Duration;

/// How messages name an item: by its name, or else by its place.
pub(super) fn owner(kind: &str, name: Option<&str>, path: &str) -> String {
    name.map_or_else(|| path.to_owned(), |name| format!("{kind} {name}"))
}

/// The `name` of something that stands in the catalogue, or `None`, reported, when it is blank.
pub(super) fn catalog_name(fields: &Fields<'_>, findings: &mut Findings) -> Option<String> {
    let (name, mark) = service::name(fields, "`name` must not be blank", findings)?;
    if !is_discoverable(&name) {
        findings
            .warning(mark, "service names must be alphanumeric with dashes to comply with service discovery")
            .label("accepted, but not findable by DNS everywhere")
            .hint("begin with a small letter; go on with letters, digits and `-`");
    }
    Some(name)
}

/// A positive number of seconds, which must be there. `owner` is such as `service nginx`.
pub(super) fn seconds(
    fields: &Fields<'_>,
    key: &str,
    owner: &str,
    findings: &mut Findings,
) -> Option<Duration> {
    decode::seconds(fields, key, |rule| format!("`{key}` {rule} in {owner}"), findings)
}

/// A port, which must be there.
pub(super) fn port(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<u16> {
    let message = |rule: &str| format!("`port` {rule} in {owner}");
    let port = decode::positive(fields, "port", message, i64::from(u16::MAX), findings)?;
    u16::try_from(port).ok()
}

/// The optional `timeout` of a command. Absent, empty and zero mean none.
pub(super) fn timeout(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Duration> {
    let message = |reason: &str| format!("Could not parse `timeout` in {owner}: {reason}");
    decode::limit(fields, "timeout", message, findings)
}
