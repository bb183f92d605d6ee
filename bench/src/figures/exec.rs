//! From the exec of the supervisor to that of the application.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::clock;
use crate::contender::{self, Contender};
use crate::mailbox::Mailbox;
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;

const RUNS: usize = 200;
/// One run in so many for the contenders that take a second to stop.
const SELDOM: usize = 20;
const BOUND: Duration = Duration::from_secs(20);
/// The aim: tini's time and this many milliseconds.
const ALLOWANCE: f64 = 2.0;

struct Entry {
    contender: Contender,
    every: usize,
    sample: Sample,
}

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let health = stage.role(&["pass"])?;
    let (bare, article) = (contender::bare(consul.port()), contender::article(consul.port(), &health));

    // Ended by SIGTERM: not all of them end with their application.
    let application = stage.application(&mailbox.words("serve", "application"))?;
    let entry = |contender, every| Entry { contender, every, sample: Sample::default() };
    let mut entries = [
        entry(Contender::nobody(&application), 1),
        entry(Contender::tini(stage, &application), 1),
        entry(Contender::dumb_init(stage, &application), 1),
        entry(Contender::gyropilot(stage, "Gyropilot, nothing configured", &bare, &application)?, 1),
        entry(
            Contender::gyropilot(stage, "Gyropilot, one service, two backends", &article, &application)?,
            1,
        ),
        entry(Contender::s6(stage, &application)?, 1),
        entry(Contender::supervisord(stage, std::slice::from_ref(&application))?, SELDOM),
    ];
    for round in 0..stage.runs(RUNS) {
        for place in 0..entries.len() {
            let at = (place + round) % entries.len();
            let Some(Entry { contender, every, sample }) = entries.get_mut(at) else { continue };
            if round % *every == 0 {
                let mut running = Running::start(&mut contender.through(stage, "launch")?)?;
                sample.add(one(&mailbox).context(contender.name)?);
                running.stop(BOUND).context(contender.name)?;
            }
        }
    }

    let mut rows: Vec<Vec<String>> = entries.iter().map(|entry| row(entry, "no")).collect();
    if stage.is_root() {
        let application = stage.application(&mailbox.words("stamp", "application"))?;
        let mut entries = [
            entry(Contender::nobody(&application), 1),
            entry(Contender::tini(stage, &application), 1),
            entry(Contender::dumb_init(stage, &application), 1),
            entry(
                Contender::gyropilot(stage, "Gyropilot, one service, two backends", &article, &application)?,
                1,
            ),
        ];
        for round in 0..stage.runs(RUNS / 2) {
            for place in 0..entries.len() {
                let at = (place + round) % entries.len();
                let Some(Entry { contender, sample, .. }) = entries.get_mut(at) else { continue };
                let mut running = Running::start(&mut contender.through(stage, "launch-as-pid-1")?)?;
                sample.add(one(&mailbox).context(contender.name)?);
                running.wait(BOUND).context(contender.name)?;
            }
        }
        rows.extend(entries.iter().map(|entry| row(entry, "yes")));
    }

    let median = |at: usize| entries.get(at).map_or(f64::NAN, |entry| entry.sample.median());
    let (tini, ours) = (median(1), median(4));
    Ok(Figure {
        title: "Time to the application",
        method: "From the exec of the supervisor to the first statement of the application, in ms; what the \
            application itself needs to get there is in all rows alike and stands in the first. The catalogue is a \
            Consul agent; the health check is a program that ends at once; there is no preStart."
            .to_owned(),
        plots: Vec::new(),
        heads: [["supervisor", "PID 1"].as_slice(), &HEADS].concat(),
        rows,
        verdicts: vec![Verdict {
            what: "exec to the application's exec, p50",
            ours: format!("{} ms", short(ours)),
            peer: format!("tini {} ms", short(tini)),
            ratio: ratio(ours, tini),
            aim: format!("tini + {ALLOWANCE} ms"),
            met: Some(ours <= tini + ALLOWANCE),
        }],
        notes: vec![
            "ContainerPilot needed 5.9 to 6.4 ms where tini needed 1.9. The service of s6 is started by a shell \
                script, as they usually are."
                .to_owned(),
        ],
    })
}

fn one(mailbox: &Mailbox) -> Result<f64> {
    let letter = mailbox.receive(BOUND)?;
    let launched = letter.launched.context("the environment did not reach the application")?;
    Ok(clock::milliseconds(launched, letter.started))
}

fn row(entry: &Entry, first: &str) -> Vec<String> {
    [[entry.contender.name.to_owned(), first.to_owned()].as_slice(), &entry.sample.cells()].concat()
}
