//! `when`: what starts a job.

use super::value::{duration, span, word};
use crate::decode::{Fields, list, near_miss, text};
use crate::finding::{Findings, Span};
use crate::json5::{Node, Value};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{Awaited, EventCode, Trigger, When};
use std::time::Duration;

/// The words of `once` and `each`.
pub(super) const EVENTS: &[&str] = &[
    "exitSuccess",
    "exitFailed",
    "stopping",
    "stopped",
    "healthy",
    "unhealthy",
    "changed",
    "timerExpired",
    "enterMaintenance",
    "exitMaintenance",
    "error",
    "quit",
    "startup",
    "shutdown",
    "ready",
    "SIGHUP",
    "SIGUSR2",
];

const SOURCE: Key = Key::new(
    "source",
    Kind::Text,
    "none",
    "whose event it is: a job's name, `watch.NAME`, `global`, `SIGHUP` or `SIGUSR2`",
);
const ONCE: Key = Key::new("once", Kind::Words(EVENTS), "none", "start on the first such event only");
const EACH: Key = Key::new("each", Kind::Words(EVENTS), "none", "start on every such event");

const STRANGERS: &[Stranger] = &[
    Stranger::renamed("event", "once", "has two forms, `once` and `each`"),
    Stranger::renamed("frequency", "interval", "belongs to a v2 task"),
    Stranger::renamed("every", "interval", "is what `interval` does"),
];

pub(super) const SHAPE: Shape = Shape::new(
    "jobs[].when",
    Form::Jobs,
    "`when`",
    &[
        SOURCE,
        ONCE,
        EACH,
        Key::new(
            "interval",
            Kind::Duration,
            "none",
            "at least 1 ms; start when the pilot has started, and then every so often",
        ),
        Key::new("timeout", Kind::Duration, "none", "give up when the job was not started within this time"),
        Key::own("all", Kind::List(&Kind::Object("jobs[].when.all[]")), "none", "all of these, in any order"),
        Key::own(
            "any",
            Kind::List(&Kind::Object("jobs[].when.all[]")),
            "none",
            "any of these; a bare list is the same",
        ),
    ],
    STRANGERS,
);

pub(super) const ITEM: Shape = Shape::new(
    "jobs[].when.all[]",
    Form::Jobs,
    "an event that is waited for",
    &[SOURCE, ONCE, EACH],
    STRANGERS,
);

/// What starts a job, with the places of what is awaited.
pub(super) struct Read {
    pub(super) when: When,
    /// As many as are awaited.
    pub(super) places: Vec<Span>,
    /// Where `when` stands.
    pub(super) mark: Span,
}

/// One awaited event.
struct Item {
    awaited: Awaited,
    each: bool,
    place: Span,
}

