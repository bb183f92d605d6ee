//! Deploys the storefront under load on real schedulers, and counts who noticed.
//!
//! A developer's tool, run by `cargo xtask deploys`; nothing of it is shipped.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper, clock and file writer; this program looks at it from outside"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to a developer is all it does")]

mod deploy;
mod follow;
mod load;
mod loss;
mod page;
mod request;
mod scheduler;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::task::LocalSet;

use crate::deploy::{Deploy, Seen};
use crate::load::Load;
use crate::loss::Loss;
use crate::page::Page;
use crate::scheduler::{Scheduler, Words};

const HELP: &str = "\
cargo xtask deploys [OPTION...]

  --short           one repetition of each, and a catalogue that is away for 15 s; writes nothing
  --repeat COUNT    so many repetitions of each deploy (default 20)
  --scheduler NAME  docker, compose, swarm or podman; may be given several times (default: all)
  --only NAME       one deploy or one loss, by its name; may be given several times; writes nothing
";

/// The rate that everything is held against.
const RATE: u32 = 500;
/// Kept connections are looked at so much less often.
const KEPT_SHARE: usize = 5;
/// How often something is tried that the machine was too busy for.
const ATTEMPTS: usize = 3;
/// What turns the drain off, on an application that ends at once: deploys are seen to fail then.
const WITHOUT_DRAIN: Words<'static> = &[("DRAIN", "0s"), ("HASTY", "1")];
const HASTY: Words<'static> = &[("HASTY", "1")];

struct Options {
    repeat: usize,
    away: Duration,
    schedulers: Vec<Scheduler>,
    only: Vec<String>,
    writes: bool,
}

/// What has held, and what has not.
#[derive(Default)]
struct Verdicts {
    passed: usize,
    failed: usize,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| matches!(word.as_str(), "help" | "--help" | "-h")) {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match options(&words).and_then(|options| run(&options)) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn options(words: &[String]) -> Result<Options> {
    let mut options = Options {
        repeat: 20,
        away: Duration::from_secs(60),
        schedulers: Vec::new(),
        only: Vec::new(),
        writes: true,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} wants a value\n\n{HELP}"));
        match word.as_str() {
            "--short" => {
                options.repeat = 1;
                options.away = Duration::from_secs(15);
                options.writes = false;
            }
            "--repeat" => options.repeat = value()?.parse().context("--repeat wants a number")?,
            "--scheduler" => {
                let name = value()?;
                let known = Scheduler::ALL.into_iter().find(|scheduler| scheduler.name() == name);
                options
                    .schedulers
                    .push(known.with_context(|| format!("no such scheduler: {name}\n\n{HELP}"))?);
            }
            "--only" => {
                options.only.push(value()?.clone());
                options.writes = false;
            }
            _ => bail!("no such option: {word}\n\n{HELP}"),
        }
    }
    let known = |name: &String| {
        Deploy::ALL.iter().any(|deploy| deploy.name == name)
            || Loss::ALL.iter().any(|loss| loss.name() == name)
    };
    if let Some(name) = options.only.iter().find(|name| !known(name)) {
        bail!("no deploy and no loss is called {name:?}");
    }
    if options.schedulers.is_empty() {
        options.schedulers = Scheduler::ALL.to_vec();
    }
    Ok(options)
}

