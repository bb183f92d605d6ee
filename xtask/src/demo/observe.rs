//! What the catalogue says, what nginx does about it, and when both agree.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::http;
use crate::interrupt;

/// Longer than any answer takes that is not held back on purpose.
const PROMPT: Duration = Duration::from_secs(2);
/// How long the catalogue holds a question back for news.
const HOLD: Duration = Duration::from_secs(5);

/// Names of instances, as `sales-1`.
pub(crate) type Names = BTreeSet<String>;

/// The demo seen from outside: a catalogue and an nginx.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observer {
    /// Where the catalogue listens, on port 8500.
    pub(crate) catalogue: Ipv4Addr,
    /// Where nginx listens, on port 80.
    pub(crate) page: Ipv4Addr,
}

// === impl Observer ===

impl Observer {
    /// Whether the catalogue is there and has a leader, without which it answers nothing.
    pub(crate) fn catalogue_is_up(self) -> bool {
        let leader = http::get(self.catalogue, 8500, "/v1/status/leader", PROMPT);
        leader.is_ok_and(|answer| answer.status == 200 && answer.body.trim_matches(['"', '\n']).contains(':'))
    }

    /// The catalogue's own page.
    pub(crate) fn catalogue_page(self) -> Result<String> {
        let answer = http::get(self.catalogue, 8500, "/ui/", PROMPT)?;
        if answer.status != 200 {
            bail!("the page of the catalogue answered {}", answer.status);
        }
        Ok(answer.body)
    }

    /// The services that are registered, without the catalogue itself.
    pub(crate) fn services(self) -> Result<Vec<String>> {
        let answer = http::get(self.catalogue, 8500, "/v1/catalog/services", PROMPT)?;
        let services: Value = serde_json::from_str(&answer.body)?;
        let names = services.as_object().context("the list of services is no object")?.keys();
        Ok(names.filter(|name| *name != "consul").cloned().collect())
    }

    /// The healthy instances of a service.
    pub(crate) fn healthy(self, service: &str) -> Result<Names> {
        self.ask(service, "", PROMPT).map(|(_, names)| names)
    }

    /// As [`Self::healthy`], held back until something changed since `index`, for
    /// some seconds at most. Gives the index to ask with next.
    pub(crate) fn healthy_after(self, service: &str, index: &str) -> Result<(String, Names)> {
        self.ask(service, &format!("&index={index}&wait={}s", HOLD.as_secs()), HOLD * 2)
    }

    fn ask(self, service: &str, more: &str, bound: Duration) -> Result<(String, Names)> {
        let path = format!("/v1/health/service/{service}?passing=1{more}");
        let answer = http::get(self.catalogue, 8500, &path, bound)?;
        if answer.status != 200 {
            bail!("the catalogue answered {}: {}", answer.status, answer.body);
        }
        let index = answer.header("X-Consul-Index").unwrap_or("0").to_owned();
        let found: Value = serde_json::from_str(&answer.body)?;
        let found = found.as_array().context("the instances are no list")?;
        // An instance registers as SERVICE-HOSTNAME.
        let ids = found.iter().filter_map(|entry| entry["Service"]["ID"].as_str());
        let names = ids.map(|id| id.strip_prefix(&format!("{service}-")).unwrap_or(id).to_owned());
        Ok((index, names.collect()))
    }

    /// The name of the instance that answers for a service through nginx; none
    /// when nginx knows no such service.
    pub(crate) fn visit(self, service: &str) -> Result<Option<String>> {
        let answer = http::get(self.page, 80, &format!("/{service}/"), PROMPT)?;
        match answer.status {
            200 => {
                let body: Value = serde_json::from_str(&answer.body)?;
                Ok(Some(body["instance"].as_str().context("the answer names no instance")?.to_owned()))
            }
            404 => Ok(None),
            status => bail!("nginx answered {status}"),
        }
    }

    /// The front page, whole.
    pub(crate) fn front_page(self) -> Result<String> {
        let answer = http::get(self.page, 80, "/", PROMPT)?;
        if answer.status != 200 {
            bail!("the front page answered {}", answer.status);
        }
        Ok(answer.body)
    }

    /// Waits until nginx sends visitors to exactly those instances that the
    /// catalogue calls healthy, and `good` likes them. Gives them, and how long
    /// that took.
    pub(crate) fn agreement(
        self,
        service: &str,
        bound: Duration,
        good: impl Fn(&Names) -> bool,
    ) -> Result<(Names, Duration)> {
        let start = Instant::now();
        let what = format!("agreement of nginx and the catalogue about {service}");
        let names = interrupt::wait_for(&what, bound, || {
            let names = self.healthy(service).ok().filter(&good)?;
            (self.answering(service, names.len()).ok()? == names).then_some(names)
        })?;
        Ok((names, start.elapsed()))
    }

    /// Who answers when nginx is asked so often that each of `expected` instances
    /// has its turn, and one too many would have, too.
    fn answering(self, service: &str, expected: usize) -> Result<Names> {
        let mut names = Names::new();
        for _ in 0..(expected + 1) * 3 {
            names.extend(self.visit(service)?);
        }
        Ok(names)
    }
}

/// `a, b and c`, or `nobody`.
pub(crate) fn listed(names: &Names) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_a_sentence_does() {
        let read = |names: &[&str]| listed(&names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(read(&[]), "nobody");
        assert_eq!(read(&["sales-1"]), "sales-1");
        assert_eq!(read(&["sales-2", "sales-1"]), "sales-1 and sales-2");
        assert_eq!(read(&["a", "b", "c"]), "a, b and c");
    }
}
