//! A real browser, driven by the WebDriver protocol: <https://www.w3.org/TR/webdriver2/>.

use crate::http::{self, Peer};
use crate::port;
use crate::target;
use crate::wait::{SOON, wait_until, wait_until_described};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Names the driver of the browser to test with.
pub const DRIVER_VARIABLE: &str = "GYROPILOT_TEST_CHROMEDRIVER";
/// Names the browser to test with.
pub const BROWSER_VARIABLE: &str = "GYROPILOT_TEST_CHROMIUM";

/// A key that has no letter, as the protocol writes it.
pub mod key {
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Escape.
    pub const ESCAPE: &str = "\u{e00c}";
    /// Tab.
    pub const TAB: &str = "\u{e004}";
    /// The arrow that points up.
    pub const UP: &str = "\u{e013}";
    /// The arrow that points down.
    pub const DOWN: &str = "\u{e015}";
    /// End.
    pub const END: &str = "\u{e010}";
}

/// Chromium without a screen, with one tab and a profile of its own.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
}

// === impl Browser ===

impl Browser {
    /// Starts one that keeps its things in `folder`.
    ///
    /// # Panics
    /// When there is none to start, or it does not come up.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let program = target::tool("chromedriver", "usr/bin/chromedriver", DRIVER_VARIABLE);
        let browser = target::tool("chromium", "usr/bin/chromium", BROWSER_VARIABLE);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::one()));
        let log = std::fs::File::create(folder.join("chromedriver.log")).expect("the folder can be written");
        let mut command = Command::new(program);
        command.arg(format!("--port={}", address.port())).stdin(Stdio::null());
        // Where the machine's own profile and caches are is no business of a test.
        command.env("HOME", folder);
        command.stdout(log.try_clone().expect("a descriptor can be copied")).stderr(log);
        let driver = command.spawn().expect("the driver can be started");
        let mut this = Self { driver, address, session: String::new() };
        wait_until(SOON, "the driver of the browser to answer", || {
            this.ask("GET", "/status", &Value::Null).ok()
        });
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let arguments = [
            "--headless=new",
            // Root has no sandbox to be had.
            "--no-sandbox",
            "--disable-gpu",
            // Containers have a small /dev/shm.
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--hide-scrollbars",
            &profile,
        ];
        let options = json!({
            "goog:chromeOptions": {"binary": browser, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let session = this.ask("POST", "/session", &json!({"capabilities": {"alwaysMatch": options}}));
        let session = session.unwrap_or_else(|error| panic!("no browser: {error}"));
        this.session = format!("/session/{}", session["sessionId"].as_str().expect("a session has a name"));
        this
    }

    /// Opens a page and waits until its scripts have begun.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[track_caller]
    pub fn open(&self, url: &str) {
        self.tell("/url", &json!({"url": url}));
    }

    /// Runs the body of a function in the page and gives what it returns;
    /// `arguments[0]` and so on are `words`.
    ///
    /// # Panics
    /// When it throws.
    #[track_caller]
    #[must_use]
    pub fn run(&self, script: &str, words: &[&str]) -> Value {
        self.tell("/execute/sync", &json!({"script": script, "args": words}))
    }

    /// The same for a function that returns a promise.
    ///
    /// # Panics
    /// When it throws, or is rejected.
    #[track_caller]
    #[must_use]
    pub fn resolve(&self, script: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ {script} }})().then(done, (e) => done('' + e));"
        );
        self.tell("/execute/async", &json!({"script": script, "args": []}))
    }

    /// Waits until a script finds something: neither null nor false.
    ///
    /// # Panics
    /// When `bound` passes first; `what` names what never came.
    #[track_caller]
    pub fn await_found(&self, bound: Duration, what: &str, script: &str, words: &[&str]) -> Value {
        let found = || {
            Some(self.run(script, words)).filter(|found| !matches!(found, Value::Null | Value::Bool(false)))
        };
        let seen = || {
            let text = self.run("return document.body.innerText", &[]);
            format!("{what}; the page says:\n{}", text.as_str().unwrap_or_default())
        };
        wait_until_described(bound, seen, found)
    }

    /// Presses keys one after the other, wherever the focus is.
    ///
    /// # Panics
    /// When the browser refuses.
    #[track_caller]
    pub fn press(&self, keys: &[&str]) {
        let presses: Vec<Value> = keys
            .iter()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})))
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": presses}]});
        self.tell("/actions", &actions);
    }

    /// Gives the window this size, and the wish for light or dark.
    ///
    /// # Panics
    /// When the browser refuses.
    #[track_caller]
    pub fn dress(&self, (width, height): (u32, u32), dark: bool) {
        let mobile = width < 600;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Warnings and errors in the console since the last call.
    ///
    /// # Panics
    /// When the browser does not tell.
    #[track_caller]
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let log = self.tell("/se/log", &json!({"type": "browser"}));
        let serious = |entry: &&Value| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING"));
        let entries = log.as_array().into_iter().flatten().filter(serious);
        entries.map(|entry| entry["message"].to_string()).collect()
    }

    #[track_caller]
    fn devtools(&self, command: &str, parameters: &Value) {
        self.tell("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    #[track_caller]
    fn tell(&self, path: &str, body: &Value) -> Value {
        let path = format!("{}{path}", self.session);
        self.ask("POST", &path, body).unwrap_or_else(|error| panic!("{path} with {body}: {error}"))
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer =
            http::ask(&Peer::Tcp(self.address), method, path, &body).map_err(|error| error.to_string())?;
        let document: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
        if answer.status == 200 { Ok(document["value"].clone()) } else { Err(document["value"].to_string()) }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with the session.
        let _ = self.ask("DELETE", &self.session, &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
