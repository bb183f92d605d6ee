//! Connections: taking them, reading requests from them, and the limits of both.

use super::patience::Patient;
use super::reply::{Extras, Reply};
use super::request::Request;
use super::routes;
use super::serve::serve;
use crate::catalogue::Catalogue;
use crate::page::{self, Found};
use crate::store::Refusal;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request as HttpRequest, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How long a connection may be silent between requests, and a client take over the head of one.
const SILENCE: Duration = Duration::from_secs(300);
/// How long a client may take over a body.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// How long a request's head may be, in bytes.
const HEAD_BYTES: usize = 16 << 10;
/// How many header fields it may have.
const HEADERS: usize = 64;
/// How long a body may be, in bytes.
const BODY_BYTES: usize = crate::store::MOST_VALUE_BYTES;
/// How much of longer bodies than [`SHORT_BODY_BYTES`] is read at the same time; others wait their turn.
const BODIES_BYTES: usize = 64 << 20;
/// How long a body may be that waits for nothing, in bytes.
const SHORT_BODY_BYTES: usize = 8 << 10;
/// How much of a body that is too long is read all the same, and for how long.
const SWALLOWED_BYTES: usize = 8 * BODY_BYTES;
const SWALLOWING: Duration = Duration::from_secs(2);
/// How long to wait when no connection can be taken, as without descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// How much the catalogue bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at the same time. With HTTP/1.1 each carries one waiting reader.
    pub connections: usize,
    /// Connections at the same time from one address.
    pub connections_of_one: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 60_000, connections_of_one: 8_192 }
    }
}

/// Who is connected, and how much is being read.
#[derive(Debug)]
pub(crate) struct Doorkeeper {
    by_address: RefCell<BTreeMap<IpAddr, usize>>,
    bodies: Semaphore,
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self { by_address: RefCell::default(), bodies: Semaphore::new(BODIES_BYTES) }
    }
}

/// A connection that is counted until it ends.
struct Place {
    doorkeeper: Rc<Doorkeeper>,
    address: IpAddr,
}

// === impl Doorkeeper ===

impl Doorkeeper {
    /// How many are connected.
    pub(crate) fn count(&self) -> usize {
        self.by_address.borrow().values().sum()
    }

