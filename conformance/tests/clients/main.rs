//! Programs that other people wrote for Consul, as they are: on a real Consul,
//! which shows that the test is right, and on `gyropilot catalog`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper and one clock; a driver of processes has neither"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test, its helpers included"
)]

mod access;
mod consul_catalog;
mod consul_kv;
mod consul_lock;
mod consul_watch;
mod dig;
mod durability;
mod haproxy;
mod nginx;
mod prometheus;
mod python;
mod resolver;

use gyropilot_conformance::agent::{Agent, CONSUL_VARIABLE, Make};
use gyropilot_conformance::launch::{Ended, Launch};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target;
use std::ops::Deref;

/// An agent, and a place for its clients.
struct Stand {
    agent: Agent,
    scene: Scene,
}

// === impl Stand ===

impl Stand {
    fn new(make: Make) -> Self {
        let scene = Scene::new(env!("CARGO_BIN_EXE_probe"));
        Self { agent: make.start(scene.folder()), scene }
    }

    /// A foreign program, which finds the libraries that were unpacked with it.
    fn program(&self, name: &str, below: &str, variable: &str) -> Launch {
        let program = target::tool(name, below, variable);
        let launch = self.scene.bare_launch().program(&program);
        match target::libraries(&program) {
            Some(folder) => launch.env("LD_LIBRARY_PATH", &folder.display().to_string()),
            None => launch,
        }
    }

    /// The command line of Consul, which its environment tells of the agent.
    fn consul(&self, words: &[&str]) -> Launch {
        let launch = self.program("consul", "usr/bin/consul", CONSUL_VARIABLE);
        launch.env("CONSUL_HTTP_ADDR", &self.agent.address()).args(words.iter().copied())
    }

    /// What that prints when all goes well.
    #[track_caller]
    fn prints(&self, words: &[&str]) -> String {
        let ended = self.consul(words).run();
        ended.assert_status(0);
        ended.out
    }

    /// How that fails.
    #[track_caller]
    fn fails(&self, words: &[&str], phrases: &[&str]) {
        let ended: Ended = self.consul(words).run();
        ended.assert_status(1);
        ended.assert_says(phrases);
    }
}

impl Deref for Stand {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.scene
    }
}

/// The words of each line of a table.
fn rows(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split_whitespace().collect()).collect()
}
