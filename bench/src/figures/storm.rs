//! Fifty jobs that fail at once, again and again.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::contender::Contender;
use crate::crew::{self, Crew, MANY};
use crate::mailbox::Mailbox;
use crate::report::{Figure, Verdict, ratio};
use crate::sample::short;
use crate::stage::Stage;

/// Half of it, and then the other half: a storm that calms down shows.
const HALF: Duration = Duration::from_secs(15);
/// The aim: no more runs than one a second for each job, as s6 has it.
const MOST: f64 = MANY as f64;

/// What one contender did.
struct Storm {
    name: &'static str,
    /// Runs in the first and in the second half.
    runs: [u64; 2],
    /// Nanoseconds of processor time in the whole of it.
    processor: u64,
}

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let fails = stage.application(&mailbox.words("fail", "run"))?;
    let programs = vec![fails.clone(); MANY];
    let half = if stage.quick { HALF / 5 } else { HALF };

    let again = json!({ "restarts": "unlimited" });
    let jobs: Vec<Value> = (0..MANY).map(|at| crew::with(crew::job(at, &fails), &again)).collect();
    let patient = json!({ "jobs": jobs });
    let hasty = json!({ "jobs": jobs, "compat": { "immediateRestarts": true } });
    let pilot = |configuration| {
        Ok::<_, anyhow::Error>(vec![Contender::jobs(stage, "", &stage.folder()?, configuration)?.0])
    };
    let at_once = Contender::supervisord_with(
        stage,
        &stage.folder()?,
        &programs,
        "",
        "autorestart=true\nstartsecs=0\n",
    )?;
    let entries = [
        ("Gyropilot, as by default", pilot(&patient)?),
        ("Gyropilot, `immediateRestarts`", pilot(&hasty)?),
        (
            "supervisord, as by default: gives up after 4 runs",
            vec![Contender::supervisord(stage, &programs)?],
        ),
        ("supervisord, `startsecs=0`", vec![at_once]),
        ("50 s6-supervise", crew::s6(stage, &programs)?),
    ];
    let mut storms = Vec::new();
    for (name, contenders) in &entries {
        let crew = Crew::start(contenders)?;
        // Nothing is subtracted: a supervisor's own start is part of the whole.
        let runs = [mailbox.count(half), mailbox.count(half)];
        let processor = crew.account().processor();
        drop(crew);
        // From runs that waited for a place in the mailbox.
        mailbox.empty();
        storms.push(Storm { name, runs, processor });
    }
    let [patient, _, _, _, s6] = storms.as_slice() else { anyhow::bail!("five were measured") };
    let seconds = half.as_secs_f64();
    let rate = |storm: &Storm| storm.runs.iter().sum::<u64>() as f64 / (2.0 * seconds);
    let share = |storm: &Storm| storm.processor as f64 / 1e9 / (2.0 * seconds) * 100.0;
    let row = |storm: &Storm| {
        let [first, second] = storm.runs.map(|runs| short(runs as f64 / seconds));
        vec![storm.name.to_owned(), first, second, short(share(storm))]
    };
    Ok(Figure {
        title: "Restart storm",
        method: format!(
            "{MANY} jobs that end with status 1 at once are to be restarted without end. Runs a second in the first and \
             in the second {seconds:.0} s, counted by the jobs themselves, and the processor time of the supervisor in \
             per cent of one processor, its own start included, the jobs not."
        ),
        plots: Vec::new(),
        heads: vec!["by", "runs a second", "and later", "per cent"],
        rows: storms.iter().map(row).collect(),
        verdicts: vec![
            Verdict {
                what: "50 jobs that fail at once, runs a second",
                ours: short(rate(patient)),
                peer: format!("s6 {}", short(rate(s6))),
                ratio: ratio(rate(patient), rate(s6)),
                aim: format!("{MOST:.0}"),
                met: Some(rate(patient) <= MOST),
            },
            Verdict {
                what: "the same, processor time",
                ours: format!("{} %", short(share(patient))),
                peer: format!("s6 {} %", short(share(s6))),
                ratio: ratio(share(patient), share(s6)),
                aim: "–".to_owned(),
                met: None,
            },
        ],
        notes: vec![
            "Gyropilot waits 1 s before the first restart in a row and twice as long before each further one, up to 30 s."
                .to_owned(),
        ],
    })
}
