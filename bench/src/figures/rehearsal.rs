//! An hour of a crash loop under virtual time.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::clock;
use crate::report::{Figure, Verdict};
use crate::running::Running;
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;

const RUNS: usize = 50;
const BOUND: Duration = Duration::from_secs(60);
/// The aim for the median, in milliseconds.
const AIM: f64 = 50.0;

/// A job that is started again without end, beside one that is checked each second.
const CONFIGURATION: &str = r#"{
  consul: "localhost:8500",
  exit: "never",
  COMPAT
  jobs: [
    { name: "broken", exec: "/bin/broken", restarts: "unlimited" },
    { name: "web", exec: "/bin/web", port: 80, health: { exec: "/bin/check", interval: 1, ttl: 5 } },
  ],
}"#;

const TESTS: &str = r#"{
  config: "pilot.json5",
  programs: { broken: { runs: "100ms", exit: 1 } },
  tests: [{ name: "an hour", steps: [{ at: "1h", expect: { services: { web: "passing" } } }] }],
}"#;

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let patient = hour(stage, "")?;
    let hasty = hour(stage, "compat: { immediateRestarts: true },")?;
    let row = |name: &str, sample: &Sample| [[name.to_owned()].as_slice(), &sample.cells()].concat();
    let median = patient.median();
    Ok(Figure {
        title: "An hour of a crash loop, rehearsed",
        method: "`gyropilot test` from exec to exit, in ms: one job ends with status 1 after each 100 ms and is started \
            again for an hour of virtual time, while another is checked each second; the whole takes place in the real \
            engine, nothing is started."
            .to_owned(),
        plots: Vec::new(),
        heads: [["restarts"].as_slice(), &HEADS].concat(),
        rows: vec![
            row("with back-off, as by default", &patient),
            row("at once: 36,000 runs", &hasty),
        ],
        verdicts: vec![Verdict {
            what: "an hour of a crash loop under test, p50",
            ours: format!("{} ms", short(median)),
            peer: "an hour".to_owned(),
            ratio: "–".to_owned(),
            aim: format!("{AIM:.0} ms"),
            met: Some(median < AIM),
        }],
        notes: Vec::new(),
    })
}

fn hour(stage: &Stage, compat: &str) -> Result<Sample> {
    let folder = stage.folder()?;
    std::fs::write(folder.join("pilot.json5"), CONFIGURATION.replace("COMPAT", compat))?;
    std::fs::write(folder.join("pilot.test.json5"), TESTS)?;
    let mut command = Command::new(stage.pilot());
    command.arg("test").arg(folder.join("pilot.test.json5")).stdout(Stdio::null());
    let mut sample = Sample::default();
    for _ in 0..stage.runs(RUNS) {
        let started = clock::now();
        let status = Running::start(&mut command)?.wait(BOUND)?;
        sample.add(clock::milliseconds_since(started));
        if !status.success() {
            bail!("the rehearsal failed: {status}");
        }
    }
    Ok(sample)
}
