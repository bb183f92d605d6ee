//! Control requests, and a stop while somebody holds connections.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::clock;
use crate::contender::Contender;
use crate::control::Question;
use crate::crew::{self, Crew, MANY};
use crate::report::{Figure, Verdict, ratio};
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;

const REQUESTS: usize = 1000;
const STOPS: usize = 10;
/// supervisord needs a second or two for each.
const SLOW_STOPS: usize = 3;
/// Who asks at the same time where requests a second are counted, and how long.
const CLIENTS: usize = 4;
const SPAN: Duration = Duration::from_secs(3);
const SETTLE: Duration = Duration::from_secs(3);
const BOUND: Duration = Duration::from_secs(60);
/// How many connections the pilot serves at the same time.
const HELD: usize = 64;
/// The aim for what held connections may add to a stop, in milliseconds.
const AIM: f64 = 110.0;

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let application = stage.role(&["serve", "/nowhere", "application"])?;
    let programs = vec![application.clone(); MANY];
    let quiet: Vec<Value> = (0..MANY).map(|at| crew::job(at, &application)).collect();
    let health = json!({ "health": { "exec": stage.role(&["pass"])?, "interval": 1 } });
    let busy: Vec<Value> = quiet.iter().map(|job| crew::with(job.clone(), &health)).collect();

    let mut rows = Vec::new();
    let mut entry = |what: &str, question: &Question| -> Result<(Sample, f64)> {
        let latency = latencies(question, stage.runs(REQUESTS))?;
        let rate = rate(question)?;
        rows.push([[what.to_owned()].as_slice(), &latency.cells(), &[format!("{rate:.0}")]].concat());
        Ok((latency, rate))
    };
    let (ping, status);
    {
        let (contender, control) = Contender::jobs(stage, "", &stage.folder()?, &json!({ "jobs": quiet }))?;
        let _crew = Crew::start(&[contender])?;
        control.await_running(MANY)?;
        ping = entry("Gyropilot, `/v3/ping`", &control.question("GET", "/v3/ping"))?;
        status = entry("Gyropilot, `/v1/status`", &control.question("GET", "/v1/status"))?;
    }
    {
        let (contender, control) = Contender::jobs(stage, "", &stage.folder()?, &json!({ "jobs": busy }))?;
        let _crew = Crew::start(&[contender])?;
        control.await_running(MANY)?;
        entry("Gyropilot, 50 checks a second, `/v3/ping`", &control.question("GET", "/v3/ping"))?;
        entry("Gyropilot, 50 checks a second, `/v1/status`", &control.question("GET", "/v1/status"))?;
    }
    let peer;
    {
        let folder = stage.folder()?;
        let _crew = Crew::start(&[Contender::supervisord_at(stage, &folder, &programs)?])?;
        std::thread::sleep(SETTLE);
        let call = |name| Question::of_supervisord(folder.join("control"), name, &[]);
        entry("supervisord, `getState`", &call("supervisor.getState"))?;
        peer = entry("supervisord, `getAllProcessInfo`", &call("supervisor.getAllProcessInfo"))?;
    }

    let mut stops = [0, HELD].map(|held| (held, Sample::default()));
    let mut slow_stops = stops.clone();
    for _ in 0..stage.runs(STOPS) {
        for (held, sample) in &mut stops {
            let folder = stage.folder()?;
            let (contender, control) = Contender::jobs(stage, "", &folder, &json!({ "jobs": quiet }))?;
            let crew = Crew::start(&[contender])?;
            control.await_running(MANY)?;
            sample.add(stop(crew, &folder, *held)?);
        }
    }
    for _ in 0..stage.runs(SLOW_STOPS) {
        for (held, sample) in &mut slow_stops {
            let folder = stage.folder()?;
            let crew = Crew::start(&[Contender::supervisord_at(stage, &folder, &programs)?])?;
            std::thread::sleep(SETTLE);
            sample.add(stop(crew, &folder, *held)?);
        }
    }
    for (name, samples) in [("Gyropilot", &stops), ("supervisord", &slow_stops)] {
        for (held, sample) in samples {
            let what = format!("{name}, SIGTERM to exit, {held} connections held");
            rows.push([[what].as_slice(), &sample.cells(), &["–".to_owned()]].concat());
        }
    }
    let [(_, free), (_, held)] = &stops;
    let [_, (_, peer_held)] = &slow_stops;
    let more = held.median() - free.median();
    Ok(Figure {
        title: "Control requests",
        method: format!(
            "{MANY} jobs run. From connecting to the control socket to the end of the answer, in ms, one request after \
             another, each on a connection of its own; and requests a second of {CLIENTS} clients at the same time. \
             Where there are checks, each job is checked every second by a program. supervisord is asked over XML-RPC \
             at its own socket. Below, from SIGTERM to the end of the supervisor and all {MANY} jobs, in ms, with so \
             many connections to that socket that have sent half a request."
        ),
        plots: Vec::new(),
        heads: [["what"].as_slice(), &HEADS, &["a second"]].concat(),
        rows,
        verdicts: vec![
            Verdict {
                what: "status of 50 jobs, p99",
                ours: format!("{} ms", short(status.0.percentile(99.0))),
                peer: format!("supervisord {} ms", short(peer.0.percentile(99.0))),
                ratio: ratio(status.0.percentile(99.0), peer.0.percentile(99.0)),
                aim: "–".to_owned(),
                met: None,
            },
            Verdict {
                what: "status of 50 jobs, requests a second",
                ours: format!("{:.0}, ping {:.0}", status.1, ping.1),
                peer: format!("supervisord {:.0}", peer.1),
                ratio: ratio(status.1, peer.1),
                aim: "–".to_owned(),
                met: None,
            },
            Verdict {
                what: "SIGTERM to exit, 64 held connections, p50",
                ours: format!("{} ms, {} more than without", short(held.median()), short(more)),
                peer: format!("supervisord {} ms", short(peer_held.median())),
                ratio: ratio(held.median(), peer_held.median()),
                aim: format!("{AIM:.0} ms more"),
                met: Some(more <= AIM),
            },
        ],
        notes: Vec::new(),
    })
}