/// What starts a job whose `when` this is. Default: once, when the pilot has started.
pub(super) fn when(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Read> {
    let Some(node) = fields.get("when") else {
        let mark = fields.mark.clone();
        return Some(Read::without_events(Trigger::Startup, None, mark));
    };
    let path = fields.path("when");
    if matches!(node.value, Value::List(_)) {
        return several(node, &path, owner, false, None, findings);
    }
    let when = Fields::open(node, path, &SHAPE, findings)?;
    let mark = node.mark();
    let given = |key: &&str| when.get(key).is_some();
    let lists: Vec<&str> = ["all", "any"].into_iter().filter(given).collect();
    let others: Vec<&str> = ["source", "once", "each", "interval"].into_iter().filter(given).collect();
    if let Some(first) = lists.first() {
        if let Some(second) = lists.get(1).or(others.first()) {
            findings
                .error(when.key_mark(second)?, format!("{owner}.when has `{first}` and `{second}`"))
                .label("expected to stand alone")
                .also(when.key_mark(first)?, "the events stand here already");
            return None;
        }
        let timeout = timeout(&when, owner, findings);
        return several(when.get(first)?, &when.path(first), owner, *first == "all", timeout, findings);
    }
    let kinds: Vec<&str> = ["interval", "once", "each"].into_iter().filter(given).collect();
    if let [first, second, ..] = kinds.as_slice() {
        findings
            .error(
                when.key_mark(second)?,
                format!("{owner}.when can have only one of 'interval', 'once', or 'each'"),
            )
            .label("expected only this")
            .and(when.key_mark(first)?, "or only this");
        return None;
    }
    if given(&"interval") {
        let interval = span(&when, "interval", &format!("{owner}.when"), findings);
        for key in ["source", "timeout"] {
            if let Some(mark) = when.get(key).and(when.key_mark(key)) {
                findings
                    .warning(mark, format!("{owner}.when.{key} has no effect beside `interval`"))
                    .label("not used");
            }
        }
        return Some(Read::without_events(Trigger::Interval(interval?), None, mark));
    }
    let timeout = timeout(&when, owner, findings);
    one(&when, owner, timeout, mark, findings)
}

/// The form of the original: one source and one event.
fn one(
    when: &Fields<'_>,
    owner: &str,
    timeout: Option<Duration>,
    mark: Span,
    findings: &mut Findings,
) -> Option<Read> {
    if let Some(node) = when.get("source").filter(|node| matches!(node.value, Value::List(_))) {
        findings
            .error(node.mark(), format!("'{}' expected type 'string', got a list", when.path("source")))
            .label("expected one source")
            .hint("several events stand in a list: when: [ { source: \"a\", once: \"healthy\" }, … ]")
            .hint("when: { all: [ … ] } waits for all of them");
        return None;
    }
    let source = word(when, "source", findings).unwrap_or_default();
    // Whatever stands beside it, a signal starts the job each time.
    if is_signal(&source) {
        return Some(Read::of(
            vec![Awaited { source, code: EventCode::Signal }],
            (false, true),
            timeout,
            vec![mark.clone()],
            mark,
        ));
    }
    let key = if when.get("each").is_some() { "each" } else { "once" };
    let Some(node) = when.get(key) else {
        if !["once", "each", "interval"].iter().any(|key| when.is_misspelt(key)) {
            findings
                .warning(mark.clone(), format!("{owner}.when never comes true: it names no event"))
                .label("no `once`, `each` or `interval` in here")
                .hint("leave `when` out to start with the pilot");
        }
        return Some(Read::of(Vec::new(), (false, false), timeout, Vec::new(), mark));
    };
    let code = event(node, &when.path(key), owner, findings)?;
    if source == "global" && code == EventCode::Startup && key == "once" {
        return Some(Read::without_events(Trigger::Startup, timeout, mark));
    }
    let place = node.mark();
    Some(Read::of(vec![Awaited { source, code }], (false, key == "each"), timeout, vec![place], mark))
}

/// Several events, which are all `once` or all `each`.
fn several(
    node: &Node,
    path: &str,
    owner: &str,
    all: bool,
    timeout: Option<Duration>,
    findings: &mut Findings,
) -> Option<Read> {
    let nodes = list(node, path, findings)?;
    if nodes.is_empty() {
        findings
            .error(node.mark(), format!("{owner}.when waits for nothing"))
            .label("expected events such as { source: \"db\", once: \"healthy\" }")
            .hint("leave `when` out to start with the pilot");
        return None;
    }
    let mut items = Vec::with_capacity(nodes.len());
    for (i, node) in nodes.iter().enumerate() {
        items.push(item(node, &format!("{path}[{i}]"), owner, findings));
    }
    let items: Vec<Item> = items.into_iter().collect::<Option<_>>()?;
    let each = items.first().is_some_and(|item| item.each);
    if let Some(other) = items.iter().find(|item| item.each != each) {
        let (first, second) = if each { ("each", "once") } else { ("once", "each") };
        findings
            .error(other.place.clone(), format!("{owner}.when mixes `once` and `each`"))
            .label(format!("`{second}` here"))
            .also(items.first()?.place.clone(), format!("`{first}` here"))
            .hint("all of them are `once`, or all of them are `each`");
        return None;
    }
    let places = items.iter().map(|item| item.place.clone()).collect();
    let awaited = items.into_iter().map(|item| item.awaited).collect();
    Some(Read::of(awaited, (all, each), timeout, places, node.mark()))
}

fn item(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<Item> {
    let fields = Fields::open(node, path, &ITEM, findings)?;
    let source = word(&fields, "source", findings);
    let Some(source) = source else {
        if !fields.is_misspelt("source") {
            findings
                .error(node.mark(), format!("{owner}.when: an event has no `source`"))
                .label("no `source` in here")
                .hint("add the name of a job, or `watch.` and that of a watch, or \"global\"");
        }
        return None;
    };
    let (once, each) = (fields.get("once"), fields.get("each"));
    let (event_node, is_each) = match (once, each) {
        (Some(_), Some(_)) => {
            findings
                .error(
                    fields.key_mark("each")?,
                    format!("{owner}.when can have only one of 'once' or 'each'"),
                )
                .label("expected only this")
                .and(fields.key_mark("once")?, "or only this");
            return None;
        }
        (Some(node), None) => (Some(node), false),
        (None, Some(node)) => (Some(node), true),
        (None, None) => (None, true),
    };
    if is_signal(&source) {
        let awaited = Awaited { source, code: EventCode::Signal };
        return Some(Item { awaited, each: is_each, place: node.mark() });
    }
    let Some(event_node) = event_node else {
        if !fields.is_misspelt("once") && !fields.is_misspelt("each") {
            findings
                .error(node.mark(), format!("{owner}.when: an event of {source} is not named"))
                .label("no `once` or `each` in here");
        }
        return None;
    };
    let key = if is_each { "each" } else { "once" };
    let code = event(event_node, &fields.path(key), owner, findings)?;
    Some(Item { awaited: Awaited { source, code }, each: is_each, place: node.mark() })
}

fn is_signal(source: &str) -> bool {
    matches!(source, "SIGHUP" | "SIGUSR2")
}

/// The event of this word, in its own case.
fn event(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<EventCode> {
    let written = text(node, path, findings)?;
    if let Some(code) = EventCode::from_word(&written) {
        return Some(code);
    }
    let message = format!("unable to parse {owner}.when.event: {written} is not a valid event code");
    let finding = findings.error(node.mark(), message);
    match near_miss(&written, EVENTS.iter().copied()) {
        Some(meant) => finding.label(format!("did you mean \"{meant}\"?")),
        None => finding.label("not an event").hint(format!("events are {}", EVENTS.join(", "))),
    };
    None
}

fn timeout(when: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Duration> {
    duration(when, "timeout", &format!("{owner}.when"), findings).filter(|timeout| !timeout.is_zero())
}

// === impl Read ===

impl Read {
    const fn without_events(trigger: Trigger, timeout: Option<Duration>, mark: Span) -> Self {
        Self { when: When { trigger, timeout }, places: Vec::new(), mark }
    }

    const fn of(
        awaited: Vec<Awaited>,
        (all, each): (bool, bool),
        timeout: Option<Duration>,
        places: Vec<Span>,
        mark: Span,
    ) -> Self {
        Self { when: When { trigger: Trigger::Events { awaited, all, each }, timeout }, places, mark }
    }
}
