//! The side of the pilot.

use crate::access::Access;
use crate::answer::{self, Answer, Form};
use crate::ask::{Ask, Route};
use crate::claim::{Claim, ClaimError};
use crate::desk::{Desk, Request};
use crate::hang_up::HangUp;
use bytes::Bytes;
use gyropilot_model::Control;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

/// How many connections are served at the same time; more wait in the system's queue.
const CONNECTIONS: usize = 64;
/// How many of those who may not are told so at the same time; more are hung up on.
const STRANGERS: usize = 8;
/// How long a client may take over a request's head, over its body, and over reading the answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one who may not may take over all of it.
const PATIENCE_WITH_STRANGERS: Duration = Duration::from_secs(2);
/// How long a request's head may be, in bytes.
const HEAD_SIZE: usize = 16 << 10;
/// How many header fields it may have.
const HEADERS: usize = 64;
/// How long a request's body may be, in bytes: 1 MiB.
const BODY_SIZE: usize = 1 << 20;
/// How long to wait when no connection can be taken, as without descriptors.
const PAUSE: Duration = Duration::from_millis(250);
/// How long answers that are on their way may take at the end.
const FAREWELL: Duration = Duration::from_millis(100);

/// Takes control requests on a unix socket, until it is dropped.
///
/// Everything happens in tasks beside the loop, on the same thread: a slow or
/// hostile client costs at most its own connection, and nothing waits for one
/// when the pilot stops. The socket file is removed with the server, unless
/// somebody has put another in its place.
#[derive(Debug)]
pub struct ControlServer {
    claim: Claim,
    socket: PathBuf,
    door: Rc<Door>,
    task: tokio::task::AbortHandle,
}

/// Why control requests are not taken. The first words are ContainerPilot's.
#[derive(Debug, thiserror::Error)]
#[error("error listening to socket at {}: {reason}", .socket.display())]
pub struct BindError {
    /// Where they should have been.
    socket: PathBuf,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error(transparent)]
    Claim(#[from] ClaimError),
    #[error(transparent)]
    System(#[from] std::io::Error),
    #[error("`control.allow` names {0:?}, and there is no such user")]
    NoSuchUser(String),
}

/// Who may use a socket, found out before anything is changed.
#[derive(Debug)]
pub struct Terms {
    access: Access,
    mode: u32,
}

/// What the server shares with its connections.
#[derive(Debug)]
struct Door {
    access: RefCell<Access>,
    desk: Desk,
    /// How many connections have asked and were not fully answered.
    open: Cell<usize>,
    /// One of them was.
    closed: Notify,
}

/// Counts a connection that is owed an answer.
struct Owed(Rc<Door>);

// === impl BindError ===

impl BindError {
    /// Is it the operating system that does not let us, as on a read-only file
    /// system, rather than another pilot or a mistake?
    #[must_use]
    pub const fn is_of_the_system(&self) -> bool {
        matches!(self.reason, Reason::System(_) | Reason::Claim(ClaimError::System(_)))
    }
}

// === impl ControlServer ===

impl ControlServer {
    /// Takes requests where `control` says and hands them to `desk`. Must be
    /// called within a `LocalSet`.
    ///
    /// # Errors
    /// [`BindError`] when that cannot be: the path is no good, another pilot
    /// answers there, or `allow` names a user that there is not. What was there
    /// before is untouched then.
    pub async fn bind(control: &Control, desk: Desk) -> Result<Self, BindError> {
        let failed = |reason| BindError { socket: control.socket.clone(), reason };
        let access = Access::of(&control.allow).map_err(|user| failed(Reason::NoSuchUser(user)))?;
        let (claim, socket) =
            Claim::take(&control.socket, control.mode).await.map_err(|error| failed(error.into()))?;
        let listener = UnixListener::from_std(socket.into()).map_err(|error| failed(error.into()))?;
        let door =
            Rc::new(Door { access: RefCell::new(access), desk, open: Cell::new(0), closed: Notify::new() });
        let task = tokio::task::spawn_local(serve(listener, Rc::clone(&door))).abort_handle();
        Ok(Self { claim, socket: control.socket.clone(), door, task })
    }

    /// Does it listen where this configuration wants it to?
    #[must_use]
    pub fn is_at(&self, control: &Control) -> bool {
        self.socket == control.socket
    }

    /// Who may use the socket by this configuration. Changes nothing yet.
    ///
    /// # Errors
    /// [`BindError`] when `allow` names a user that there is not.
    pub fn terms(&self, control: &Control) -> Result<Terms, BindError> {
        let access = Access::of(&control.allow).map_err(|user| self.failed(Reason::NoSuchUser(user)))?;
        Ok(Terms { access, mode: control.mode })
    }

    /// Takes over who may use the socket, and its permissions. The socket stays
    /// bound throughout: it could not be bound a second time.
    ///
    /// # Errors
    /// [`BindError`] when the permissions cannot be changed, as when somebody
    /// has put another file in its place; the users are taken over all the same.
    pub fn follow(&self, terms: Terms) -> Result<(), BindError> {
        self.door.access.replace(terms.access);
        self.claim.set_mode(terms.mode).map_err(|error| self.failed(error.into()))
    }

    fn failed(&self, reason: Reason) -> BindError {
        BindError { socket: self.socket.clone(), reason }
    }

    /// Ends in good order: the event log is ended, and answers that are on
    /// their way get 100 ms, if they need it. Merely dropping it ends it at once.
    pub async fn close(self) {
        self.door.desk.events.end();
        let answered = async {
            while self.door.open.get() > 0 {
                self.door.closed.notified().await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL, answered).await;
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        // The connections go with it.
        self.task.abort();
    }
}

async fn serve(listener: UnixListener, door: Rc<Door>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let outside = Arc::new(Semaphore::new(STRANGERS));
    let mut connections = JoinSet::new();
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        // Those that are done, so that the set stays small.
        while connections.try_join_next().is_some() {}
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(_) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(peer) = stream.peer_cred() else { continue };
        let uid = peer.uid();
        if door.access.borrow().admits(uid) {
            let door = Rc::clone(&door);
            connections.spawn_local(async move {
                exchange(stream, uid, door).await;
                drop(place);
            });
        } else if let Ok(place) = Arc::clone(&outside).try_acquire_owned() {
            let desk = door.desk.clone();
            connections.spawn_local(async move {
                turn_away(stream, uid, &desk).await;
                drop(place);
            });
        }
    }
}

fn http() -> hyper::server::conn::http1::Builder {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD_SIZE)
        .max_headers(HEADERS)
        .half_close(true)
        .keep_alive(false);
    http
}

