//! What a catalogue needs to know much, and to be watched by many.

use std::rc::Rc;

use anyhow::Result;
use serde_json::json;

use crate::catalogue::{Catalogue, registration};
use crate::clock;
use crate::consul::ask;
use crate::crowd::{self, Crowd, request};
use crate::plot::{Curve, Plot};
use crate::report::{Figure, Verdict, ratio};
use crate::sample::short;
use crate::stage::Stage;

/// How many instances there are, in services of a hundred.
const INSTANCES: [usize; 4] = [0, 100, 1_000, 10_000];
/// How many readers wait, each for one of these services.
const READERS: [usize; 4] = [1_000, 5_000, 15_000, 50_000];
/// Consul is not asked to know more instances than this: it takes minutes to take 10,000.
const PEER_INSTANCES: usize = 1_000;
const PEER: &str = "Consul";
/// Consul is not asked to bear more readers than this.
const PEER_READERS: usize = 5_000;
const OF_A_SERVICE: usize = 100;
/// The TTL of those who fall silent.
const SILENCE_SECONDS: u64 = 5;
/// With fewer instances than this, there are that many services all the same.
const LEAST_SERVICES: usize = 1;

/// What grows, of each contender.
#[derive(Default)]
struct Growth(Vec<Curve>);

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let room = crowd::make_room()?;
    let (mut rows, mut verdicts) = (Vec::new(), Vec::new());
    let (mut knowing, mut waiting, mut telling) = (Growth::default(), Growth::default(), Growth::default());
    for instances in INSTANCES {
        if stage.quick && instances > 1_000 {
            continue;
        }
        let mut memories = Vec::new();
        for catalogue in [Catalogue::gyropilot(stage)?, Catalogue::consul_in_memory(stage)?] {
            if catalogue.name == PEER && instances > PEER_INSTANCES {
                continue;
            }
            fill(&catalogue, instances)?;
            let memory = catalogue.memory().proportional;
            rows.push(row(catalogue.name, instances, 0, memory, None));
            memories.push(memory);
            if instances > 0 {
                knowing.add(catalogue.name, instances, memory as f64 / 1000.0);
            }
        }
        let what = match instances {
            0 => "memory of an empty catalogue",
            1_000 => "memory with 1,000 instances",
            _ => continue,
        };
        if let [ours, peer] = memories.as_slice() {
            verdicts.push(Verdict {
                what,
                ours: format!("{} MB", short(*ours as f64 / 1000.0)),
                peer: format!("Consul {} MB", short(*peer as f64 / 1000.0)),
                ratio: ratio(*ours as f64, *peer as f64),
                aim: "–".to_owned(),
                met: None,
            });
        }
    }
    let instances = if stage.quick { 1_000 } else { 10_000 };
    for readers in READERS {
        if readers > room || stage.quick && readers > 1_000 {
            continue;
        }
        for catalogue in [Catalogue::gyropilot(stage)?, Catalogue::consul_in_memory(stage)?] {
            if catalogue.name == PEER && readers > PEER_READERS {
                continue;
            }
            let instances = if catalogue.name == PEER { instances.min(PEER_INSTANCES) } else { instances };
            fill(&catalogue, instances)?;
            let before = catalogue.memory().proportional;
            let (memory, last) = watched(&catalogue, readers, instances)?;
            waiting.add(catalogue.name, readers, memory as f64 / 1000.0);
            telling.add(catalogue.name, readers, last);
            rows.push(row(
                catalogue.name,
                instances,
                readers,
                memory,
                Some((memory.saturating_sub(before), last)),
            ));
        }
    }
    let readers = READERS.into_iter().filter(|readers| *readers <= room).max().unwrap_or_default();
    let readers = if stage.quick { readers.min(1_000) } else { readers };
    let (late, due) = silence(&Catalogue::gyropilot(stage)?, readers, instances)?;
    verdicts.push(Verdict {
        what: "10,000 TTLs that run out together, the last known after it was due",
        ours: format!("{} ms, of {due} all", short(late)),
        peer: "–".to_owned(),
        ratio: "–".to_owned(),
        aim: "1000 ms, all".to_owned(),
        met: Some(late < 1000.0 && due == instances),
    });
    Ok(Figure {
        title: "The catalogue: how cost grows",
        method: "Instances are registered with an agent, each with a check with a TTL, in services of a hundred; then \
            readers wait, each on its own connection, spread over the services evenly. Proportional set in MB; what a \
            reader that waits adds, in kB; and with one instance of each service changed, one service after another, \
            from the first change to the last reader's answer in ms."
            .to_owned(),
        heads: vec!["by", "instances", "readers", "memory", "a reader", "all told"],
        rows,
        plots: vec![
            knowing.plot("instances", "Memory by instances", "instances", "MB"),
            waiting.plot("readers", "Memory by waiting readers", "readers", "MB"),
            telling.plot("told", "From a change of each service to the last reader's answer", "readers", "ms"),
        ],
        verdicts,
        notes: vec![format!(
            "Consul was not asked to know more than {PEER_INSTANCES} instances, which it took minutes to learn of, nor to \
             bear more than {PEER_READERS} readers; the curves have logarithmic axes. The machine let a process have {room} \
             connections. In the summary, {readers} of them waited while the owners of {instances} instances fell \
             silent at once, each registered with a TTL of {SILENCE_SECONDS} s."
        )],
    })
}