fn latencies(question: &Question, count: usize) -> Result<Sample> {
    let mut sample = Sample::default();
    for _ in 0..count {
        let asked = clock::now();
        question.ask()?;
        sample.add(clock::milliseconds_since(asked));
    }
    Ok(sample)
}

/// Requests a second of some clients that ask at the same time.
fn rate(question: &Question) -> Result<f64> {
    let client = || -> Result<u64> {
        let question = question.clone();
        let started = clock::now();
        let mut count = 0;
        while clock::milliseconds_since(started) < SPAN.as_secs_f64() * 1000.0 {
            question.ask()?;
            count += 1;
        }
        Ok(count)
    };
    let counts = std::thread::scope(|scope| {
        let clients = [(); CLIENTS].map(|()| scope.spawn(client));
        clients.map(std::thread::ScopedJoinHandle::join)
    });
    let mut sum = 0;
    for count in counts {
        sum += count.ok().context("a client has ended")??;
    }
    Ok(sum as f64 / SPAN.as_secs_f64())
}

/// How long a stop takes while connections are held.
fn stop(mut crew: Crew, folder: &Path, held: usize) -> Result<f64> {
    let socket: PathBuf = folder.join("control");
    let half = || -> Result<UnixStream> {
        let mut stream = UnixStream::connect(&socket)?;
        stream.write_all(b"GET /v1/status HTTP/1.1\r\nHost: ")?;
        Ok(stream)
    };
    let _held = (0..held).map(|_| half()).collect::<Result<Vec<_>>>()?;
    crew.first().context("nobody to stop")?.stop(BOUND)
}
