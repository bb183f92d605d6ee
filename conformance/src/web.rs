//! A web server that answers as it is told and remembers what it was asked.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// With this status.
    Status(u16),
    /// Not at all.
    Silent,
}

/// The server. Its last thread ends with the test's process.
#[derive(Clone, Debug)]
pub struct Web {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    manner: Manner,
    heads: Vec<String>,
    /// Clients that are kept waiting.
    kept: Vec<TcpStream>,
}

// === impl Web ===

impl Web {
    /// Starts one that answers so, on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn start(manner: Manner) -> Self {
        Self::start_at(manner, ([127, 0, 0, 1], 0).into())
    }

    /// Starts one elsewhere.
    ///
    /// # Panics
    /// When somebody else is there.
    #[must_use]
    pub fn start_at(manner: Manner, address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("the address is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Mutex::new(Shared { manner, heads: Vec::new(), kept: Vec::new() }));
        let web = Self { address, shared };
        let server = web.clone();
        std::thread::spawn(move || listener.incoming().flatten().for_each(|client| server.answer(client)));
        web
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a page.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on it answers so.
    pub fn be(&self, manner: Manner) {
        self.lock().manner = manner;
    }

    /// The heads of all requests so far, with their letters in lower case.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        self.lock().heads.clone()
    }

    fn answer(&self, mut client: TcpStream) {
        let mut head = String::new();
        let mut reader = BufReader::new(&client);
        while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
        let mut shared = self.lock();
        shared.heads.push(head.to_ascii_lowercase());
        match shared.manner {
            Manner::Silent => shared.kept.push(client),
            Manner::Status(status) => {
                let answer =
                    format!("HTTP/1.1 {status} Any\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
                // Who left before the answer is not of interest.
                let _ = client.write_all(answer.as_bytes());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
