//! Counts what is asked of a catalogue.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

/// How often each method was asked for with each kind of path.
pub(crate) type Counts = BTreeMap<String, u64>;

/// A listener on loopback that passes everything on. Its threads end with the
/// program.
pub(crate) struct Proxy {
    port: u16,
    counts: Arc<Mutex<Counts>>,
}

// === impl Proxy ===

impl Proxy {
    /// Opens one before the given port.
    pub(crate) fn before(upstream: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let proxy = Self { port: listener.local_addr()?.port(), counts: Arc::default() };
        let counts = Arc::clone(&proxy.counts);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)) else { continue };
                join(client, server, &counts);
            }
        });
        Ok(proxy)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What was asked since the last look.
    pub(crate) fn take(&self) -> Counts {
        std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn join(client: TcpStream, server: TcpStream, counts: &Arc<Mutex<Counts>>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (Ok(from_server), Ok(to_client)) = (server.try_clone(), client.try_clone()) else { return };
    std::thread::spawn(move || pass(from_server, to_client, |_| {}));
    let counts = Arc::clone(counts);
    std::thread::spawn(move || {
        let mut rest = Vec::new();
        pass(client, server, |bytes| {
            rest.extend_from_slice(bytes);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                if let Some(kind) = kind(&String::from_utf8_lossy(&line)) {
                    *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default() += 1;
                }
            }
            // A body ends without a line end, and the next request follows it.
            if rest.ends_with(b"}") {
                rest.clear();
            }
        });
    });
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut seen: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.get(..count).unwrap_or_default();
        seen(bytes);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// `GET /v1/health/service/…` becomes `GET health/service`; no request line, nothing.
fn kind(line: &str) -> Option<String> {
    let line =
        line.trim_end().strip_suffix(" HTTP/1.1").or_else(|| line.trim_end().strip_suffix(" HTTP/1.0"))?;
    let (method, path) = line.split_once(' ')?;
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').take(3).collect();
    let kept = match parts.as_slice() {
        // The third part is a verb here and a name elsewhere.
        ["agent", "check", _] | ["agent", "service", "register" | "deregister"] => 3,
        _ => parts.len().min(2),
    };
    Some(format!("{method} {}", parts.get(..kept).unwrap_or_default().join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_are_told_from_everything_else() {
        let of = |line| kind(line).unwrap_or_default();
        assert_eq!(of("GET /v1/health/service/web?passing=1&index=3 HTTP/1.1\r\n"), "GET health/service");
        assert_eq!(of("PUT /v1/agent/check/update/service:x HTTP/1.1\r\n"), "PUT agent/check/update");
        assert_eq!(of("GET /v1/agent/service/web-host HTTP/1.1\r\n"), "GET agent/service");
        assert_eq!(of("host: 127.0.0.1\r\n"), "");
    }
}
