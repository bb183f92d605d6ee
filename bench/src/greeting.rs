//! Whether a server answers, whatever it speaks.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::clock;

/// Between two attempts to connect: far below what is measured, and it leaves a
/// processor to the server.
const PAUSE: Duration = Duration::from_micros(200);
const BOUND: Duration = Duration::from_secs(30);

/// The protocols whose first answer is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    Redis,
    /// Whose servers speak first.
    Mysql,
}

// === impl Protocol ===

impl Protocol {
    /// The word for it on a command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Redis => "redis",
            Self::Mysql => "mysql",
        }
    }

    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Http, Self::Redis, Self::Mysql].into_iter().find(|protocol| protocol.word() == word)
    }

    /// Gets one answer from the server at a port of 127.0.0.1.
    pub(crate) fn ask(self, port: u16) -> Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(BOUND))?;
        stream.write_all(match self {
            Self::Http => b"GET / HTTP/1.0\r\n\r\n",
            Self::Redis => b"PING\r\n",
            Self::Mysql => b"",
        })?;
        if stream.read(&mut [0])? == 0 {
            bail!("it hung up");
        }
        Ok(())
    }

    /// Asks again and again; gives the moment of the first answer.
    pub(crate) fn first_answer(self, port: u16) -> Result<u64> {
        let started = clock::now();
        loop {
            match self.ask(port) {
                Ok(()) => return Ok(clock::now()),
                Err(error) if clock::milliseconds_since(started) > BOUND.as_secs_f64() * 1000.0 => {
                    return Err(error).context("a server never answered");
                }
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    }
}
