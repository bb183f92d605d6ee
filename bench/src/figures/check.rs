//! What a health check costs the one who runs it.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::contender::{self, Contender, quoted, script};
use crate::mailbox::Mailbox;
use crate::procfs;
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::short;
use crate::stage::Stage;

const SERVICES: usize = 50;
/// Seconds; each service is checked once in each.
const SPAN: usize = 10;
const SETTLE: Duration = Duration::from_secs(3);
const BOUND: Duration = Duration::from_secs(30);
/// The aim: a quarter of the original's 640 to 810 µs.
const AIM: f64 = 200.0;

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let (ours, ran) = pilot(stage)?;
    let shell = shell(stage, SERVICES * SPAN)?;
    Ok(Figure {
        title: "Processor time of a health check",
        method: format!(
            "User and system time of the supervisor alone, from schedstat, in µs a check; that of the checks \
             themselves is not in it. {SERVICES} services, each checked every second and registered with a TTL of an \
             hour, for {SPAN} s: {ran} checks. The peer is a shell that runs the same program as often, one after \
             another, and does nothing with the result: little more than the price of a fork."
        ),
        plots: Vec::new(),
        heads: vec!["by", "µs a check"],
        rows: vec![
            vec!["Gyropilot".to_owned(), short(ours)],
            vec!["shell loop (dash)".to_owned(), short(shell)],
        ],
        verdicts: vec![Verdict {
            what: "processor time of a health check",
            ours: format!("{} µs", short(ours)),
            peer: format!("shell loop {} µs", short(shell)),
            ratio: ratio(ours, shell),
            aim: format!("{AIM} µs"),
            met: Some(ours <= AIM),
        }],
        notes: vec![
            "ContainerPilot needed 640 to 810 µs, its heartbeat included, which went out with each check."
                .to_owned(),
        ],
    })
}

/// Microseconds a check, and how many checks there were.
fn pilot(stage: &Stage) -> Result<(f64, u64)> {
    let consul = stage.consul()?;
    let checks = Mailbox::open(stage.folder()?.join("checks"))?;
    let health = stage.application(&checks.words("stamp", "check"))?;
    let services: Vec<Value> =
        (0..SERVICES).map(|at| contender::service(&format!("service-{at}"), &health, 1, 3600)).collect();
    let configuration = json!({ "consul": format!("127.0.0.1:{}", consul.port()), "services": services });
    let application = stage.role(&["serve", "/nowhere", "application"])?;
    let contender = Contender::gyropilot(stage, "Gyropilot", &configuration, &application)?;
    let running = Running::start(&mut contender.command())?;
    checks.count(SETTLE);
    let before = procfs::processor(running.id())?;
    let ran = checks.count(Duration::from_secs(SPAN as u64));
    let used = procfs::processor(running.id())? - before;
    Ok((used as f64 / 1000.0 / ran as f64, ran))
}

fn shell(stage: &Stage, count: usize) -> Result<f64> {
    let folder = stage.folder()?;
    let done = Mailbox::open(folder.join("done"))?;
    let checks = quoted(&stage.role(&["pass"])?);
    let tell = quoted(&stage.application(&done.words("stamp", "done"))?);
    let path = folder.join("loop");
    let text =
        format!("i=0\nwhile [ $i -lt {count} ]; do {checks}; i=$((i + 1)); done\n{tell}\nsleep 60\n:\n");
    script(&path, &text)?;
    let running = Running::start(Command::new(path).stdout(Stdio::null()).stderr(Stdio::null()))?;
    done.receive(BOUND)?;
    Ok(procfs::processor(running.id())? as f64 / 1000.0 / count as f64)
}