    fn admit(self: &Rc<Self>, address: IpAddr, limits: Limits) -> Option<Place> {
        if self.count() >= limits.connections {
            return None;
        }
        let mut by_address = self.by_address.borrow_mut();
        let count = by_address.entry(address).or_default();
        if *count >= limits.connections_of_one {
            return None;
        }
        *count += 1;
        Some(Place { doorkeeper: Rc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self.doorkeeper.by_address.borrow_mut();
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

/// Takes connections, for ever. Needs a `LocalSet`.
pub(crate) async fn accept(listener: TcpListener, catalogue: Rc<Catalogue>, limits: Limits) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        notice_the_dead(&stream);
        let address = peer.ip().to_canonical();
        let Some(place) = catalogue.doorkeeper.admit(address, limits) else {
            tokio::task::spawn_local(turn_away(stream));
            continue;
        };
        let catalogue = Rc::clone(&catalogue);
        tokio::task::spawn_local(async move {
            match catalogue.access.tls() {
                None => exchange(stream, address, &catalogue).await,
                Some(tls) => {
                    // A client that does not shake hands in time is its own affair.
                    if let Ok(Ok(stream)) = tokio::time::timeout(BODY_PATIENCE, tls.accept(stream)).await {
                        exchange(stream, address, &catalogue).await;
                    }
                }
            }
            drop(place);
        });
    }
}

/// Lets the system find out that the other side has gone without a word, within two minutes.
fn notice_the_dead(stream: &TcpStream) {
    use rustix::net::sockopt;
    // Where one cannot be set, the connection only lives on for longer.
    let _ = sockopt::set_socket_keepalive(stream, true);
    let _ = sockopt::set_tcp_keepidle(stream, Duration::from_secs(30));
    let _ = sockopt::set_tcp_keepintvl(stream, Duration::from_secs(15));
    let _ = sockopt::set_tcp_keepcnt(stream, 4);
    let _ = sockopt::set_tcp_user_timeout(stream, 90_000);
}

fn http() -> hyper::server::conn::http1::Builder {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(SILENCE)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .auto_date_header(true);
    http
}

async fn turn_away(stream: TcpStream) {
    let service = service_fn(async |_: HttpRequest<Incoming>| {
        let reply = Reply::text(
            StatusCode::TOO_MANY_REQUESTS,
            "Your IP is issuing too many concurrent connections, please rate limit your calls\n",
        );
        Ok::<_, Infallible>(reply.response(Extras::default()))
    });
    let mut http = http();
    let connection = http.keep_alive(false).serve_connection(TokioIo::new(stream), service);
    let _ = tokio::time::timeout(Duration::from_secs(2), connection).await;
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(stream: S, peer: IpAddr, catalogue: &Rc<Catalogue>) {
    let service = service_fn(async |request: HttpRequest<Incoming>| {
        Ok::<_, Infallible>(respond(request, peer, catalogue).await)
    });
    // A client that breaks the rules or leaves early is its own affair.
    let _ = http().serve_connection(TokioIo::new(Patient::new(stream)), service).await;
}

async fn respond(
    request: HttpRequest<Incoming>,
    peer: IpAddr,
    catalogue: &Rc<Catalogue>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let plain = Extras::default();
    let raw = head.uri.path();
    let moved = |to: &str| {
        let query = head.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Reply::moved(&format!("{to}{query}"), &head.method).response(plain)
    };
    if !is_escaped_well(raw) {
        return Reply::unreadable().response(plain);
    }
    let Ok(path) = percent_encoding::percent_decode_str(raw).decode_utf8() else {
        return Reply::text(StatusCode::BAD_REQUEST, "the path is no UTF-8").response(plain);
    };
    if let Some(clean) = cleaned(raw) {
        return moved(&clean);
    }
    if let Some(longer) = routes::with_slash(&path) {
        return moved(&longer);
    }
    if let Some(found) = page::find(&path) {
        return of_page(&found, &head.method).response(plain);
    }
    let path = path.into_owned();
    let body = match whole(body, &catalogue.doorkeeper.bodies).await {
        Ok(body) => body,
        Err(refusal) => return Reply::from(refusal).response(plain),
    };
    // Whoever only looks on is nobody's client.
    let peer = Some(peer).filter(|_| !head.headers.contains_key(page::MARK));
    let request = Request::new(&head, path, body, peer);
    let (reply, extras) = serve(catalogue, request).await;
    reply.response(extras)
}

/// The page holds nothing that is secret, so that it is shown without a token.
fn of_page(found: &Found, method: &Method) -> Reply {
    if method != Method::GET && method != Method::HEAD {
        return Reply::wrong_method(method.as_str(), &["GET", "HEAD"]);
    }
    match found {
        Found::Elsewhere(path) => Reply::moved(path, method),
        Found::File(file) => page::HEADERS
            .into_iter()
            .fold(Reply::file(file.content_type, file.body), |reply, (name, value)| reply.with(name, value)),
    }
}

/// Whether every % of a path begins a byte.
fn is_escaped_well(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit()))
}

/// The path with single slashes and without dots, if it has others, as Consul's router wants it.
fn cleaned(path: &str) -> Option<String> {
    if !path.contains("//") && !path.contains("/.") {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let end = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    let clean = format!("/{}{end}", parts.join("/"));
    (clean != path).then_some(clean)
}

/// The body, or what is wrong with it.
async fn whole(mut body: Incoming, places: &Semaphore) -> Result<Bytes, Refusal> {
    let too_large = |size: u64| Refusal {
        status: 413,
        text: format!("Request body({size} bytes) too large, max size: {BODY_BYTES} bytes."),
    };
    let announced = body.size_hint().lower();
    if announced > BODY_BYTES as u64 {
        swallow(&mut body).await;
        return Err(too_large(announced));
    }
    // A short one costs no more than the connection itself.
    let longest =
        body.size_hint().upper().map_or(BODY_BYTES, |most| usize::try_from(most).unwrap_or(BODY_BYTES));
    let room = if longest <= SHORT_BODY_BYTES { 0 } else { u32::try_from(longest).unwrap_or(u32::MAX) };
    let read = async {
        // The semaphore is never closed.
        let _place = places.acquire_many(room).await;
        Limited::new(&mut body, BODY_BYTES).collect().await
    };
    match tokio::time::timeout(BODY_PATIENCE, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            swallow(&mut body).await;
            Err(too_large(BODY_BYTES as u64 + 1))
        }
        Ok(Err(_)) => Err(Refusal::bad("the body breaks off")),
        Err(_) => Err(Refusal { status: 408, text: "the body takes too long".to_owned() }),
    }
}

/// Reads a while for nothing. Whoever is still writing when the connection closes
/// is told of a broken pipe, and never sees the answer.
async fn swallow(body: &mut Incoming) {
    let mut left = SWALLOWED_BYTES;
    let swallowing = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(SWALLOWING, swallowing).await;
}
