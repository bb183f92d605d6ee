//! Sends the steps of scenarios and keeps the answers.

use super::step::{Scenario, Step, Until};
use crate::http::{self, Answer, Peer, Request};
use crate::wait::{SOON, poll};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::time::Instant;

/// What a server answered, a list of exchanges for each scenario.
#[derive(Debug)]
pub struct Recording(pub(super) Vec<(&'static str, Vec<Exchange>)>);

/// A step, and what came of it.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) step: Step,
    /// The index of the server before the first request of all.
    pub(super) since: u64,
    /// The path as sent.
    pub(super) path: String,
    /// The error, when there is no answer.
    pub(super) answer: Result<Answer, String>,
    /// Whether the answer is none of those that were waited for.
    pub(super) unmet: bool,
    /// For a blocking query: whether it used up the time it was given.
    pub(super) waited: Option<bool>,
    /// Whether the answer came when it had to; no, with what it took.
    pub(super) untimely: Option<String>,
}

struct Player {
    server: SocketAddr,
    since: u64,
    kept: BTreeMap<&'static str, String>,
    exchanges: Vec<Exchange>,
    ends: Vec<Instant>,
}

/// Plays scenarios on a server.
#[must_use]
pub fn play(server: SocketAddr, scenarios: &[Scenario]) -> Recording {
    let since = ["/v1/catalog/nodes", "/v1/health/state/any"].map(|path| {
        let answer = http::ask(&Peer::Tcp(server), "GET", path, "").ok();
        answer.and_then(|answer| answer.header("X-Consul-Index")?.parse().ok()).unwrap_or(0)
    });
    let since = since[0].max(since[1]);
    let played = |scenario: &Scenario| (scenario.name, play_one(server, since, scenario));
    Recording(scenarios.iter().map(played).collect())
}

fn play_one(server: SocketAddr, since: u64, scenario: &Scenario) -> Vec<Exchange> {
    let mut player = Player { server, since, kept: BTreeMap::new(), exchanges: Vec::new(), ends: Vec::new() };
    for step in &scenario.steps {
        player.take(step);
    }
    player.exchanges
}

// === impl Player ===

impl Player {
    fn take(&mut self, step: &Step) {
        let path = self.filled(&step.path);
        let headers: Vec<_> =
            step.headers.iter().map(|(name, value)| (name.clone(), self.filled(value))).collect();
        let body = match str::from_utf8(&step.body) {
            Ok(text) => self.filled(text).into_bytes(),
            Err(_) => step.body.clone(),
        };
        let request = Request {
            method: step.method,
            path: &path,
            headers: &headers,
            body: &body,
            deadline: step.deadline,
        };
        let start = Instant::now();
        let answer = match &step.until {
            None => self.once(&request, &step.meanwhile),
            Some(until) => self.repeated(&request, until),
        };
        let end = Instant::now();
        let waited = step.wait().map(|wait| end - start >= wait);
        let untimely = step.bounds.and_then(|(number, from, to)| {
            let took = end - *self.ends.get(number - 1)?;
            (took < from || took > to).then(|| format!("{took:.2?} instead of {from:?} to {to:?}"))
        });
        if let Ok(answer) = &answer {
            self.keep(step, answer);
        }
        let unmet =
            step.until.as_ref().is_some_and(|until| !answer.as_ref().is_ok_and(|answer| until.holds(answer)));
        self.ends.push(end);
        self.exchanges.push(Exchange {
            step: step.clone(),
            since: self.since,
            path,
            answer,
            unmet,
            waited,
            untimely,
        });
    }

    fn once(&mut self, request: &Request<'_>, meanwhile: &[Step]) -> Result<Answer, String> {
        let peer = Peer::Tcp(self.server);
        let pending = http::begin(&peer, request).map_err(|error| error.to_string())?;
        if !meanwhile.is_empty() {
            // An answer to a later question: the earlier one most likely waits by now. What
            // is compared does not hang on it.
            let _ = http::ask(&peer, "GET", "/v1/status/leader", "");
        }
        for step in meanwhile {
            self.take(step);
        }
        pending.answer().map_err(|error| error.to_string())
    }

    /// The first answer that will do; else the last one, which then is what differs.
    fn repeated(&self, request: &Request<'_>, until: &Until) -> Result<Answer, String> {
        let ask = || {
            let pending = http::begin(&Peer::Tcp(self.server), request);
            pending.and_then(http::Pending::answer).map_err(|error| error.to_string())
        };
        poll(SOON, || ask().ok().filter(|answer| until.holds(answer))).map_or_else(ask, Ok)
    }

    fn filled(&self, text: &str) -> String {
        self.kept
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    fn keep(&mut self, step: &Step, answer: &Answer) {
        for (name, place) in &step.keep {
            let found = if place.starts_with('/') {
                let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
                body.pointer(place)
                    .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            } else {
                answer.header(place).map(str::to_owned)
            };
            // A server that has nothing to keep is asked with nothing, and its answers differ.
            self.kept.insert(name, found.unwrap_or_default());
        }
    }
}

// === impl Until ===

impl Until {
    fn holds(&self, answer: &Answer) -> bool {
        let at = |pointer: &str| {
            let body: Value = serde_json::from_str(&answer.body).ok()?;
            body.pointer(pointer).cloned()
        };
        match self {
            Self::Value(pointer, value) => at(pointer).as_ref() == Some(value),
            Self::Count(pointer, count) => at(pointer).is_some_and(|found| match found {
                Value::Array(items) => items.len() == *count,
                Value::Object(entries) => entries.len() == *count,
                _ => false,
            }),
            Self::Status(status) => answer.status == *status,
        }
    }
}

// === impl Recording ===

impl Recording {
    /// The steps that waited for something in vain, or had their answers at the
    /// wrong time. On the model of all others, each is a mistake of the scenario.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let failed = |name: &str, number: usize, exchange: &Exchange| {
            let why =
                exchange.untimely.clone().or_else(|| exchange.unmet.then(|| "waited in vain".to_owned()));
            let why = why.or_else(|| exchange.answer.as_ref().err().cloned())?;
            Some(format!("{name}, step {}: {why}", number + 1))
        };
        let of_one = |(name, exchanges): &(&str, Vec<Exchange>)| -> Vec<String> {
            exchanges.iter().enumerate().filter_map(|(n, exchange)| failed(name, n, exchange)).collect()
        };
        self.0.iter().flat_map(of_one).collect()
    }

    /// How many requests were sent.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().map(|(_, exchanges)| exchanges.len()).sum()
    }
}

/// Everything that was asked and answered, for people.
impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, exchanges) in &self.0 {
            writeln!(f, "## {name}\n")?;
            for (number, exchange) in exchanges.iter().enumerate() {
                writeln!(f, "{}. {exchange}", number + 1)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.step.method, self.path)?;
        for (name, value) in &self.step.headers {
            writeln!(f, "    > {name}: {value}")?;
        }
        if !self.step.body.is_empty() {
            writeln!(f, "    > {}", short(&String::from_utf8_lossy(&self.step.body)))?;
        }
        match &self.answer {
            Err(error) => writeln!(f, "    no answer: {error}"),
            Ok(answer) => {
                let mut text = answer.head.clone();
                let compact = serde_json::from_str::<Value>(&answer.body).map(|body| body.to_string());
                let _ = write!(text, "\n{}", short(&compact.unwrap_or_else(|_| answer.body.clone())));
                text.lines().try_for_each(|line| writeln!(f, "    {line}"))
            }
        }
    }
}

/// As much of a text as somebody reads.
pub(super) fn short(text: &str) -> String {
    const ENOUGH: usize = 6000;
    match text.char_indices().nth(ENOUGH) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}
