//! What a catalogue needs to know much, and to be watched by many.

use std::rc::Rc;

use anyhow::Result;

use crate::catalogue::{Catalogue, registration};
use crate::crowd::{self, Crowd, request};
use crate::report::{Figure, Verdict, ratio};
use crate::sample::short;
use crate::stage::Stage;

/// How many instances there are, in services of a hundred.
const INSTANCES: [usize; 4] = [0, 100, 1_000, 10_000];
/// How many readers wait, each for one of these services.
const READERS: [usize; 3] = [1_000, 10_000, 50_000];
/// Consul is not asked to bear more readers than this.
const PEER_READERS: usize = 10_000;
const OF_A_SERVICE: usize = 100;
/// With fewer instances than this, there are that many services all the same.
const LEAST_SERVICES: usize = 1;

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    crowd::make_room()?;
    let (mut rows, mut verdicts) = (Vec::new(), Vec::new());
    for instances in INSTANCES {
        if stage.quick && instances > 1_000 {
            continue;
        }
        let mut memories = Vec::new();
        for catalogue in Catalogue::both(stage)? {
            fill(&catalogue, instances)?;
            let memory = catalogue.memory().proportional;
            rows.push(row(catalogue.name, instances, 0, memory, None));
            memories.push(memory);
        }
        let what = match instances {
            0 => "memory of an empty catalogue",
            10_000 => "memory with 10,000 instances",
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
        if stage.quick && readers > 1_000 {
            continue;
        }
        for catalogue in Catalogue::both(stage)? {
            if catalogue.name == "Consul" && readers > PEER_READERS {
                continue;
            }
            fill(&catalogue, instances)?;
            let before = catalogue.memory().proportional;
            let (memory, last) = watched(&catalogue, readers, instances)?;
            rows.push(row(
                catalogue.name,
                instances,
                readers,
                memory,
                Some((memory.saturating_sub(before), last)),
            ));
        }
    }
    Ok(Figure {
        title: "The catalogue: how cost grows",
        method: "Instances are registered with an agent, each with a check with a TTL, in services of a hundred; then \
            readers wait, each on its own connection, spread over the services evenly. Proportional set in MB; what a \
            reader that waits adds, in kB; and with one instance of each service changed, one service after another, \
            from the first change to the last reader's answer in ms."
            .to_owned(),
        heads: vec!["by", "instances", "readers", "memory", "a reader", "all told"],
        rows,
        verdicts,
        notes: vec![format!("Consul was not asked to bear more than {PEER_READERS} readers here.")],
    })
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
                crate::consul::ask(
                    port,
                    "PUT",
                    &format!("/v1/agent/check/warn/service:instance-{instance}"),
                    "",
                )?;
            }
            Ok(())
        };
        let (_crowd, learned) = crowd.learn(change).await?;
        Ok((memory, learned.latency.percentile(100.0)))
    })
}
