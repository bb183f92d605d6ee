//! From being ready to being known to be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::contender::{Contender, quoted, script};
use crate::greeting::Protocol;
use crate::mailbox::Mailbox;
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;
use crate::{clock, crew, port};

const RUNS: usize = 20;
const BOUND: Duration = Duration::from_secs(60);
/// The aim for the slowest of all, in milliseconds.
const AIM: f64 = 100.0;

/// An unmodified program, and how it tells that it is ready.
struct Server {
    name: &'static str,
    job: Value,
    ready: Value,
    truth: Truth,
    /// What a check each second runs.
    probe: Vec<String>,
}

/// How the benchmark knows, without the pilot.
enum Truth {
    /// It answers at its port.
    Answer(Protocol, u16),
    /// The script itself stamps the moment, and makes this file for the probe.
    Stamp(PathBuf),
}

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let servers = [
        nginx(stage)?,
        redis(stage, "redis, notify", json!("notify"))?,
        redis(stage, "redis, a line of its log", json!({ "log": "Ready to accept connections" }))?,
        mariadb(stage)?,
        script_with_systemd_notify(stage, &mailbox)?,
    ];
    let mut rows = Vec::new();
    let (mut slowest, mut probes) = (Sample::default(), Sample::default());
    for server in &servers {
        let (mut told, mut probed) = (Sample::default(), Sample::default());
        for _ in 0..stage.runs(RUNS) {
            told.add(server.run(stage, &mailbox, false).context(server.name)?);
            probed.add(server.run(stage, &mailbox, true).context(server.name)?);
        }
        slowest.add(told.percentile(100.0));
        probes.add(probed.median());
        let row = |by: &str, sample: &Sample| {
            [[server.name.to_owned(), by.to_owned()].as_slice(), &sample.cells()].concat()
        };
        rows.extend([row("`ready`", &told), row("a check each second", &probed)]);
    }
    let (ours, peer) = (slowest.percentile(100.0), probes.median());
    Ok(Figure {
        title: "Readiness of servers",
        method: "From the first answer that a server gives to the start of the program that waits for it, in ms; below 0 \
            when that program started first, as a server's port is open, and takes clients, a moment before it answers \
            the first. The benchmark itself asks each server in a close loop. The peer is the same pilot with a program \
            as health check that asks the server the same, at the start and each second. The last server is a shell \
            script that calls `systemd-notify --ready`; its time counts from just before that call."
            .to_owned(),
        plots: Vec::new(),
        heads: [["server", "found by"].as_slice(), &HEADS].concat(),
        rows,
        verdicts: vec![Verdict {
            what: "server ready to its being known, slowest of all",
            ours: format!("{} ms", short(ours)),
            peer: format!("check each second, p50 {} ms", short(peer)),
            ratio: ratio(ours, peer),
            aim: format!("{AIM:.0} ms"),
            met: Some(ours <= AIM),
        }],
        notes: vec![
            "nginx does not tell when it is ready; its port is looked for every 20 ms while it is waited for.".to_owned(),
        ],
    })
}

// === impl Server ===

impl Server {
    /// Starts it below a pilot; how long after being ready it was known to be.
    fn run(&self, stage: &Stage, mailbox: &Mailbox, probe: bool) -> Result<f64> {
        let after = stage.application(&mailbox.words("stamp", "after"))?;
        let event = if probe { "healthy" } else { "ready" };
        let more = match probe {
            true => json!({ "health": { "exec": self.probe, "interval": 1 } }),
            false => json!({ "ready": self.ready }),
        };
        let server = crew::with(self.job.clone(), &more);
        let waiting =
            json!({ "name": "after", "exec": after, "when": { "source": "server", "once": event } });
        let configuration = json!({ "consul": false, "stopTimeout": 30, "jobs": [server, waiting] });
        let (contender, _) = Contender::jobs(stage, "Gyropilot", &stage.folder()?, &configuration)?;
        if let Truth::Stamp(flag) = &self.truth {
            // From the last run, if there was one.
            let _ = std::fs::remove_file(flag);
        }
        let answer = match self.truth {
            Truth::Answer(protocol, port) => Some(std::thread::spawn(move || protocol.first_answer(port))),
            Truth::Stamp(_) => None,
        };
        let mut running = Running::start(&mut contender.command())?;
        let truly = match answer {
            Some(answer) => answer.join().ok().context("the thread that asks has ended")??,
            None => mailbox.receive(BOUND)?.started,
        };
        let known = mailbox.receive(BOUND)?.started;
        running.stop(BOUND)?;
        Ok(clock::distance(truly, known))
    }
}

