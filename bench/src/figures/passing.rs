//! From exec to being healthy in the catalogue.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::consul::{self, Agent};
use crate::contender::{self, Contender};
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;
use crate::{clock, glue};

const RUNS: usize = 40;
const BOUND: Duration = Duration::from_secs(10);
/// The aim, in milliseconds.
const AIM: f64 = 20.0;

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    let health = stage.role(&["pass"])?;
    let application = stage.role(&["serve", "/nowhere", "application"])?;
    let configuration = json!({
        "consul": format!("127.0.0.1:{}", consul.port()),
        "services": [contender::service("ours", &health, 10, 25)],
    });
    let pilot = Contender::gyropilot(stage, "Gyropilot", &configuration, &application)?;
    let script = stage.folder()?.join("register");
    glue::registration(&script, consul.port(), "glue", 10, 25, &health)?;

    let (mut ours, mut shell) = (Sample::default(), Sample::default());
    for _ in 0..stage.runs(RUNS) {
        ours.add(one(&consul, "ours", &mut pilot.command())?);
        shell.add(one(&consul, "glue", Command::new(&script).stdout(Stdio::null()).stderr(Stdio::null()))?);
    }
    let row = |name: &str, sample: &Sample| [[name.to_owned()].as_slice(), &sample.cells()].concat();
    Ok(Figure {
        title: "Exec to healthy in the catalogue",
        method: "From the exec of the supervisor to the answer of a blocking query that finds the service healthy, in \
            ms. The first health check, a program that ends at once, is part of it. The shell script registers with \
            curl, checks and reports."
            .to_owned(),
        plots: Vec::new(),
        heads: [["by"].as_slice(), &HEADS].concat(),
        rows: vec![row("Gyropilot", &ours), row("shell script", &shell)],
        verdicts: vec![Verdict {
            what: "exec to healthy in Consul, p50",
            ours: format!("{} ms", short(ours.median())),
            peer: format!("shell script {} ms", short(shell.median())),
            ratio: ratio(ours.median(), shell.median()),
            aim: format!("{AIM} ms"),
            met: Some(ours.median() <= AIM),
        }],
        notes: vec!["ContainerPilot needed 1010 ms: its first check came after one interval.".to_owned()],
    })
}

fn one(consul: &Agent, service: &str, command: &mut Command) -> Result<f64> {
    let started = clock::now();
    let mut running = Running::start(command)?;
    consul.await_passing(service, 1).with_context(|| service.to_owned())?;
    let took = clock::milliseconds_since(started);
    running.stop(BOUND)?;
    // The shell script leaves its registration behind; the pilot has none left.
    let nodes = consul.get(&format!("/v1/health/service/{service}"))?.body;
    for entry in nodes.as_array().into_iter().flatten() {
        if let Some(id) = entry.pointer("/Service/ID").and_then(|id| id.as_str()) {
            consul::ask(consul.port(), "PUT", &format!("/v1/agent/service/deregister/{id}"), "")?;
        }
    }
    consul.await_passing(service, 0)?;
    Ok(took)
}