fn run(options: &Options) -> Result<ExitCode> {
    let (mut verdicts, mut page) = (Verdicts::default(), Page::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let work = async {
        tokio::select! {
            done = everything(options, &mut verdicts, &mut page) => done,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    };
    let done = LocalSet::new().block_on(&runtime, work);
    // Scripts that still run come to their end; what they have started meanwhile is ended with the rest.
    drop(runtime);
    for scheduler in &options.schedulers {
        scheduler.down()?;
    }
    done?;
    if options.writes {
        page.write()?;
    }
    let word = if verdicts.failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {} passed; {} failed", verdicts.passed, verdicts.failed);
    Ok(if verdicts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn everything(options: &Options, verdicts: &mut Verdicts, page: &mut Page) -> Result<()> {
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    for scheduler in &options.schedulers {
        let chosen: Vec<Deploy> = Deploy::ALL.into_iter().filter(|deploy| wanted(deploy.name)).collect();
        for keep_alive in [false, true] {
            // Kept connections are looked at on one scheduler, in the long form; they are nginx's own affair.
            let looks = !keep_alive || *scheduler == Scheduler::Docker && options.repeat > 1;
            if !chosen.is_empty() && looks {
                let load = Load { rate: RATE, keep_alive };
                let repeat = if keep_alive { options.repeat.div_ceil(KEPT_SHARE) } else { options.repeat };
                deploys(*scheduler, &chosen, load, repeat, verdicts, page).await?;
            }
        }
        if *scheduler == Scheduler::Docker && wanted("rolling") {
            drain(*scheduler, verdicts, page).await?;
        }
    }
    let scheduler = Scheduler::Docker;
    if !options.schedulers.contains(&scheduler) {
        return Ok(());
    }
    for loss in Loss::ALL.into_iter().filter(|loss| wanted(loss.name())) {
        let mut attempts = 0;
        let noticed = loop {
            let storefront = scheduler.up(&[("COUNT", "3")])?;
            let noticed =
                loss.watch(&storefront, Load { rate: RATE, keep_alive: false }, options.away).await?;
            attempts += 1;
            match &noticed.lag {
                Some(lag) if attempts < ATTEMPTS => void(loss.title(), lag),
                Some(lag) => bail!("{}: this machine is too busy to prove anything: {lag}", loss.title()),
                None => break noticed,
            }
        };
        // In time is a figure of the long form; that it goes at all, and that nobody else does, holds always.
        let holds = match (loss.aim(), noticed.gone) {
            (Some(aim), Some(gone)) => options.repeat == 1 || gone <= aim,
            _ => noticed.failures() == 0,
        };
        verdicts.told(holds, &format!("{}: {}", loss.title(), page::lost(&noticed)));
        page.loss(loss, &noticed);
    }
    Ok(())
}

/// Each deploy, so often, one after another on one storefront.
async fn deploys(
    scheduler: Scheduler,
    chosen: &[Deploy],
    load: Load,
    repeat: usize,
    verdicts: &mut Verdicts,
    page: &mut Page,
) -> Result<()> {
    let storefront = scheduler.up(&[])?;
    let mut seen: Vec<Vec<Seen>> = vec![Vec::new(); chosen.len()];
    let mut version = 1;
    // A run that proves nothing, since the machine was busy, is made up for.
    for round in 0..repeat * ATTEMPTS {
        if round > 0 && seen.iter().all(|seen| seen.len() >= repeat) {
            break;
        }
        for (deploy, seen) in chosen.iter().zip(&mut seen) {
            // Each goes to the version that there is not, and back with the next.
            let words: Words<'static> = match version {
                1 => &[("VERSION", "1"), ("TO", "2"), ("WATCH", "1")],
                _ => &[("VERSION", "2"), ("TO", "1"), ("WATCH", "1")],
            };
            let one = deploy.watch(&storefront, load, words).await;
            let one = one.with_context(|| format!("{}, {}", scheduler.title(), deploy.title))?;
            if deploy.changes_version() {
                version = 3 - version;
            }
            let kept = if load.keep_alive { ", kept connections" } else { "" };
            let what = format!("{}, {}{kept}: {}", scheduler.title(), deploy.title, page::seen(&one));
            match &one.lag {
                Some(lag) => void(&what, lag),
                None => {
                    verdicts.told(one.failures() == 0, &what);
                    seen.push(one);
                }
            }
        }
    }
    if let Some((deploy, _)) = chosen.iter().zip(&seen).find(|(_, seen)| seen.len() < repeat) {
        bail!("{}, {}: this machine is too busy to prove anything", scheduler.title(), deploy.title);
    }
    for (deploy, seen) in chosen.iter().zip(&seen) {
        page.deploy(scheduler, load.keep_alive, *deploy, seen.len(), &deploy::together(seen)?);
    }
    Ok(())
}

/// That failures are seen: a rolling deploy of applications that end at once, with the drain and without.
async fn drain(scheduler: Scheduler, verdicts: &mut Verdicts, page: &mut Page) -> Result<()> {
    let load = Load { rate: RATE, keep_alive: false };
    let rolling = Deploy::ALL.into_iter().find(|deploy| deploy.name == "rolling").context("no rolling")?;
    for (words, title, is_lossless) in
        [(HASTY, "hasty applications, with the drain", true), (WITHOUT_DRAIN, "the same without it", false)]
    {
        // Which requests are under way when somebody is killed is chance; that none is three times, is not.
        let mut attempts = 0;
        let seen = loop {
            let storefront = scheduler.up(words)?;
            let seen = rolling.watch(&storefront, load, words).await?;
            attempts += 1;
            match &seen.lag {
                Some(lag) if attempts < ATTEMPTS => void(title, lag),
                Some(lag) => bail!("{title}: this machine is too busy to prove anything: {lag}"),
                None if !is_lossless && seen.failures() == 0 && attempts < ATTEMPTS => {}
                None => break seen,
            }
        };
        let holds = (seen.failures() == 0) == is_lossless;
        verdicts.told(holds, &format!("{}, rolling, {title}: {}", scheduler.title(), page::seen(&seen)));
        page.drain(title, &seen);
    }
    Ok(())
}

/// Says of a run that it does not count.
fn void(what: &str, lag: &str) {
    println!("void   {what}: {lag}");
}

// === impl Verdicts ===

impl Verdicts {
    fn told(&mut self, holds: bool, what: &str) {
        *(if holds { &mut self.passed } else { &mut self.failed }) += 1;
        println!("{} {what}", if holds { "ok    " } else { "FAILED" });
    }
}