/// A server at a port, with the libraries of its tool.
fn server(
    stage: &Stage,
    name: &'static str,
    exec: &[String],
    libraries: Option<&str>,
    ready: Value,
    (protocol, port): (Protocol, u16),
) -> Result<Server> {
    let path = libraries.map(|tool| stage.libraries(tool));
    let environment: Map<_, _> =
        path.map(|path| ("LD_LIBRARY_PATH".to_owned(), json!(path))).into_iter().collect();
    Ok(Server {
        name,
        job: json!({ "name": "server", "exec": exec, "env": environment }),
        ready,
        truth: Truth::Answer(protocol, port),
        probe: stage.role(&["ask", protocol.word(), &port.to_string()])?,
    })
}

fn nginx(stage: &Stage) -> Result<Server> {
    let (folder, [port]) = (stage.folder()?, port::free()?);
    let path = folder.join("nginx.conf");
    let at = folder.display();
    let text = format!(
        "daemon off; error_log /dev/null; pid {at}/pid; events {{}} http {{ access_log off; \
         client_body_temp_path {at}; proxy_temp_path {at}; fastcgi_temp_path {at}; uwsgi_temp_path {at}; \
         scgi_temp_path {at}; server {{ listen 127.0.0.1:{port}; }} }}"
    );
    std::fs::write(&path, text)?;
    let exec = [stage.tool("nginx/usr/sbin/nginx"), "-c".to_owned(), path.display().to_string()];
    server(stage, "nginx, its port", &exec, None, json!({ "port": port }), (Protocol::Http, port))
}

fn redis(stage: &Stage, name: &'static str, ready: Value) -> Result<Server> {
    let (folder, [port]) = (stage.folder()?.display().to_string(), port::free()?);
    let number = port.to_string();
    let program = stage.tool("redis/usr/bin/redis-server");
    let exec = [&program, "--port", &number, "--bind", "127.0.0.1", "--save", "", "--dir", &folder];
    let mut exec = exec.map(str::to_owned).to_vec();
    if ready == json!("notify") {
        exec.extend(["--supervised", "systemd"].map(str::to_owned));
    }
    server(stage, name, &exec, Some("redis"), ready, (Protocol::Redis, port))
}

fn mariadb(stage: &Stage) -> Result<Server> {
    let (folder, [port]) = (stage.folder()?, port::free()?);
    let data = folder.join("data");
    std::fs::create_dir(&data)?;
    let messages = stage.tool("mariadb/usr/share/mysql");
    let at = |name: &str| folder.join(name).display().to_string();
    let exec = [
        stage.tool("mariadb/usr/sbin/mariadbd"),
        "--no-defaults".to_owned(),
        // An empty folder without accounts is enough to be ready.
        "--skip-grant-tables".to_owned(),
        "--user=root".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--port={port}"),
        format!("--datadir={}", at("data")),
        format!("--socket={}", at("socket")),
        format!("--pid-file={}", at("pid")),
        format!("--lc-messages-dir={messages}"),
        format!("--character-sets-dir={messages}/charsets"),
        "--innodb-buffer-pool-size=16M".to_owned(),
        "--innodb-log-file-size=4M".to_owned(),
        "--skip-log-bin".to_owned(),
    ];
    server(stage, "MariaDB, notify", &exec, Some("mariadb"), json!("notify"), (Protocol::Mysql, port))
}

fn script_with_systemd_notify(stage: &Stage, mailbox: &Mailbox) -> Result<Server> {
    let folder = stage.folder()?;
    let (path, flag) = (folder.join("service"), folder.join("flag"));
    let stamp = quoted(&stage.application(&mailbox.words("stamp", "truly"))?);
    let serve = quoted(&stage.role(&["serve", "/nowhere", "application"])?);
    let libraries = stage.libraries("systemd");
    let program = stage.tool("systemd/bin/systemd-notify");
    // With a probe there is nobody to notify, which systemd-notify takes for an error.
    let text = format!(
        "{stamp}\n: > {}\nLD_LIBRARY_PATH={libraries}/systemd:{libraries} {program} --ready\nexec {serve}\n",
        flag.display()
    );
    script(Path::new(&path), &text)?;
    Ok(Server {
        name: "a script, systemd-notify",
        job: json!({ "name": "server", "exec": [path] }),
        ready: json!("notify"),
        probe: ["test", "-e", &flag.display().to_string()].map(str::to_owned).to_vec(),
        truth: Truth::Stamp(flag),
    })
}
