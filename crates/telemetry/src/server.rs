//! Where Prometheus comes to read.

use crate::metrics::CONTENT_TYPE;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

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

/// Serves metrics over HTTP on one address, until it is dropped.
///
/// Everything happens in tasks beside the loop: a slow or hostile client costs at
/// most its own connection, and nothing waits for one when the pilot stops.
#[derive(Debug)]
pub struct MetricsServer {
    address: SocketAddr,
    path: Arc<RwLock<String>>,
    task: tokio::task::AbortHandle,
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
    /// Serves what `page` gives at `path`, to `GET` and `HEAD`. Port 0 is any free port.
    ///
    /// `page` is asked once for each request and must not wait for anything.
    ///
    /// # Errors
    /// [`ServeError`] when the address cannot be listened on.
    pub async fn bind<P>(address: SocketAddr, path: &str, page: P) -> Result<Self, ServeError>
    where
        P: Fn() -> String + Send + Sync + 'static,
    {
        let failed = |source| ServeError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let path = Arc::new(RwLock::new(path.to_owned()));
        let serving = serve(listener, Arc::clone(&path), Arc::new(page));
        Ok(Self { address: bound, path, task: tokio::spawn(serving).abort_handle() })
    }

    /// Serves at `path` from the next request on. The address stays bound
    /// throughout: it could not be bound a second time.
    pub fn set_path(&self, path: &str) {
        // A path is assigned whole, so a poisoned lock holds a good one.
        path.clone_into(&mut self.path.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        // The connections go with it.
        self.task.abort();
    }
}

async fn serve<P>(listener: TcpListener, path: Arc<RwLock<String>>, page: Arc<P>)
where
    P: Fn() -> String + Send + Sync + 'static,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        // Those that are done, so that the set stays small.
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let (path, page) = (Arc::clone(&path), Arc::clone(&page));
                connections.spawn(async move {
                    exchange(stream, &path, page.as_ref()).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn exchange<P: Fn() -> String>(stream: TcpStream, path: &RwLock<String>, page: &P) {
    let service = service_fn(async |request: Request<hyper::body::Incoming>| {
        let is_here = *path.read().unwrap_or_else(PoisonError::into_inner) == request.uri().path();
        Ok::<_, Infallible>(answer(request.method(), is_here, page))
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

fn answer(method: &Method, is_here: bool, page: &impl Fn() -> String) -> Response<Full<Bytes>> {
    let (status, kind, body) = if !is_here {
        (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "not found\n".to_owned())
    } else if method != Method::GET && method != Method::HEAD {
        (
            StatusCode::METHOD_NOT_ALLOWED,
            "text/plain; charset=utf-8",
            "only GET and HEAD are allowed\n".to_owned(),
        )
    } else {
        // To HEAD, hyper sends the head alone, with the length of the whole.
        (StatusCode::OK, CONTENT_TYPE, page())
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE_HEADER, HeaderValue::from_static(kind));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}
