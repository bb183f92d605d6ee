//! A real Consul agent that lives no longer than its test.

use crate::rig::until;
use gyropilot_catalog::Catalog;
use gyropilot_catalog::consul::Consul;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::port::free;
use gyropilot_model::ConsulConfig;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// Ends the agent when our end of its standard input closes: also when the
/// test is killed, and also when nobody waits for it.
const KEEPER: &str = r#""$@" </dev/null >/dev/null 2>&1 & echo $!; read -r _; kill -9 $! 2>/dev/null"#;

/// Runs a programme on the catalogue of the binary, one of its own.
pub(crate) async fn on_gyropilot<F: Future<Output = ()>>(programme: impl FnOnce(Rc<dyn Catalog>) -> F) {
    let folder = TempDir::new().unwrap();
    let agent = Make::Gyropilot.start(folder.path());
    let config = ConsulConfig { address: agent.address(), ..ConsulConfig::default() };
    programme(Rc::new(Consul::new(&config).unwrap())).await;
}

pub(crate) struct Agent {
    /// HTTP, server, and gossip near and far.
    ports: [u16; 4],
    folder: TempDir,
    extra: Vec<String>,
    running: Option<Running>,
}

struct Running {
    pid: Pid,
    #[expect(clippy::disallowed_types, reason = "no reaper runs in these tests")]
    keeper: std::process::Child,
}

// === impl Agent ===

impl Agent {
    /// An agent of this test's own. `extra` are arguments to `consul agent -dev`.
    pub(crate) async fn start(extra: &[&str]) -> Self {
        let mut agent = Self {
            ports: free(),
            folder: TempDir::new().unwrap(),
            extra: extra.iter().map(|&word| word.to_owned()).collect(),
            running: None,
        };
        agent.launch();
        agent.ready().await;
        agent
    }

    /// The agent that all tests share which do not hurt it.
    pub(crate) async fn shared() -> &'static Self {
        static SHARED: OnceLock<Agent> = OnceLock::new();
        let agent = SHARED.get_or_init(|| {
            let folder = TempDir::new().unwrap();
            let addresses = format!(
                "addresses {{ http = \"127.0.0.1 ::1 unix://{}/http.sock\" }}",
                folder.path().display()
            );
            let mut agent =
                Self { ports: free(), folder, extra: vec!["-hcl".to_owned(), addresses], running: None };
            agent.launch();
            agent
        });
        agent.ready().await;
        agent
    }

    /// Starts it, with nothing in it: a `-dev` agent keeps nothing.
    #[expect(clippy::disallowed_methods, reason = "no reaper runs in these tests")]
    pub(crate) fn launch(&mut self) {
        let program = program();
        assert!(
            program.exists(),
            "no Consul at {}: run `cargo xtask test`, which fetches it, or name one in GYROPILOT_TEST_CONSUL",
            program.display()
        );
        let [http, server, lan, wan] = self.ports;
        let mut keeper = Command::new("/bin/sh")
            .args(["-c", KEEPER, "sh"])
            .arg(program)
            .args(["agent", "-dev", "-client", "127.0.0.1", "-bind", "127.0.0.1", "-node", "test"])
            .args(["-dns-port", "-1", "-grpc-port", "-1", "-log-level", "err"])
            .args(["-http-port", &http.to_string(), "-server-port", &server.to_string()])
            .args(["-serf-lan-port", &lan.to_string(), "-serf-wan-port", &wan.to_string()])
            .args(&self.extra)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pid = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut pid).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        self.running = Some(Running { pid, keeper });
    }

    /// Waits until it has elected itself and knows its own node.
    pub(crate) async fn ready(&self) {
        let consul = self.client();
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        // ACLs hide the nodes; that there is an answer has to do then.
        let hidden = self.extra.iter().any(|word| word.contains("acl"));
        let mut last = String::new();
        let ready = async {
            loop {
                tick.tick().await;
                match consul.nodes(None, &Default::default()).await {
                    Ok(answer) if hidden || !answer.value.is_empty() => return,
                    outcome => last = format!("{outcome:?}"),
                }
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(60), ready).await;
        assert!(came.is_ok(), "Consul did not come up in a minute: {last}");
    }

    /// As a crash: all it knew is gone.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.running = None;
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.running.as_ref().unwrap().pid, signal).unwrap();
    }

    /// Stops it and waits until its last thread stands still, which is some
    /// time after the signal was sent.
    pub(crate) async fn freeze(&self) {
        self.signal(Signal::STOP);
        let tasks = format!("/proc/{}/task", self.running.as_ref().unwrap().pid.as_raw_nonzero());
        let frozen = || {
            std::fs::read_dir(&tasks).unwrap().all(|task| {
                let status = std::fs::read_to_string(task.unwrap().path().join("status"));
                status.is_ok_and(|status| status.contains("\nState:\tT"))
            })
        };
        until("all threads are stopped", frozen).await;
    }

    pub(crate) fn config(&self) -> ConsulConfig {
        ConsulConfig { address: format!("127.0.0.1:{}", self.ports[0]), ..ConsulConfig::default() }
    }

    pub(crate) fn config_v6(&self) -> ConsulConfig {
        ConsulConfig { address: format!("[::1]:{}", self.ports[0]), ..ConsulConfig::default() }
    }

    /// Only the shared agent has a socket.
    pub(crate) fn config_unix(&self) -> ConsulConfig {
        let address = format!("unix://{}/http.sock", self.folder.path().display());
        ConsulConfig { address, ..ConsulConfig::default() }
    }

    pub(crate) fn client(&self) -> Rc<Consul> {
        Rc::new(Consul::new(&self.config()).unwrap())
    }
}

// === impl Running ===

impl Drop for Running {
    fn drop(&mut self) {
        // Closes the keeper's standard input, which ends both.
        let _ = self.keeper.wait();
    }
}

fn program() -> PathBuf {
    match std::env::var_os("GYROPILOT_TEST_CONSUL") {
        Some(path) => path.into(),
        None => concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/consul/usr/bin/consul").into(),
    }
}
