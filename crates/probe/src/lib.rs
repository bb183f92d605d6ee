//! Asking whether all is well: over HTTP, TCP and gRPC, and by a file.
//!
//! A probe is a new connection each time, as a client's is, and takes no more than
//! the time it is given, whatever the other side does. What it found is one line
//! for people.

mod dial;
mod file;
mod grpc;
mod http;
mod target;
mod words;

use dial::Dialer;
use gyropilot_model::{Finding, Probe, TlsConfig, Verdict, Warning, format_go_duration};
use gyropilot_tls::Tls;
use std::cell::Cell;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Asks probes. It keeps what many of them share: the certificates of those who
/// are trusted, once they were read.
#[derive(Debug)]
pub struct Prober {
    verified: Tls,
    unverified: Tls,
}

/// What was answered.
struct Answer {
    is_well: bool,
    /// The status, over HTTP.
    status: Option<u16>,
    words: String,
}

// === impl Prober ===

impl Default for Prober {
    fn default() -> Self {
        let tls = |verify| {
            let (ca_file, ca_path, client_cert, client_key, server_name) = (None, None, None, None, None);
            Tls::new(TlsConfig { verify, ca_file, ca_path, client_cert, client_key, server_name })
        };
        Self { verified: tls(true), unverified: tls(false) }
    }
}

impl Prober {
    /// Asks `probe` and gives what it found, `warning` reckoned in, after `within`
    /// at the latest. `now` is the calendar time, for the age of files. Needs to be
    /// called within a runtime; a wait that is given up closes the connection.
    ///
    /// A program is not started here: [`Probe::Exec`] is found to be ill.
    pub async fn ask(&self, probe: &Probe, warning: &Warning, within: Duration, now: SystemTime) -> Finding {
        let asked = Instant::now();
        let connected = Cell::new(false);
        let answer = match tokio::time::timeout(within, self.answer(probe, now, &connected)).await {
            Ok(answer) => answer.unwrap_or_else(Answer::ill),
            Err(_) => {
                let within = format_go_duration(within);
                let whom = whom(probe);
                Answer::ill(match connected.get() {
                    true => format!("no answer from {whom} within {within}"),
                    false => format!("no connection to {whom} within {within}"),
                })
            }
        };
        let took = asked.elapsed();
        let verdict = warning.of_answer(answer.is_well, answer.status, took);
        let is_slow =
            answer.is_well && verdict == Verdict::Doubtful && warning.latency.is_some_and(|l| took > l);
        let mut output = words::one_line(&answer.words);
        if is_slow {
            output = format!("{output}, after {}", format_go_duration(rounded(took)));
        }
        Finding { verdict, output }
    }

    async fn answer(&self, probe: &Probe, now: SystemTime, connected: &Cell<bool>) -> Result<Answer, String> {
        let dialer = Dialer { connected };
        match probe {
            Probe::Exec(_) => Err("a program is to be started, not asked".to_owned()),
            Probe::Http(probe) => {
                let tls = if probe.verify { &self.verified } else { &self.unverified };
                http::ask(probe, tls, &dialer).await
            }
            Probe::Tcp { address } => {
                let (host, port) = target::host_and_port(address, None)?;
                dialer.tcp(&host, port).await?;
                Ok(Answer::well(format!("{address} accepts connections")))
            }
            Probe::Grpc { address, service } => grpc::ask(address, service, &dialer).await,
            Probe::File { path, max_age } => file::look(path, *max_age, now),
        }
    }
}

/// Whom a probe asks, for messages.
fn whom(probe: &Probe) -> String {
    match probe {
        Probe::Http(http) => {
            target::Target::parse(&http.url).map_or_else(|_| http.url.clone(), |t| t.to_string())
        }
        Probe::Tcp { address } | Probe::Grpc { address, .. } => address.clone(),
        Probe::Exec(command) => command.program.clone(),
        Probe::File { path, .. } => path.display().to_string(),
    }
}

/// Whole milliseconds say enough.
fn rounded(took: Duration) -> Duration {
    Duration::from_millis(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

// === impl Answer ===

impl Answer {
    const fn well(words: String) -> Self {
        Self { is_well: true, status: None, words }
    }

    const fn ill(words: String) -> Self {
        Self { is_well: false, status: None, words }
    }
}