/// A request of somebody who may not use the socket, of which only the head is read.
async fn turn_away(stream: UnixStream, uid: u32, desk: &Desk) {
    let service = service_fn(async |request: HttpRequest<Incoming>| {
        let reason = format!("user {uid} may not use this socket; see `control.allow`");
        let answer = Form::of(request.uri().path()).error(StatusCode::FORBIDDEN, Some(&reason));
        (desk.answered)("other", answer.status().as_u16());
        Ok::<_, Infallible>(answer)
    });
    let connection = http().serve_connection(TokioIo::new(stream), service);
    // A client that breaks the rules or leaves early is its own affair, here and below.
    let _ = tokio::time::timeout(PATIENCE_WITH_STRANGERS, connection).await;
}

async fn exchange(stream: UnixStream, uid: u32, door: Rc<Door>) {
    let Ok(hang_up) = HangUp::of(&stream) else { return };
    let answered = Notify::new();
    let owed = RefCell::new(None);
    let service = service_fn(async |request: HttpRequest<Incoming>| {
        owed.replace(Some(Owed::to(&door)));
        let (path, stays, answer) = answer(request, uid, &door.desk).await;
        (door.desk.answered)(path, answer.status().as_u16());
        if !stays {
            answered.notify_one();
        }
        Ok::<_, Infallible>(answer)
    });
    let connection = http().serve_connection(TokioIo::new(stream), service);
    let read = async {
        answered.notified().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        _ = connection => {}
        () = hang_up.heard() => {}
        () = read => {}
    }
}

/// The path for the record, whether the answer lasts for as long as the client
/// likes, and the answer.
async fn answer(request: HttpRequest<Incoming>, uid: u32, desk: &Desk) -> (&'static str, bool, Answer) {
    let (head, body) = request.into_parts();
    let form = Form::of(head.uri.path());
    let route = match Route::find(head.method.as_str(), head.uri.path()) {
        Ok(route) => route,
        Err(why) => return ("other", false, form.misunderstood(&why)),
    };
    let path = route.path();
    let body = if route.has_body() { whole(body).await } else { Ok(Bytes::new()) };
    let asked = match body {
        Ok(body) => route.read(head.uri.query(), &body),
        Err(status) => return (path, false, form.error(status, None)),
    };
    match asked {
        Ok(ask) => {
            let stays = matches!(ask, Ask::Events { follow: true, .. });
            let answer = carry_out(ask, uid, desk, form).await;
            let gone = || form.error(StatusCode::SERVICE_UNAVAILABLE, Some("the pilot is ending"));
            (path, stays, answer.unwrap_or_else(gone))
        }
        Err(why) => (path, false, form.misunderstood(&why)),
    }
}

/// The body, or the status that tells what is wrong with it.
async fn whole(body: Incoming) -> Result<Bytes, StatusCode> {
    // What is announced as too long is not waited for.
    if body.size_hint().lower() > BODY_SIZE as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match tokio::time::timeout(PATIENCE, Limited::new(body, BODY_SIZE).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Asks the loop, where it has to be asked; `None` when the pilot ends.
async fn carry_out(ask: Ask, uid: u32, desk: &Desk, form: Form) -> Option<Answer> {
    Some(match ask {
        Ask::Ping => answer::done(),
        Ask::Environ(variables) => {
            desk.ask(uid, |reply| Request::Environ(variables, reply)).await?;
            answer::done()
        }
        Ask::Metric(values) => {
            desk.ask(uid, |reply| Request::Metric(values, reply)).await?;
            answer::done()
        }
        Ask::Order(order) => form.ordered(desk.ask(uid, |reply| Request::Order(order, reply)).await?),
        Ask::Status => answer::json(&desk.ask(uid, Request::Status).await?),
        Ask::Why(job) => match desk.ask(uid, |reply| Request::Why(job.clone(), reply)).await? {
            Some(why) => answer::json(&why),
            None => form.ordered(Err(crate::Refusal::NoSuchJob(job))),
        },
        Ask::Graph => answer::json(&desk.ask(uid, Request::Graph).await?),
        Ask::Plan => answer::json(&desk.ask(uid, Request::Plan).await?),
        Ask::Events { since, follow } => answer::events(desk.events.follow(since, follow)),
    })
}

// === impl Owed ===

impl Owed {
    fn to(door: &Rc<Door>) -> Self {
        door.open.set(door.open.get() + 1);
        Self(Rc::clone(door))
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get().saturating_sub(1));
        self.0.closed.notify_one();
    }
}
