//! Just enough HTTP to talk to Consul, to the pilot and to supervisord.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// How long an answer may take: longer than any query that waits.
const BOUND: Duration = Duration::from_secs(90);

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

/// Asks at a port of 127.0.0.1.
pub(crate) fn ask_port(port: u16, method: &str, path: &str, body: &str) -> Result<Answer> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(BOUND))?;
    ask(stream, method, path, body)
}

/// Asks at a unix socket.
pub(crate) fn ask_socket(socket: &Path, method: &str, path: &str, body: &str) -> Result<Answer> {
    let stream = UnixStream::connect(socket).with_context(|| socket.display().to_string())?;
    stream.set_read_timeout(Some(BOUND))?;
    ask(stream, method, path, body)
}

/// One request on a connection of its own. HTTP/1.0, so that the answer ends with
/// the connection and comes in one piece.
fn ask(mut stream: impl Read + Write, method: &str, path: &str, body: &str) -> Result<Answer> {
    let length = body.len();
    stream.write_all(
        format!("{method} {path} HTTP/1.0\r\nHost: bench\r\nContent-Length: {length}\r\n\r\n{body}")
            .as_bytes(),
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").context("an answer without an end of its head")?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no status")?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

// === impl Answer ===

impl Answer {
    /// The value of a field of its head, whose name is given in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}
