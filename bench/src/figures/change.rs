//! From a change in the catalogue to the start of what reacts to it.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::clock;
use crate::consul::{self, Agent};
use crate::contender::Contender;
use crate::glue;
use crate::mailbox::Mailbox;
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;

const CHANGES: usize = 200;
/// Changes for the loops that take half a second each.
const SLOW_CHANGES: usize = 60;
/// So many that each may rest for its `poll` of one second between two changes.
const BACKENDS: usize = 20;
/// Fewer, as each loop is a process that asks every second.
const LOOPS: usize = 5;
const BOUND: Duration = Duration::from_secs(20);
const SETTLE: Duration = Duration::from_secs(2);
/// The least time between two changes; the most is five times as long. A round of
/// all backends takes 1.8 s then, and none that matters takes less than their `poll`.
const QUICK: Duration = Duration::from_millis(30);
/// The same for what asks every second: the changes fall on all parts of it.
const SPREAD: Duration = Duration::from_millis(200);
/// The aim for p99, in milliseconds.
const AIM: f64 = 10.0;

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    for at in 0..BACKENDS {
        consul.set_instance(&name(at), &format!("{}-1", name(at)), true)?;
    }
    let ours = pilot(stage, &consul)?;
    let blocking = loops(stage, &consul, CHANGES, QUICK, |path, service, command| {
        glue::blocking_loop(path, consul.port(), service, command)
    })?;
    let polling = loops(stage, &consul, SLOW_CHANGES, SPREAD, |path, service, command| {
        glue::poll_loop(path, consul.port(), service, 1, command)
    })?;
    let floor = floor(stage, &consul)?;

    let row = |name: &str, sample: &Sample| [[name.to_owned()].as_slice(), &sample.cells()].concat();
    let (p99, peer) = (ours.percentile(99.0), polling.percentile(99.0));
    Ok(Figure {
        title: "Change in the catalogue to onChange",
        method: format!(
            "From sending the change to Consul to the first statement of the program that onChange names, in ms. \
             Gyropilot watches {BACKENDS} backends with poll 1; the changes fall on one after another at irregular \
             times, each further from the last of its backend than poll. The shell loops watch {LOOPS} services; the \
             last row is a blocking query of the benchmark itself, which starts nothing: what Consul needs alone."
        ),
        plots: Vec::new(),
        heads: [["watched by"].as_slice(), &HEADS].concat(),
        rows: vec![
            row("Gyropilot", &ours),
            row("shell loop, curl every second", &polling),
            row("shell loop, curl with blocking queries", &blocking),
            row("nothing but Consul", &floor),
        ],
        verdicts: vec![
            Verdict {
                what: "change to onChange, p50",
                ours: format!("{} ms", short(ours.median())),
                peer: format!("poll loop {} ms", short(polling.median())),
                ratio: ratio(ours.median(), polling.median()),
                aim: "–".to_owned(),
                met: None,
            },
            Verdict {
                what: "change to onChange, p99",
                ours: format!("{} ms", short(p99)),
                peer: format!("poll loop {} ms", short(peer)),
                ratio: ratio(p99, peer),
                aim: format!("{AIM} ms"),
                met: Some(p99 <= AIM),
            },
        ],
        notes: vec![
            "ContainerPilot: p50 450, p99 970 ms. consul-template: 5.7 and 9.1 ms.".to_owned(),
            "The p99 is that of two changes in two hundred, and as much the machine's as the pilot's: with nothing else \
                running it was 3.5 to 4.9 ms, beside compilers 8 to 20 ms."
                .to_owned(),
        ],
    })
}

fn name(at: usize) -> String {
    format!("backend-{at}")
}

fn pilot(stage: &Stage, consul: &Agent) -> Result<Sample> {
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let mut backends: Vec<Value> = Vec::new();
    for at in 0..BACKENDS {
        let command = stage.application(&mailbox.words("stamp", &name(at)))?;
        backends.push(json!({ "name": name(at), "poll": 1, "onChange": command }));
    }
    let configuration = json!({ "consul": format!("127.0.0.1:{}", consul.port()), "backends": backends });
    let application = stage.application(&mailbox.words("serve", "application"))?;
    let contender = Contender::gyropilot(stage, "Gyropilot", &configuration, &application)?;
    let _running = Running::start(&mut contender.command())?;
    changes(consul, &mailbox, BACKENDS, stage.runs(CHANGES), QUICK)
}

fn loops(
    stage: &Stage,
    consul: &Agent,
    count: usize,
    gap: Duration,
    write: impl Fn(&Path, &str, &[String]) -> Result<()>,
) -> Result<Sample> {
    let folder = stage.folder()?;
    let mailbox = Mailbox::open(folder.join("mail"))?;
    let mut running = Vec::new();
    for at in 0..LOOPS {
        let path = folder.join(name(at));
        write(&path, &name(at), &stage.application(&mailbox.words("stamp", &name(at)))?)?;
        running.push(Running::start(Command::new(path).stdout(Stdio::null()).stderr(Stdio::null()))?);
    }
    changes(consul, &mailbox, LOOPS, stage.runs(count), gap)
}

fn floor(stage: &Stage, consul: &Agent) -> Result<Sample> {
    let path = stage.folder()?.join("mail");
    let mailbox = Mailbox::open(path.clone())?;
    for at in 0..LOOPS {
        let (port, path) = (consul.port(), path.clone());
        std::thread::spawn(move || {
            // Ends with the agent or the mailbox, whichever goes first.
            let watch = || -> Result<()> {
                let socket = UnixDatagram::unbound()?;
                let url = format!("/v1/health/service/{}?passing&wait=30s", name(at));
                let mut index = 0;
                loop {
                    let answer = consul::ask(port, "GET", &format!("{url}&index={index}"), "")?;
                    let now = clock::now();
                    if answer.index != index {
                        socket.send_to(format!("{} {now}", name(at)).as_bytes(), &path)?;
                    }
                    index = answer.index;
                }
            };
            let _ = watch();
        });
    }
    changes(consul, &mailbox, LOOPS, stage.runs(CHANGES), QUICK)
}

/// Makes changes one after another, each after the last was noticed, and tells how
/// long each took to be.
fn changes(
    consul: &Agent,
    mailbox: &Mailbox,
    services: usize,
    count: usize,
    gap: Duration,
) -> Result<Sample> {
    std::thread::sleep(SETTLE);
    mailbox.empty();
    let mut sample = Sample::default();
    // Any sequence without a period that a timer could share.
    let mut chance: u64 = 0x9e37_79b9_7f4a_7c15;
    for number in 0..count {
        let service = name(number % services);
        let present = (number / services).is_multiple_of(2);
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(gap + gap.mul_f64((chance >> 33) as f64 / f64::from(1_u32 << 29)));
        let changed = clock::now();
        consul.set_instance(&service, &format!("{service}-2"), present)?;
        let letter = mailbox.receive(BOUND).with_context(|| format!("change {number} was not noticed"))?;
        if letter.subject != service {
            bail!("{service} was changed, {} was told of it", letter.subject);
        }
        sample.add(clock::milliseconds(changed, letter.started));
    }
    // As at the start, for whoever comes next.
    for at in 0..services {
        consul.set_instance(&name(at), &format!("{}-2", name(at)), false)?;
    }
    Ok(sample)
}
