//! What happened last, for those who ask and those who follow along.

use bytes::Bytes;
use gyropilot_model::LogLevel;
use hyper::body::{Body, Frame};
use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

/// How many events are remembered.
const EVENTS: usize = 512;
/// How long they may be together, in bytes of JSON: 512 KiB.
const BYTES: usize = 512 << 10;
/// How much of a message is remembered, in bytes: 16 KiB.
const MESSAGE: usize = 16 << 10;

/// The last events, numbered from 1: at most 512 of them, and at most 512 KiB.
///
/// Shared by clones. Followers read from it each at its own pace; one that is
/// too slow loses what was forgotten in between and is told how much that was,
/// and nobody ever waits for it.
#[derive(Clone, Debug, Default)]
pub struct EventLog(Rc<RefCell<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    /// As they go out: JSON and a line end.
    lines: VecDeque<Bytes>,
    bytes: usize,
    /// How many there were before the first of `lines`.
    forgotten: u64,
    /// Nothing comes any more.
    ended: bool,
    /// Those who have read everything, by their number.
    waiting: BTreeMap<u64, Waker>,
    followers: u64,
}

/// Reads events, from some number on.
#[derive(Debug)]
pub struct Follower {
    ring: Rc<RefCell<Ring>>,
    number: u64,
    /// How many were read or are not wanted.
    read: u64,
    /// Stay when everything was read.
    follow: bool,
}

/// An event as it goes out.
struct Line<'a> {
    /// Its number and when it happened; nothing for what only this reader is told.
    place: Option<(u64, SystemTime)>,
    event: &'a str,
    level: LogLevel,
    message: &'a str,
    fields: &'a [(&'a str, String)],
}

// === impl EventLog ===

impl EventLog {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers an event: what kind it was, its words, and its fields, which are
    /// those of the log. Fields that have the name of one of ours are left out.
    pub fn push(
        &self,
        wall: SystemTime,
        event: &str,
        level: LogLevel,
        message: &str,
        fields: &[(&str, String)],
    ) {
        let mut ring = self.0.borrow_mut();
        let line = Line { place: Some((ring.next(), wall)), event, level, message, fields };
        ring.push(line.to_bytes());
    }

    /// Says that nothing comes any more: followers end when they have read the rest.
    pub fn end(&self) {
        let mut ring = self.0.borrow_mut();
        ring.ended = true;
        ring.wake();
    }

    /// Those after event number `since`, as lines of JSON; with `follow` those that come, too.
    #[must_use]
    pub fn follow(&self, since: u64, follow: bool) -> Follower {
        let mut ring = self.0.borrow_mut();
        ring.followers += 1;
        Follower {
            ring: Rc::clone(&self.0),
            number: ring.followers,
            read: since.min(ring.next() - 1),
            follow,
        }
    }
}

// === impl Ring ===

impl Ring {
    /// The number of the next event.
    fn next(&self) -> u64 {
        self.forgotten + self.lines.len() as u64 + 1
    }

    fn push(&mut self, line: Bytes) {
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.lines.len() > EVENTS || (self.bytes > BYTES && self.lines.len() > 1) {
            self.bytes -= self.lines.pop_front().map_or(0, |line| line.len());
            self.forgotten += 1;
        }
        self.wake();
    }

    fn wake(&mut self) {
        for (_, waker) in std::mem::take(&mut self.waiting) {
            waker.wake();
        }
    }
}

// === impl Line ===

impl Line<'_> {
    fn to_bytes(&self) -> Bytes {
        // Making JSON of texts cannot fail.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes.into()
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const OWN: [&str; 5] = ["seq", "time", "event", "level", "message"];
        let mut object = serializer.serialize_map(None)?;
        if let Some((seq, wall)) = self.place {
            // A clock set to a year that the calendar does not have.
            let time = Timestamp::try_from(wall).unwrap_or(Timestamp::UNIX_EPOCH);
            object.serialize_entry("seq", &seq)?;
            object.serialize_entry("time", &format_args!("{time:.3}"))?;
        }
        object.serialize_entry("event", self.event)?;
        object.serialize_entry("level", self.level.as_str())?;
        object.serialize_entry("message", &self.message[..self.message.floor_char_boundary(MESSAGE)])?;
        for (name, value) in self.fields.iter().filter(|(name, _)| !OWN.contains(name)) {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }
}

