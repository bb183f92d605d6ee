//! A catalogue to be measured: a real Consul, or the embedded one.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::json;

use crate::consul::ask;
use crate::port;
use crate::procfs::{self, Memory};
use crate::running::Running;
use crate::stage::Stage;

/// A running catalogue, ended when dropped.
pub(crate) struct Catalogue {
    pub(crate) name: &'static str,
    running: Running,
    port: u16,
}

// === impl Catalogue ===

impl Catalogue {
    /// The embedded one in memory, and a Consul server: both write JSON without blanks.
    pub(crate) fn both(stage: &Stage) -> Result<[Self; 2]> {
        Ok([Self::gyropilot(stage)?, Self::consul_server(stage)?])
    }

    /// The embedded one, in memory.
    pub(crate) fn gyropilot(stage: &Stage) -> Result<Self> {
        Self::gyropilot_with(stage, &[])
    }

    /// The embedded one, with further flags.
    pub(crate) fn gyropilot_with(stage: &Stage, flags: &[&str]) -> Result<Self> {
        let [port] = port::free()?;
        let mut command = Command::new(stage.pilot());
        command.args(["catalog", "--node", "bench", "--http", &format!("127.0.0.1:{port}")]).args(flags);
        command.args(["--dns", "127.0.0.1:0"]);
        command.args(["--max-connections", "120000", "--max-connections-per-client", "120000"]);
        Self::start("Gyropilot", &mut command, port)
    }

    /// Consul in memory. Such an agent makes its JSON pretty, whether asked to or not.
    pub(crate) fn consul_in_memory(stage: &Stage) -> Result<Self> {
        Self::consul("Consul", stage, &["-dev"])
    }

    /// Consul as a server of its own that keeps its data on disk.
    pub(crate) fn consul_server(stage: &Stage) -> Result<Self> {
        let folder = stage.folder()?.display().to_string();
        let flags = ["-server", "-bootstrap-expect", "1", "-data-dir", &folder];
        Self::consul("Consul", stage, &flags)
    }

    /// Its limit on connections of one client is lifted.
    fn consul(name: &'static str, stage: &Stage, flags: &[&str]) -> Result<Self> {
        let [port, server, lan, wan] = port::free()?;
        let mut command = Command::new(stage.tool("consul/usr/bin/consul"));
        command.arg("agent").args(flags);
        command.args("-client 127.0.0.1 -bind 127.0.0.1 -dns-port -1 -grpc-port -1".split(' '));
        for (option, port) in
            [("-http-port", port), ("-server-port", server), ("-serf-lan-port", lan), ("-serf-wan-port", wan)]
        {
            command.arg(option).arg(port.to_string());
        }
        command.args(["-log-level", "err", "-node", "bench"]);
        // As many as there are readers; it refuses to be promised more than the system gives.
        let settings = "limits { http_max_conns_per_client = 6000 } performance { raft_multiplier = 1 }";
        command.args(["-hcl", settings]);
        Self::start(name, &mut command, port)
    }

    fn start(name: &'static str, command: &mut Command, port: u16) -> Result<Self> {
        let running = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
        let catalogue = Self { name, running, port };
        for _ in 0..1200 {
            let known = ask(port, "GET", "/v1/health/node/bench", "");
            if known.is_ok_and(|answer| answer.body.as_array().is_some_and(|checks| !checks.is_empty())) {
                return Ok(catalogue);
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        bail!("{name} did not come up");
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Registers an instance with its agent, with a TTL of an hour, passing.
    pub(crate) fn register(&self, service: &str, instance: &str) -> Result<()> {
        ask(self.port, "PUT", "/v1/agent/service/register", &registration(service, instance)).map(drop)
    }

    /// The index of the instances of a service.
    pub(crate) fn index_of(&self, service: &str) -> Result<u64> {
        Ok(ask(self.port, "GET", &format!("/v1/health/service/{service}"), "")?.index)
    }

    /// Its memory now.
    pub(crate) fn memory(&self) -> Memory {
        procfs::memory_of(&[self.running.id()]).1
    }

    /// The processor time that it has used, in nanoseconds.
    pub(crate) fn processor(&self) -> Result<u64> {
        procfs::processor(self.running.id())
    }
}

/// The body that registers an instance.
pub(crate) fn registration(service: &str, instance: &str) -> String {
    json!({
        "ID": instance,
        "Name": service,
        "Tags": ["v1", "http"],
        "Address": "10.0.0.1",
        "Port": 8080,
        "Check": {"TTL": "1h", "Status": "passing"},
    })
    .to_string()
}
