//! A stand-in for the pilot's loop.

use gyropilot_control::{Asked, Client, ControlServer, Desk, EventLog, Refusal, Request};
use gyropilot_model::{Cause, Control, Edge, LogLevel, Order, PilotStatus, Why};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

/// A server with somebody at the desk.
pub(crate) struct Pilot {
    pub(crate) folder: TempDir,
    pub(crate) control: Control,
    pub(crate) server: ControlServer,
    pub(crate) events: EventLog,
    /// What was asked, in words, with the user id.
    pub(crate) asked: Rc<RefCell<Vec<String>>>,
    /// Paths and statuses of what was answered.
    pub(crate) answered: Rc<RefCell<Vec<(&'static str, u16)>>>,
    /// The pilot's environment.
    pub(crate) environment: Rc<RefCell<BTreeMap<String, String>>>,
}

/// A desk, and what is handed over there.
pub(crate) fn desk() -> (Desk, mpsc::Receiver<Asked>) {
    let (requests, asked) = mpsc::channel(8);
    (Desk { requests, events: EventLog::new(), answered: Rc::new(|_, _| {}) }, asked)
}

// === impl Pilot ===

impl Pilot {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Control)) -> Self {
        let folder = TempDir::new().unwrap();
        let mut control = Control { socket: folder.path().join("pilot.socket"), ..Control::default() };
        change(&mut control);
        let (mut desk, mut requests) = desk();
        let answered = Rc::new(RefCell::new(Vec::new()));
        let noted = Rc::clone(&answered);
        desk.answered = Rc::new(move |path, status| noted.borrow_mut().push((path, status)));
        let events = desk.events.clone();
        let asked = Rc::new(RefCell::new(Vec::new()));
        let environment = Rc::new(RefCell::new(BTreeMap::new()));
        let (heard, variables) = (Rc::clone(&asked), Rc::clone(&environment));
        tokio::task::spawn_local(async move {
            while let Some(Asked { uid, request }) = requests.recv().await {
                heard.borrow_mut().push(format!("{uid}: {request}"));
                reply(request, &variables);
            }
        });
        let server = ControlServer::bind(&control, desk).await.unwrap();
        Self { folder, control, server, events, asked, answered, environment }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.control.socket)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.control.socket.clone()
    }

    pub(crate) async fn connect(&self) -> UnixStream {
        UnixStream::connect(&self.control.socket).await.unwrap()
    }

    /// What comes back for these bytes until the other side closes.
    pub(crate) async fn ask(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        // Whoever is refused early may not be read to the end.
        let _ = stream.write_all(request.as_bytes()).await;
        rest(&mut stream).await
    }

    /// The answer to a request with a body: its status and its body.
    pub(crate) async fn post(&self, path: &str, body: &str) -> (u16, String) {
        let length = body.len();
        parts(
            &self
                .ask(&format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{body}"))
                .await,
        )
    }

    /// The answer to a request without a body: its status and its body.
    pub(crate) async fn request(&self, method: &str, path: &str) -> (u16, String) {
        parts(&self.ask(&format!("{method} {path} HTTP/1.1\r\nhost: a\r\n\r\n")).await)
    }

    pub(crate) fn say(&self, message: &str) {
        self.events.push(SystemTime::UNIX_EPOCH, "test", LogLevel::Info, message, &[]);
    }
}

/// What comes until the other side closes.
pub(crate) async fn rest(stream: &mut UnixStream) -> String {
    let mut answer = Vec::new();
    // A connection that is reset has ended as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

/// Status and body of an answer.
pub(crate) fn parts(answer: &str) -> (u16, String) {
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
}

fn reply(request: Request, environment: &RefCell<BTreeMap<String, String>>) {
    match request {
        Request::Environ(variables, reply) => {
            for (name, value) in variables {
                match value {
                    Some(value) => environment.borrow_mut().insert(name, value),
                    None => environment.borrow_mut().remove(&name),
                };
            }
            reply.give(());
        }
        Request::Metric(_, reply) => reply.give(()),
        Request::Order(order, reply) => reply.give(ordered(&order)),
        Request::Status(reply) => reply.give(PilotStatus {
            pid: 1,
            uptime_ms: 1000,
            stopping: false,
            maintenance: true,
            jobs: Vec::new(),
            watches: Vec::new(),
        }),
        Request::Why(job, reply) => reply.give((job == "a/b c").then(|| Why {
            job,
            summary: "it waits".to_owned(),
            causes: vec![Cause { what: "nothing happened".to_owned(), ago_ms: 5 }],
            history: Vec::new(),
        })),
        Request::Graph(reply) => reply.give(vec![Edge {
            from: "db".to_owned(),
            to: "web".to_owned(),
            event: "healthy".to_owned(),
        }]),
        Request::Plan(reply) => reply.give(Some(serde_json::json!({ "jobs": [] }))),
    }
}

fn ordered(order: &Order) -> Result<String, Refusal> {
    match order.job() {
        None if *order == Order::Reload => Err(Refusal::Refused("line 1: no\nline 2: no".to_owned())),
        Some("gone") => Err(Refusal::NoSuchJob("gone".to_owned())),
        Some("busy") => Err(Refusal::Refused("busy runs already".to_owned())),
        _ => Ok(format!("{order}: done")),
    }
}
