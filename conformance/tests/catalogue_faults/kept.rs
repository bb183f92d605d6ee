//! A catalogue that keeps its data, and that is killed and started again.

use gyropilot_conformance::http::{self, Answer, Peer};
use gyropilot_conformance::process;
use gyropilot_conformance::target;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// `gyropilot catalog --data`, running.
pub(crate) struct Kept {
    child: Child,
    address: SocketAddr,
    said: PathBuf,
}

/// How one is started.
pub(crate) struct Start<'a> {
    /// A folder of this test's own.
    pub(crate) home: &'a Path,
    /// The folder of the data, as the catalogue reaches it.
    pub(crate) data: &'a Path,
    /// A command that enters a namespace.
    pub(crate) prefix: Vec<OsString>,
    /// The address it listens on.
    pub(crate) host: &'a str,
}

// === impl Start ===

impl<'a> Start<'a> {
    pub(crate) fn new(home: &'a Path, data: &'a Path) -> Self {
        Self { home, data, prefix: Vec::new(), host: "127.0.0.1" }
    }

    /// Starts it and waits until it says where it is.
    pub(crate) fn start(&self) -> Kept {
        let mut kept = self.spawn();
        let out = self.home.join("out");
        let said = kept.said.clone();
        kept.address = wait_until(SOON, "the catalogue to say where it is", || {
            assert!(kept.is_running(), "it ended: {}", std::fs::read_to_string(&said).unwrap_or_default());
            let text = std::fs::read_to_string(&out).ok()?;
            text.strip_suffix('\n')?.rsplit_once("http://")?.1.lines().next()?.parse().ok()
        });
        kept
    }

    /// Starts one that does not come up, and gives its status and what it says.
    pub(crate) fn refused(&self) -> (Option<i32>, String) {
        let mut kept = self.spawn();
        let status = wait_until(SOON, "the catalogue to give up", || kept.child.try_wait().unwrap());
        (status.code(), kept.said())
    }

    fn spawn(&self) -> Kept {
        let (out, said) = (self.home.join("out"), self.home.join("err"));
        let mut words = self.prefix.clone();
        words.push(target::gyropilot().into());
        words.extend(["catalog", "--node", "kept", "--http"].map(OsString::from));
        words.extend([format!("{}:0", self.host).into(), "--data".into(), self.data.into()]);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::null());
        command.stdout(std::fs::File::create(out).unwrap()).stderr(std::fs::File::create(&said).unwrap());
        let child = command.spawn().unwrap();
        Kept { child, address: ([0, 0, 0, 0], 0).into(), said }
    }
}

// === impl Kept ===

impl Kept {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The catalogue itself, which may be the child of a command that entered a namespace.
    pub(crate) fn pid(&self) -> i32 {
        let own = i32::try_from(self.child.id()).unwrap();
        process::children(own).first().map_or(own, |child| child.pid)
    }

    pub(crate) fn try_ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
        http::ask(&Peer::Tcp(self.address), method, path, body)
    }

    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.try_ask(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, "");
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{path}: {error}: {}", answer.body))
    }

    /// The value of a gauge of its metrics.
    #[track_caller]
    pub(crate) fn gauge(&self, name: &str) -> u64 {
        let metrics = self.json("/v1/agent/metrics");
        let gauges = metrics["Gauges"].as_array().unwrap();
        let gauge = gauges.iter().find(|gauge| gauge["Name"] == name);
        gauge.unwrap_or_else(|| panic!("no {name} in {metrics}"))["Value"].as_u64().unwrap()
    }

    /// Registers an instance with a TTL, passing.
    #[track_caller]
    pub(crate) fn register(&self, name: &str, ttl: &str) {
        let check = json!({"CheckID": format!("{name}-ttl"), "TTL": ttl, "Status": "passing"});
        let body = json!({"Name": name, "Port": 80, "Check": check}).to_string();
        let answer = self.ask("PUT", "/v1/agent/service/register", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// How many passing instances a service has.
    #[track_caller]
    pub(crate) fn passing(&self, name: &str) -> usize {
        self.json(&format!("/v1/health/service/{name}?passing")).as_array().unwrap().len()
    }

    /// The text on its standard error.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        process::signal(self.pid(), Signal::SIGKILL);
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn terminate(&mut self) {
        process::signal(self.pid(), Signal::SIGTERM);
        let status = wait_until(SOON, "the catalogue to end", || self.child.try_wait().unwrap());
        assert!(status.success(), "{status}: {}", self.said());
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        process::signal(self.pid(), Signal::SIGKILL);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
