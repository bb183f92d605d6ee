//! What a browser asks: the files of the page, and what they read of the catalogue.

use bytes::Bytes;
use gyropilot_catalog::consul::Consul;
use gyropilot_catalogd::page::{self, Found};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The most connections at once: a browser opens six, and Consul takes 200.
const CONNECTIONS: usize = 120;
/// Until the head of the next request has come.
const HEAD: Duration = Duration::from_secs(60);
const HEAD_SIZE: usize = 16 << 10;
/// Between two attempts when no connection can be had.
const PAUSE: Duration = Duration::from_millis(100);

/// What the page reads. The token may allow more, and whoever reaches the page shall not.
const READ: [&str; 2] = ["/v1/catalog/", "/v1/health/"];
/// Who waits for changes of what: only the embedded catalogue knows.
const WATCHERS: &str = "/v1/internal/gyropilot/watchers";

/// What comes from the catalogue and means something to the page.
const HANDED_ON: [HeaderName; 5] = [
    CONTENT_TYPE,
    HeaderName::from_static("x-consul-index"),
    HeaderName::from_static("x-consul-knownleader"),
    HeaderName::from_static("x-consul-lastcontact"),
    HeaderName::from_static("x-consul-results-filtered-by-acls"),
];
const TOKEN: HeaderName = HeaderName::from_static("x-consul-token");

type Answer = Response<Full<Bytes>>;

/// Answers browsers.
pub(super) struct Desk {
    consul: Consul,
    /// Is it reached from this machine alone?
    local: bool,
}

// === impl Desk ===

impl Desk {
    pub(super) fn new(consul: Consul, address: SocketAddr) -> Rc<Self> {
        Rc::new(Self { consul, local: address.ip().is_loopback() })
    }

    /// Answers whoever connects, for ever.
    pub(super) async fn serve(self: Rc<Self>, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            // Those that are done, so that the set stays small.
            while connections.try_join_next().is_some() {}
            match listener.accept().await {
                Ok((stream, _)) => {
                    let desk = Rc::clone(&self);
                    connections.spawn_local(async move {
                        desk.exchange(stream).await;
                        drop(place);
                    });
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn exchange(&self, stream: TcpStream) {
        let service =
            service_fn(async |request: Request<Incoming>| Ok::<_, Infallible>(self.answer(&request).await));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_SIZE)
            .serve_connection(TokioIo::new(stream), service);
        // A client that breaks the rules or leaves early is its own affair.
        let _ = connection.await;
    }

    async fn answer<B>(&self, request: &Request<B>) -> Answer {
        if self.local && !names_this_machine(request.headers()) {
            return text(StatusCode::MISDIRECTED_REQUEST, "this page is called by another name");
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "this page only reads");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        let path = request.uri().path();
        match page::find(path) {
            Some(Found::File(file)) => self::file(file),
            Some(Found::Elsewhere(place)) => {
                let mut answer = text(StatusCode::TEMPORARY_REDIRECT, "");
                answer.headers_mut().insert(LOCATION, HeaderValue::from_static(place));
                answer
            }
            None if path == WATCHERS || READ.iter().any(|begin| path.starts_with(begin)) => {
                self.read(request, path == WATCHERS).await
            }
            None => text(StatusCode::NOT_FOUND, "there is nothing here"),
        }
    }

    async fn read<B>(&self, request: &Request<B>, may_be_unknown: bool) -> Answer {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        // Who was refused may have typed a token of their own.
        let raw = match self.consul.raw(target, request.headers().get(TOKEN)).await {
            Ok(raw) => raw,
            Err(error) => return text(StatusCode::BAD_GATEWAY, &error.to_string()),
        };
        let status = StatusCode::from_u16(raw.status).unwrap_or(StatusCode::BAD_GATEWAY);
        if may_be_unknown && status == StatusCode::NOT_FOUND {
            // Without an error in the browser's console.
            return text(StatusCode::NO_CONTENT, "");
        }
        let mut answer = Response::new(Full::new(raw.body));
        *answer.status_mut() = status;
        for name in HANDED_ON {
            if let Some(value) = raw.headers.get(&name) {
                answer.headers_mut().insert(name, value.clone());
            }
        }
        hardened(answer)
    }
}

/// Does the request name an address or this machine? A page of somebody else can have its
/// own name lead here, and would then read what is meant for this one.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    if host.parse::<SocketAddr>().is_ok() {
        return true;
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost"
        || name.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok()
        || name.parse::<IpAddr>().is_ok()
}

fn file(file: &'static page::File) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(file.body.as_bytes())));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    hardened(answer)
}

fn text(status: StatusCode, words: &str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::copy_from_slice(words.as_bytes())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    hardened(answer)
}

/// With the rules that the page has for all that it gets.
fn hardened(mut answer: Answer) -> Answer {
    for (name, value) in page::HEADERS {
        answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let named = |host: &str| {
            let headers = [(HOST, HeaderValue::from_str(host).unwrap())].into_iter().collect();
            names_this_machine(&headers)
        };
        for host in
            ["127.0.0.1:8501", "localhost:8501", "localhost", "[::1]:8501", "10.0.0.1", "ui.localhost:1"]
        {
            assert!(named(host), "{host}");
        }
        for host in
            ["evil.example", "evil.example:8501", "127.0.0.1.evil.example:8501", "localhost.evil:8501", ""]
        {
            assert!(!named(host), "{host}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }
}
