//! The side of whoever asks.

use crate::percent;
use bytes::{Bytes, BytesMut};
use gyropilot_model::{Edge, Order, PilotStatus, Why};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;

/// How long an answer may be, in bytes: 64 MiB.
const LONGEST: usize = 64 << 20;
/// How long a line of an event may be, in bytes: 1 MiB.
const LONGEST_LINE: usize = 1 << 20;
/// How long a pilot may take to say how it is. What has to be done first may take any time.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before a pilot that is busy with others is tried again.
const TURN: Duration = Duration::from_millis(20);

/// Asks a running pilot, with one connection for each request.
#[derive(Clone, Debug)]
pub struct Client {
    socket: PathBuf,
}

/// Why there is no answer, or not the one that was hoped for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers at the socket.
    #[error("no pilot answers at {}: {reason}", .socket.display())]
    Unreachable {
        /// Where it should have been.
        socket: PathBuf,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// The pilot says no, and why.
    #[error("{reason}")]
    Refused {
        /// The status of the answer.
        status: u16,
        /// For people; may have several lines.
        reason: String,
    },
    /// What answers is no pilot, or it ended in the middle of its answer.
    #[error("the pilot at {} did not answer as it should: {reason}", .socket.display())]
    Broken {
        /// Where.
        socket: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

/// Events, line by line.
#[derive(Debug)]
pub struct EventLines {
    socket: PathBuf,
    body: Incoming,
    buffer: BytesMut,
    /// Up to here there is no line end in `buffer`.
    searched: usize,
}

// === impl Client ===

impl Client {
    /// Asks the pilot whose control socket this is.
    #[must_use]
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self { socket: socket.into() }
    }

    /// The control socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Is anybody there?
    ///
    /// # Errors
    /// [`ClientError`], as with everything that is asked here.
    pub async fn ping(&self) -> Result<(), ClientError> {
        soon(self, self.send(Method::GET, "/v3/ping", None)).await?;
        Ok(())
    }

    /// How everything stands.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn status(&self) -> Result<PilotStatus, ClientError> {
        self.get("/v1/status").await
    }

    /// Why a job is in the state it is in.
    ///
    /// # Errors
    /// [`ClientError`]; refused with 404 when there is no such job.
    pub async fn why(&self, job: &str) -> Result<Why, ClientError> {
        self.get(&format!("/v1/why/{}", percent::encode(job))).await
    }

    /// What happens because of what.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn graph(&self) -> Result<Vec<Edge>, ClientError> {
        self.get("/v1/graph").await
    }

    /// The configuration in force, as JSON.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn plan(&self) -> Result<Value, ClientError> {
        self.get("/v1/plan").await
    }

    /// Carries out an order and gives the words for what was done. Takes as
    /// long as that takes.
    ///
    /// # Errors
    /// [`ClientError`]; refused with 404 when there is no such job, with 409
    /// when the order was not carried out.
    pub async fn order(&self, order: &Order) -> Result<String, ClientError> {
        #[derive(serde::Deserialize)]
        struct Answer {
            done: String,
        }
        let answer = self.send(Method::POST, "/v1/orders", Some(self.json(order)?)).await?;
        Ok(self.read::<Answer>(answer).await?.done)
    }

    /// Reads the configuration again, by the original's path.
    ///
    /// # Errors
    /// [`ClientError`]; refused with the report as the reason when the configuration is not accepted.
    pub async fn reload(&self) -> Result<(), ClientError> {
        self.send(Method::POST, "/v3/reload", None).await.map(drop)
    }

    /// Enters maintenance, or leaves it, by the original's path.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn maintenance(&self, on: bool) -> Result<(), ClientError> {
        let path = if on { "/v3/maintenance/enable" } else { "/v3/maintenance/disable" };
        self.send(Method::POST, path, None).await.map(drop)
    }

    /// Sets variables in the pilot's environment, or takes them away (`None`).
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn put_environment(
        &self,
        variables: &BTreeMap<String, Option<String>>,
    ) -> Result<(), ClientError> {
        self.send(Method::POST, "/v3/environ", Some(self.json(variables)?)).await.map(drop)
    }

    /// Gives values for metrics.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn put_metrics(&self, values: &BTreeMap<String, Value>) -> Result<(), ClientError> {
        self.send(Method::POST, "/v3/metric", Some(self.json(values)?)).await.map(drop)
    }

    /// What happened after event number `since`; with `follow` what comes, too.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn events(&self, since: u64, follow: bool) -> Result<EventLines, ClientError> {
        let path = format!("/v1/events?since={since}&follow={}", u8::from(follow));
        let answer = soon(self, self.send(Method::GET, &path, None)).await?;
        let body = answer.into_body();
        Ok(EventLines { socket: self.socket.clone(), body, buffer: BytesMut::new(), searched: 0 })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        soon(self, async { self.read(self.send(Method::GET, path, None).await?).await }).await
    }

    /// Connects. A pilot that is busy with others is waited for.
    async fn connect(&self) -> Result<UnixStream, ClientError> {
        let connected = soon(self, async {
            loop {
                match UnixStream::connect(&self.socket).await {
                    // The system's queue of those who want to talk to it is full.
                    Err(error) if error.kind() == ErrorKind::WouldBlock => tokio::time::sleep(TURN).await,
                    Err(reason) => {
                        return Err(ClientError::Unreachable { socket: self.socket.clone(), reason });
                    }
                    Ok(stream) => return Ok(stream),
                }
            }
        });
        connected.await
    }

    /// Sends a request; an answer that is no success is an error.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Response<Incoming>, ClientError> {
        let io = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake::<_, Full<Bytes>>(io)
            .await
            .map_err(|error| self.broken(&error))?;
        // Ends with the answer's body.
        tokio::task::spawn(connection);
        let request =
            Request::builder().method(method).uri(path).header(HOST, "control").header(CONNECTION, "close");
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(Full::new(body)),
            None => request.body(Full::default()),
        };
        let request = request.map_err(|error| self.broken(&error))?;
        let answer = sender.send_request(request).await.map_err(|error| self.broken(&error))?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            status => Err(self.refused(status, &self.whole(answer).await?)),
        }
    }

    async fn whole(&self, answer: Response<Incoming>) -> Result<Bytes, ClientError> {
        match Limited::new(answer.into_body(), LONGEST).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) => Err(self.broken(&error)),
        }
    }

    async fn read<T: DeserializeOwned>(&self, answer: Response<Incoming>) -> Result<T, ClientError> {
        serde_json::from_slice(&self.whole(answer).await?).map_err(|error| self.broken(&error))
    }

    fn json(&self, value: &impl serde::Serialize) -> Result<Bytes, ClientError> {
        serde_json::to_vec(value).map(Bytes::from).map_err(|error| self.broken(&error))
    }

    /// The reason is `error` of an object, or else the whole text.
    fn refused(&self, status: StatusCode, body: &Bytes) -> ClientError {
        let read: Value = serde_json::from_slice(body).unwrap_or_else(|_| json!({}));
        let text = || String::from_utf8_lossy(body).trim_end().to_owned();
        let reason = read.get("error").and_then(Value::as_str).map_or_else(text, str::to_owned);
        ClientError::Refused { status: status.as_u16(), reason }
    }

    fn broken(&self, reason: &impl ToString) -> ClientError {
        broken(&self.socket, reason)
    }
}

fn broken(socket: &Path, reason: &impl ToString) -> ClientError {
    ClientError::Broken { socket: socket.to_owned(), reason: reason.to_string() }
}

/// What a pilot can say without doing anything first, it says soon.
async fn soon<T>(
    client: &Client,
    answer: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| {
        let reason = std::io::Error::from(ErrorKind::TimedOut);
        Err(ClientError::Unreachable { socket: client.socket.clone(), reason })
    })
}

// === impl EventLines ===

impl EventLines {
    /// The next event, without its line end; `None` when the pilot has no more to say.
    ///
    /// # Errors
    /// [`ClientError::Broken`] when it does not say it as it should.
    pub async fn next(&mut self) -> Result<Option<String>, ClientError> {
        loop {
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(end) = unsearched.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(self.searched + end + 1);
                self.searched = 0;
                return Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()));
            }
            self.searched = self.buffer.len();
            if self.searched > LONGEST_LINE {
                return Err(broken(&self.socket, &"a line that does not end"));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.buffer.extend_from_slice(&frame.into_data().unwrap_or_default()),
                // The pilot has gone, which ends what it has to say.
                None | Some(Err(_)) => return Ok(None),
            }
        }
    }
}
