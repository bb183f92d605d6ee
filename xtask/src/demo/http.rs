//! As much of HTTP as the demo needs to look at a page.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// An answer with its headers as they came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: String,
    pub(crate) body: String,
}

/// Asks once over a connection of its own; `bound` is for each step, not the sum.
pub(crate) fn get(host: Ipv4Addr, port: u16, path: &str, bound: Duration) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((host, port)), bound)?;
    stream.set_read_timeout(Some(bound))?;
    stream.set_write_timeout(Some(bound))?;
    // Version 1.0 is answered without chunks, and the connection closes behind it.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let (headers, body) = text.split_once("\r\n\r\n").context("the answer has no end of headers")?;
    let status = headers.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.context("the answer has no status")?;
    Ok(Answer { status, headers: headers.to_owned(), body: body.to_owned() })
}

// === impl Answer ===

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.headers.lines().filter_map(|line| line.split_once(':'));
        pairs.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}
