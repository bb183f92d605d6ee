//! A real Consul agent.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::http;
use crate::port;
use crate::running::Running;

/// A `-dev` agent on loopback, ended when dropped.
pub(crate) struct Agent {
    _running: Running,
    port: u16,
}

/// What it answers.
pub(crate) struct Answer {
    /// `X-Consul-Index`, 0 where there is none.
    pub(crate) index: u64,
    pub(crate) body: Value,
}

// === impl Agent ===

impl Agent {
    /// Starts one and waits until it has a leader.
    pub(crate) fn start(program: &str) -> Result<Self> {
        let [port, server, lan, wan] = port::free()?;
        let mut command = Command::new(program);
        command.args("agent -dev -client 127.0.0.1 -bind 127.0.0.1 -dns-port -1 -grpc-port -1".split(' '));
        for (option, port) in
            [("-http-port", port), ("-server-port", server), ("-serf-lan-port", lan), ("-serf-wan-port", wan)]
        {
            command.arg(option).arg(port.to_string());
        }
        command.args(["-log-level", "err", "-node", "bench"]).stdout(Stdio::null()).stderr(Stdio::null());
        let agent = Self { _running: Running::start(&mut command)?, port };
        for _ in 0..300 {
            // The agent's own health check stands in the catalogue last.
            if agent
                .get("/v1/health/node/bench")
                .is_ok_and(|a| a.body.as_array().is_some_and(|l| !l.is_empty()))
            {
                return Ok(agent);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("Consul did not come up");
    }

    /// Its port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Reads.
    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        ask(self.port, "GET", path, "")
    }

    /// Puts an instance of a service on a node of its own, or takes it away. The
    /// catalogue has changed when this returns.
    pub(crate) fn set_instance(&self, service: &str, instance: &str, present: bool) -> Result<()> {
        let (verb, body) = if present {
            let service = json!({ "ID": instance, "Service": service, "Address": "192.0.2.1", "Port": 80 });
            ("register", json!({ "Node": "elsewhere", "Address": "192.0.2.1", "Service": service }))
        } else {
            ("deregister", json!({ "Node": "elsewhere", "ServiceID": instance }))
        };
        ask(self.port, "PUT", &format!("/v1/catalog/{verb}"), &body.to_string()).map(drop)
    }

    /// Waits until a service has this many healthy instances; `answer` is the last
    /// that was read before, so that no change in between is missed.
    pub(crate) fn await_passing(&self, service: &str, count: usize) -> Result<()> {
        let path = format!("/v1/health/service/{service}?passing");
        let mut answer = self.get(&path)?;
        for _ in 0..20 {
            if answer.body.as_array().map(Vec::len) == Some(count) {
                return Ok(());
            }
            answer = self.get(&format!("{path}&index={}&wait=5s", answer.index))?;
        }
        bail!("{service} has not come to {count} healthy instances: {}", answer.body);
    }
}

/// Asks an agent, or a proxy before it.
pub(crate) fn ask(port: u16, method: &str, path: &str, body: &str) -> Result<Answer> {
    let answer = http::ask_port(port, method, path, body)?;
    if answer.status != 200 {
        bail!("{method} {path}: {} {}", answer.status, answer.body);
    }
    Ok(Answer {
        index: answer.field("x-consul-index").and_then(|index| index.parse().ok()).unwrap_or(0),
        body: serde_json::from_str(&answer.body).unwrap_or(Value::Null),
    })
}
