//! The control socket of a running pilot, as a client sees it.

use crate::http::{self, Answer, Peer};
use crate::wait::{wait_until, wait_until_described};
use serde_json::Value;
use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A client of one socket.
#[derive(Clone, Debug)]
pub struct Control {
    socket: PathBuf,
}

/// What a pilot says of itself, line by line.
#[derive(Debug)]
pub struct Stream {
    reader: BufReader<UnixStream>,
    /// Of a line that has not arrived whole.
    begun: String,
}

// === impl Control ===

impl Control {
    /// A client of the socket at `path`.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { socket: path.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.socket
    }

    /// Asks something.
    ///
    /// # Errors
    /// When nobody answers.
    pub fn try_ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
        http::ask(&Peer::Unix(&self.socket), method, path, body)
    }

    /// Asks something.
    ///
    /// # Panics
    /// When nobody answers.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.try_ask(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// POST.
    ///
    /// # Panics
    /// When nobody answers.
    #[track_caller]
    pub fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, body)
    }

    /// GET, as JSON; null while nobody answers or there is no such thing.
    #[must_use]
    pub fn json(&self, path: &str) -> Value {
        let answer = self.try_ask("GET", path, "").ok().filter(|answer| answer.status == 200);
        answer.and_then(|answer| serde_json::from_str(&answer.body).ok()).unwrap_or_default()
    }

    /// Tells the pilot to do something, as JSON.
    ///
    /// # Panics
    /// When nobody answers.
    #[track_caller]
    pub fn order(&self, order: &Value) -> Answer {
        self.post("/v1/orders", &order.to_string())
    }

    /// How a job stands; null when there is none, or nobody answers.
    #[must_use]
    pub fn job(&self, name: &str) -> Value {
        let status = self.json("/v1/status");
        let jobs = status["jobs"].as_array().into_iter().flatten();
        jobs.into_iter().find(|job| job["name"] == name).cloned().unwrap_or_default()
    }

    /// Waits until somebody answers.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn await_up(&self, bound: Duration) {
        wait_until(bound, "the control socket to answer", || {
            self.try_ask("GET", "/v3/ping", "").ok().map(drop)
        });
    }

    /// Waits until `wanted` likes how a job stands, and returns that.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn await_job(&self, bound: Duration, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let last = RefCell::new(Value::Null);
        let what = || format!("{name}, which stands so: {:#}", last.borrow());
        wait_until_described(bound, what, || {
            last.replace(self.job(name));
            Some(last.borrow().clone()).filter(&wanted)
        })
    }

    /// Waits until a job is in this state.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn await_state(&self, bound: Duration, name: &str, state: &str) -> Value {
        self.await_job(bound, name, |job| job["state"] == state)
    }

    /// Follows what happens, after what happened already.
    ///
    /// # Panics
    /// When nobody answers.
    #[must_use]
    pub fn follow(&self) -> Stream {
        let mut stream = UnixStream::connect(&self.socket).expect("the control socket answers");
        write!(stream, "GET /v1/events?follow HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it listens");
        Stream { reader: BufReader::new(stream), begun: String::new() }
    }
}

// === impl Stream ===

impl Stream {
    /// Waits for the next event that `wanted` likes, and returns it.
    ///
    /// # Panics
    /// When `bound` passes first, or the stream ends.
    #[track_caller]
    pub fn await_event(&mut self, bound: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + bound;
        let mut seen = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited {bound:?} in vain for an event; seen: {seen:#?}");
            self.reader.get_ref().set_read_timeout(Some(left)).expect("a socket has a timeout");
            match self.reader.read_line(&mut self.begun) {
                Ok(0) => panic!("the stream of events ended; seen: {seen:#?}"),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
                Err(error) => panic!("{error}"),
            }
            // Between the events stand the head of the answer and the sizes of its chunks.
            let line = std::mem::take(&mut self.begun);
            let Ok(event) = serde_json::from_str::<Value>(&line) else { continue };
            if event.is_object() {
                if wanted(&event) {
                    return event;
                }
                seen.push(event);
            }
        }
    }
}
