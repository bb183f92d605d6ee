//! The wire: connections, requests, answers.

use super::state::{Fault, Verdict};
use super::{Request, Shared, now};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// What Consul does when a query names no time.
const DEFAULT_WAIT: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
}

// === impl Server ===

impl Server {
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        std::thread::spawn(move || {
            for (connection, stream) in listener.incoming().flatten().enumerate() {
                if shared.lock().closing {
                    break;
                }
                let shared = Arc::clone(&shared);
                // The end of a connection is how its thread ends; nobody waits for it.
                std::thread::spawn(move || converse(&shared, connection, &stream));
            }
        });
        Self { address }
    }

    /// The acceptor sees that it is to end when it accepts the next connection: this one.
    pub(super) fn stop(&self) {
        drop(TcpStream::connect(self.address));
    }
}

fn converse(shared: &Shared, connection: usize, stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = read(&mut reader, connection) {
        shared.lock().log.push(request.clone());
        shared.changed.notify_all();
        let Some((status, index, body)) = judge(shared, &request) else {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        };
        let index = index.map_or(String::new(), |index| {
            format!("X-Consul-Index: {index}\r\nX-Consul-Knownleader: true\r\nX-Consul-Lastcontact: 0\r\n")
        });
        let kind =
            if body.starts_with(['{', '[', '"']) { "application/json" } else { "text/plain; charset=utf-8" };
        let answer = format!(
            "HTTP/1.1 {status} Any\r\nContent-Type: {kind}\r\n{index}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
        // What was answered may be what a test waits for.
        shared.changed.notify_all();
        if request.header("connection").is_some_and(|word| word.eq_ignore_ascii_case("close")) {
            return;
        }
    }
}

/// None: cut the connection.
fn judge(shared: &Shared, request: &Request) -> Option<(u16, Option<u64>, String)> {
    let mut state = shared.lock();
    let healed = state.healed;
    match state.fault.0.as_ref().and_then(|fault| fault(request)) {
        Some(Fault::Answer(status, text)) => return Some((status, None, text.to_owned())),
        Some(Fault::Cut) => return None,
        Some(Fault::Silence) => {
            while state.healed == healed && !state.closing {
                state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            return None;
        }
        None => {}
    }
    let end = Instant::now() + request.parameter("wait").map_or(DEFAULT_WAIT, duration);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if state.closing {
            return None;
        }
        match state.answer(request, left.is_zero()) {
            Verdict::Reply(status, index, body) => return Some((status, index, body)),
            Verdict::Wait => {
                state = shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        // A fault that begins while a query waits cuts it, as a dying agent would.
        if state.fault.0.as_ref().is_some_and(|fault| fault(request).is_some()) {
            return None;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>, connection: usize) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length =
        headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, size)| size.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    });
    Some(Request {
        at: now(),
        connection,
        method,
        path: decoded(path),
        query: query.collect(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Go notation, as far as queries use it: `10s`, `1m30s`, `1500ms`.
fn duration(text: &str) -> Duration {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let scale = match unit {
            "ms" => 0.001,
            "m" => 60.0,
            "h" => 3600.0,
            _ => 1.0,
        };
        total += Duration::from_secs_f64(number.parse::<f64>().unwrap_or(0.0) * scale);
        rest = tail;
    }
    total
}
