//! The control sockets of the pilot and of supervisord.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::http::{self, Answer};

/// Between two looks at who is running.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: usize = 1000;

/// A pilot's socket.
#[derive(Clone)]
pub(crate) struct Control {
    socket: PathBuf,
}

/// What is asked of a socket again and again: a method, a path and a body.
#[derive(Clone)]
pub(crate) struct Question {
    socket: PathBuf,
    method: &'static str,
    path: &'static str,
    body: String,
}

// === impl Control ===

impl Control {
    pub(crate) fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// A question to ask.
    pub(crate) fn question(&self, method: &'static str, path: &'static str) -> Question {
        Question { socket: self.socket.clone(), method, path, body: String::new() }
    }

    /// The processes of the jobs that are ready, by the names of the jobs.
    pub(crate) fn running(&self) -> Result<BTreeMap<String, u64>> {
        let status: Value = serde_json::from_str(&self.question("GET", "/v1/status").ask()?.body)?;
        let jobs = status.get("jobs").and_then(Value::as_array).context("a status without jobs")?;
        let running = jobs.iter().filter(|job| job.get("state").is_some_and(|state| state == "running"));
        let named = |job: &Value| Some((job.get("name")?.as_str()?.to_owned(), job.get("pid")?.as_u64()?));
        Ok(running.filter_map(named).collect())
    }

    /// Waits until so many jobs run, and gives their processes.
    pub(crate) fn await_running(&self, count: usize) -> Result<BTreeMap<String, u64>> {
        for _ in 0..LOOKS {
            match self.running() {
                Ok(running) if running.len() == count => return Ok(running),
                _ => std::thread::sleep(LOOK),
            }
        }
        bail!("not {count} jobs run: {:?}", self.running())
    }
}

// === impl Question ===

impl Question {
    /// A call of supervisord's XML-RPC interface, with texts as parameters.
    pub(crate) fn of_supervisord(socket: PathBuf, call: &str, parameters: &[&str]) -> Self {
        let parameters: String = parameters
            .iter()
            .map(|text| format!("<param><value><string>{text}</string></value></param>"))
            .collect();
        let body = format!(
            "<?xml version='1.0'?><methodCall><methodName>{call}</methodName><params>{parameters}</params></methodCall>"
        );
        Self { socket, method: "POST", path: "/RPC2", body }
    }

    /// Asks it; anything but success is an error.
    pub(crate) fn ask(&self) -> Result<Answer> {
        let answer = http::ask_socket(&self.socket, self.method, self.path, &self.body)?;
        if answer.status != 200 || answer.body.contains("<fault>") {
            bail!("{} {}: {} {}", self.method, self.path, answer.status, answer.body);
        }
        Ok(answer)
    }
}
