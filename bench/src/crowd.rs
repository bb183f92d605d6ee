//! Many clients of a catalogue at once, from one thread.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinSet, LocalSet};

use crate::clock;
use crate::sample::Sample;

/// How long anything may take.
const BOUND: Duration = Duration::from_secs(120);
/// So many connections are opened from one address of the loopback network. It has ports for
/// seven times as many, but the search for a free one takes ever longer: from one address
/// 15,000 took minutes.
const OF_ONE_ADDRESS: usize = 4_000;

/// Descriptors that are no readers.
const OTHER_DESCRIPTORS: usize = 200;

/// A connection that is kept.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What a request is made of.
pub(crate) type Wording = Rc<dyn Fn(usize, usize) -> String>;

/// What a rate was measured by.
pub(crate) struct Rate {
    /// Requests a second.
    pub(crate) a_second: f64,
    /// From sending to the end of the answer, in ms.
    pub(crate) latency: Sample,
}

/// Those who wait for one and the same thing.
pub(crate) struct Crowd {
    clients: Vec<Client>,
}

/// When a crowd learned of a change.
pub(crate) struct Learned {
    /// From the change to the end of the answer, in ms.
    pub(crate) latency: Sample,
    /// Of all answers together.
    pub(crate) bytes: u64,
}

/// Runs something on this thread.
pub(crate) fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, work)
}

/// Lets this program and the catalogues that it starts have a descriptor for every
/// reader, as far as the system permits; so many readers there can be.
pub(crate) fn make_room() -> Result<usize> {
    let wanted = Some(120_000);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some() && limit.current < wanted {
        let raised =
            setrlimit(Resource::Nofile, Rlimit { current: wanted, maximum: limit.maximum.max(wanted) });
        if raised.is_err() {
            setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
        }
    }
    let current = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    Ok(usize::try_from(current).unwrap_or(usize::MAX).saturating_sub(OTHER_DESCRIPTORS))
}

/// The text of a request.
pub(crate) fn request(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {length}\r\n\r\n{body}")
}

// === impl Client ===

impl Client {
    /// Connects, as one of many: their addresses differ once there are many.
    pub(crate) async fn connect(to: SocketAddr, number: usize) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        let last = u8::try_from(2 + number / OF_ONE_ADDRESS).context("too many clients")?;
        socket.bind(SocketAddr::from(([127, 0, 0, last], 0)))?;
        let stream = tokio::time::timeout(BOUND, socket.connect(to)).await??;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    pub(crate) async fn send(&mut self, request: &str) -> Result<()> {
        Ok(self.stream.write_all(request.as_bytes()).await?)
    }

    /// Reads one answer to its end; its status, and how long its body was.
    pub(crate) async fn answer(&mut self) -> Result<(u16, u64)> {
        tokio::time::timeout(BOUND, self.read()).await.context("no answer in time")?
    }

    async fn read(&mut self) -> Result<(u16, u64)> {
        self.buffer.clear();
        let mut chunk = [0_u8; 16 << 10];
        let end = loop {
            let count = self.stream.read(&mut chunk).await?;
            if count == 0 {
                bail!("hung up on");
            }
            self.buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
            if let Some(at) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no status")?;
        let mut body = (self.buffer.len() - end) as u64;
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if let Some(length) = field("content-length:") {
            let length: u64 = length.parse()?;
            while body < length {
                let count = self.stream.read(&mut chunk).await?;
                if count == 0 {
                    bail!("hung up on within an answer");
                }
                body += count as u64;
            }
            return Ok((status, body));
        }
        // In chunks: the last one is empty. What the body holds never looks like its end.
        let mut tail: Vec<u8> = self.buffer.get(end..).unwrap_or_default().to_vec();
        while !tail.ends_with(b"\r\n0\r\n\r\n") && tail != b"0\r\n\r\n" {
            let count = self.stream.read(&mut chunk).await?;
            if count == 0 {
                bail!("hung up on within an answer");
            }
            body += count as u64;
            tail.extend_from_slice(chunk.get(..count).unwrap_or_default());
            let surplus = tail.len().saturating_sub(16);
            tail.drain(..surplus);
        }
        Ok((status, body))
    }
}

/// So many clients ask one request after another, each as often; `word` makes the
/// request of a client by their numbers.
pub(crate) async fn rate(to: SocketAddr, clients: usize, each: usize, word: Wording) -> Result<Rate> {
    let mut tasks = JoinSet::new();
    let mut connected = Vec::new();
    for number in 0..clients {
        connected.push(Client::connect(to, number).await?);
    }
    let started = clock::now();
    for (number, mut client) in connected.into_iter().enumerate() {
        let word = Rc::clone(&word);
        tasks.spawn_local(async move {
            let mut taken = Vec::with_capacity(each);
            for turn in 0..each {
                let request = word(number, turn);
                let sent = clock::now();
                client.send(&request).await?;
                let (status, _) = client.answer().await?;
                if status != 200 {
                    bail!("answered {status}: {request}");
                }
                taken.push(clock::milliseconds_since(sent));
            }
            Ok(taken)
        });
    }
    let mut latency = Sample::default();
    while let Some(done) = tasks.join_next().await {
        done??.into_iter().for_each(|taken| latency.add(taken));
    }
    let seconds = clock::milliseconds_since(started) / 1000.0;
    Ok(Rate { a_second: (clients * each) as f64 / seconds, latency })
}

// === impl Crowd ===

impl Crowd {
    /// Connects so many.
    pub(crate) async fn gather(to: SocketAddr, count: usize) -> Result<Self> {
        let mut clients = Vec::with_capacity(count);
        for number in 0..count {
            clients.push(Client::connect(to, number).await?);
        }
        Ok(Self { clients })
    }

    /// All ask for what `path` gives each of them, and wait.
    pub(crate) async fn ask(&mut self, path: impl Fn(usize) -> String) -> Result<()> {
        for (number, client) in self.clients.iter_mut().enumerate() {
            client.send(&request("GET", &path(number), "")).await?;
        }
        Ok(())
    }

    /// Does something, and waits until everybody has learned of it.
    pub(crate) async fn learn(
        self,
        change: impl FnOnce() -> Result<()> + Send + 'static,
    ) -> Result<(Self, Learned)> {
        let mut tasks = JoinSet::new();
        for mut client in self.clients {
            tasks.spawn_local(async move {
                let answer = client.answer().await;
                (client, answer, clock::now())
            });
        }
        let changed = clock::now();
        tokio::task::spawn_blocking(change).await??;
        let (mut clients, mut learned) = (Vec::new(), Learned { latency: Sample::default(), bytes: 0 });
        while let Some(done) = tasks.join_next().await {
            let (client, answer, when) = done?;
            let (status, bytes) = answer?;
            if status != 200 {
                bail!("a waiting query was answered {status}");
            }
            learned.latency.add(clock::milliseconds(changed, when));
            learned.bytes += bytes;
            clients.push(client);
        }
        Ok((Self { clients }, learned))
    }
}
