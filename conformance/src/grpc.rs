//! As much of a gRPC server as answers health checks: HTTP/2 (RFC 9113) with
//! one stream at a time, and the messages of `grpc.health.v1`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// `grpc.health.v1.HealthCheckResponse.ServingStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// `SERVING`.
    Yes = 1,
    /// `NOT_SERVING`.
    No = 2,
}

/// The server, on a free port of 127.0.0.1. Its last thread ends with the test's process.
#[derive(Clone, Debug)]
pub struct HealthServer {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    serving: Serving,
    asked: Vec<String>,
}

const PREFACE: usize = 24;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

// === impl HealthServer ===

impl HealthServer {
    /// Starts one that answers so.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn start(serving: Serving) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let server = Self { address, shared: Arc::new(Mutex::new(Shared { serving, asked: Vec::new() })) };
        let own = server.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let own = own.clone();
                std::thread::spawn(move || own.converse(client));
            }
        });
        server
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it answers so.
    pub fn be(&self, serving: Serving) {
        self.lock().serving = serving;
    }

    /// The services that were asked about, in order; empty for the whole server.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    /// Until the client leaves, which is no error.
    fn converse(&self, mut client: TcpStream) -> std::io::Result<()> {
        client.read_exact(&mut [0; PREFACE])?;
        client.write_all(&frame(SETTINGS, 0, 0, &[]))?;
        let mut message = Vec::new();
        loop {
            let mut head = [0; 9];
            client.read_exact(&mut head)?;
            let [a, b, c, kind, flags, s1, s2, s3, s4] = head;
            let stream = u32::from_be_bytes([s1, s2, s3, s4]);
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
            client.read_exact(&mut payload)?;
            match kind {
                SETTINGS if flags & ACK == 0 => client.write_all(&frame(SETTINGS, ACK, 0, &[]))?,
                PING if flags & ACK == 0 => client.write_all(&frame(PING, ACK, 0, &payload))?,
                DATA => {
                    message.extend(payload);
                    if flags & END_STREAM != 0 {
                        client.write_all(&self.answer(stream, &std::mem::take(&mut message)))?;
                    }
                }
                _ => {}
            }
        }
    }

    fn answer(&self, stream: u32, message: &[u8]) -> Vec<u8> {
        let mut shared = self.lock();
        // One flag, four bytes of length; then field 1 with its tag and length, when it is not empty.
        let service = message.get(7..).unwrap_or_default();
        shared.asked.push(String::from_utf8_lossy(service).into_owned());
        let mut head = vec![0x88]; // :status 200, from the static table
        head.extend(literal("content-type", "application/grpc"));
        let body = [0, 0, 0, 0, 2, 8, shared.serving as u8];
        let tail = literal("grpc-status", "0");
        let frames = [
            frame(HEADERS, END_HEADERS, stream, &head),
            frame(DATA, 0, stream, &body),
            frame(HEADERS, END_HEADERS | END_STREAM, stream, &tail),
        ];
        frames.concat()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("frames are short").to_be_bytes();
    let mut whole = vec![length[1], length[2], length[3], kind, flags];
    whole.extend(stream.to_be_bytes());
    whole.extend(payload);
    whole
}

/// A header field that is not remembered (RFC 7541, 6.2.2), without Huffman coding.
fn literal(name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![0];
    for text in [name, value] {
        field.push(u8::try_from(text.len()).expect("fields are short"));
        field.extend(text.bytes());
    }
    field
}
