//! The page of metrics of a running pilot.

use crate::http::{self, Answer, Peer};
use crate::wait::{SOON, wait_until_described};
use std::cell::RefCell;

/// A reader of the telemetry at one port of 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct Metrics {
    port: u16,
}

// === impl Metrics ===

impl Metrics {
    /// A reader of what is served there.
    #[must_use]
    pub const fn at(port: u16) -> Self {
        Self { port }
    }

    /// What is answered; nothing while nobody does.
    #[must_use]
    pub fn ask(&self, method: &str, path: &str) -> Option<Answer> {
        http::ask(&Peer::Tcp(([127, 0, 0, 1], self.port).into()), method, path, "").ok()
    }

    /// The page itself; empty while nobody answers.
    #[must_use]
    pub fn page(&self) -> String {
        self.ask("GET", "/metrics").map(|answer| answer.body).unwrap_or_default()
    }

    /// The value of a sample, named with its labels; nothing while it is not there.
    #[must_use]
    pub fn sample(&self, name: &str) -> Option<f64> {
        value(&self.page(), name)
    }

    /// The value of a sample, once it is there and `wanted` likes it.
    ///
    /// # Panics
    /// When it does not come soon.
    #[track_caller]
    pub fn await_sample(&self, name: &str, wanted: impl Fn(f64) -> bool) -> f64 {
        let page = RefCell::new(String::new());
        wait_until_described(
            SOON,
            || format!("{name} in:\n{}", page.borrow()),
            || {
                page.replace(self.page());
                value(&page.borrow(), name).filter(|value| wanted(*value))
            },
        )
    }
}

fn value(page: &str, name: &str) -> Option<f64> {
    let rest = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    rest.split(' ').next()?.parse().ok()
}
