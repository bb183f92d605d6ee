//! Fifty jobs and fifty watches while nothing happens.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::contender::Contender;
use crate::crew::{self, Crew, MANY};
use crate::glue;
use crate::procfs::{Memory, Switches};
use crate::proxy::{Counts, Proxy};
use crate::report::{Figure, Verdict, ratio};
use crate::sample::short;
use crate::stage::Stage;

const SETTLE: Duration = Duration::from_secs(10);
const SPAN: Duration = Duration::from_secs(60);
/// Seconds between two words to the catalogue of one job, three to a TTL, and
/// between two of one watch.
const HEARTBEAT: u32 = 10;
const WATCH: u32 = 30;
/// The aim, in kB.
const PROPORTIONAL: u64 = 8_000;

/// What one contender needed in the time.
struct Need {
    name: &'static str,
    processes: usize,
    memory: Memory,
    switches: Switches,
    /// Nanoseconds.
    processor: u64,
    requests: Counts,
}

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    let application = stage.role(&["serve", "/nowhere", "application"])?;
    let programs = vec![application.clone(); MANY];
    let watched = |at: usize| format!("watched-{at}");
    for at in 0..MANY {
        consul.set_instance(&watched(at), &format!("{}-1", watched(at)), true)?;
    }
    let (before_ours, before_loops) = (Proxy::before(consul.port())?, Proxy::before(consul.port())?);

    let registered = |at| {
        let health = json!({ "interval": HEARTBEAT, "ttl": 3 * HEARTBEAT });
        let more = json!({ "port": 8000 + at, "interfaces": "lo", "health": health });
        crew::with(crew::job(at, &application), &more)
    };
    let whole = json!({
        "consul": format!("127.0.0.1:{}", before_ours.port()),
        "jobs": (0..MANY).map(registered).collect::<Vec<Value>>(),
        "watches": (0..MANY).map(|at| json!({ "name": watched(at), "interval": WATCH })).collect::<Vec<Value>>(),
    });
    let alone = json!({ "jobs": (0..MANY).map(|at| crew::job(at, &application)).collect::<Vec<Value>>() });

    let pass = stage.role(&["pass"])?;
    let folder = stage.folder()?;
    let mut loops = Vec::new();
    for at in 0..MANY {
        let (register, watch) = (folder.join(format!("register-{at}")), folder.join(format!("watch-{at}")));
        glue::registration(
            &register,
            before_loops.port(),
            &format!("glue-{at}"),
            HEARTBEAT,
            3 * HEARTBEAT,
            &pass,
        )?;
        glue::poll_loop(&watch, before_loops.port(), &watched(at), WATCH, &pass)?;
        loops.extend([register, watch].map(|path| vec![path.display().to_string()]));
    }
    let entries = [
        ("Gyropilot, 50 jobs and 50 watches", vec![Contender::jobs(stage, "", &stage.folder()?, &whole)?.0]),
        (
            "supervisord, 50 programs and 100 shell loops",
            vec![Contender::supervisord(stage, &[programs.clone(), loops].concat())?],
        ),
        ("Gyropilot, 50 jobs", vec![Contender::jobs(stage, "", &stage.folder()?, &alone)?.0]),
        ("supervisord, 50 programs", vec![Contender::supervisord(stage, &programs)?]),
        ("50 s6-supervise", crew::s6(stage, &programs)?),
    ];
    // One after the other: a hundred loops are no neighbours to be measured beside.
    let mut needs = Vec::new();
    for (name, contenders) in &entries {
        needs.push(need(stage, name, contenders, [&before_ours, &before_loops])?);
    }
    let [ours, loops, bare, ..] = needs.as_slice() else { anyhow::bail!("five were measured") };

    let count = |need: &Need, method: &str| -> u64 {
        need.requests.iter().filter(|(kind, _)| kind.starts_with(method)).map(|(_, count)| count).sum()
    };
    // A heartbeat is a timer and, later, an answer; a query is asked again in the
    // wake-up in which it returns.
    let due = 2 * count(ours, "PUT") + count(ours, "GET");
    let requests = |need: &Need| need.requests.values().sum::<u64>();
    let a_minute = |requests: u64| requests * 60 / span(stage).as_secs();
    let row = |need: &Need| {
        vec![
            need.name.to_owned(),
            need.processes.to_string(),
            need.memory.proportional.to_string(),
            need.memory.anonymous.to_string(),
            need.switches.slept.to_string(),
            need.switches.forced.to_string(),
            short(need.processor as f64 / 1e6),
            a_minute(requests(need)).to_string(),
        ]
    };
    Ok(Figure {
        title: "Fifty jobs and fifty watches, idle",
        method: format!(
            "{} s in which nothing changes. {MANY} jobs run; in the first two rows each is registered in Consul with a \
             TTL of {} s, and {MANY} services are watched every {WATCH} s. Of the supervisor and its loops, without the \
             jobs and what loops start: proportional set and its anonymous part in kB, how often threads went to sleep, \
             how often the processor was taken from them, processor time in ms; and requests a minute to the catalogue, \
             counted by a proxy. {due} wake-ups of the first row were due: {} heartbeats (each is sent and answered) and \
             {} answers to queries.",
            span(stage).as_secs(),
            3 * HEARTBEAT,
            count(ours, "PUT"),
            count(ours, "GET"),
        ),
        plots: Vec::new(),
        heads: vec![
            "by",
            "processes",
            "proportional",
            "anonymous",
            "slept",
            "forced",
            "ms",
            "requests a minute",
        ],
        rows: needs.iter().map(row).collect(),
        verdicts: vec![
            Verdict {
                what: "50 jobs and 50 watches idle, proportional set",
                ours: format!("{} MB", short(ours.memory.proportional as f64 / 1000.0)),
                peer: format!(
                    "supervisord and loops {} MB",
                    short(loops.memory.proportional as f64 / 1000.0)
                ),
                ratio: ratio(ours.memory.proportional as f64, loops.memory.proportional as f64),
                aim: format!("{} MB", short(PROPORTIONAL as f64 / 1000.0)),
                met: Some(ours.memory.proportional <= PROPORTIONAL),
            },
            Verdict {
                what: "the same, wake-ups",
                ours: ours.switches.slept.to_string(),
                peer: format!("supervisord and loops {}", loops.switches.slept),
                ratio: ratio(ours.switches.slept as f64, loops.switches.slept as f64),
                aim: format!("those due: {due}"),
                met: Some(ours.switches.slept <= due + due / 2),
            },
            Verdict {
                what: "50 jobs idle without a catalogue, wake-ups",
                ours: bare.switches.slept.to_string(),
                peer: needs
                    .get(3)
                    .map_or_else(String::new, |peer| format!("supervisord {}", peer.switches.slept)),
                ratio: "–".to_owned(),
                aim: "0".to_owned(),
                met: Some(bare.switches.slept == 0),
            },
            Verdict {
                what: "50 jobs and 50 watches, requests a minute",
                ours: a_minute(requests(ours)).to_string(),
                peer: format!("shell loops {}", a_minute(requests(loops))),
                ratio: ratio(requests(ours) as f64, requests(loops) as f64),
                aim: "–".to_owned(),
                met: None,
            },
        ],
        notes: vec!["An aim for wake-ups counts as met up to half as many again as were due.".to_owned()],
    })
}

fn span(stage: &Stage) -> Duration {
    if stage.quick { SPAN / 6 } else { SPAN }
}

fn need(stage: &Stage, name: &'static str, contenders: &[Contender], proxies: [&Proxy; 2]) -> Result<Need> {
    let crew = Crew::start(contenders)?;
    std::thread::sleep(SETTLE);
    proxies.iter().for_each(|proxy| drop(proxy.take()));
    let before = crew.account();
    std::thread::sleep(span(stage));
    let after = crew.account();
    let [mut requests, of_loops] = proxies.map(Proxy::take);
    requests.extend(of_loops);
    let (processes, memory) = crew.memory();
    let (switches, processor) = (after.switches_since(&before), after.processor_since(&before));
    Ok(Need { name, processes, memory, switches, processor, requests })
}
