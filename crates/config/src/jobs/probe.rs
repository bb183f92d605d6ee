//! What is asked whether all is well: `exec`, `http`, `tcp`, `grpc` or `file`.

use super::address::{check_endpoint, check_url};
use super::value::{absolute, span, word};
use crate::decode::{Fields, boolean, command, list, text, whole};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{HttpProbe, Probe};
use std::collections::BTreeMap;

/// The keys of which one says what is asked.
pub(super) const PROBES: [&str; 5] = ["exec", "http", "tcp", "grpc", "file"];

pub(super) const HTTP_KEY: Key = Key::own(
    "http",
    Kind::AnyOf(&[Kind::Text, Kind::Object("jobs[].health.http")]),
    "none",
    "a URL that is asked: `http://host:port/path`, `https://…` or `unix:///socket:/path`; 200 to 399 is well",
);
pub(super) const TCP_KEY: Key =
    Key::own("tcp", Kind::Text, "none", "`host:port` that is connected to; being accepted is well");
pub(super) const GRPC_KEY: Key = Key::own(
    "grpc",
    Kind::AnyOf(&[Kind::Text, Kind::Object("jobs[].health.grpc")]),
    "none",
    "`host:port` that is asked by the gRPC health checking protocol; SERVING is well",
);
pub(super) const FILE_KEY: Key = Key::own(
    "file",
    Kind::AnyOf(&[Kind::Text, Kind::Object("jobs[].health.file")]),
    "none",
    "the path of a file; being there is well",
);

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "OPTIONS"];

pub(super) const HTTP: Shape = Shape::new(
    "jobs[].health.http",
    Form::Jobs,
    "`http`",
    &[
        Key::own("url", Kind::Text, "", "`http://host:port/path`, `https://…` or `unix:///socket:/path`")
            .must(),
        Key::own("method", Kind::Words(METHODS), "GET", "any case"),
        Key::own("headers", Kind::Map(&Kind::Text), "none", "sent with the request"),
        Key::own(
            "expect",
            Kind::AnyOf(&[STATUS, Kind::List(&STATUS)]),
            "200 to 399",
            "the statuses that are well",
        ),
        Key::own("verify", Kind::Boolean, "true", "check the server's certificate"),
    ],
    &[Stranger::renamed("status", "expect", "is what `expect` names")],
);

/// A status of HTTP.
pub(super) const STATUS: Kind = Kind::Whole { least: 100, most: 599 };

pub(super) const GRPC: Shape = Shape::new(
    "jobs[].health.grpc",
    Form::Jobs,
    "`grpc`",
    &[
        Key::own("address", Kind::Text, "", "`host:port`").must(),
        Key::own("service", Kind::Text, "the server as a whole", "the service that is asked about"),
    ],
    &[],
);

pub(super) const FILE: Shape = Shape::new(
    "jobs[].health.file",
    Form::Jobs,
    "`file`",
    &[
        Key::own("path", Kind::Text, "", "an absolute path").must(),
        Key::own(
            "maxAge",
            Kind::Duration,
            "any age",
            "well only when it was written less than this long ago",
        ),
    ],
    &[],
);

/// What is asked; `Some(None)` when nothing is.
pub(super) fn probe(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Option<Probe>> {
    let given: Vec<&str> = PROBES.into_iter().filter(|key| fields.get(key).is_some()).collect();
    if let [first, second, ..] = given.as_slice() {
        findings
            .error(fields.key_mark(second)?, format!("{owner} has two probes, `{first}` and `{second}`"))
            .label("expected only this")
            .and(fields.key_mark(first)?, "or only this");
        return None;
    }
    let Some(key) = given.first() else { return Some(None) };
    let node = fields.get(key)?;
    let path = fields.path(key);
    let owner = format!("{owner}.{key}");
    let probe = match *key {
        "exec" => {
            Probe::Exec(command(node, |reason| format!("unable to create {owner}: {reason}"), findings)?)
        }
        "http" => Probe::Http(http(node, &path, &owner, findings)?),
        "tcp" => Probe::Tcp { address: endpoint(node, &path, &owner, findings)? },
        "grpc" => grpc(node, &path, &owner, findings)?,
        _ => file(node, &path, &owner, findings)?,
    };
    Some(Some(probe))
}

/// A text that names an endpoint.
fn endpoint(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<String> {
    let written = text(node, path, findings)?;
    match check_endpoint(&written) {
        Ok(()) => Some(written),
        Err(reason) => {
            let finding = findings.error(node.mark(), format!("{owner} is no address: {reason}"));
            finding.label("expected such as \"localhost:5432\"");
            let bare = written.trim_start_matches(':');
            if bare.parse::<u16>().is_ok_and(|port| port > 0) {
                finding.hint(format!("write \"localhost:{bare}\""));
            }
            None
        }
    }
}

/// The value of a key that must be there.
fn required<'n>(fields: &Fields<'n>, key: &str, owner: &str, findings: &mut Findings) -> Option<&'n Node> {
    let node = fields.get(key);
    if node.is_none() && !fields.is_misspelt(key) {
        findings
            .error(fields.mark.clone(), format!("{owner}.{key} is missing"))
            .label(format!("no `{key}` in here"));
    }
    node
}

