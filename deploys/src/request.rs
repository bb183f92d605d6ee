//! One request, and what became of it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long an answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Who has served it, as the shops say: the instance, a slash, its version.
const SERVED_BY: &str = "x-instance";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
}

/// A connection that can be asked once more.
pub(crate) type Kept = SendRequest<Full<Bytes>>;

/// A request that is over.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) question: Question,
    pub(crate) sent: Instant,
    pub(crate) done: Instant,
    pub(crate) fate: Fate,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was served, by this instance.
    Served(String),
    /// The connection was not taken.
    Refused(String),
    /// The connection was taken and ended before the whole answer was there.
    Cut(String),
    /// There was no answer in time.
    TimedOut,
    /// The answer says that it was not served.
    Status(u16),
    /// The answer does not say who served it.
    Anonymous,
}

/// What one attempt gave: its fate, and the connection if it can be kept.
pub(crate) struct Attempt {
    pub(crate) fate: Fate,
    pub(crate) kept: Option<Kept>,
    /// Nothing of an answer had come.
    pub(crate) unanswered: bool,
}

// === impl Fate ===

impl Fate {
    pub(crate) const fn is_good(&self) -> bool {
        matches!(self, Self::Served(_))
    }

    /// In a word or two, for a table.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Served(_) => "served".to_owned(),
            Self::Refused(why) => format!("not connected: {why}"),
            Self::Cut(why) => format!("cut: {why}"),
            Self::TimedOut => "no answer in time".to_owned(),
            Self::Status(status) => format!("status {status}"),
            Self::Anonymous => "served by nobody known".to_owned(),
        }
    }
}

/// Asks on a connection of its own, or on one that was kept.
pub(crate) async fn ask(to: SocketAddr, question: Question, kept: Option<Kept>, keep: bool) -> Attempt {
    let failed = |fate| Attempt { fate, kept: None, unanswered: true };
    match tokio::time::timeout(PATIENCE, attempt(to, question, kept, keep)).await {
        Ok(Ok(attempt)) => attempt,
        Ok(Err(fate)) => failed(fate),
        Err(_) => failed(Fate::TimedOut),
    }
}

async fn attempt(
    to: SocketAddr,
    question: Question,
    kept: Option<Kept>,
    keep: bool,
) -> Result<Attempt, Fate> {
    let mut connection = match kept {
        Some(connection) => connection,
        None => connect(to).await.map_err(Fate::Refused)?,
    };
    let cut = |error: hyper::Error| Fate::Cut(error.to_string());
    let mut request = Request::new(Full::new(Bytes::new()));
    *request.method_mut() = Method::from_bytes(question.method.as_bytes()).unwrap_or_default();
    *request.uri_mut() = question.path.parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(HOST, hyper::header::HeaderValue::from_static("storefront"));
    if !keep {
        headers.insert(hyper::header::CONNECTION, hyper::header::HeaderValue::from_static("close"));
    }
    if question.method == "POST" {
        headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("text/plain"));
        *request.body_mut() = Full::new(Bytes::from_static(b"Ada"));
    }
    let answer = connection.send_request(request).await.map_err(cut)?;
    let (status, by) = (answer.status(), answer.headers().get(SERVED_BY).cloned());
    if let Err(error) = answer.into_body().collect().await {
        return Ok(Attempt { fate: cut(error), kept: None, unanswered: false });
    }
    let fate = match by.as_ref().and_then(|by| by.to_str().ok()) {
        _ if status != StatusCode::OK && status != StatusCode::CREATED => Fate::Status(status.as_u16()),
        Some(by) => Fate::Served(by.to_owned()),
        None => Fate::Anonymous,
    };
    Ok(Attempt { fate, kept: keep.then_some(connection), unanswered: false })
}

async fn connect(to: SocketAddr) -> Result<Kept, String> {
    let told = |error: &dyn std::error::Error| error.to_string();
    let stream = TcpStream::connect(to).await.map_err(|error| told(&error))?;
    stream.set_nodelay(true).map_err(|error| told(&error))?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| told(&error))?;
    // What becomes of the connection is seen by whoever asks on it.
    tokio::task::spawn_local(async move { drop(connection.await) });
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::LocalSet;

    const GET: Question = Question { method: "GET", path: "/itself" };

    /// Asks a server that reads a request and says exactly this, or hangs up at once.
    fn fate_of(answer: Option<&'static str>) -> Fate {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let to = listener.local_addr().unwrap();
            tokio::task::spawn_local(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let Some(answer) = answer else { return };
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
            ask(to, GET, None, false).await.fate
        })
    }

    #[test]
    fn every_way_to_fail_is_seen() {
        let served = fate_of(Some("HTTP/1.1 200 OK\r\nX-Instance: a/1\r\nContent-Length: 2\r\n\r\nok"));
        assert_eq!(served, Fate::Served("a/1".to_owned()));
        let halved = fate_of(Some("HTTP/1.1 200 OK\r\nX-Instance: a/1\r\nContent-Length: 9\r\n\r\nok"));
        assert!(matches!(halved, Fate::Cut(_)), "{halved:?}");
        assert!(matches!(fate_of(None), Fate::Cut(_)));
        assert!(matches!(fate_of(Some("HTTP/1.1 2")), Fate::Cut(_)));
        let gateway = fate_of(Some("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(gateway, Fate::Status(502));
        let nobody = fate_of(Some("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(nobody, Fate::Anonymous);
    }

    #[test]
    fn who_is_not_there_is_not_connected_to() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let fate = LocalSet::new().block_on(&runtime, async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let to = listener.local_addr().unwrap();
            drop(listener);
            ask(to, GET, None, false).await.fate
        });
        assert!(matches!(fate, Fate::Refused(_)), "{fate:?}");
    }
}