// === impl Follower ===

impl Follower {
    /// The next line, or why there is none now: `None` at the end.
    fn next(&mut self) -> Poll<Option<Bytes>> {
        let ring = self.ring.borrow();
        if self.read < ring.forgotten {
            let lost = ring.forgotten - self.read;
            self.read = ring.forgotten;
            let message = format!("{lost} events were forgotten before they could be read");
            let fields = [("lost", lost.to_string())];
            let line = Line {
                place: None,
                event: "events_lost",
                level: LogLevel::Warn,
                message: &message,
                fields: &fields,
            };
            return Poll::Ready(Some(line.to_bytes()));
        }
        let at = usize::try_from(self.read - ring.forgotten).unwrap_or(usize::MAX);
        if let Some(line) = ring.lines.get(at) {
            self.read += 1;
            return Poll::Ready(Some(line.clone()));
        }
        if self.follow && !ring.ended { Poll::Pending } else { Poll::Ready(None) }
    }
}

impl Body for Follower {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let follower = self.get_mut();
        let next = follower.next();
        if next.is_pending() {
            follower.ring.borrow_mut().waiting.insert(follower.number, context.waker().clone());
        }
        next.map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.ring.borrow_mut().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn say(log: &EventLog, message: &str) {
        log.push(SystemTime::UNIX_EPOCH + Duration::from_millis(1500), "test", LogLevel::Info, message, &[]);
    }

    fn read(follower: &mut Follower) -> Vec<String> {
        let mut lines = Vec::new();
        while let Poll::Ready(Some(line)) = follower.next() {
            lines.push(String::from_utf8(line.to_vec()).unwrap());
        }
        lines
    }

    #[test]
    fn an_event_is_a_line_of_json() {
        let log = EventLog::new();
        let fields = [("job", "web".to_owned()), ("seq", "9".to_owned())];
        log.push(SystemTime::UNIX_EPOCH, "job_changed", LogLevel::Warn, "a \"b\"\nc", &fields);
        let want = r#"{"seq":1,"time":"1970-01-01T00:00:00.000Z","event":"job_changed","level":"warning","message":"a \"b\"\nc","job":"web"}"#;
        assert_eq!(read(&mut log.follow(0, false)), [format!("{want}\n")]);
    }

    #[test]
    fn followers_read_each_at_its_own_pace() {
        let log = EventLog::new();
        say(&log, "one");
        let mut follower = log.follow(0, true);
        assert_eq!(read(&mut follower).len(), 1);
        assert!(follower.next().is_pending());
        say(&log, "two");
        assert!(read(&mut follower)[0].contains("\"seq\":2"));
        assert_eq!(read(&mut log.follow(1, false)).len(), 1);
        assert_eq!(read(&mut log.follow(u64::MAX, false)), Vec::<String>::new());
        log.end();
        assert_eq!(follower.next(), Poll::Ready(None));
    }

    #[test]
    fn a_slow_reader_is_told_what_it_lost() {
        let log = EventLog::new();
        let mut slow = log.follow(0, true);
        for _ in 0..EVENTS + 5 {
            say(&log, "x");
        }
        let lines = read(&mut slow);
        assert!(lines[0].contains("\"event\":\"events_lost\"") && lines[0].contains("\"lost\":\"5\""));
        assert_eq!(lines.len(), EVENTS + 1);
        assert!(lines[1].contains("\"seq\":6,"));
    }

    #[test]
    fn memory_is_bounded() {
        let log = EventLog::new();
        let long = "ä".repeat(MESSAGE);
        for _ in 0..200 {
            say(&log, &long);
        }
        let ring = log.0.borrow();
        assert!(ring.bytes <= BYTES && ring.bytes == ring.lines.iter().map(Bytes::len).sum::<usize>());
        assert!(ring.lines.iter().all(|line| line.len() < MESSAGE + 200));
    }
}
