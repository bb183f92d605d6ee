//! Fifty jobs, each checked every second.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::contender::{Contender, quoted};
use crate::crew::{self, Crew, MANY};
use crate::mailbox::Mailbox;
use crate::procfs::Memory;
use crate::report::{Figure, Verdict, ratio};
use crate::sample::short;
use crate::stage::Stage;

/// Seconds; each job is checked once in each.
const SPAN: u64 = 10;
const SETTLE: Duration = Duration::from_secs(4);
/// The aims: kB, and µs.
const PROPORTIONAL: u64 = 8_000;
const PROCESSOR: f64 = 200.0;

/// What one contender needed.
struct Need {
    checks: u64,
    processor: u64,
    processes: usize,
    memory: Memory,
}

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    let application = stage.role(&["serve", "/nowhere", "application"])?;
    let programs = vec![application.clone(); MANY];

    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let check = stage.application(&mailbox.words("stamp", "check"))?;
    let letters = |span| mailbox.count(span);

    let registered = |probe: Value| -> Value {
        let jobs = (0..MANY).map(|at| {
            let health = crew::with(json!({ "interval": 1, "ttl": 10 }), &probe);
            let more = json!({ "port": 8000 + at, "interfaces": "lo", "health": health });
            crew::with(crew::job(at, &application), &more)
        });
        json!({ "consul": format!("127.0.0.1:{}", consul.port()), "jobs": jobs.collect::<Vec<_>>() })
    };
    let by_program = registered(json!({ "exec": check }));
    let (ours, _) = Contender::jobs(stage, "", &stage.folder()?, &by_program)?;
    let ours = need(&[ours], &letters)?;

    // A server that counts its clients.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let clients = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&clients);
    std::thread::spawn(move || {
        for _ in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let by_itself = registered(json!({ "tcp": address }));
    let (built_in, _) = Contender::jobs(stage, "", &stage.folder()?, &by_itself)?;
    let built_in = need(&[built_in], &|span| {
        clients.store(0, Ordering::Relaxed);
        std::thread::sleep(span);
        clients.load(Ordering::Relaxed)
    })?;

    let folder = stage.folder()?;
    let (one, all) = (folder.join("one"), folder.join("all"));
    crew::every(&one, 1, &[quoted(&check)])?;
    crew::every(&all, 1, &vec![quoted(&check); MANY])?;
    let loops = vec![vec![one.display().to_string()]; MANY];
    let supervisord = Contender::supervisord(stage, &[programs.clone(), loops].concat())?;
    let supervisord = need(&[supervisord], &letters)?;
    let one_loop = vec![all.display().to_string()];
    let s6 = crew::s6(stage, &[programs, vec![one_loop]].concat())?;
    let s6 = need(&s6, &letters)?;

    let rows = [
        ("Gyropilot, a program", &ours),
        ("Gyropilot, `tcp`", &built_in),
        ("supervisord and 50 shell loops", &supervisord),
        ("50 s6-supervise and one loop", &s6),
    ];
    Ok(Figure {
        title: "Fifty jobs, fifty checks a second",
        method: format!(
            "{MANY} jobs, each with a process and registered in Consul with a TTL of 10 s, each checked every second, \
             for {SPAN} s. Processor time of the supervisor and its shells alone, in µs a check; that of the checks, of \
             the jobs and of the shells' `sleep` is not in it, but the heartbeats of the registered jobs are. Proportional \
             set and its anonymous part in kB, of the supervisor and all helpers, without jobs. Checks are a program, \
             or `tcp`, which the pilot does itself. The peers register nothing and forget the result of the check."
        ),
        plots: Vec::new(),
        heads: vec!["by", "checks", "µs a check", "processes", "proportional", "anonymous"],
        rows: rows.iter().map(|(name, need)| need.row(name)).collect(),
        verdicts: vec![
            Verdict {
                what: "50 jobs and 50 checks a second, proportional set",
                ours: megabytes(ours.memory.proportional),
                peer: format!("supervisord and loops {}", megabytes(supervisord.memory.proportional)),
                ratio: ratio(ours.memory.proportional as f64, supervisord.memory.proportional as f64),
                aim: megabytes(PROPORTIONAL),
                met: Some(ours.memory.proportional <= PROPORTIONAL),
            },
            Verdict {
                what: "the same, processor time of a check",
                ours: format!(
                    "{} µs, `tcp` {} µs",
                    short(ours.microseconds()),
                    short(built_in.microseconds())
                ),
                peer: format!("supervisord and loops {} µs", short(supervisord.microseconds())),
                ratio: ratio(ours.microseconds(), supervisord.microseconds()),
                aim: format!("{PROCESSOR:.0} µs"),
                met: Some(ours.microseconds() <= PROCESSOR),
            },
        ],
        notes: Vec::new(),
    })
}

fn megabytes(kilobytes: u64) -> String {
    format!("{} MB", short(kilobytes as f64 / 1000.0))
}

fn need(contenders: &[Contender], checks: &dyn Fn(Duration) -> u64) -> Result<Need> {
    let crew = Crew::start(contenders)?;
    checks(SETTLE);
    let before = crew.account();
    let ran = checks(Duration::from_secs(SPAN));
    let processor = crew.account().processor_since(&before);
    let (processes, memory) = crew.memory();
    Ok(Need { checks: ran, processor, processes, memory })
}

// === impl Need ===

impl Need {
    fn microseconds(&self) -> f64 {
        self.processor as f64 / 1000.0 / self.checks as f64
    }

    fn row(&self, name: &str) -> Vec<String> {
        vec![
            name.to_owned(),
            self.checks.to_string(),
            short(self.microseconds()),
            self.processes.to_string(),
            self.memory.proportional.to_string(),
            self.memory.anonymous.to_string(),
        ]
    }
}
