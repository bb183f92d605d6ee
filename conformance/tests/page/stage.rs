//! A catalogue, its page, and somebody who looks at it.

use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::browser::Browser;
use gyropilot_conformance::http::{self, Answer, Peer};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::{SOON, seconds, wait_until};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// All of it. What is dropped first stands first.
pub(crate) struct Stage {
    pub(crate) browser: Browser,
    /// Serves the page of a Consul.
    _server: Option<Pilot>,
    pub(crate) agent: Agent,
    /// Where the catalogue's API is.
    pub(crate) catalogue: SocketAddr,
    /// The page's address.
    pub(crate) page: String,
    pub(crate) scene: Scene,
}

/// On a desk.
pub(crate) const WIDE: (u32, u32) = (1440, 900);
/// In a hand.
pub(crate) const NARROW: (u32, u32) = (390, 844);

/// Finds the row of a service in the list, by its name.
const ROW: &str = "[...document.querySelectorAll('#services li:not([hidden]) > a')]
    .find((row) => row.querySelector('.name').textContent === arguments[0])";

// === impl Stage ===

impl Stage {
    pub(crate) fn new(make: Make) -> Self {
        let scene = Scene::new(env!("CARGO_BIN_EXE_probe"));
        let agent = make.start(scene.folder());
        let (server, page) = match make {
            Make::Consul => {
                let arguments =
                    ["ui", "--listen", "127.0.0.1:0", "--catalog", &agent.address()].map(str::to_owned);
                let server = scene.bare_launch().args(arguments).start();
                let page = said(&server, "page  ");
                (Some(server), page)
            }
            Make::Gyropilot => (None, format!("http://{}/ui/", agent.address())),
        };
        let catalogue = agent.address().parse().unwrap();
        let browser = Browser::start(scene.folder());
        browser.dress(WIDE, false);
        Self { browser, _server: server, agent, catalogue, page, scene }
    }

    /// Opens the page and waits until everything was read that is there by now.
    #[track_caller]
    pub(crate) fn open(&self) {
        self.browser.open(&self.page);
        self.await_whole();
    }

    #[track_caller]
    pub(crate) fn await_whole(&self) {
        let whole = "return document.body.dataset.link === 'live' && document.querySelector('.total.instances dd').textContent !== '–'";
        self.browser.await_found(SOON, "the page to have read everything", whole, &[]);
    }

    /// Goes to another part of the page by its address.
    pub(crate) fn go(&self, address: &str) {
        let _ = self.browser.run("location.hash = arguments[0]", &[address]);
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        http::ask(&Peer::Tcp(self.catalogue), method, path, &body).unwrap()
    }

    #[track_caller]
    pub(crate) fn put(&self, path: &str, body: &Value) {
        let answer = self.ask("PUT", path, body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }

    /// Registers an instance that is passing; `rest` adds and overrides keys.
    #[track_caller]
    pub(crate) fn register(&self, id: &str, name: &str, rest: &Value) {
        let body = json!({"ID": id, "Name": name, "Address": "192.0.2.7", "Port": 8080,
            "Check": {"TTL": "10h", "Status": "passing"}});
        self.put("/v1/agent/service/register", &gyropilot_conformance::scene::merged(body, rest));
    }

    #[track_caller]
    pub(crate) fn deregister(&self, id: &str) {
        self.put(&format!("/v1/agent/service/deregister/{id}"), &Value::Null);
    }

    /// Says how an instance is.
    #[track_caller]
    pub(crate) fn update(&self, id: &str, status: &str, output: &str) {
        self.put(
            &format!("/v1/agent/check/update/service:{id}"),
            &json!({"Status": status, "Output": output}),
        );
    }

    /// Waits until the list says this of a service; how long that took.
    #[track_caller]
    pub(crate) fn await_row(&self, bound: Duration, name: &str, words: &str) -> Duration {
        let start = Instant::now();
        let script = format!(
            "const row = {ROW}; return row && row.querySelector('.words').textContent === arguments[1]"
        );
        self.browser.await_found(bound, &format!("{name} to be shown as {words}"), &script, &[name, words]);
        start.elapsed()
    }

    /// Waits until the list has no such service.
    #[track_caller]
    pub(crate) fn await_no_row(&self, name: &str) {
        self.browser.await_found(SOON, &format!("{name} to be gone"), &format!("return !({ROW})"), &[name]);
    }

    /// What the feed says, the newest first, a line each.
    #[track_caller]
    pub(crate) fn feed(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('#events > li')].map((event) =>
            ['.event-head', '.id', '.output-line'].map((part) => event.querySelector(part)?.textContent ?? '').join('|'))";
        let lines = self.browser.run(script, &[]);
        lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub(crate) fn assert_no_complaint(&self) {
        let complaints = self.browser.complaints();
        assert!(complaints.is_empty(), "the console says:\n{}", complaints.join("\n"));
    }
}

/// What stands behind `label` in a line of a server's standard output.
#[track_caller]
pub(crate) fn said(server: &Pilot, label: &str) -> String {
    wait_until(seconds(30), label, || {
        server.out().lines().find_map(|line| line.strip_prefix(label)).map(str::to_owned)
    })
}
