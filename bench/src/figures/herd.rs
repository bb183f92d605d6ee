//! One change, and everybody who waits for it.

use anyhow::Result;

use crate::catalogue::Catalogue;
use crate::crowd::{self, Crowd, Learned};
use crate::procfs::Memory;
use crate::report::{Figure, Verdict, ratio};
use crate::sample::short;
use crate::stage::Stage;

/// Waiting readers and instances of the service that they wait for.
const HERDS: [(usize, usize); 6] = [(1, 10), (100, 10), (1000, 10), (100, 100), (1000, 100), (4000, 100)];
/// The largest, with the bounds that it is to keep: the last reader in ms, memory in kB.
const LARGEST: ((usize, usize), f64, u64) = ((4000, 100), 1000.0, 150_000);
/// One reader, again and again.
const CHANGES: usize = 200;

struct Herd {
    learned: Learned,
    memory: Memory,
    /// In seconds.
    processor: f64,
}

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    crowd::make_room()?;
    let (mut rows, mut verdicts) = (Vec::new(), Vec::new());
    let changes = if stage.quick { 20 } else { CHANGES };
    let mut single = Vec::new();
    for catalogue in Catalogue::both(stage)? {
        let latency = one_reader(&catalogue, changes)?;
        rows.push(vec![
            catalogue.name.to_owned(),
            format!("1, {changes} times"),
            "1".to_owned(),
            short(latency.percentile(50.0)),
            format!("p99 {}", short(latency.percentile(99.0))),
            "–".to_owned(),
            "–".to_owned(),
            "–".to_owned(),
        ]);
        single.push(latency);
    }
    if let [mine, other] = single.as_slice() {
        verdicts.push(Verdict {
            what: "change in the catalogue to one who waits, p50",
            ours: format!("{} ms", short(mine.median())),
            peer: format!("Consul {} ms", short(other.median())),
            ratio: ratio(mine.median(), other.median()),
            aim: "–".to_owned(),
            met: None,
        });
    }
    for (readers, instances) in HERDS {
        if stage.quick && readers > 1000 {
            continue;
        }
        let mut herds = Vec::new();
        for catalogue in Catalogue::both(stage)? {
            let herd = stampede(&catalogue, readers, instances)?;
            rows.push(herd.row(catalogue.name, readers, instances));
            herds.push(herd);
        }
        let (largest, last, memory) = LARGEST;
        if let ([mine, other], true) = (herds.as_slice(), largest == (readers, instances)) {
            let (ours, peer) =
                (mine.learned.latency.percentile(100.0), other.learned.latency.percentile(100.0));
            verdicts.push(Verdict {
                what: "a change of a service of 100 to the last of 4,000 who wait",
                ours: format!("{} ms", short(ours)),
                peer: format!("Consul {} ms", short(peer)),
                ratio: ratio(ours, peer),
                aim: format!("{last} ms"),
                met: Some(ours < last),
            });
            let (ours, peer) = (mine.memory.proportional, other.memory.proportional);
            verdicts.push(Verdict {
                what: "the same, memory after it",
                ours: format!("{} MB", short(ours as f64 / 1000.0)),
                peer: format!("Consul {} MB", short(peer as f64 / 1000.0)),
                ratio: ratio(ours as f64, peer as f64),
                aim: format!("{} MB", memory / 1000),
                met: Some(ours < memory),
            });
        }
    }
    Ok(Figure {
        title: "The catalogue: one change, many who wait",
        method: "Readers wait for the instances of one service with blocking queries, each on its own connection; then \
            the check of one instance warns. From sending that to the end of each reader's answer, in ms; bytes of all \
            answers in MB, processor time of the catalogue in s from before the change to the last answer, and its \
            proportional set in MB after it. The readers are one thread on the same two processors, and what they \
            need is part of every time. Nobody asks for compression. Consul is a server with its data on disk, the embedded \
            catalogue in memory: `consul agent -dev` sends twice as much, since it writes its JSON with blanks."
            .to_owned(),
        plots: Vec::new(),
        heads: vec!["by", "readers", "instances", "p50", "last", "MB sent", "processor", "memory"],
        rows,
        verdicts,
        notes: Vec::new(),
    })
}

/// Changes one thing again and again with one who waits for it.
fn one_reader(catalogue: &Catalogue, changes: usize) -> Result<crate::sample::Sample> {
    catalogue.register("single", "single-0")?;
    crowd::run(async {
        let mut latency = crate::sample::Sample::default();
        let mut crowd = Crowd::gather(catalogue.address(), 1).await?;
        for turn in 0..changes {
            let index = catalogue.index_of("single")?;
            crowd.ask(|_| format!("/v1/health/service/single?index={index}&wait=60s")).await?;
            // Until the reader surely waits, and the changes before are no longer gathered.
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            let (back, learned) = warn(catalogue, crowd, "single-0", turn).await?;
            latency.add(learned.latency.median());
            crowd = back;
        }
        Ok(latency)
    })
}

async fn warn(catalogue: &Catalogue, crowd: Crowd, instance: &str, turn: usize) -> Result<(Crowd, Learned)> {
    let word = if turn.is_multiple_of(2) { "warn" } else { "pass" };
    let (port, path) = (catalogue.address().port(), format!("/v1/agent/check/{word}/service:{instance}"));
    crowd.learn(move || crate::consul::ask(port, "PUT", &path, "").map(drop)).await
}

fn stampede(catalogue: &Catalogue, readers: usize, instances: usize) -> Result<Herd> {
    for number in 0..instances {
        catalogue.register("herd", &format!("herd-{number}"))?;
    }
    let index = catalogue.index_of("herd")?;
    crowd::run(async {
        let mut crowd = Crowd::gather(catalogue.address(), readers).await?;
        crowd.ask(|_| format!("/v1/health/service/herd?index={index}&wait=300s")).await?;
        // Until all of them wait.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let before = catalogue.processor()?;
        let (_crowd, learned) = warn(catalogue, crowd, "herd-0", 0).await?;
        let processor = (catalogue.processor()? - before) as f64 / 1e9;
        Ok(Herd { learned, memory: catalogue.memory(), processor })
    })
}

// === impl Herd ===

impl Herd {
    fn row(&self, name: &str, readers: usize, instances: usize) -> Vec<String> {
        vec![
            name.to_owned(),
            readers.to_string(),
            instances.to_string(),
            short(self.learned.latency.percentile(50.0)),
            short(self.learned.latency.percentile(100.0)),
            short(self.learned.bytes as f64 / 1e6),
            short(self.processor),
            short(self.memory.proportional as f64 / 1000.0),
        ]
    }
}
