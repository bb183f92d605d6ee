//! Where applications report the moments at which they were started.
//!
//! A datagram socket with a name: supervisors close or keep descriptors as they
//! please, but all of them pass arguments on.

use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::clock;

/// One report.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    /// What the application was told to report as.
    pub(crate) subject: String,
    /// When it was started; see [`crate::clock::now`].
    pub(crate) started: u64,
    /// When its supervisor was, where that is known.
    pub(crate) launched: Option<u64>,
}

/// A place to send reports to.
pub(crate) struct Mailbox {
    socket: UnixDatagram,
    path: PathBuf,
}

// === impl Mailbox ===

impl Mailbox {
    /// Opens it at a path where nothing is.
    pub(crate) fn open(path: PathBuf) -> Result<Self> {
        let socket = UnixDatagram::bind(&path).with_context(|| path.display().to_string())?;
        Ok(Self { socket, path })
    }

    /// The words after the program's name with which an application reports to here.
    pub(crate) fn words(&self, role: &str, subject: &str) -> [String; 4] {
        [crate::application::WORD, role, &self.path.display().to_string(), subject].map(str::to_owned)
    }

    /// The next letter.
    pub(crate) fn receive(&self, within: Duration) -> Result<Letter> {
        let mut buffer = [0; 512];
        self.socket.set_read_timeout(Some(within))?;
        let length = self.socket.recv(&mut buffer).context("no application has reported")?;
        let text = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default());
        let mut words = text.split(' ');
        let subject = words.next().unwrap_or_default().to_owned();
        let started = words.next().unwrap_or_default().parse().context("a letter without a time")?;
        Ok(Letter { subject, started, launched: words.next().and_then(|word| word.parse().ok()) })
    }

    /// How many letters come in a time. The socket holds only a few: they are
    /// read as they come, and whoever writes one waits for its place.
    pub(crate) fn count(&self, span: Duration) -> u64 {
        let started = clock::now();
        let mut count = 0;
        loop {
            let left = span.as_secs_f64() - clock::milliseconds_since(started) / 1000.0;
            if left <= 0.001 {
                return count;
            }
            if self.receive(Duration::from_secs_f64(left)).is_ok() {
                count += 1;
            }
        }
    }

    /// Throws away what has come.
    pub(crate) fn empty(&self) {
        while self.receive(Duration::from_millis(1)).is_ok() {}
    }
}
