//! Who is in the catalogue, from moment to moment: what a client that follows it knows.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How long a question waits for something new.
const WAIT: &str = "20s";
const PATIENCE: Duration = Duration::from_secs(40);
/// How long a catalogue that does not answer is left alone.
const PAUSE: Duration = Duration::from_millis(20);

/// A service that is followed; until it is dropped.
pub(crate) struct Follower {
    /// The addresses of those that are passing.
    pub(crate) addresses: watch::Receiver<Vec<SocketAddr>>,
    changes: Rc<RefCell<Vec<Change>>>,
    task: AbortHandle,
}

/// An instance has come, or has gone.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) instance: String,
    pub(crate) came: bool,
    pub(crate) when: Instant,
}

type Instances = BTreeMap<String, SocketAddr>;

// === impl Follower ===

impl Follower {
    /// Follows the passing instances of a service; the first answer is waited for.
    pub(crate) async fn new(catalogue: SocketAddr, service: &'static str) -> Result<Self> {
        let (index, mut known) = instances(catalogue, service, 0).await?;
        let (tell, addresses) = watch::channel(known.values().copied().collect());
        let changes = Rc::new(RefCell::new(Vec::new()));
        let noted = Rc::clone(&changes);
        let task = tokio::task::spawn_local(async move {
            let mut index = index;
            loop {
                // What is known stays so while the catalogue is away.
                let Ok((next, now)) = instances(catalogue, service, index).await else {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                };
                index = if next < index { 0 } else { next };
                let when = Instant::now();
                let came = now.keys().filter(|id| !known.contains_key(*id)).map(|id| (id, true));
                let gone = known.keys().filter(|id| !now.contains_key(*id)).map(|id| (id, false));
                let change = |(id, came): (&String, bool)| Change { instance: id.clone(), came, when };
                noted.borrow_mut().extend(came.chain(gone).map(change));
                // Nobody at all is what a catalogue says that has lost its memory.
                if !now.is_empty() {
                    let _ = tell.send(now.values().copied().collect());
                }
                known = now;
            }
        });
        Ok(Self { addresses, changes, task: task.abort_handle() })
    }

    /// What has happened since the beginning.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.changes.borrow().clone()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The passing instances, once they are newer than `index`.
pub(crate) async fn instances(catalogue: SocketAddr, service: &str, index: u64) -> Result<(u64, Instances)> {
    let path = format!("/v1/health/service/{service}?passing&index={index}&wait={WAIT}");
    let (index, body) = tokio::time::timeout(PATIENCE, get(catalogue, &path)).await??;
    let entries: Vec<Value> = serde_json::from_slice(&body)?;
    let mut found = Instances::new();
    for entry in entries {
        let service = &entry["Service"];
        let id = service["ID"].as_str().context("an instance without an identifier")?;
        let address = format!("{}:{}", service["Address"].as_str().unwrap_or_default(), service["Port"]);
        found.insert(id.to_owned(), address.parse().with_context(|| address.clone())?);
    }
    Ok((index, found))
}

async fn get(catalogue: SocketAddr, path: &str) -> Result<(u64, Bytes)> {
    let stream = TcpStream::connect(catalogue).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(async move { drop(connection.await) });
    let mut request = Request::get(path).body(Empty::<Bytes>::new())?;
    request.headers_mut().insert(HOST, HeaderValue::from_static("catalogue"));
    let answer = sender.send_request(request).await?;
    if answer.status() != StatusCode::OK {
        bail!("the catalogue answered {}", answer.status());
    }
    let index = answer.headers().get("x-consul-index").and_then(|index| index.to_str().ok()?.parse().ok());
    Ok((index.unwrap_or(0), answer.into_body().collect().await?.to_bytes()))
}
