//! Wake-ups when nothing happens.

use std::time::Duration;

use anyhow::Result;

use crate::contender::{self, Contender};
use crate::mailbox::Mailbox;
use crate::procfs::{self, Switches};
use crate::proxy::Proxy;
use crate::report::{Figure, Verdict};
use crate::running::Running;
use crate::stage::Stage;

const SETTLE: Duration = Duration::from_secs(5);
const BOUND: Duration = Duration::from_secs(20);
/// Three intervals of the health check.
const SPAN: Duration = Duration::from_secs(30);

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let application = stage.application(&mailbox.words("serve", "application"))?;
    let checks = Mailbox::open(stage.folder()?.join("checks"))?;
    let health = stage.application(&checks.words("stamp", "check"))?;
    for backend in ["sales", "customers"] {
        consul.set_instance(backend, &format!("{backend}-1"), true)?;
    }
    let proxy = Proxy::before(consul.port())?;
    let article = contender::article(proxy.port(), &health);
    let contenders = [
        Contender::gyropilot(stage, "Gyropilot, one service, two backends", &article, &application)?,
        Contender::gyropilot(
            stage,
            "Gyropilot, nothing configured",
            &contender::bare(proxy.port()),
            &application,
        )?,
        Contender::tini(stage, &application),
        Contender::dumb_init(stage, &application),
        Contender::s6(stage, &application)?,
        Contender::supervisord(stage, std::slice::from_ref(&application))?,
    ];
    let mut running = Vec::new();
    for contender in &contenders {
        running.push(Running::start(&mut contender.command())?);
        mailbox.receive(BOUND)?;
    }
    consul.await_passing("nginx", 1)?;
    std::thread::sleep(SETTLE);

    checks.empty();
    proxy.take();
    let before: Vec<Switches> = running.iter().map(|r| procfs::switches(r.id())).collect::<Result<_>>()?;
    std::thread::sleep(if stage.quick { SPAN / 3 } else { SPAN });
    let after: Vec<Switches> = running.iter().map(|r| procfs::switches(r.id())).collect::<Result<_>>()?;
    let requests = proxy.take();
    let mut ran = 0;
    while checks.receive(Duration::from_millis(1)).is_ok() {
        ran += 1;
    }

    let difference = |before: &Switches, after: &Switches| Switches {
        slept: after.slept - before.slept,
        forced: after.forced - before.forced,
    };
    let counts: Vec<Switches> =
        before.iter().zip(&after).map(|(before, after)| difference(before, after)).collect();
    // A query that has returned is asked again in the same wake-up; a heartbeat is
    // a timer and, later, an answer; a check a timer, the moment in which the new
    // process has become the program, and an end.
    let queries: u64 = requests.iter().filter(|(kind, _)| kind.starts_with("GET")).map(|(_, n)| n).sum();
    let heartbeats: u64 = requests.iter().filter(|(kind, _)| kind.starts_with("PUT")).map(|(_, n)| n).sum();
    let due = 3 * ran + 2 * heartbeats + queries;
    let of = |at: usize| counts.get(at).copied().unwrap_or_default();
    let count = |at: usize| of(at).slept;
    let rows = contenders.iter().enumerate().map(|(at, contender)| {
        let due = match at {
            0 => due.to_string(),
            _ => "0".to_owned(),
        };
        vec![contender.name.to_owned(), count(at).to_string(), of(at).forced.to_string(), due]
    });
    Ok(Figure {
        title: "Wake-ups when idle",
        method: format!(
            "How often the threads of the supervisor went to sleep, and so had been woken up, in {} s during which \
             nothing changes, and how often the processor was taken from them for others; beside the number of things \
             that were due: here {ran} health checks (each begins, becomes its program and ends), {heartbeats} \
             heartbeats (each is sent and answered) and {queries} answers to the queries that watch the two backends.",
            if stage.quick { SPAN.as_secs() / 3 } else { SPAN.as_secs() }
        ),
        plots: Vec::new(),
        heads: vec!["supervisor", "slept", "forced", "due"],
        rows: rows.collect(),
        verdicts: vec![
            Verdict {
                what: "wake-ups, idle, 30 s",
                ours: count(0).to_string(),
                peer: format!("supervisord without any service {}", count(5)),
                ratio: "–".to_owned(),
                aim: format!("those due: {due}"),
                met: Some(count(0) <= due + due / 2),
            },
            Verdict {
                what: "the same with nothing configured",
                ours: count(1).to_string(),
                peer: format!("tini {}, s6 {}", count(2), count(4)),
                ratio: "–".to_owned(),
                aim: "0".to_owned(),
                met: Some(count(1) == 0),
            },
        ],
        notes: vec!["An aim counts as met up to half as many again as were due.".to_owned()],
    })
}
