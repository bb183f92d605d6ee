//! Where Prometheus comes to read, and whoever wants to know how the pilot stands.

use crate::status::original_status;
use crate::{Format, Standing};
use bytes::Bytes;
use gyropilot_model::Event;
use http_body_util::Full;
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue, VARY};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

/// How many connections are served at the same time; more wait in the system's queue.
const CONNECTIONS: usize = 16;
/// How long a whole exchange may take, from the connection to its end.
const EXCHANGE: Duration = Duration::from_secs(10);
/// How long a request's head may take.
const HEAD: Duration = Duration::from_secs(5);
/// How long a request's head may be, in bytes; the least that hyper allows.
const HEAD_SIZE: usize = 8192;
/// How long to wait when no connection can be taken, as without descriptors.
const PAUSE: Duration = Duration::from_millis(250);
/// How long an address that is taken is tried; the original tried as long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where the original told how it stood.
const STATUS: &str = "/status";
/// Where schedulers ask whether it lives, and whether it is ready; the paths are Kubernetes' own.
const LIVES: &str = "/livez";
const READY: &str = "/readyz";
const TEXT: &str = "text/plain; charset=utf-8";

/// What is shown. Asked once for each request.
pub trait Source {
    /// All metrics in this form.
    fn metrics(&self, format: Format) -> impl Future<Output = String>;

    /// How everything stands. `None` where the form of its configuration has no such
    /// page: it is not found then.
    fn status(&self) -> impl Future<Output = Option<Standing>>;
}

/// Serves metrics and status over HTTP on one address, until it is dropped.
///
/// Everything happens in tasks beside the loop: a slow or hostile client costs at
/// most its own connection, and nothing waits for one when the pilot stops.
#[derive(Debug)]
pub struct MetricsServer {
    address: SocketAddr,
    path: Rc<RefCell<String>>,
    task: AbortHandle,
}

/// Why metrics are not served. The wording is ContainerPilot's.
#[derive(Debug, thiserror::Error)]
#[error("Error serving telemetry on {address}: {source}")]
pub struct ServeError {
    /// Where they should have been.
    address: SocketAddr,
    /// What the operating system says.
    source: std::io::Error,
}

// === impl MetricsServer ===

impl MetricsServer {
    /// Serves metrics at `path`, the status at `/status`, and `/livez` and `/readyz`, on this address. Port 0
    /// is any free port. Call it inside a [`tokio::task::LocalSet`].
    ///
    /// # Errors
    /// [`ServeError`] when the address cannot be listened on.
    pub async fn bind(
        address: SocketAddr,
        path: &str,
        source: impl Source + 'static,
    ) -> Result<Self, ServeError> {
        let failed = |source| ServeError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let path = Rc::new(RefCell::new(path.to_owned()));
        let serving = serve(listener, Rc::clone(&path), Rc::new(source));
        Ok(Self { address, path, task: tokio::task::spawn_local(serving).abort_handle() })
    }

    /// The same for whoever cannot wait: an address that is free listens from now on, one
    /// that is taken is tried again for 10 s, beside everything else. `say` is told when that
    /// begins, and when it was in vain; nothing is served then until another server is made.
    pub async fn bind_patiently(
        address: SocketAddr,
        path: &str,
        source: impl Source + 'static,
        say: impl Fn(Event) + 'static,
    ) -> Self {
        let path = Rc::new(RefCell::new(path.to_owned()));
        let served = Rc::clone(&path);
        let first = TcpListener::bind(address).await;
        let task = tokio::task::spawn_local(async move {
            if let Some(listener) = obtain(address, first, say).await {
                serve(listener, served, Rc::new(source)).await;
            }
        });
        Self { address, path, task: task.abort_handle() }
    }

    /// Serves at `path` from the next request on. The address stays bound
    /// throughout: it could not be bound a second time.
    pub fn set_path(&self, path: &str) {
        path.clone_into(&mut self.path.borrow_mut());
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Is it over, because the address could not be had?
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        // The connections go with it.
        self.task.abort();
    }
}

/// Goes on trying after a first time.
async fn obtain(
    address: SocketAddr,
    mut tried: std::io::Result<TcpListener>,
    say: impl Fn(Event),
) -> Option<TcpListener> {
    let end = Instant::now() + PATIENCE;
    let mut said = false;
    loop {
        let source = match tried {
            Ok(listener) => return Some(listener),
            Err(error) => error,
        };
        let reason = ServeError { address, source }.to_string();
        if Instant::now() >= end {
            say(Event::TelemetryUnavailable { reason, given_up: true });
            return None;
        }
        if !std::mem::replace(&mut said, true) {
            say(Event::TelemetryUnavailable { reason, given_up: false });
        }
        tokio::time::sleep(PAUSE).await;
        tried = TcpListener::bind(address).await;
    }
}

async fn serve<S: Source + 'static>(listener: TcpListener, path: Rc<RefCell<String>>, source: Rc<S>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        // Those that are done, so that the set stays small.
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let (path, source) = (Rc::clone(&path), Rc::clone(&source));
                connections.spawn_local(async move {
                    exchange(stream, &path, source.as_ref()).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn exchange(stream: TcpStream, path: &RefCell<String>, source: &impl Source) {
    let service = service_fn(async |request: Request<hyper::body::Incoming>| {
        let is_metrics = *path.borrow() == request.uri().path();
        Ok::<_, Infallible>(answer(&request, is_metrics, source).await)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_SIZE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // A client that breaks the rules or leaves early is its own affair.
    let _ = tokio::time::timeout(EXCHANGE, connection).await;
}

async fn answer<B>(request: &Request<B>, is_metrics: bool, source: &impl Source) -> Response<Full<Bytes>> {
    if is_metrics {
        return metrics(request, source).await;
    }
    let is_get = request.method() == Method::GET;
    match request.uri().path() {
        STATUS => match source.status().await {
            Some(standing) if is_get => {
                respond(StatusCode::OK, "application/json", original_status(&standing))
            }
            // As the original.
            Some(_) => refuse("Method Not Allowed\n", "GET"),
            None => unknown(),
        },
        LIVES | READY if !is_get && request.method() != Method::HEAD => only_reading(),
        // Whoever answers lives.
        LIVES => respond(StatusCode::OK, TEXT, "ok\n".to_owned()),
        READY => match source.status().await.map(|standing| standing.status.unready()) {
            Some(reasons) if reasons.is_empty() => respond(StatusCode::OK, TEXT, "ok\n".to_owned()),
            Some(reasons) => respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, reasons.join("\n") + "\n"),
            None => unknown(),
        },
        _ => unknown(),
    }
}

async fn metrics<B>(request: &Request<B>, source: &impl Source) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return only_reading();
    }
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let format = Format::accepted(accept.unwrap_or_default());
    // To HEAD, hyper sends the head alone, with the length of the whole.
    let page = source.metrics(format).await;
    let mut response = respond(StatusCode::OK, format.content_type(), page);
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    response
}

fn unknown() -> Response<Full<Bytes>> {
    respond(StatusCode::NOT_FOUND, TEXT, "not found\n".to_owned())
}

fn only_reading() -> Response<Full<Bytes>> {
    refuse("only GET and HEAD are allowed\n", "GET, HEAD")
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn refuse(text: &str, allowed: &'static str) -> Response<Full<Bytes>> {
    let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, text.to_owned());
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}
