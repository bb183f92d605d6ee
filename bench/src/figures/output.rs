//! What a program under the pilot writes.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::contender::{Contender, quoted};
use crate::mailbox::Mailbox;
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::{Sample, short};
use crate::stage::Stage;
use crate::{clock, procfs};

const BYTES: u64 = 100_000_000;
const RUNS: usize = 3;
const BOUND: Duration = Duration::from_secs(60);

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let bytes = if stage.quick { BYTES / 10 } else { BYTES };
    let (mut ours, mut sed, mut used) = (Sample::default(), Sample::default(), Sample::default());
    for _ in 0..stage.runs(RUNS) {
        let (speed, processor) = pilot(stage, bytes)?;
        ours.add(speed);
        used.add(processor);
        sed.add(shell(stage, bytes)?);
    }
    let row = |name: &str, sample: &Sample| vec![name.to_owned(), short(sample.median())];
    Ok(Figure {
        title: "Output of children",
        method: format!(
            "A coprocess writes {} MB in lines of 100 bytes as fast as they are taken; the pilot makes log lines of \
             them, its own output is /dev/null. Millions of bytes a second, the median of {} runs. The peer is the \
             usual pipe through sed, which sets a word before each line.",
            bytes / 1_000_000,
            ours.len()
        ),
        plots: Vec::new(),
        heads: vec!["by", "MB a second"],
        rows: vec![row("Gyropilot", &ours), row("a pipe through sed", &sed)],
        verdicts: vec![Verdict {
            what: "log lines of children, MB a second",
            ours: short(ours.median()),
            peer: format!("sed {}", short(sed.median())),
            ratio: ratio(ours.median(), sed.median()),
            aim: "–".to_owned(),
            met: None,
        }],
        notes: vec![format!(
            "The pilot used {} µs of processor time a line.",
            short(used.median() / (bytes as f64 / 100.0))
        )],
    })
}

/// Megabytes a second, and microseconds of processor time in all.
fn pilot(stage: &Stage, bytes: u64) -> Result<(f64, f64)> {
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let script = flood(stage, &mailbox, bytes, "")?;
    let configuration = json!({
        "consul": "127.0.0.1:1",
        "coprocesses": [{ "name": "flood", "command": ["/bin/sh", "-c", script] }],
    });
    let application = stage.role(&["serve", "/nowhere", "application"])?;
    let contender = Contender::gyropilot(stage, "Gyropilot", &configuration, &application)?;
    let running = Running::start(&mut contender.command())?;
    let speed = speed(&mailbox, bytes)?;
    Ok((speed, procfs::processor(running.id())? as f64 / 1000.0))
}

fn shell(stage: &Stage, bytes: u64) -> Result<f64> {
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let script = flood(stage, &mailbox, bytes, " | sed 's/^/word /'")?;
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).stdout(Stdio::null()).stderr(Stdio::null());
    let _running = Running::start(&mut command)?;
    speed(&mailbox, bytes)
}

/// A script that tells when the writing begins and when all has been taken.
fn flood(stage: &Stage, mailbox: &Mailbox, bytes: u64, through: &str) -> Result<String> {
    let tell =
        |subject| Ok::<_, anyhow::Error>(quoted(&stage.application(&mailbox.words("stamp", subject))?));
    let flood = quoted(&stage.role(&["flood", &bytes.to_string()])?);
    Ok(format!("{}; {flood}{through}; {}; sleep 60; :", tell("begin")?, tell("end")?))
}

fn speed(mailbox: &Mailbox, bytes: u64) -> Result<f64> {
    let begin = mailbox.receive(BOUND).context("the flood did not begin")?;
    let end = mailbox.receive(BOUND).context("the flood did not end")?;
    let seconds = clock::milliseconds(begin.started, end.started) / 1000.0;
    Ok(bytes as f64 / 1e6 / seconds)
}
