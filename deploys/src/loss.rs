//! What nobody has planned: an instance is lost, or the catalogue.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::Instant;

use crate::follow::Follower;
use crate::load::Load;
use crate::scheduler::{Storefront, docker};

/// Load before the fault.
const CALM: Duration = Duration::from_secs(1);
/// How long after it everything is to be as before.
const AFTER: Duration = Duration::from_secs(12);
/// Whoever waits longer for an answer has noticed something.
const NOTICED: Duration = Duration::from_millis(300);

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The application below the pilot is killed.
    Crash,
    /// The whole container is.
    Killed,
    /// Its processes are frozen, the pilot included.
    Paused,
    /// It loses its network.
    Cut,
    /// The application does not answer any more.
    Hung,
    /// The catalogue is killed, and starts again empty.
    Catalogue,
}

/// What was seen of it.
#[derive(Debug, Clone)]
pub(crate) struct Noticed {
    pub(crate) requests: usize,
    /// Why it proves nothing, if so.
    pub(crate) lag: Option<String>,
    /// By method and how.
    pub(crate) failed: BTreeMap<String, usize>,
    /// Requests that were served late.
    pub(crate) slow: usize,
    /// From the fault to the last request that failed or was served late, by when it was sent, in
    /// ms; none when nobody noticed anything.
    pub(crate) noticed: Option<f64>,
    /// From the fault to the instance's end in the catalogue, in ms; none for the catalogue's own.
    pub(crate) gone: Option<f64>,
}

// === impl Loss ===

impl Loss {
    pub(crate) const ALL: [Self; 6] =
        [Self::Crash, Self::Killed, Self::Paused, Self::Cut, Self::Hung, Self::Catalogue];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Killed => "killed",
            Self::Paused => "paused",
            Self::Cut => "cut",
            Self::Hung => "hung",
            Self::Catalogue => "catalogue",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Crash => "application killed (`kill -9`)",
            Self::Killed => "container killed (`docker kill`)",
            Self::Paused => "container paused (`docker pause`)",
            Self::Cut => "cut from the network (`docker network disconnect`)",
            Self::Hung => "application hung (SIGSTOP)",
            Self::Catalogue => "catalogue killed, started again empty",
        }
    }

    /// The longest that the lost instance may stay in the catalogue, in ms. A TTL of the shops
    /// is 5 s; three checks have to fail, each of which begins within a second of the one before and takes one.
    pub(crate) const fn aim(self) -> Option<f64> {
        match self {
            Self::Crash => Some(100.0),
            Self::Killed | Self::Paused | Self::Cut => Some(6000.0),
            Self::Hung => Some(7000.0),
            Self::Catalogue => None,
        }
    }

    /// Does it under load; the catalogue is away for `away`.
    pub(crate) async fn watch(self, storefront: &Storefront, load: Load, away: Duration) -> Result<Noticed> {
        let catalogue = storefront.catalogue()?;
        let nginx = Follower::new(catalogue, "nginx").await?;
        let sales = Follower::new(catalogue, "sales").await?;
        let running = load.start(nginx.addresses.clone());
        tokio::time::sleep(CALM).await;
        let victim = match self {
            Self::Catalogue => storefront.containers("catalogue")?,
            _ => storefront.containers("sales")?,
        };
        let victim = victim.first().context("there is nobody to lose")?.clone();
        let instance = format!("sales-{}", victim.get(..12).unwrap_or_default());
        let at = Instant::now();
        match self {
            Self::Crash => signal(&victim, Signal::SIGKILL)?,
            Self::Hung => signal(&victim, Signal::SIGSTOP)?,
            Self::Killed => drop(blocking(vec!["kill".to_owned(), victim.clone()]).await?),
            Self::Paused => drop(blocking(vec!["pause".to_owned(), victim.clone()]).await?),
            Self::Cut => {
                drop(
                    blocking(
                        ["network", "disconnect", Storefront::network(), &victim].map(str::to_owned).into(),
                    )
                    .await?,
                );
            }
            Self::Catalogue => {
                drop(blocking(vec!["kill".to_owned(), victim.clone()]).await?);
                tokio::time::sleep(away).await;
                drop(blocking(vec!["start".to_owned(), victim.clone()]).await?);
            }
        }
        tokio::time::sleep(AFTER).await;
        let record = running.stop().await?;
        match self {
            Self::Paused => drop(docker(&["unpause", &victim])?),
            Self::Hung => signal(&victim, Signal::SIGCONT)?,
            _ => {}
        }
        let mut noticed = None;
        let (mut failed, mut slow) = (BTreeMap::new(), 0);
        for outcome in record.outcomes.iter().filter(|outcome| outcome.done >= at) {
            let is_slow = outcome.done - outcome.sent > NOTICED;
            if !outcome.fate.is_good() {
                let how = format!("{} {}", outcome.question.method, outcome.fate.kind());
                *failed.entry(how).or_default() += 1;
            }
            slow += usize::from(outcome.fate.is_good() && is_slow);
            if !outcome.fate.is_good() || is_slow {
                noticed = noticed.max(Some(outcome.sent.saturating_duration_since(at)));
            }
        }
        let milliseconds = |span: Duration| span.as_secs_f64() * 1000.0;
        let gone = sales.changes().into_iter().find(|change| !change.came && change.instance == instance);
        let gone = match self {
            Self::Catalogue => None,
            _ => Some(gone.with_context(|| format!("{instance} is still in the catalogue"))?),
        };
        Ok(Noticed {
            requests: record.outcomes.len(),
            lag: record.lag,
            failed,
            slow,
            noticed: noticed.map(milliseconds),
            gone: gone.map(|gone| milliseconds(gone.when.saturating_duration_since(at))),
        })
    }
}

/// Sends the application of a container a signal, past its pilot.
fn signal(container: &str, signal: Signal) -> Result<()> {
    let table = docker(&["top", container, "-eo", "pid,comm"])?;
    let line = table.lines().find(|line| line.trim_end().ends_with("node"));
    let pid = line.and_then(|line| line.split_whitespace().next()).context("there is no application")?;
    kill(Pid::from_raw(pid.parse()?), signal).context("the application takes no signal")
}

/// Has Docker do something beside everything else.
async fn blocking(words: Vec<String>) -> Result<String> {
    let run = move || docker(&words.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await?
}

// === impl Noticed ===

impl Noticed {
    pub(crate) fn failures(&self) -> usize {
        self.failed.values().sum()
    }

    pub(crate) fn how(&self) -> String {
        let each: Vec<String> = self.failed.iter().map(|(how, count)| format!("{count} × {how}")).collect();
        if each.is_empty() { "–".to_owned() } else { each.join(", ") }
    }
}
