//! What a pilot and other clients talk to: a real Consul agent, or the catalogue
//! that stands in its place.

use crate::http::{self, Answer, Peer};
use crate::port;
use crate::process;
use crate::stage::Stage;
use crate::target;
use crate::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Names the Consul to test against.
pub const CONSUL_VARIABLE: &str = "GYROPILOT_TEST_CONSUL";

/// The name of the one node.
pub const NODE: &str = "real";

/// Who answers; [`on_each_agent`](crate::on_each_agent) runs a test on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Consul with `-dev`: one server that keeps nothing on disk, so that a restart
    /// loses everything and a reload (SIGHUP) loses what was registered by API.
    Consul,
    /// `gyropilot catalog` without a folder: a restart loses everything, too.
    Gyropilot,
}

/// An agent of this test's own.
#[derive(Debug)]
pub struct Agent {
    child: Child,
    start: Start,
    log: PathBuf,
}

/// How it is started, now and again.
#[derive(Debug)]
struct Start {
    make: Make,
    prefix: Vec<OsString>,
    /// The network namespace that the prefix leads to.
    network: Option<PathBuf>,
    ports: Ports,
    settings: String,
    /// Whoever has this token may do anything, and nobody else; not asked for without.
    token: Option<String>,
    /// Where it keeps what it is told; `gyropilot catalog` only.
    data: Option<PathBuf>,
    socket: PathBuf,
}

/// Where it listens, all at 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The API.
    pub http: u16,
    /// Names, by UDP and TCP.
    pub dns: u16,
    /// Between servers, and gossip in the LAN and the WAN: Consul only.
    pub server: [u16; 3],
}

// === impl Make ===

impl Make {
    /// Starts one on free ports of 127.0.0.1 and waits until it answers.
    ///
    /// # Panics
    /// When there is none to start, or it does not come up.
    #[must_use]
    pub fn start(self, folder: &Path) -> Agent {
        Start::of(self, folder).agent(folder)
    }

    /// Starts one that denies everything to whoever has no token; this one may
    /// do anything, from a moment after the agent has begun to answer.
    ///
    /// # Panics
    /// When there is none to start, or it does not come up.
    #[must_use]
    pub fn start_guarded(self, folder: &Path, token: &str) -> Agent {
        Start { token: Some(token.to_owned()), ..Start::of(self, folder) }.agent(folder)
    }
}

// === impl Ports ===

impl Ports {
    fn free() -> Self {
        let [http, dns] = port::free();
        Self { http, dns, server: port::free() }
    }
}

// === impl Agent ===

