//! As much of HTTP/1.1 as a test needs to ask one question.

use std::io::{Read as _, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// No question of a test takes longer.
const DEADLINE: Duration = Duration::from_secs(20);

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The head, as sent.
    pub head: String,
    /// The body, with any chunking removed.
    pub body: String,
}

/// Where to ask.
#[derive(Clone, Debug)]
pub enum Peer<'a> {
    /// Over TCP.
    Tcp(SocketAddr),
    /// Over a socket in the file system, which crosses network namespaces.
    Unix(&'a Path),
}

/// Sends one request on its own connection and reads the whole answer.
///
/// # Errors
/// When the peer cannot be reached, is too slow, or does not speak HTTP.
pub fn ask(peer: &Peer<'_>, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut raw = Vec::new();
    match peer {
        Peer::Tcp(address) => {
            let mut stream = TcpStream::connect_timeout(address, DEADLINE)?;
            stream.set_read_timeout(Some(DEADLINE))?;
            stream.write_all(request.as_bytes())?;
            stream.read_to_end(&mut raw)?;
        }
        Peer::Unix(path) => {
            let mut stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(DEADLINE))?;
            stream.write_all(request.as_bytes())?;
            stream.read_to_end(&mut raw)?;
        }
    }
    parse(&String::from_utf8_lossy(&raw)).ok_or_else(|| std::io::Error::other("the answer is not HTTP"))
}

fn parse(raw: &str) -> Option<Answer> {
    let (head, body) = raw.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { joined_chunks(body) } else { body.to_owned() };
    Some(Answer { status, head: head.to_owned(), body })
}

fn joined_chunks(mut rest: &str) -> String {
    let mut whole = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || after.len() < size {
            break;
        }
        whole.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    whole
}
