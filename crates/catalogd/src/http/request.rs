//! A request, taken apart.

use crate::store::{Index, Refusal};
use bytes::Bytes;
use gyropilot_model::parse_go_duration;
use hyper::Method;
use hyper::header::{AUTHORIZATION, HeaderMap};
use std::net::IpAddr;
use std::time::Duration;

/// How long a reader waits when it does not say.
const DEFAULT_WAIT: Duration = Duration::from_secs(5 * 60);
/// How long a reader waits at most.
const MOST_WAIT: Duration = Duration::from_secs(10 * 60);

/// A request, as the endpoints read it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path, decoded.
    pub(crate) path: String,
    /// What comes after the part of the path that names the endpoint.
    pub(crate) rest: String,
    query: Vec<(String, String)>,
    pub(crate) token: Option<String>,
    pub(crate) takes_gzip: bool,
    pub(crate) body: Bytes,
    pub(crate) peer: Option<IpAddr>,
}

/// For how long a reader waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// It has seen everything up to here.
    pub(crate) index: Index,
    /// It waits for more for so long.
    pub(crate) wait: Duration,
}

// === impl Request ===

impl Request {
    pub(crate) fn new(
        head: &hyper::http::request::Parts,
        path: String,
        body: Bytes,
        peer: Option<IpAddr>,
    ) -> Self {
        let query = head.uri.query().unwrap_or_default().as_bytes();
        let query: Vec<_> = form_urlencoded::parse(query).into_owned().collect();
        let token = token(&head.headers).or_else(|| {
            query
                .iter()
                .find(|(name, value)| name == "token" && !value.is_empty())
                .map(|(_, value)| value.clone())
        });
        let encodings =
            head.headers.get(hyper::header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        let takes_gzip = encodings.is_some_and(|encodings| {
            encodings.split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == "gzip"))
        });
        Self { method: head.method.clone(), path, rest: String::new(), query, token, takes_gzip, body, peer }
    }

    /// The whole query, encoded anew and in order of its names.
    pub(crate) fn sorted_query(&self) -> String {
        let mut pairs: Vec<&(String, String)> = self.query.iter().collect();
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    /// The first value of a parameter; empty when it is not there.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// All values of a parameter.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is there, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.query.iter().any(|(known, _)| known == name)
    }

    /// A number, or how it is refused.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, String> {
        if !self.has(name) {
            return Ok(None);
        }
        let text = self.value(name);
        text.parse().map(Some).map_err(|error: std::num::ParseIntError| {
            let why = match error.kind() {
                std::num::IntErrorKind::PosOverflow => "value out of range",
                _ => "invalid syntax",
            };
            format!("strconv.ParseUint: parsing {text:?}: {why}")
        })
    }

    /// A truth value in Go's spellings; none when it is not there or empty.
    pub(crate) fn truth(&self, name: &str) -> Result<Option<bool>, ()> {
        match self.value(name) {
            "" => Ok(None),
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Some(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Some(false)),
            _ => Err(()),
        }
    }

    /// What tells two reads apart that would be answered differently.
    pub(crate) fn question(&self) -> String {
        let mut question = self.path.clone();
        for (name, value) in &self.query {
            if !matches!(
                name.as_str(),
                "index" | "wait" | "token" | "stale" | "consistent" | "cached" | "near"
            ) {
                question.push('\n');
                question.push_str(name);
                question.push('\t');
                question.push_str(value);
            }
        }
        question
    }

    /// For how long to wait at most.
    pub(crate) fn wait(&self) -> Result<Duration, Refusal> {
        let wait = match self.value("wait") {
            "" => DEFAULT_WAIT,
            text => parse_go_duration(text).map_err(|_| Refusal::bad("Invalid wait time"))?,
        };
        Ok(if wait.is_zero() { DEFAULT_WAIT } else { wait.min(MOST_WAIT) })
    }

    /// For how long to wait for what; none when not at all.
    pub(crate) fn patience(&self) -> Result<Option<Patience>, Refusal> {
        let wait = self.wait()?;
        let index = match self.value("index") {
            "" => 0,
            text => text.parse().map_err(|_| Refusal::bad("Invalid index"))?,
        };
        Ok((index > 0).then_some(Patience { index, wait }))
    }

    /// How fresh the answer shall be, in the word of the header.
    pub(crate) fn consistency(&self) -> Result<&'static str, Refusal> {
        match (self.has("stale"), self.has("consistent")) {
            (true, true) => {
                Err(Refusal::bad("Cannot specify ?stale with ?consistent, conflicting semantics."))
            }
            (true, false) => Ok("stale"),
            (false, true) => Ok("consistent"),
            (false, false) => Ok("leader"),
        }
    }

    /// The pairs that a node's metadata has to have.
    pub(crate) fn node_meta(&self) -> Vec<(String, String)> {
        self.values("node-meta")
            .map(|pair| pair.split_once(':').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

fn token(headers: &HeaderMap) -> Option<String> {
    let own =
        headers.get("x-consul-token").and_then(|value| value.to_str().ok()).filter(|token| !token.is_empty());
    if let Some(token) = own {
        return Some(token.to_owned());
    }
    let bearer = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = bearer.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}
