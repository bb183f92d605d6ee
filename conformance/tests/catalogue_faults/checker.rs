//! Clients that remember what they were promised, and hold the catalogue to it.

use gyropilot_conformance::http::{self, Answer, Peer};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How long a value is: long enough that a few hundred of them make a snapshot due.
const VALUE: usize = 24 << 10;

/// A client with a key, a lock and an instance of its own, and one key that all clients count on.
pub(crate) struct Client {
    number: usize,
    session: String,
    /// How its key may be: as promised last, or as asked for since without an answer.
    key: BTreeSet<u64>,
    /// The index of its key, while that is known.
    index: Option<u64>,
    /// Whether it may be the holder of its lock.
    held: BTreeSet<bool>,
    /// Which port its instance may have; none when it may be gone.
    port: BTreeSet<Option<u64>>,
    writes: u64,
}

/// What all clients together know.
#[derive(Default)]
pub(crate) struct Shared {
    /// They stop when the catalogue is killed.
    pub(crate) is_over: AtomicBool,
    /// The promised increments.
    counted: AtomicU64,
    /// Increments that may have been made, or not.
    doubtful: AtomicU64,
    /// The highest count that anybody has seen.
    seen: AtomicU64,
    /// The highest index that anybody was told.
    index: AtomicU64,
    pub(crate) promises: AtomicU64,
}

/// Asks; the answer is none when there was none, and then nobody knows what was done.
struct Line<'a> {
    address: SocketAddr,
    shared: &'a Shared,
}

// === impl Line ===

impl Line<'_> {
    fn ask(&self, method: &str, path: &str, body: &str) -> Option<Answer> {
        let answer = http::ask(&Peer::Tcp(self.address), method, path, body).ok()?;
        // Half an answer is none: it was under way when the catalogue was killed.
        let length: usize = answer.header("content-length")?.parse().ok()?;
        if answer.body.len() != length {
            return None;
        }
        if let Some(index) = answer.header("x-consul-index").and_then(|index| index.parse().ok()) {
            self.shared.index.fetch_max(index, Ordering::SeqCst);
        }
        Some(answer)
    }

    /// Asks for a change that is answered with true or false.
    fn change(&self, path: &str, body: &str) -> Option<bool> {
        let answer = self.ask("PUT", path, body)?;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let done = answer.body == "true";
        self.shared.promises.fetch_add(u64::from(done), Ordering::SeqCst);
        Some(done)
    }

    /// The number in a key, and its index.
    fn number(&self, key: &str) -> Option<(u64, u64)> {
        let answer = self.ask("GET", &format!("/v1/kv/{key}"), "")?;
        if answer.status == 404 {
            return Some((0, 0));
        }
        let entry: Value = serde_json::from_str(&answer.body).unwrap();
        let raw = self.ask("GET", &format!("/v1/kv/{key}?raw"), "")?;
        // Another client may have written between the two; then the index will not fit.
        let digits: String = raw.body.chars().take_while(char::is_ascii_digit).collect();
        Some((digits.parse().unwrap(), entry[0]["ModifyIndex"].as_u64().unwrap()))
    }
}

// === impl Client ===

