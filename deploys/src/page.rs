//! What is told of it all: lines, and the page DEPLOYS.md.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

use crate::deploy::{Deploy, Seen};
use crate::loss::{Loss, Noticed};
use crate::scheduler::{Scheduler, root};

const PREFACE: &str = "\
# Deploys under load

The [storefront](examples/storefront) on real schedulers, with 500 requests a second on nginx all the time, POSTs
included. Written by a program; do not edit.

    cargo xtask deploys

makes the images, runs the deploys of [examples/storefront/deploy](examples/storefront/deploy) word for word under load,
and writes this page; with `--scheduler NAME` only the part of one of them. `--short` does each once and writes nothing.

A request goes out every 2 ms, whatever has become of those before: of ten, eight are GETs, one of which has the one shop ask
the other, and two are POSTs, one of which takes 100 ms. Each is on a connection of its own; in a second run on kept ones. There
a GET on a connection that nginx closed before a byte of an answer came is asked again on a new one, as RFC 9112, 9.3.1
has it and every browser does, and is counted as retried. Nothing else is asked twice: a POST to which that happens is counted
as closed. (nginx closes the idle connections of its old workers with every reload; 1.27.4 and later can leave them open for
a while, `keepalive_min_timeout`.) nginx is found in the catalogue. Failed is what was refused, cut, or not answered within 10 s, and
every status but 200 and 201.
";

const PLANNED: &str = "
## Planned

A new instance's time is from passing in the catalogue to its first answer; an old one's from leaving the catalogue to the
last request that it was sent. The longest of all repetitions, in ms, and of each repetition's 99th percentile too.

| scheduler | deploy | runs | requests | failed | retried | closed | new one served after | old one served until | p99 before | \
p99 during | took |
|---|---|---|---|---|---|---|---|---|---|---|---|
";

const WITHOUT_DRAIN: &str = "
## Without the drain

That failures would be seen: a rolling deploy, with plain Docker, of applications that end at once when they are told to.

| | requests | failed | how |
|---|---|---|---|
";

const UNPLANNED: &str = "
## Unplanned

One of three instances of sales is lost, or the catalogue, with plain Docker. Noticed until is from the fault to the sending of
the last request that failed or took more than 300 ms; out of the catalogue after is from the fault, too. A TTL is 5 s, and of
the checks, one every second, three have to fail.

| loss | requests | failed | how | slow | noticed until | out of the catalogue after | aim |
|---|---|---|---|---|---|---|---|
";

const DRAIN: &str = "drain";
const LOSSES: &str = "losses";

/// Everything that was seen, as rows of tables; what is not measured anew stays as it was.
#[derive(Default)]
pub(crate) struct Page {
    rows: BTreeMap<String, Vec<String>>,
}

// === impl Page ===

impl Page {
    /// A deploy, so often, all of them together.
    pub(crate) fn deploy(
        &mut self,
        scheduler: Scheduler,
        keep_alive: bool,
        deploy: Deploy,
        runs: usize,
        seen: &Seen,
    ) {
        let kept = if keep_alive { ", kept connections" } else { "" };
        let [before, during] = seen.p99;
        let row = format!(
            "| {}{kept} | {} | {runs} | {} | {} | {} | {} | {} | {} | {before:.0} | {during:.0} | {:.1} s |",
            scheduler.title(),
            deploy.title,
            seen.requests,
            seen.failures(),
            seen.retried,
            seen.closed,
            longest(&seen.first),
            longest(&seen.last),
            seen.took,
        );
        self.rows.entry(scheduler.name().to_owned()).or_default().push(row);
    }

    /// A rolling deploy with the drain or without.
    pub(crate) fn drain(&mut self, title: &str, seen: &Seen) {
        let row = format!("| {title} | {} | {} | {} |", seen.requests, seen.failures(), seen.how());
        self.rows.entry(DRAIN.to_owned()).or_default().push(row);
    }

    /// A loss.
    pub(crate) fn loss(&mut self, loss: Loss, noticed: &Noticed) {
        let aim = loss.aim().map_or("0 failed".to_owned(), |aim| format!("{aim:.0} ms"));
        let row = format!(
            "| {} | {} | {} | {} | {} | {} | {} | {aim} |",
            loss.title(),
            noticed.requests,
            noticed.failures(),
            noticed.how(),
            noticed.slow,
            milliseconds(noticed.noticed),
            milliseconds(noticed.gone),
        );
        self.rows.entry(LOSSES.to_owned()).or_default().push(row);
    }

    /// Keeps the rows, and writes the page of all that are kept.
    pub(crate) fn write(&self) -> Result<()> {
        let folder = root().join("deploys/results");
        fs::create_dir_all(&folder)?;
        for (name, rows) in &self.rows {
            let path = folder.join(format!("{name}.md"));
            fs::write(&path, rows.join("\n") + "\n").with_context(|| path.display().to_string())?;
        }
        let kept = |name: &str| fs::read_to_string(folder.join(format!("{name}.md"))).unwrap_or_default();
        let mut text = PREFACE.to_owned();
        text += PLANNED;
        for scheduler in Scheduler::ALL {
            text += &kept(scheduler.name());
        }
        text += &format!("{WITHOUT_DRAIN}{}{UNPLANNED}{}", kept(DRAIN), kept(LOSSES));
        let path = root().join("DEPLOYS.md");
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        println!("written: {}", path.display());
        Ok(())
    }
}

/// A deploy in a line.
pub(crate) fn seen(seen: &Seen) -> String {
    let how = if seen.failures() == 0 { String::new() } else { format!(" ({})", seen.how()) };
    format!(
        "{} requests, {} failed{how}, {} retried, {} closed; new ones served after {} ms, old ones until {} ms; p99 {:.0} and {:.0} ms; {:.1} s",
        seen.requests,
        seen.failures(),
        seen.retried,
        seen.closed,
        longest(&seen.first),
        longest(&seen.last),
        seen.p99[0],
        seen.p99[1],
        seen.took
    )
}

/// A loss in a line.
pub(crate) fn lost(noticed: &Noticed) -> String {
    format!(
        "{} requests, {} failed: {}; {} slow, noticed until {}, out of the catalogue after {}",
        noticed.requests,
        noticed.failures(),
        noticed.how(),
        noticed.slow,
        milliseconds(noticed.noticed),
        milliseconds(noticed.gone)
    )
}

fn longest(values: &[f64]) -> String {
    values.iter().copied().reduce(f64::max).map_or("–".to_owned(), |value| format!("{value:.0}"))
}

fn milliseconds(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.0} ms"))
}
