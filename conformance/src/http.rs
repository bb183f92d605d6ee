//! As much of HTTP/1.1 as a test needs to ask one question.

use crate::stage;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// No question of a test takes longer, unless it says so.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET` and its like.
    pub method: &'a str,
    /// The path and the query.
    pub path: &'a str,
    /// What the head says besides host, connection and length.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// How long the peer may be silent.
    pub deadline: Duration,
}

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
    /// Over TCP, in the network namespace of this file.
    Within(&'a Path, SocketAddr),
    /// Over a socket in the file system, which crosses network namespaces.
    Unix(&'a Path),
}

/// A question that was sent, and whose answer nobody has read.
#[derive(Debug)]
pub struct Pending(Stream);

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

// === impl Answer ===

impl Answer {
    /// The names and values of the head, as sent.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(n, v)| (n, v.trim()))
    }

    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

// === impl Pending ===

impl Pending {
    /// Reads the whole answer.
    ///
    /// # Errors
    /// When the peer is too slow, or does not speak HTTP.
    pub fn answer(self) -> std::io::Result<Answer> {
        let mut raw = Vec::new();
        let outcome = match self.0 {
            Stream::Tcp(stream) => read(stream, &mut raw),
            Stream::Unix(stream) => read(stream, &mut raw),
        };
        // Who refuses a body it has not read resets the connection after its answer.
        match (parse(&raw), outcome) {
            (Some(answer), _) => Ok(answer),
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(std::io::Error::other("the answer is not HTTP")),
        }
    }
}

/// Sends one request on its own connection and reads the whole answer.
///
/// # Errors
/// When the peer cannot be reached, is too slow, or does not speak HTTP.
pub fn ask(peer: &Peer<'_>, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
    begin(peer, &Request { method, path, headers: &[], body: body.as_bytes(), deadline: DEADLINE })?.answer()
}

/// Sends one request on its own connection.
///
/// # Errors
/// When the peer cannot be reached.
pub fn begin(peer: &Peer<'_>, request: &Request<'_>) -> std::io::Result<Pending> {
    let mut text =
        format!("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", request.method, request.path);
    for (name, value) in request.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n", request.body.len());
    let raw = [text.as_bytes(), request.body].concat();
    Ok(Pending(match peer {
        Peer::Tcp(address) => over_tcp(TcpStream::connect_timeout(address, DEADLINE)?, &raw, request)?,
        Peer::Within(network, address) => over_tcp(connect_within(network, address)?, &raw, request)?,
        Peer::Unix(path) => {
            let mut stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(request.deadline))?;
            written(stream.write_all(&raw))?;
            Stream::Unix(stream)
        }
    }))
}

fn over_tcp(mut stream: TcpStream, raw: &[u8], request: &Request<'_>) -> std::io::Result<Stream> {
    stream.set_read_timeout(Some(request.deadline))?;
    written(stream.write_all(raw))?;
    Ok(Stream::Tcp(stream))
}

/// A connection belongs to where it was made: only the thread that makes it goes there.
fn connect_within(network: &Path, address: &SocketAddr) -> std::io::Result<TcpStream> {
    let connect = || {
        stage::join(network)?;
        TcpStream::connect_timeout(address, DEADLINE)
    };
    std::thread::scope(|scope| scope.spawn(connect).join().expect("connecting does not panic"))
}

/// Who refuses a long body may close before it has come: its answer is there all the same.
fn written(outcome: std::io::Result<()>) -> std::io::Result<()> {
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
    outcome.or_else(|error| match error.kind() {
        BrokenPipe | ConnectionReset => Ok(()),
        _ => Err(error),
    })
}

/// Reads to the end, which is where the length says or, without one, where the peer closes:
/// a driver of a browser never does.
fn read(mut stream: impl Read, raw: &mut Vec<u8>) -> std::io::Result<()> {
    let mut part = [0; 16 << 10];
    loop {
        let count = stream.read(&mut part)?;
        raw.extend_from_slice(&part[..count]);
        if count == 0 || announced(raw).is_some_and(|whole| raw.len() >= whole) {
            return Ok(());
        }
    }
}

/// How long an answer is, its head included, as far as its head is there and says so.
fn announced(raw: &[u8]) -> Option<usize> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&raw[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?;
    length.trim().parse::<usize>().ok().map(|length| end + length)
}

fn parse(raw: &[u8]) -> Option<Answer> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = &raw[end + 4..];
    let body = if chunked { joined_chunks(body) } else { body.to_owned() };
    Some(Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() })
}

fn joined_chunks(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = str::from_utf8(&rest[..line]).ok();
        let size = size.and_then(|size| usize::from_str_radix(size.trim(), 16).ok()).unwrap_or(0);
        let after = &rest[line + 2..];
        if size == 0 || after.len() < size + 2 {
            break;
        }
        whole.extend_from_slice(&after[..size]);
        rest = &after[size + 2..];
    }
    whole
}
