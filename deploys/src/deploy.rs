//! The planned changes: each with its steps, and what visitors notice of it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::time::Instant;

use crate::follow::{Change, Follower};
use crate::load::{Load, Record};
use crate::scheduler::{Storefront, Words};

/// Load before the first step and after the last one.
const CALM: Duration = Duration::from_secs(1);
/// An instance that was there for less time need not have been sent anybody.
const BRIEF: Duration = Duration::from_millis(1500);
/// A payment takes 100 ms. Where one request in a hundred takes longer than this though nothing changes, in ms, the
/// machine is too busy with other things for what is seen to be of the deploy.
const BUSY: f64 = 300.0;
/// Those whose coming and going visitors are to notice nothing of.
const SHOPS: [&str; 2] = ["sales", "customers"];

/// A change that somebody plans.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deploy {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// A script, and its arguments.
    steps: &'static [(&'static str, &'static [&'static str])],
}

/// What was seen of one.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) requests: usize,
    /// How many failed, by how.
    pub(crate) failed: BTreeMap<String, usize>,
    pub(crate) retried: usize,
    pub(crate) closed: usize,
    /// Why it proves nothing, if so.
    pub(crate) lag: Option<String>,
    /// All steps together, in s.
    pub(crate) took: f64,
    /// From passing in the catalogue to the first answer, of each new instance, in ms.
    pub(crate) first: Vec<f64>,
    /// From leaving the catalogue to the sending of the last request that it served, in ms; 0
    /// when that was before.
    pub(crate) last: Vec<f64>,
    /// The 99th percentile before and during the deploy, in ms.
    pub(crate) p99: [f64; 2],
}

// === impl Deploy ===

impl Deploy {
    /// Each leaves as many instances as it found, or the next one sees to that.
    pub(crate) const ALL: [Self; 8] = [
        Self::new("scale-up", "scale up, 2 to 4", &[("scale-up", &[])]),
        Self::new("scale-down", "scale down, 4 to 2", &[("scale-down", &[])]),
        Self::new("rolling", "rolling", &[("rolling", &[])]),
        Self::new("canary", "canary, then all", &[("canary", &["start"]), ("canary", &["promote"])]),
        Self::new("canary-abort", "canary, given up", &[("canary", &["start"]), ("canary", &["abort"])]),
        Self::new("blue-green", "blue/green", &[("blue-green", &[]), ("blue-green", &["done"])]),
        Self::new(
            "blue-green-back",
            "blue/green and back",
            &[("blue-green", &[]), ("blue-green", &["back"]), ("blue-green", &["done"])],
        ),
        Self::new("upgrade-nginx", "an upgrade of nginx", &[("upgrade-nginx", &[])]),
    ];

    const fn new(
        name: &'static str,
        title: &'static str,
        steps: &'static [(&'static str, &'static [&'static str])],
    ) -> Self {
        Self { name, title, steps }
    }

    /// Is there another version afterwards?
    pub(crate) fn changes_version(self) -> bool {
        matches!(self.name, "rolling" | "canary" | "blue-green")
    }

    /// Does it under load.
    pub(crate) async fn watch(
        self,
        storefront: &Storefront,
        load: Load,
        words: Words<'static>,
    ) -> Result<Seen> {
        let catalogue = storefront.catalogue()?;
        let nginx = Follower::new(catalogue, "nginx").await?;
        let mut shops = Vec::new();
        for shop in SHOPS {
            shops.push(Follower::new(catalogue, shop).await?);
        }
        let running = load.start(nginx.addresses.clone());
        let began = Instant::now();
        tokio::time::sleep(CALM).await;
        let (deployed, mut took) = (Instant::now(), Duration::ZERO);
        for (script, arguments) in self.steps {
            took += storefront.run(script, arguments, words).await?;
        }
        let over = Instant::now();
        tokio::time::sleep(CALM).await;
        let record = running.stop().await?;
        let changes: Vec<Change> = shops.iter().flat_map(Follower::changes).collect();
        if changes.is_empty() && nginx.changes().is_empty() {
            bail!("nothing has changed in the catalogue");
        }
        let (first, last) = comings_and_goings(&record, &changes, over)?;
        let mut failed = BTreeMap::new();
        for outcome in record.failed() {
            let how = format!("{} {}", outcome.question.method, outcome.fate.kind());
            *failed.entry(how).or_default() += 1;
        }
        let before = record.latency(99.0, began, deployed);
        let busy = (before > BUSY).then(|| format!("p99 was {before:.0} ms before anything was changed"));
        Ok(Seen {
            requests: record.outcomes.len(),
            failed,
            retried: record.retried,
            closed: record.closed,
            lag: record.lag.clone().or(busy),
            took: took.as_secs_f64(),
            first,
            last,
            p99: [before, record.latency(99.0, deployed, over)],
        })
    }
}

/// How soon those who came were sent somebody, and how long those who went still were, in ms.
fn comings_and_goings(record: &Record, changes: &[Change], over: Instant) -> Result<(Vec<f64>, Vec<f64>)> {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    let milliseconds = |span: Duration| span.as_secs_f64() * 1000.0;
    for change in changes {
        let id = &change.instance;
        let gone = changes
            .iter()
            .find(|other| !other.came && other.instance == change.instance && other.when > change.when);
        match record.served_by(id) {
            Some(service) if change.came => {
                first.push(milliseconds(service.answered.saturating_duration_since(change.when)));
            }
            Some(service) => {
                // It may have come back, and serve again.
                let back = changes.iter().find(|other| {
                    other.came && other.instance == change.instance && other.when > change.when
                });
                if back.is_none() {
                    last.push(milliseconds(service.last.saturating_duration_since(change.when)));
                }
            }
            None if gone.map_or(over, |gone| gone.when).saturating_duration_since(change.when) < BRIEF => {}
            None => bail!("{id} was there, and was never sent anybody"),
        }
    }
    Ok((first, last))
}

// === impl Seen ===

impl Seen {
    pub(crate) fn failures(&self) -> usize {
        self.failed.values().sum()
    }

    /// How they failed, in words.
    pub(crate) fn how(&self) -> String {
        let each: Vec<String> = self.failed.iter().map(|(how, count)| format!("{count} × {how}")).collect();
        each.join(", ")
    }
}

/// Several of one kind as one.
pub(crate) fn together(all: &[Seen]) -> Result<Seen> {
    let mut all = all.iter().cloned();
    let mut sum = all.next().context("nothing was done")?;
    for seen in all {
        sum.requests += seen.requests;
        sum.retried += seen.retried;
        sum.closed += seen.closed;
        for (how, count) in seen.failed {
            *sum.failed.entry(how).or_default() += count;
        }
        sum.took = sum.took.max(seen.took);
        sum.first.extend(seen.first);
        sum.last.extend(seen.last);
        sum.p99 = [sum.p99[0].max(seen.p99[0]), sum.p99[1].max(seen.p99[1])];
    }
    Ok(sum)
}
