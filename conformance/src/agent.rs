//! A real Consul agent.

use crate::http::{self, Answer, Peer};
use crate::port;
use crate::process;
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

/// A `-dev` agent: one server that keeps nothing on disk, so that a restart
/// loses everything and a reload (SIGHUP) loses what was registered by API.
#[derive(Debug)]
pub struct Agent {
    child: Child,
    prefix: Vec<OsString>,
    ports: [u16; 4],
    settings: String,
    /// Does it answer those only who have a token?
    guarded: bool,
    socket: PathBuf,
    log: PathBuf,
}

// === impl Agent ===

impl Agent {
    /// Starts one on free ports of 127.0.0.1 and waits until it answers.
    ///
    /// # Panics
    /// When there is no Consul to start, or it does not come up.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, Vec::new(), port::free(), "", false)
    }

    /// Starts one that denies everything to whoever has no token; this one may
    /// do anything, from a moment after the agent has begun to answer.
    ///
    /// # Panics
    /// When there is no Consul to start, or it does not come up.
    #[must_use]
    pub fn start_guarded(folder: &Path, token: &str) -> Self {
        let settings =
            format!("acl {{ enabled = true default_policy = \"deny\" tokens {{ master = \"{token}\" }} }}");
        Self::start_with(folder, Vec::new(), port::free(), &settings, true)
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
        let settings =
            format!("ports {{ https = {https} }} cert_file = \"{certificate}\" key_file = \"{key}\"");
        (Self::start_with(folder, Vec::new(), port::free(), &settings, false), https, certificate)
    }

    /// Starts one behind a command that enters a namespace; `ports` are those
    /// of HTTP, RPC, and gossip in the LAN and the WAN.
    ///
    /// # Panics
    /// When there is no Consul to start, or it does not come up.
    #[must_use]
    pub fn start_within(folder: &Path, prefix: Vec<OsString>, ports: [u16; 4]) -> Self {
        Self::start_with(folder, prefix, ports, "", false)
    }

    fn start_with(
        folder: &Path,
        prefix: Vec<OsString>,
        ports: [u16; 4],
        settings: &str,
        guarded: bool,
    ) -> Self {
        let (socket, log) = (folder.join("consul.sock"), folder.join("consul.log"));
        let settings = format!("addresses {{ http = \"127.0.0.1 unix://{}\" }} {settings}", socket.display());
        let child = spawn(&prefix, ports, &settings, &log);
        let agent = Self { child, prefix, ports, settings, guarded, socket, log };
        agent.await_ready();
        agent
    }

    /// Where it listens besides its port.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What a configuration says under `consul`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.ports[0])
    }

    /// Where it speaks HTTP over TCP.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[0]).into()
    }

    /// Asks it something.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn try_ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
        http::ask(&Peer::Unix(&self.socket), method, path, body)
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

    /// Starts it again, with an empty memory, where it was.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_again(&mut self) {
        self.kill();
        let _ = std::fs::remove_file(&self.socket);
        self.child = spawn(&self.prefix, self.ports, &self.settings, &self.log);
        self.await_ready();
    }

    fn await_ready(&self) {
        wait_until(SOON * 2, "Consul to elect itself and know itself", || {
            if self.guarded {
                let leader = self.json("/v1/status/leader");
                return leader.as_str().is_some_and(|leader| !leader.is_empty()).then_some(());
            }
            let known = self.json("/v1/health/state/any");
            let node = self.json("/v1/catalog/nodes");
            let complete = known[0]["CheckID"] == "serfHealth" && node[0]["TaggedAddresses"].is_object();
            complete.then_some(())
        });
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(prefix: &[OsString], ports: [u16; 4], settings: &str, log: &Path) -> Child {
    let program = target::tool("consul", "usr/bin/consul", CONSUL_VARIABLE);
    let [http, server, lan, wan] = ports;
    let log =
        std::fs::File::options().append(true).create(true).open(log).expect("the folder can be written");
    let mut words: Vec<OsString> = prefix.to_vec();
    words.push(program.into());
    words.extend(
        ["agent", "-dev", "-bind", "127.0.0.1", "-node", "real", "-log-level", "warn"].map(Into::into),
    );
    words.extend(["-dns-port", "-1", "-grpc-port", "-1"].map(Into::into));
    words.extend(["-hcl".into(), settings.into()]);
    let numbered =
        [("-http-port", http), ("-server-port", server), ("-serf-lan-port", lan), ("-serf-wan-port", wan)];
    words.extend(numbered.into_iter().flat_map(|(flag, port)| [flag.into(), port.to_string().into()]));
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null());
    command.stdout(log.try_clone().expect("a descriptor can be copied")).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("{}: {error}", words[0].display()))
}