impl Client {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            number,
            session: String::new(),
            key: [0].into(),
            index: Some(0),
            held: [false].into(),
            port: [None].into(),
            writes: 0,
        }
    }

    /// Writes until the catalogue is gone.
    pub(crate) fn write(&mut self, address: SocketAddr, shared: &Shared) {
        let line = Line { address, shared };
        while !shared.is_over.load(Ordering::SeqCst) {
            let done = match self.writes % 5 {
                0 | 3 => self.write_key(&line),
                1 => self.count(&line),
                2 => self.lock(&line),
                _ => self.register(&line),
            };
            self.writes += 1;
            if done.is_none() {
                return;
            }
        }
    }

    /// Its own key, with CAS: nobody else writes it, so that its index is known.
    fn write_key(&mut self, line: &Line<'_>) -> Option<()> {
        let index = self.index?;
        let body = format!("{} {}", self.writes, "x".repeat(VALUE));
        self.key.insert(self.writes);
        self.index = None;
        let done = line.change(&format!("/v1/kv/own/{}?cas={index}", self.number), &body)?;
        assert!(done, "nobody else writes this key");
        self.key = [self.writes].into();
        let (_, index) = line.number(&format!("own/{}", self.number))?;
        self.index = Some(index);
        Some(())
    }

    /// The key of all, with CAS: each increment that was promised happened once.
    fn count(&self, line: &Line<'_>) -> Option<()> {
        let (count, index) = line.number("count")?;
        line.shared.doubtful.fetch_add(1, Ordering::SeqCst);
        let done = line.change(&format!("/v1/kv/count?cas={index}"), &(count + 1).to_string())?;
        line.shared.doubtful.fetch_sub(1, Ordering::SeqCst);
        line.shared.counted.fetch_add(u64::from(done), Ordering::SeqCst);
        let (seen, _) = line.number("count")?;
        line.shared.seen.fetch_max(seen, Ordering::SeqCst);
        Some(())
    }

    /// Its lock, taken and given back by turns.
    fn lock(&mut self, line: &Line<'_>) -> Option<()> {
        let verb = if self.writes.is_multiple_of(2) { "acquire" } else { "release" };
        self.held.insert(verb == "acquire");
        let path = format!("/v1/kv/lock/{}?{verb}={}", self.number, self.session);
        let done = line.change(&path, "mine")?;
        // What was held cannot be taken from others, and what is not held cannot be given back.
        self.held = if done { [verb == "acquire"].into() } else { [false].into() };
        Some(())
    }

    fn register(&mut self, line: &Line<'_>) -> Option<()> {
        let port = self.writes % 60_000 + 1;
        let id = format!("web-{}", self.number);
        let (path, body, wanted) = match self.writes % 3 {
            0 => (format!("/v1/agent/service/deregister/{id}"), String::new(), None),
            _ => {
                let body = json!({"ID": id, "Name": "web", "Port": port}).to_string();
                ("/v1/agent/service/register".to_owned(), body, Some(port))
            }
        };
        self.port.insert(wanted);
        let answer = line.ask("PUT", &path, &body)?;
        // To remove what is not there is refused.
        assert!(answer.status == 200 || wanted.is_none() && answer.status == 404, "{}", answer.body);
        line.shared.promises.fetch_add(1, Ordering::SeqCst);
        self.port = [wanted].into();
        Some(())
    }

    /// Looks whether everything is as promised, and goes on from what is there.
    pub(crate) fn check(&mut self, address: SocketAddr, shared: &Shared) {
        let line = Line { address, shared };
        let (value, index) = line.number(&format!("own/{}", self.number)).unwrap();
        assert!(self.key.contains(&value), "client {}: the key is {value}, not {:?}", self.number, self.key);
        (self.key, self.index) = ([value].into(), Some(index));

        let lock = line.ask("GET", &format!("/v1/kv/lock/{}", self.number), "").unwrap();
        let lock: Value = serde_json::from_str(&lock.body).unwrap_or_default();
        let is_held = lock[0]["Session"].as_str().is_some_and(|holder| holder == self.session);
        assert!(self.held.contains(&is_held), "client {}: held {is_held}, not {:?}", self.number, self.held);
        self.held = [is_held].into();

        let id = format!("web-{}", self.number);
        let found = line.ask("GET", &format!("/v1/agent/service/{id}"), "").unwrap();
        let found: Value = serde_json::from_str(&found.body).unwrap_or_default();
        let port = found["Port"].as_u64();
        assert!(self.port.contains(&port), "client {}: port {port:?}, not {:?}", self.number, self.port);
        self.port = [port].into();

        if self.session.is_empty() {
            let made =
                line.ask("PUT", "/v1/session/create", r#"{"TTL": "3600s", "LockDelay": "0s"}"#).unwrap();
            let made: Value = serde_json::from_str(&made.body).unwrap();
            self.session = made["ID"].as_str().unwrap().to_owned();
        } else {
            let known = line.ask("GET", &format!("/v1/session/info/{}", self.session), "").unwrap();
            assert!(known.body.contains(&self.session), "client {}: the session is gone", self.number);
        }
    }
}

// === impl Shared ===

impl Shared {
    /// Looks whether what all have seen together is still so.
    pub(crate) fn check(&self, address: SocketAddr) {
        let told = self.index.load(Ordering::SeqCst);
        let line = Line { address, shared: self };
        let answer = line.ask("GET", "/v1/catalog/services", "").unwrap();
        let index: u64 = answer.header("x-consul-index").unwrap().parse().unwrap();
        assert!(index >= told, "the index went back from {told} to {index}");
        let (count, _) = line.number("count").unwrap();
        let counted = self.counted.load(Ordering::SeqCst);
        let doubtful = self.doubtful.swap(0, Ordering::SeqCst);
        let seen = self.seen.load(Ordering::SeqCst);
        assert!(
            (counted..=counted + doubtful).contains(&count),
            "{count}: {counted} promised, {doubtful} in doubt"
        );
        assert!(count >= seen, "{seen} was seen by somebody, and now it is {count}");
        self.counted.store(count, Ordering::SeqCst);
        self.is_over.store(false, Ordering::SeqCst);
    }
}
