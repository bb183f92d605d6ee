//! What is asked, and what of the answer can be compared.

use crate::http::DEADLINE;
use serde_json::Value;
use std::time::Duration;

/// Steps that belong together: what they keep, the indexes and the identifiers
/// in their answers mean nothing outside.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is about.
    pub name: &'static str,
    /// What is asked, in this order.
    pub steps: Vec<Step>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Step {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) deadline: Duration,
    pub(super) keep: Vec<(&'static str, &'static str)>,
    pub(super) until: Option<Until>,
    pub(super) meanwhile: Vec<Step>,
    pub(super) bounds: Option<(usize, Duration, Duration)>,
    pub(super) view: View,
}

/// What is sent with a request.
#[derive(Clone, Debug)]
pub struct Body(Vec<u8>);

/// What an answer has to hold before it counts: what is told to an agent
/// reaches the catalogue a moment later.
#[derive(Clone, Debug)]
pub(super) enum Until {
    /// At this pointer stands this.
    Value(&'static str, Value),
    /// At this pointer stands a list or a map of this many.
    Count(&'static str, usize),
    /// The answer has this status code.
    Status(u16),
}

/// How to look at an answer. Pointers have `*` for any name or number.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// Only these parts of the body count.
    pub(super) only: Vec<&'static str>,
    /// Only the type of what stands here counts.
    pub(super) any: Vec<&'static str>,
    /// The order of these lists means nothing.
    pub(super) unordered: Vec<&'static str>,
    /// The index of the answer has no order.
    pub(super) hashed: bool,
    /// That the answer has an index counts, not which.
    pub(super) any_index: bool,
    /// The numbers after a colon are ports.
    pub(super) ports: bool,
    /// Names and types count, values do not.
    pub(super) shape: bool,
    /// The body is no JSON, whatever it looks like.
    pub(super) text: bool,
}

/// Steps that belong together.
#[must_use]
pub fn scenario(name: &'static str, steps: impl Into<Vec<Step>>) -> Scenario {
    Scenario { name, steps: steps.into() }
}

/// Reads.
#[must_use]
pub fn get(path: &str) -> Step {
    ask("GET", path, "")
}

/// Writes.
#[must_use]
pub fn put(path: &str, body: impl Into<Body>) -> Step {
    ask("PUT", path, body)
}

/// Removes.
#[must_use]
pub fn delete(path: &str) -> Step {
    ask("DELETE", path, "")
}

/// Asks in any way. In path, headers and body, `{name}` stands for what an
/// earlier step kept by that name.
#[must_use]
pub fn ask(method: &'static str, path: &str, body: impl Into<Body>) -> Step {
    Step {
        method,
        path: path.to_owned(),
        headers: Vec::new(),
        body: body.into().0,
        deadline: DEADLINE,
        keep: Vec::new(),
        until: None,
        meanwhile: Vec::new(),
        bounds: None,
        view: View::default(),
    }
}

// === impl Body ===

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self(value.to_string().into())
    }
}

impl From<&Value> for Body {
    fn from(value: &Value) -> Self {
        Self(value.to_string().into())
    }
}

// === impl Step ===

impl Step {
    /// Sends a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Keeps a part of the answer for later steps: what stands in the body at a
    /// pointer (`/ID`), or a header (`X-Consul-Index`).
    #[must_use]
    pub fn keep(mut self, name: &'static str, place: &'static str) -> Self {
        self.keep.push((name, place));
        self
    }

    /// Keeps the index of the answer.
    #[must_use]
    pub fn keep_index(self, name: &'static str) -> Self {
        self.keep(name, "X-Consul-Index")
    }

    /// Asks again until the body has this value at this pointer.
    #[must_use]
    pub fn until(mut self, pointer: &'static str, value: impl Into<Value>) -> Self {
        self.until = Some(Until::Value(pointer, value.into()));
        self
    }

    /// Asks again until so many stand at this pointer.
    #[must_use]
    pub fn until_count(mut self, pointer: &'static str, count: usize) -> Self {
        self.until = Some(Until::Count(pointer, count));
        self
    }

    /// Asks again until the answer has this status code.
    #[must_use]
    pub fn until_status(mut self, status: u16) -> Self {
        self.until = Some(Until::Status(status));
        self
    }

    /// Lets the server take so long.
    #[must_use]
    pub fn patient(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Has these steps done while this one waits for its answer.
    #[must_use]
    pub fn meanwhile(mut self, steps: impl Into<Vec<Step>>) -> Self {
        self.meanwhile = steps.into();
        self
    }

    /// The answer has to come so long after the answer to a step of this
    /// scenario, by its number; the first is 1.
    #[must_use]
    pub fn between(mut self, step: usize, from: Duration, to: Duration) -> Self {
        self.bounds = Some((step, from, to));
        self
    }

    /// Looks at this part of the body only.
    #[must_use]
    pub fn only(mut self, pointer: &'static str) -> Self {
        self.view.only.push(pointer);
        self
    }

    /// Looks at the type only of what stands at this pointer.
    #[must_use]
    pub fn any(mut self, pointer: &'static str) -> Self {
        self.view.any.push(pointer);
        self
    }

    /// Takes the index of the answer as a name: of events it is one.
    #[must_use]
    pub fn hashed(mut self) -> Self {
        self.view.hashed = true;
        self
    }

    /// Looks only whether the answer has an index.
    #[must_use]
    pub fn any_index(mut self) -> Self {
        self.view.any_index = true;
        self
    }

    /// Takes the list at this pointer as a set.
    #[must_use]
    pub fn unordered(mut self, pointer: &'static str) -> Self {
        self.view.unordered.push(pointer);
        self
    }

    /// Takes the number after a colon as a port of the server's own.
    #[must_use]
    pub fn ports(mut self) -> Self {
        self.view.ports = true;
        self
    }

    /// Looks at names and types only.
    #[must_use]
    pub fn shape(mut self) -> Self {
        self.view.shape = true;
        self
    }

    /// Takes the body as it is.
    #[must_use]
    pub fn text(mut self) -> Self {
        self.view.text = true;
        self
    }

    /// What it asks, before anything kept is filled in.
    #[must_use]
    pub fn request(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// For a blocking query, how long it lets the server wait.
    pub(super) fn wait(&self) -> Option<Duration> {
        let (_, query) = self.path.split_once('?')?;
        let wait = query.split('&').find_map(|word| word.strip_prefix("wait="))?;
        match (wait.strip_suffix("ms"), wait.strip_suffix('s')) {
            (Some(count), _) => count.parse().ok().map(Duration::from_millis),
            (None, Some(count)) => count.parse().ok().map(Duration::from_secs),
            (None, None) => None,
        }
    }
}
