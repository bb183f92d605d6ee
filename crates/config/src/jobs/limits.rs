//! `rlimits`: what a process may take of the machine.

use super::value::written;
use crate::decode::{Fields, whole};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::Limit;
use std::collections::BTreeMap;

const ONE: Kind = Kind::Whole { least: 0, most: i64::MAX };
const NUMBER: Kind = Kind::AnyOf(&[ONE, Kind::Words(&["unlimited"])]);

const fn limit(name: &'static str, about: &'static str) -> Key {
    const KIND: Kind = Kind::AnyOf(&[ONE, Kind::Words(&["unlimited"]), Kind::Object("jobs[].rlimits.NAME")]);
    Key::own(name, KIND, "the pilot's own", about)
}

/// The limits of Linux: <https://man7.org/linux/man-pages/man2/getrlimit.2.html>.
pub(super) const SHAPE: Shape = Shape::new(
    "jobs[].rlimits",
    Form::Jobs,
    "`rlimits`",
    &[
        limit("as", "bytes of address space"),
        limit("core", "bytes of a core file"),
        limit("cpu", "seconds of processor time"),
        limit("data", "bytes of data"),
        limit("fsize", "bytes of a file that it writes"),
        limit("locks", "locks"),
        limit("memlock", "bytes locked in memory"),
        limit("msgqueue", "bytes of message queues"),
        limit("nice", "20 less the lowest nice value"),
        limit("nofile", "open files"),
        limit("nproc", "processes of its user"),
        limit("rss", "resident pages; without effect"),
        limit("rtprio", "real-time priority"),
        limit("rttime", "µs of real-time processor time without a pause"),
        limit("sigpending", "signals that wait"),
        limit("stack", "bytes of stack"),
    ],
    &[
        Stranger::renamed("RLIMIT_NOFILE", "nofile", "is called `nofile`"),
        Stranger::renamed("RLIMIT_NPROC", "nproc", "is called `nproc`"),
        Stranger::renamed("RLIMIT_CORE", "core", "is called `core`"),
        Stranger::renamed("RLIMIT_MEMLOCK", "memlock", "is called `memlock`"),
        Stranger::renamed("RLIMIT_AS", "as", "is called `as`"),
    ],
);

pub(super) const LIMIT: Shape = Shape::new(
    "jobs[].rlimits.NAME",
    Form::Jobs,
    "a limit",
    &[
        Key::own("soft", NUMBER, "", "what holds").must(),
        Key::own("hard", NUMBER, "", "how far the process itself may raise it").must(),
    ],
    &[],
);

/// The limits of a job.
pub(super) fn limits(
    fields: &Fields<'_>,
    owner: &str,
    findings: &mut Findings,
) -> Option<BTreeMap<String, Limit>> {
    let Some(node) = fields.get("rlimits") else { return Some(BTreeMap::new()) };
    let fields = Fields::open(node, fields.path("rlimits"), &SHAPE, findings)?;
    let given = SHAPE.keys.iter().filter_map(|key| Some((key.name, fields.get(key.name)?)));
    let limits: Vec<(String, Option<Limit>)> = given
        .map(|(name, node)| {
            let owner = format!("{owner}.rlimits.{name}");
            (name.to_owned(), one(node, &fields.path(name), &owner, findings))
        })
        .collect();
    limits.into_iter().map(|(name, limit)| Some((name, limit?))).collect()
}

fn one(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<Limit> {
    if !matches!(node.value, Value::Object(_)) {
        let both = number(node, path, owner, findings)?;
        return Some(Limit { soft: both, hard: both });
    }
    let fields = Fields::open(node, path, &LIMIT, findings)?;
    let mut part = |key: &str| match fields.get(key) {
        Some(node) => number(node, &fields.path(key), &format!("{owner}.{key}"), findings),
        None => {
            if !fields.is_misspelt(key) {
                findings
                    .error(node.mark(), format!("{owner}.{key} is missing"))
                    .label("expected { soft: …, hard: … }");
            }
            None
        }
    };
    let limit = Limit { soft: part("soft")?, hard: part("hard")? };
    let beyond = match (limit.soft, limit.hard) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(soft), Some(hard)) => soft > hard,
    };
    if beyond {
        findings
            .error(fields.get("soft")?.mark(), format!("{owner}: the soft limit is above the hard one"))
            .label("expected no more than `hard`");
        return None;
    }
    Some(limit)
}

/// A number; `Some(None)` is unlimited.
fn number(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<Option<u64>> {
    if matches!(&node.value, Value::String(word) if word.eq_ignore_ascii_case("unlimited")) {
        return Some(None);
    }
    let number = whole(node, path, findings)?;
    let fits = u64::try_from(number).ok();
    if fits.is_none() {
        findings
            .error(node.mark(), format!("{owner}: {} is no limit", written(node)))
            .label("expected 0 or more, or \"unlimited\"");
    }
    fits.map(Some)
}
