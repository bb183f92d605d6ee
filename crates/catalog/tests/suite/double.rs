//! A server that answers HTTP by script, byte for byte.

use std::cell::RefCell;
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `GET /v1/...`
    pub(crate) line: String,
    /// All header lines, in lower case up to the colon.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

/// What the server does about it.
pub(crate) enum Does {
    /// A whole answer: status, further header lines, body.
    Answers(u16, &'static str, String),
    /// These bytes, and the connection stays open.
    Sends(Vec<u8>),
    /// These bytes, and the connection is closed.
    SendsAndCloses(Vec<u8>),
    /// One byte of an endless head every 10 ms.
    Dribbles,
    /// Nothing.
    Hangs,
}

pub(crate) struct Double {
    pub(crate) address: String,
    pub(crate) asked: Rc<RefCell<Vec<Asked>>>,
    /// How many connections were accepted.
    pub(crate) connections: Rc<RefCell<usize>>,
}

// === impl Double ===

impl Double {
    /// Serves until the test ends.
    pub(crate) async fn serve(script: impl Fn(&Asked) -> Does + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let double = Self { address, asked: Rc::default(), connections: Rc::default() };
        let (asked, connections, script) =
            (double.asked.clone(), double.connections.clone(), Rc::new(script));
        tokio::task::spawn_local(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *connections.borrow_mut() += 1;
                tokio::task::spawn_local(talk(stream, asked.clone(), script.clone()));
            }
        });
        double
    }

    pub(crate) fn client(&self) -> Rc<gyropilot_catalog::consul::Consul> {
        Rc::new(gyropilot_catalog::consul::Consul::new(&self.config()).unwrap())
    }

    pub(crate) fn config(&self) -> gyropilot_model::ConsulConfig {
        gyropilot_model::ConsulConfig { address: self.address.clone(), ..Default::default() }
    }

    /// The lines of all requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked.borrow().iter().map(|asked| asked.line.clone()).collect()
    }
}

/// Serves one connection, over TCP or over TLS.
pub(crate) async fn talk<S>(mut stream: S, log: Rc<RefCell<Vec<Asked>>>, script: Rc<impl Fn(&Asked) -> Does>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(asked) = read(&mut stream).await {
        log.borrow_mut().push(asked.clone());
        let written = match script(&asked) {
            Does::Answers(status, headers, body) => {
                let answer =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await
            }
            Does::Sends(bytes) => stream.write_all(&bytes).await,
            Does::SendsAndCloses(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Does::Dribbles => {
                let mut tick = tokio::time::interval(std::time::Duration::from_millis(10));
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
                while stream.write_all(b"x").await.is_ok() {
                    tick.tick().await;
                }
                return;
            }
            Does::Hangs => std::future::pending().await,
        };
        if written.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().lines();
    let line = lines.next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<String> = lines.map(str::to_owned).collect();
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(Asked { line, headers, body: String::from_utf8(body).unwrap() })
}
