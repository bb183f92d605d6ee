//! From SIGTERM to the end.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::contender::{self, Contender};
use crate::mailbox::Mailbox;
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;

const RUNS: usize = 50;
/// One run in so many for those that take a second.
const SELDOM: usize = 10;
const BOUND: Duration = Duration::from_secs(20);
/// The aim beyond what the application takes, in milliseconds.
const AIM: f64 = 15.0;

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let application = stage.application(&mailbox.words("serve", "application"))?;
    let article = contender::article(consul.port(), &stage.role(&["pass"])?);
    let bare = contender::bare(consul.port());
    // With the service that has to be withdrawn, where there is one.
    let mut entries = [
        (Contender::nobody(&application), None, 1),
        (Contender::tini(stage, &application), None, 1),
        (Contender::dumb_init(stage, &application), None, 1),
        (Contender::s6(stage, &application)?, None, 1),
        (Contender::gyropilot(stage, "Gyropilot, nothing configured", &bare, &application)?, None, 1),
        (
            Contender::gyropilot(stage, "Gyropilot, a registered service", &article, &application)?,
            Some("nginx"),
            1,
        ),
        (Contender::supervisord(stage, std::slice::from_ref(&application))?, None, SELDOM),
    ]
    .map(|(contender, service, every)| (contender, service, every, Sample::default()));
    for round in 0..stage.runs(RUNS) {
        for (contender, service, every, sample) in &mut entries {
            if round % *every != 0 {
                continue;
            }
            let mut running = Running::start(&mut contender.command())?;
            mailbox.receive(BOUND).context(contender.name)?;
            match service {
                Some(service) => consul.await_passing(service, 1)?,
                // Past the moment in which the application is only just known to run.
                None => std::thread::sleep(Duration::from_millis(20)),
            }
            sample.add(running.stop(BOUND).context(contender.name)?);
        }
    }
    let median = |at: usize| entries.get(at).map_or(f64::NAN, |entry| entry.3.median());
    let (alone, tini, ours) = (median(0), median(1), median(5));
    Ok(Figure {
        title: "SIGTERM to exit",
        method: "From sending SIGTERM to the supervisor to its end, in ms; the application ends at once, and the first \
            row is what that takes. Gyropilot in the last but one row withdraws its service from Consul, waits until \
            that is confirmed, and only then stops the application."
            .to_owned(),
        plots: Vec::new(),
        heads: [["supervisor"].as_slice(), &HEADS].concat(),
        rows: entries
            .iter()
            .map(|(contender, _, _, sample)| [[contender.name.to_owned()].as_slice(), &sample.cells()].concat())
            .collect(),
        verdicts: vec![Verdict {
            what: "SIGTERM to exit beyond the application, p50",
            ours: format!("{} ms", short(ours - alone)),
            peer: format!("tini {} ms, which withdraws nothing", short(tini - alone)),
            ratio: ratio(ours - alone, tini - alone),
            aim: format!("{AIM} ms"),
            met: Some(ours - alone <= AIM),
        }],
        notes: Vec::new(),
    })
}
