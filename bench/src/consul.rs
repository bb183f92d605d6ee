//! A real Consul agent, and just enough HTTP to talk to it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

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
        // All bound before any is let go, so that no two are the same.
        let sockets: Vec<TcpListener> =
            (0..4).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<std::io::Result<_>>()?;
        let ports: Vec<u16> =
            sockets.iter().map(|s| Ok(s.local_addr()?.port())).collect::<std::io::Result<_>>()?;
        drop(sockets);
        let [port, server, lan, wan] = ports.as_slice() else { bail!("four ports were asked for") };
        let mut command = Command::new(program);
        command.args("agent -dev -client 127.0.0.1 -bind 127.0.0.1 -dns-port -1 -grpc-port -1".split(' '));
        for (option, port) in
            [("-http-port", port), ("-server-port", server), ("-serf-lan-port", lan), ("-serf-wan-port", wan)]
        {
            command.arg(option).arg(port.to_string());
        }
        command.args(["-log-level", "err", "-node", "bench"]).stdout(Stdio::null()).stderr(Stdio::null());
        let agent = Self { _running: Running::start(&mut command)?, port: *port };
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

/// One request on a connection of its own. HTTP/1.0, so that the answer ends with
/// the connection and comes in one piece.
pub(crate) fn ask(port: u16, method: &str, path: &str, body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(90)))?;
    let length = body.len();
    stream.write_all(
        format!("{method} {path} HTTP/1.0\r\nHost: consul\r\nContent-Length: {length}\r\n\r\n{body}")
            .as_bytes(),
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").context("an answer without an end of its head")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        bail!("{method} {path}: {status} {body}");
    }
    let index = head.lines().find_map(|line| line.strip_prefix("X-Consul-Index: "));
    Ok(Answer {
        index: index.and_then(|index| index.trim().parse().ok()).unwrap_or(0),
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    })
}