// === impl Growth ===

impl Growth {
    fn add(&mut self, of: &'static str, across: usize, upwards: f64) {
        let point = (across as f64, upwards);
        match self.0.iter_mut().find(|curve| curve.of == of) {
            Some(curve) => curve.points.push(point),
            None => self.0.push(Curve { of, points: vec![point] }),
        }
    }

    fn plot(
        self,
        name: &'static str,
        title: &'static str,
        across: &'static str,
        upwards: &'static str,
    ) -> Plot {
        Plot { name, title, across, upwards, curves: self.0 }
    }
}

fn row(
    name: &str,
    instances: usize,
    readers: usize,
    memory: u64,
    watched: Option<(u64, f64)>,
) -> Vec<String> {
    let each = watched.map_or("–".to_owned(), |(more, _)| short(more as f64 / readers as f64));
    let last = watched.map_or("–".to_owned(), |(_, last)| short(last));
    let memory = short(memory as f64 / 1000.0);
    vec![name.to_owned(), instances.to_string(), readers.to_string(), memory, each, last]
}

fn fill(catalogue: &Catalogue, instances: usize) -> Result<()> {
    const CLIENTS: usize = 4;
    let word = |client: usize, turn: usize| {
        let number = client + turn * CLIENTS;
        let service = format!("service-{}", number / OF_A_SERVICE);
        request("PUT", "/v1/agent/service/register", &registration(&service, &format!("instance-{number}")))
    };
    crowd::run(crowd::rate(catalogue.address(), CLIENTS, instances / CLIENTS, Rc::new(word))).map(drop)
}

/// Registers instances whose owners are never heard of again, beside so many who wait for
/// something else: how much later than due the last of them was known to be critical, in
/// ms, and how many there were then.
fn silence(catalogue: &Catalogue, readers: usize, instances: usize) -> Result<(f64, usize)> {
    const CLIENTS: usize = 4;
    catalogue.register("other", "other-0")?;
    let other = catalogue.index_of("other")?;
    let word = |client: usize, turn: usize| {
        let number = client + turn * CLIENTS;
        let body = json!({
            "ID": format!("silent-{number}"),
            "Name": format!("silent-{}", number / OF_A_SERVICE),
            "Check": {"TTL": format!("{SILENCE_SECONDS}s"), "Status": "passing"},
        });
        request("PUT", "/v1/agent/service/register", &body.to_string())
    };
    crowd::run(async {
        let mut crowd = Crowd::gather(catalogue.address(), readers).await?;
        crowd.ask(|_| format!("/v1/health/service/other?index={other}&wait=300s")).await?;
        crowd::rate(catalogue.address(), CLIENTS, instances / CLIENTS, Rc::new(word)).await?;
        let registered = clock::now();
        let port = catalogue.address().port();
        let watched = tokio::task::spawn_blocking(move || -> Result<(u64, usize)> {
            let mut index = 1;
            loop {
                let answer =
                    ask(port, "GET", &format!("/v1/health/state/critical?index={index}&wait=5s"), "")?;
                let count = answer.body.as_array().map_or(0, Vec::len);
                // Nothing more has come for as long as a query waits.
                if count == instances || answer.index == index {
                    return Ok((clock::now(), count));
                }
                index = answer.index;
            }
        });
        let (known, count) = watched.await??;
        let due = clock::milliseconds(registered, known) - SILENCE_SECONDS as f64 * 1000.0;
        Ok((due, count))
    })
}

/// The memory with so many who wait, and how long it takes to tell them all.
fn watched(catalogue: &Catalogue, readers: usize, instances: usize) -> Result<(u64, f64)> {
    let services = (instances / OF_A_SERVICE).max(LEAST_SERVICES);
    let indexes: Vec<u64> = (0..services)
        .map(|number| catalogue.index_of(&format!("service-{number}")))
        .collect::<Result<_>>()?;
    crowd::run(async {
        let mut crowd = Crowd::gather(catalogue.address(), readers).await?;
        crowd
            .ask(|number| {
                let service = number % services;
                let index = indexes.get(service).copied().unwrap_or(1);
                format!("/v1/health/service/service-{service}?index={index}&wait=300s")
            })
            .await?;
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let memory = catalogue.memory().proportional;
        let port = catalogue.address().port();
        let change = move || {
            for service in 0..services {
                let instance = service * OF_A_SERVICE;
                ask(port, "PUT", &format!("/v1/agent/check/warn/service:instance-{instance}"), "")?;
            }
            Ok(())
        };
        let (_crowd, learned) = crowd.learn(change).await?;
        Ok((memory, learned.latency.percentile(100.0)))
    })
}
