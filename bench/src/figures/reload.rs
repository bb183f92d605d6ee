//! A reload of a file with fifty jobs.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::clock;
use crate::contender::Contender;
use crate::control::{Control, Question};
use crate::crew::{self, Crew, MANY};
use crate::report::{Figure, Verdict, ratio};
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;

const RUNS: usize = 20;
const SETTLE: Duration = Duration::from_secs(3);

/// What some reloads took, and how many processes were others afterwards.
#[derive(Default)]
struct Reloads {
    sample: Sample,
    restarted: usize,
}

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let application = stage.role(&["serve", "/nowhere", "application"])?;
    let jobs: Vec<Value> = (0..MANY).map(|at| crew::job(at, &application)).collect();
    // One job in its `number`th form.
    let changed = |number: usize| {
        let mut jobs = jobs.clone();
        if let Some(job) = jobs.first_mut() {
            *job = crew::with(job.take(), &json!({ "env": { "FORM": number.to_string() } }));
        }
        json!({ "jobs": jobs })
    };
    let runs = stage.runs(RUNS);

    let folder = stage.folder()?;
    let (contender, control) = Contender::jobs(stage, "", &folder, &changed(0))?;
    let crew = Crew::start(&[contender])?;
    control.await_running(MANY)?;
    let (mut same, mut one) = (Reloads::default(), Reloads::default());
    for _ in 0..runs {
        reload(&control, &mut same)?;
    }
    for number in 1..=runs {
        Contender::jobs(stage, "", &folder, &changed(number))?;
        reload(&control, &mut one)?;
    }
    drop(crew);

    let folder = stage.folder()?;
    let supervisord = Contender::supervisord_at(stage, &folder, &vec![application; MANY])?;
    let crew = Crew::start(&[supervisord])?;
    std::thread::sleep(SETTLE);
    let call =
        |name: &str, words: &[&str]| Question::of_supervisord(folder.join("control"), name, words).ask();
    let (mut reread, mut replaced) = (Sample::default(), Sample::default());
    for _ in 0..runs {
        let asked = clock::now();
        call("supervisor.reloadConfig", &[])?;
        reread.add(clock::milliseconds_since(asked));
    }
    for _ in 0..stage.runs(RUNS / 4) {
        let asked = clock::now();
        // As `supervisorctl update` does for a program that changed.
        for step in ["stopProcessGroup", "removeProcessGroup", "addProcessGroup"] {
            call(&format!("supervisor.{step}"), &["p0"])?;
        }
        replaced.add(clock::milliseconds_since(asked));
    }
    drop(crew);

    let row = |what: &str, sample: &Sample, restarted: String| {
        [[what.to_owned()].as_slice(), &sample.cells(), &[restarted]].concat()
    };
    Ok(Figure {
        title: "Reload of fifty jobs",
        method: format!(
            "From the request to its answer, in ms, and how many of the {MANY} processes a reload ended. The pilot's is \
             `POST /v3/reload`, which is answered when everything is as the file wants it; supervisord's are the calls \
             that `supervisorctl update` makes. Where a job changed, it is one variable of its environment."
        ),
        plots: Vec::new(),
        heads: [["reload"].as_slice(), &HEADS, &["ended by each"]].concat(),
        rows: vec![
            row("Gyropilot, nothing changed", &same.sample, per_reload(&same)),
            row("Gyropilot, one job changed", &one.sample, per_reload(&one)),
            row("supervisord, nothing changed", &reread, "0".to_owned()),
            row("supervisord, one program changed", &replaced, "1".to_owned()),
        ],
        verdicts: vec![
            Verdict {
                what: "reload of 50 unchanged jobs, p50",
                ours: format!("{} ms", short(same.sample.median())),
                peer: format!("supervisord {} ms", short(reread.median())),
                ratio: ratio(same.sample.median(), reread.median()),
                aim: "–".to_owned(),
                met: None,
            },
            Verdict {
                what: "the same, processes it ends",
                ours: same.restarted.to_string(),
                peer: "ContainerPilot: all".to_owned(),
                ratio: "–".to_owned(),
                aim: "0".to_owned(),
                met: Some(same.restarted == 0),
            },
        ],
        notes: Vec::new(),
    })
}

fn reload(control: &Control, reloads: &mut Reloads) -> Result<()> {
    let before = control.await_running(MANY)?;
    let asked = clock::now();
    control.question("POST", "/v3/reload").ask()?;
    reloads.sample.add(clock::milliseconds_since(asked));
    let after = control.await_running(MANY)?;
    reloads.restarted += before.iter().filter(|(job, pid)| after.get(*job) != Some(pid)).count();
    Ok(())
}

fn per_reload(reloads: &Reloads) -> String {
    short(reloads.restarted as f64 / reloads.sample.len() as f64)
}
