//! What people and scripts type to ask a catalogue, `gyropilot catalog …`, on the
//! binary that `GYROPILOT_BIN` names; the catalogue is a Consul and the embedded one.
#![allow(clippy::disallowed_methods, reason = "the ban keeps the pilot's one file writer; a test has none")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test, its helpers included"
)]

mod keys;
mod reading;
mod refusals;
mod watching;

use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::launch::{Ended, Launch};
use gyropilot_conformance::scene::Scene;
use serde_json::{Value, json};

/// A catalogue, and somebody who asks it.
struct Desk {
    // Ended before its folder goes.
    agent: Agent,
    scene: Scene,
}

// === impl Desk ===

impl Desk {
    fn new(make: Make) -> Self {
        let scene = scene();
        Self { agent: make.start(scene.folder()), scene }
    }

    /// `gyropilot catalog` with these words, and the catalogue in the environment.
    fn catalog(&self, words: &[&str]) -> Launch {
        let launch = self.scene.bare_launch().args(["catalog"]).args(words.iter().copied());
        launch.env("CONSUL_HTTP_ADDR", &self.agent.address())
    }

    /// Runs it, and expects this status.
    #[track_caller]
    fn ask(&self, status: i32, words: &[&str]) -> Ended {
        let ended = self.catalog(words).run();
        ended.assert_status(status);
        ended
    }

    /// Runs it, and reads the document that it writes.
    #[track_caller]
    fn document(&self, words: &[&str]) -> Value {
        let ended = self.ask(0, words);
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}", ended.said()))
    }

    /// Registers an instance of `web` whose check has this status.
    fn register(&self, id: &str, port: u16, status: &str) {
        let body = json!({
            "ID": id, "Name": "web", "Address": "192.0.2.7", "Port": port, "Tags": ["v1"], "Meta": {"zone": "a"},
            "Check": {"TTL": "10m", "Status": status, "Notes": "said by a test"},
        });
        assert_eq!(self.agent.ask("PUT", "/v1/agent/service/register", &body.to_string()).status, 200);
    }

    /// Says how an instance is.
    fn update(&self, id: &str, status: &str, output: &str) {
        let body = json!({"Status": status, "Output": output}).to_string();
        assert_eq!(self.agent.ask("PUT", &format!("/v1/agent/check/update/service:{id}"), &body).status, 200);
    }
}

/// A place of its own for one test.
fn scene() -> Scene {
    Scene::new(env!("CARGO_BIN_EXE_probe"))
}

/// The columns of each line.
fn lines(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}