fn url(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<String> {
    let written = text(node, path, findings)?;
    match check_url(&written) {
        Ok(()) => Some(written),
        Err(reason) => {
            findings
                .error(node.mark(), format!("{owner} is no URL: {reason}"))
                .label("expected such as \"http://localhost:8080/health\"");
            None
        }
    }
}

fn http(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<HttpProbe> {
    if !matches!(node.value, Value::Object(_)) {
        let url = url(node, path, owner, findings)?;
        let method = "GET".to_owned();
        return Some(HttpProbe { url, method, headers: BTreeMap::new(), expect: None, verify: true });
    }
    let fields = Fields::open(node, path, &HTTP, findings)?;
    let url = required(&fields, "url", owner, findings)
        .and_then(|node| url(node, &fields.path("url"), &format!("{owner}.url"), findings));
    let words: Vec<(&'static str, &'static str)> = METHODS.iter().map(|word| (*word, *word)).collect();
    let method = match fields.get("method") {
        Some(node) => {
            let message = |word: &str| format!("{owner}.method '{word}' is unknown");
            crate::decode::one_of(node, &fields.path("method"), &words, message, findings)
        }
        None => Some("GET"),
    };
    let headers = headers(&fields, owner, findings);
    let expect = fields.get("expect").map(|_| statuses(&fields, "expect", owner, findings));
    let verify = fields.get("verify").and_then(|node| boolean(node, &fields.path("verify"), findings));
    Some(HttpProbe {
        url: url?,
        method: method?.to_owned(),
        headers: headers?,
        expect: expect.map_or(Some(None), |expect| expect.map(Some))?,
        verify: verify.unwrap_or(true),
    })
}

/// Statuses of HTTP: one, or a list.
pub(super) fn statuses(
    fields: &Fields<'_>,
    key: &str,
    owner: &str,
    findings: &mut Findings,
) -> Option<Vec<u16>> {
    numbers(fields, key, owner, (100, 599), findings)
}

/// One whole number of a range, or a list of them; never empty.
pub(super) fn numbers<T: TryFrom<i64>>(
    fields: &Fields<'_>,
    key: &str,
    owner: &str,
    (least, most): (i64, i64),
    findings: &mut Findings,
) -> Option<Vec<T>> {
    let node = fields.get(key)?;
    let path = fields.path(key);
    let items = match &node.value {
        Value::List(_) => list(node, &path, findings)?,
        _ => vec![node],
    };
    if items.is_empty() {
        findings.error(node.mark(), format!("{owner}.{key} is empty")).label("expected a number, or several");
        return None;
    }
    let mut numbers = Vec::with_capacity(items.len());
    for item in items {
        let number = whole(item, &path, findings)?;
        let fits = Some(number).filter(|number| (least..=most).contains(number));
        let Some(number) = fits.and_then(|number| T::try_from(number).ok()) else {
            findings
                .error(item.mark(), format!("{owner}.{key} must be from {least} to {most}"))
                .label("out of range");
            return None;
        };
        numbers.push(number);
    }
    Some(numbers)
}

fn headers(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<BTreeMap<String, String>> {
    let Some(node) = fields.get("headers") else { return Some(BTreeMap::new()) };
    let path = fields.path("headers");
    let mut headers = BTreeMap::new();
    for member in crate::decode::members(node, &path, "`headers`", findings)? {
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if member.key.is_empty() || !member.key.chars().all(token) {
            findings
                .error(member.key_span.clone(), format!("{owner}.headers: this is no name of a header"))
                .label("expected letters, digits and `-`");
            return None;
        }
        let value = text(&member.node, &format!("{path}.{}", member.key), findings)?;
        if !value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
            findings
                .error(member.node.mark(), format!("{owner}.headers: an HTTP header cannot carry this"))
                .label("a line break, or a character that is not ASCII");
            return None;
        }
        headers.insert(member.key.clone(), value);
    }
    Some(headers)
}

fn grpc(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<Probe> {
    if !matches!(node.value, Value::Object(_)) {
        return Some(Probe::Grpc { address: endpoint(node, path, owner, findings)?, service: String::new() });
    }
    let fields = Fields::open(node, path, &GRPC, findings)?;
    let address = required(&fields, "address", owner, findings)
        .and_then(|node| endpoint(node, &fields.path("address"), &format!("{owner}.address"), findings));
    let service = word(&fields, "service", findings).unwrap_or_default();
    Some(Probe::Grpc { address: address?, service })
}

fn file(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<Probe> {
    if !matches!(node.value, Value::Object(_)) {
        return Some(Probe::File { path: absolute(node, path, owner, findings)?, max_age: None });
    }
    let fields = Fields::open(node, path, &FILE, findings)?;
    let path = required(&fields, "path", owner, findings)
        .and_then(|node| absolute(node, &fields.path("path"), &format!("{owner}.path"), findings));
    let max_age = span(&fields, "maxAge", owner, findings);
    Some(Probe::File { path: path?, max_age })
}