impl Agent {
    /// Starts a Consul on free ports of 127.0.0.1 and waits until it answers.
    ///
    /// # Panics
    /// When there is no Consul to start, or it does not come up.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        Make::Consul.start(folder)
    }

    /// Starts one that also speaks HTTPS, with a certificate that only this
    /// test knows; the port it does so on, and the path of the certificate.
    ///
    /// # Panics
    /// When there is no Consul to start, or it does not come up.
    #[must_use]
    pub fn start_private(folder: &Path) -> (Self, u16, String) {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a name");
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).expect("the folder can be written");
        std::fs::write(&key, made.signing_key.serialize_pem()).expect("the folder can be written");
        let [https] = port::free();
        let (certificate, key) = (certificate.display().to_string(), key.display());
        let mut start = Start::of(Make::Consul, folder);
        start.settings +=
            &format!(" ports {{ https = {https} }} cert_file = \"{certificate}\" key_file = \"{key}\"");
        (start.agent(folder), https, certificate)
    }

    /// Starts a `gyropilot catalog` that keeps what it is told.
    ///
    /// # Panics
    /// When there is none to start, or it does not come up.
    #[must_use]
    pub fn start_durable(folder: &Path) -> Self {
        let data = Some(folder.join("data"));
        Start { data, ..Start::of(Make::Gyropilot, folder) }.agent(folder)
    }

    /// Starts one in a place of its own.
    ///
    /// # Panics
    /// When there is none to start, or it does not come up.
    #[must_use]
    pub fn start_within(make: Make, folder: &Path, stage: &Stage, ports: Ports) -> Self {
        let (prefix, network) = (stage.enter(), Some(stage.network()));
        Start { prefix, network, ports, ..Start::of(make, folder) }.agent(folder)
    }

    /// Where a Consul listens besides its port.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.start.socket
    }

    /// Where it listens.
    #[must_use]
    pub fn ports(&self) -> Ports {
        self.start.ports
    }

    /// What a configuration says under `consul`.
    #[must_use]
    pub fn address(&self) -> String {
        self.http().to_string()
    }

    /// Where it speaks HTTP over TCP.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.start.ports.http).into()
    }

    /// Asks it something.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn try_ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
        let peer = match (self.start.make, &self.start.network) {
            (Make::Consul, _) => Peer::Unix(&self.start.socket),
            (Make::Gyropilot, Some(network)) => Peer::Within(network, self.http()),
            (Make::Gyropilot, None) => Peer::Tcp(self.http()),
        };
        http::ask(&peer, method, path, body)
    }

    /// Asks it something.
    ///
    /// # Panics
    /// When it does not answer.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.try_ask(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Asks it for a JSON document; null while it does not answer.
    #[must_use]
    pub fn json(&self, path: &str) -> Value {
        self.try_ask("GET", path, "")
            .ok()
            .and_then(|answer| serde_json::from_str(&answer.body).ok())
            .unwrap_or_default()
    }

    /// Registers a service that is always passing.
    ///
    /// # Panics
    /// When it is refused.
    pub fn register(&self, id: &str, name: &str, address: &str, port: u16) {
        let body = json!({"ID": id, "Name": name, "Address": address, "Port": port, "Tags": ["v1"]});
        let answer = self.ask("PUT", "/v1/agent/service/register", &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Removes a service.
    ///
    /// # Panics
    /// When it is refused.
    pub fn deregister(&self, id: &str) {
        assert_eq!(self.ask("PUT", &format!("/v1/agent/service/deregister/{id}"), "").status, 200);
    }

    /// Writes a key.
    ///
    /// # Panics
    /// When it is refused.
    pub fn set_key(&self, key: &str, value: &str) {
        assert_eq!(self.ask("PUT", &format!("/v1/kv/{key}"), value).status, 200);
    }

    /// The identifiers of the passing instances of a service.
    #[must_use]
    pub fn passing(&self, name: &str) -> Vec<String> {
        let found = self.json(&format!("/v1/health/service/{name}?passing"));
        let ids = found.as_array().into_iter().flatten().map(|entry| entry["Service"]["ID"].as_str());
        ids.flatten().map(str::to_owned).collect()
    }

    /// The status of the check that stands for a service; none without one.
    #[must_use]
    pub fn status(&self, id: &str) -> Option<String> {
        let checks = self.json("/v1/agent/checks");
        let own = checks.as_object()?.values().find(|check| check["ServiceID"] == id)?;
        own["Status"].as_str().map(str::to_owned)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        process::signal(i32::try_from(self.child.id()).expect("a pid is a positive i32"), signal);
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again where it was, knowing nothing but what it has kept.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_again(&mut self) {
        self.kill();
        let _ = std::fs::remove_file(&self.start.socket);
        self.child = self.start.spawn(&self.log);
        self.await_ready();
    }

    fn await_ready(&self) {
        wait_until(SOON * 2, "Consul to elect itself and know itself", || {
            let token = self.start.token.as_ref().map_or_else(String::new, |token| format!("?token={token}"));
            let known = self.json(&format!("/v1/health/state/any{token}"));
            let node = self.json(&format!("/v1/catalog/nodes{token}"));
            let mut checks = known.as_array().into_iter().flatten();
            let lives = checks.any(|check| check["CheckID"] == "serfHealth");
            // Without a token of its own, an agent that is guarded never says more of itself.
            let is_guarded = self.start.token.is_some();
            let complete = lives && (is_guarded || node[0]["TaggedAddresses"].is_object());
            complete.then_some(())
        });
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill();
    }
}

// === impl Start ===

impl Start {
    fn of(make: Make, folder: &Path) -> Self {
        let socket = folder.join("consul.sock");
        let settings = format!("addresses {{ http = \"127.0.0.1 unix://{}\" }}", socket.display());
        Self {
            make,
            prefix: Vec::new(),
            network: None,
            ports: Ports::free(),
            settings,
            token: None,
            data: None,
            socket,
        }
    }

    fn agent(self, folder: &Path) -> Agent {
        let log = folder.join("consul.log");
        let agent = Agent { child: self.spawn(&log), start: self, log };
        agent.await_ready();
        agent
    }

    fn spawn(&self, log: &Path) -> Child {
        let log =
            std::fs::File::options().append(true).create(true).open(log).expect("the folder can be written");
        let mut words = self.prefix.clone();
        match self.make {
            Make::Consul => words.extend(self.consul()),
            Make::Gyropilot => words.extend(self.gyropilot()),
        }
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a descriptor can be copied")).stderr(log);
        command.spawn().unwrap_or_else(|error| panic!("{}: {error}", words[0].display()))
    }

    fn consul(&self) -> Vec<OsString> {
        let mut words = vec![target::tool("consul", "usr/bin/consul", CONSUL_VARIABLE).into()];
        words.extend(["agent", "-dev", "-bind", "127.0.0.1", "-log-level", "warn"].map(OsString::from));
        words.extend(["-node", NODE, "-grpc-port", "-1", "-hcl", &self.settings].map(OsString::from));
        let Ports { http, dns, server: [server, lan, wan] } = self.ports;
        let numbered = [
            ("-http-port", http),
            ("-dns-port", dns),
            ("-server-port", server),
            ("-serf-lan-port", lan),
            ("-serf-wan-port", wan),
        ];
        words.extend(numbered.into_iter().flat_map(|(flag, port)| [flag.into(), port.to_string().into()]));
        if let Some(token) = &self.token {
            let tokens = format!("tokens {{ master = \"{token}\" }}");
            let guard = format!("acl {{ enabled = true default_policy = \"deny\" {tokens} }}");
            words.extend(["-hcl".into(), guard.into()]);
        }
        words
    }

    fn gyropilot(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec![target::gyropilot().into()];
        words.extend(["catalog", "--node", NODE].map(OsString::from));
        let addresses = [("--http", self.ports.http), ("--dns", self.ports.dns)];
        words.extend(
            addresses.into_iter().flat_map(|(flag, port)| [flag.into(), format!("127.0.0.1:{port}").into()]),
        );
        words.extend(self.data.iter().flat_map(|folder| ["--data".into(), folder.into()]));
        if let Some(token) = &self.token {
            let file = self.socket.with_extension("tokens");
            std::fs::write(&file, format!("write {token}\n")).expect("the folder can be written");
            words.extend(["--tokens".into(), file.into()]);
        }
        words
    }
}
