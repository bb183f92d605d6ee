//! The catalogue as a whole, asked over its sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests stand on may fail as loudly as the tests"
)]
#![allow(clippy::disallowed_methods, reason = "files of a test are read only after they were written")]

mod access;
mod crowds;
mod looks;
mod names;

use gyropilot_catalogd::store::Identity;
use gyropilot_catalogd::{Access, Limits, Server, Settings, uuid_of};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// However busy the machine is.
const BOUND: Duration = Duration::from_secs(30);

/// An answer: its status, its head in lower case, its body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// Runs a test on one thread, as the catalogue does.
fn inside<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test)
}

async fn start(access: Access, limits: Limits) -> Server {
    let settings = Settings {
        identity: Identity {
            datacenter: "dc1".to_owned(),
            node: "here".to_owned(),
            id: uuid_of("here"),
            address: "127.0.0.1".to_owned(),
        },
        epoch: 1,
        data: None,
        http: SocketAddr::from(([127, 0, 0, 1], 0)),
        dns: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        can_miss_dns: false,
        access,
        limits,
    };
    Server::start(settings).await.unwrap()
}

async fn ask(server: &Server, method: &str, path: &str, body: &str) -> Answer {
    ask_with(server, method, path, "", body).await
}

/// Asks with further lines in the head.
async fn ask_with(server: &Server, method: &str, path: &str, head: &str, body: &str) -> Answer {
    let stream = TcpStream::connect(server.http()).await.unwrap();
    ask_on(stream, method, path, head, body).await.expect("an answer")
}

/// The same on a connection that is there; none when it is closed without an answer.
async fn ask_on<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    method: &str,
    path: &str,
    head: &str,
    body: &str,
) -> Option<Answer> {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{head}content-length: {length}\r\n\r\n{body}"
    );
    // Who refuses a long body does so before all of it has come.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut raw = Vec::new();
    let _ = tokio::time::timeout(BOUND, stream.read_to_end(&mut raw)).await.expect("an answer in time");
    let text = String::from_utf8(raw).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap();
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}
