//! One request and its answer over a connection that is kept for the next.

use super::decode;
use super::dial::Dialer;
use super::token::Token;
use crate::{Error, Meta};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Version};
use hyper_util::rt::TokioIo;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// The longest answer that is read. The largest honest one is a key/value tree,
/// and a single value of Consul's is at most 512 KiB.
pub const MAX_BODY: usize = 64 << 20;

/// The longest head of an answer. Consul's are below 1 KiB.
const MAX_HEAD: usize = 64 << 10;

/// How many connections wait open for their next request; a pilot with many
/// watches has that many in use and needs few besides.
const MAX_IDLE: usize = 4;

/// The token's header.
const TOKEN: HeaderName = HeaderName::from_static("x-consul-token");

/// A request without what is the same in all of them.
pub(super) struct Call {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: Bytes,
    /// The longest from connecting to the answer's last byte.
    pub(super) timeout: Duration,
    /// In place of the configuration's.
    pub(super) token: Option<HeaderValue>,
}

/// A whole answer.
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The requests of all who share one configuration.
///
/// A request has its connection to itself for as long as it lasts, so that none
/// waits behind another: a heartbeat never stands in line behind a query that
/// waits a minute for a change.
pub(super) struct Exchange {
    dialer: Dialer,
    host: HeaderValue,
    token: Rc<Token>,
    authorization: Option<HeaderValue>,
    idle: RefCell<Vec<Connection>>,
    losses: watch::Sender<u64>,
    /// Told of each request, whether it was answered.
    observer: OnceCell<Box<dyn Fn(bool)>>,
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Is a request under way? If so, its own error tells of a loss.
    busy: Rc<Cell<bool>>,
    /// Reads and writes the socket; also notices its end while idle.
    driver: AbortHandle,
}

// === impl Exchange ===

impl Exchange {
    pub(super) fn new(
        dialer: Dialer,
        host: HeaderValue,
        token: Rc<Token>,
        authorization: Option<HeaderValue>,
    ) -> Rc<Self> {
        let (losses, _) = watch::channel(0);
        Rc::new(Self {
            dialer,
            host,
            token,
            authorization,
            idle: RefCell::default(),
            losses,
            observer: OnceCell::new(),
        })
    }

    pub(super) fn losses(&self) -> watch::Receiver<u64> {
        self.losses.subscribe()
    }

    pub(super) async fn call(self: &Rc<Self>, call: &Call) -> Result<Response, Error> {
        let whole = async {
            let response = self.attempt(call).await?;
            // Was the token replaced by another meanwhile?
            if response.status == StatusCode::FORBIDDEN && call.token.is_none() && self.token.renew() {
                return self.attempt(call).await;
            }
            Ok(response)
        };
        let result = match tokio::time::timeout(call.timeout, whole).await {
            Ok(result) => result,
            Err(_) => Err(Error::Timeout(call.timeout)),
        };
        if let Some(observer) = self.observer.get() {
            observer(result.is_ok());
        }
        result
    }

    pub(super) fn observe(&self, observer: Box<dyn Fn(bool)>) {
        // The first one stays; there is one pilot.
        let _ = self.observer.set(observer);
    }

    async fn attempt(self: &Rc<Self>, call: &Call) -> Result<Response, Error> {
        // A kept connection may have been closed at the other side meanwhile.
        // Every request of ours may be made twice, so try once more on a new one.
        while let Some(mut connection) = self.take_idle() {
            if connection.sender.ready().await.is_err() {
                continue;
            }
            match self.send(connection, call).await {
                Err(Error::Lost { .. }) => break,
                result => return result,
            }
        }
        let connection = self.open().await?;
        self.send(connection, call).await
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        idle.retain(|connection| !connection.sender.is_closed());
        let connection = idle.pop()?;
        connection.busy.set(true);
        Some(connection)
    }

    fn keep(&self, connection: Connection) {
        // The end of the connection may have come right behind the answer.
        if connection.sender.is_closed() {
            return self.count_loss();
        }
        connection.busy.set(false);
        let mut idle = self.idle.borrow_mut();
        if idle.len() >= MAX_IDLE {
            idle.remove(0);
        }
        idle.push(connection);
    }

    async fn open(self: &Rc<Self>) -> Result<Connection, Error> {
        let stream = self.dialer.connect().await?;
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|e| self.lost(&e))?;
        let busy = Rc::new(Cell::new(true));
        let driver = {
            let (busy, exchange) = (busy.clone(), Rc::downgrade(self));
            tokio::task::spawn_local(async move {
                // How it ended does not matter: a request under way has been told.
                let _ = connection.await;
                if let Some(exchange) = exchange.upgrade().filter(|_| !busy.get()) {
                    exchange.count_loss();
                }
            })
            .abort_handle()
        };
        Ok(Connection { sender, busy, driver })
    }

    async fn send(&self, mut connection: Connection, call: &Call) -> Result<Response, Error> {
        let response =
            connection.sender.send_request(self.request(call)?).await.map_err(|e| self.lost(&e))?;
        let (head, mut body) = response.into_parts();
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|e| self.lost(&e))?.into_data() else { continue };
            if bytes.len().saturating_add(data.len()) > MAX_BODY {
                return Err(Error::TooLarge { limit: MAX_BODY });
            }
            bytes.extend_from_slice(&data);
        }
        let closes = head.version == Version::HTTP_10
            || head.headers.get(CONNECTION).is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"close"));
        if !closes {
            self.keep(connection);
        }
        Ok(Response { status: head.status, headers: head.headers, body: bytes.freeze() })
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>, Error> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&call.target)
            .body(Full::new(call.body.clone()))
            .map_err(|e| Error::Malformed(format!("the request itself: {e}")))?;
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        if !call.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(token) = call.token.clone().or_else(|| self.token.header()) {
            headers.insert(TOKEN, token);
        }
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Ok(request)
    }

    fn lost(&self, error: &hyper::Error) -> Error {
        if error.is_parse() {
            return Error::Malformed(error.to_string());
        }
        self.count_loss();
        Error::Lost { address: self.dialer.name().to_owned(), reason: innermost(error) }
    }

    fn count_loss(&self) {
        self.dialer.doubt();
        self.losses.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// The reason under the reasons: hyper's own words are general, the operating
/// system's are what helps.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

// === impl Response ===

impl Response {
    pub(super) fn meta(&self) -> Meta {
        decode::meta(|name| self.headers.get(name).map(HeaderValue::as_bytes))
    }
}

// === impl Connection ===

impl Drop for Connection {
    fn drop(&mut self) {
        // A request that was given up must not keep its socket open until the
        // other side thinks of answering.
        self.driver.abort();
    }
}
