//! What a scheduler is told against what a configuration needs.

use crate::contract::Contract;
use crate::facts::{Asked, Facts, facts};
use crate::node::Unreadable;
use crate::scheduler::Scheduler;
use gyropilot_model::{Signal, format_go_duration};
use std::collections::BTreeMap;
use std::path::Path;

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// It works, and could be better.
    Advice,
    /// It does not do what is meant.
    Contradiction,
}

/// Something that a file says against a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// How grave it is.
    pub gravity: Gravity,
    /// Where, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Where HTTP is answered by the pilot.
const PATHS: [&str; 4] = ["/livez", "/readyz", "/metrics", "/status"];

/// Holds a file against a contract: whose file it is, and what it says against it, in the order of the file.
/// The container is the one of this name, or of the contract's, or else the only one that may be meant.
///
/// # Errors
/// Where the file cannot be read, or there is no telling which container is meant.
pub fn check(
    text: &str,
    scheduler: Option<Scheduler>,
    name: Option<&str>,
    contract: &Contract,
) -> Result<(Scheduler, Vec<Contradiction>), Unreadable> {
    let (scheduler, all) = facts(text, scheduler)?;
    let facts = chosen(&all, name, contract)?;
    let mut found = Found { facts, contract, scheduler, all: Vec::new() };
    found.grace();
    found.signal();
    found.probes();
    found.ports();
    found.variables();
    found.updates();
    found.socket();
    found.all.sort_by_key(|contradiction| contradiction.line);
    Ok((scheduler, found.all))
}

/// The variables that a file gives to its containers, as far as it says their values.
///
/// # Errors
/// Where the file cannot be read.
pub fn given(text: &str, scheduler: Option<Scheduler>) -> Result<BTreeMap<String, String>, Unreadable> {
    let (_, all) = facts(text, scheduler)?;
    let variables = all.into_iter().flat_map(|facts| facts.variables);
    Ok(variables.map(|(name, (value, _))| (name, default_of(&value))).collect())
}

/// Of `${NAME:-default}`, which Compose fills in, the default.
fn default_of(value: &str) -> String {
    let inner = value.strip_prefix("${").and_then(|value| value.strip_suffix('}'));
    let default = inner.and_then(|inner| inner.split_once(":-").or_else(|| inner.split_once('-')));
    default.map_or(value, |(_, default)| default).to_owned()
}

fn chosen<'f>(all: &'f [Facts], name: Option<&str>, contract: &Contract) -> Result<&'f Facts, Unreadable> {
    let of_name = |name: &str| all.iter().find(|facts| facts.name == name);
    let others = |facts: &&Facts| !facts.runs.contains("catalog");
    let names = || all.iter().map(|facts| facts.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(name) = name {
        let reason = format!("no container is called {name}; there are: {}", names());
        return of_name(name).ok_or(Unreadable { line: 1, reason });
    }
    if let Some(facts) = of_name(&contract.name) {
        return Ok(facts);
    }
    let mut possible = all.iter().filter(others);
    match (possible.next(), possible.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Unreadable { line: 1, reason: "there is no container in this file".to_owned() }),
        (Some(_), Some(_)) => Err(Unreadable {
            line: 1,
            reason: format!("which container has this configuration? There are: {}", names()),
        }),
    }
}

struct Found<'a> {
    facts: &'a Facts,
    contract: &'a Contract,
    scheduler: Scheduler,
    all: Vec<Contradiction>,
}

// === impl Found ===

impl Found<'_> {
    fn say(&mut self, gravity: Gravity, line: usize, message: String, hint: String) {
        self.all.push(Contradiction { gravity, line, message, hint });
    }

    fn against(&mut self, line: usize, message: String, hint: String) {
        self.say(Gravity::Contradiction, line, message, hint);
    }

    fn grace(&mut self) {
        let (key, needed) = (self.scheduler.grace_key(), self.contract.stop);
        let wanted = self.contract.grace();
        let hint = match self.scheduler {
            Scheduler::Compose | Scheduler::Swarm | Scheduler::Nomad => format!("{key}: {wanted}s"),
            _ => format!("{key}: {wanted}"),
        };
        let needs = format_go_duration(needed);
        match self.facts.grace {
            Some((grace, line)) if grace < needed => {
                let grace = format_go_duration(grace);
                self.against(
                    line,
                    format!("a stop may take {needs}, and is granted {grace}: the rest is cut off"),
                    hint,
                );
            }
            None if self.scheduler.default_grace() < needed => {
                let default = format_go_duration(self.scheduler.default_grace());
                let message =
                    format!("a stop may take {needs}, and is granted {default} where nothing is said");
                self.against(self.facts.line, message, hint);
            }
            _ => {}
        }
        if let Some(what) = self.contract.unbounded {
            let line = self.facts.grace.map_or(self.facts.line, |(_, line)| line);
            let message = format!("{what} may take up to an hour, which no grace covers");
            let hint = "bound it by `stopBudget`, or by a `timeout` of its own".to_owned();
            self.say(Gravity::Advice, line, message, hint);
        }
    }

    fn signal(&mut self) {
        let Some((name, line)) = self.facts.signal.clone() else { return };
        let stops = Signal::from_name(&name).is_some_and(|signal| self.contract.stops_at(signal));
        if !stops {
            let message = format!("at {name} the pilot does not take leave");
            self.against(line, message, "SIGTERM is what it stops at; leave this out".to_owned());
        }
    }

    fn probes(&mut self) {
        let (facts, contract) = (self.facts, self.contract);
        for probe in &facts.probes {
            let Asked { kills, port, path, line } = probe;
            let Some(port) = *port else { continue };
            if contract.telemetry == Some(port) {
                let path = path.as_deref().unwrap_or("/");
                if !PATHS.contains(&path) {
                    let message = format!("the pilot answers nothing at {path}");
                    self.against(
                        *line,
                        message,
                        "/readyz whether it is ready, /livez whether it lives".to_owned(),
                    );
                } else if *kills && path == "/readyz" {
                    let message =
                        "whoever is not ready is killed: while it drains, and while a start takes long";
                    self.against(*line, message.to_owned(), "/livez is for this probe".to_owned());
                }
            } else if !contract.ports.iter().any(|known| known.number == port) {
                let hint = match contract.telemetry {
                    Some(telemetry) => format!("the pilot itself answers on port {telemetry}"),
                    None => "with `telemetry` in the configuration the pilot answers /livez and /readyz"
                        .to_owned(),
                };
                let message = match port {
                    0 => "no port of this name is listed".to_owned(),
                    _ => format!("nothing listens on port {port}: no job has it"),
                };
                self.against(*line, message, hint);
            }
        }
    }

    fn ports(&mut self) {
        let (facts, contract) = (self.facts, self.contract);
        for (port, line) in &facts.ports {
            if contract.telemetry != Some(*port) && !contract.ports.iter().any(|known| known.number == *port)
            {
                let known: Vec<String> = contract.ports.iter().map(|port| port.number.to_string()).collect();
                let hint = match known.as_slice() {
                    [] => "the configuration offers no port".to_owned(),
                    known => format!("the configuration has {}", known.join(", ")),
                };
                self.against(*line, format!("no job listens on port {port}"), hint);
            }
        }
        if let (Some(line), Some((replicas, _))) = (facts.host_port, facts.replicas)
            && replicas > 1
        {
            let message = format!("{replicas} of them want the same port of the host");
            self.against(line, message, "leave the port of the host to the scheduler".to_owned());
        }
    }

    fn variables(&mut self) {
        let (facts, contract) = (self.facts, self.contract);
        for variable in contract.variables.iter().filter(|variable| !variable.is_optional) {
            let (name, given) = (&variable.name, facts.variables.get(&variable.name));
            let is_missing = given.is_none() && !facts.has_more_variables;
            match given {
                Some((value, line)) if value.is_empty() => {
                    let hint = "give it a value, or the configuration a `default`".to_owned();
                    self.against(*line, format!("{name} is empty, and the configuration needs it"), hint);
                }
                _ if is_missing && variable.is_catalogue => {
                    let message =
                        format!("{name} is not given: the pilot does not know where the catalogue is");
                    self.against(facts.line, message, format!("give it in the environment: {name}"));
                }
                _ if is_missing => {
                    let message = format!("{name} is not given, and the configuration needs it");
                    let hint = "give it here, unless the image does".to_owned();
                    self.say(Gravity::Advice, facts.line, message, hint);
                }
                _ => {}
            }
        }
    }

    fn updates(&mut self) {
        let Some(line) = self.facts.stop_first else { return };
        let what = match self.scheduler {
            Scheduler::Swarm | Scheduler::Compose => "order: start-first",
            Scheduler::Kubernetes => "RollingUpdate with maxUnavailable 0 and maxSurge 1",
            Scheduler::Nomad => "canary = 1",
            _ => "minimumHealthCapacity 1",
        };
        let message = "an update stops instances before there are new ones".to_owned();
        let gravity = match self.facts.replicas {
            Some((replicas, _)) if replicas > 1 => Gravity::Advice,
            _ => Gravity::Contradiction,
        };
        self.say(gravity, line, message, what.to_owned());
    }

    fn socket(&mut self) {
        let (Some(line), Some(socket)) = (self.facts.read_only, &self.contract.socket) else { return };
        let real = Path::new("/run").join(socket.strip_prefix("/var/run").unwrap_or(socket));
        let real = if socket.starts_with("/var/run") { real } else { socket.clone() };
        let writable =
            |path: &String| real.starts_with(path.trim_end_matches('/')) || socket.starts_with(path);
        if !self.facts.writable.iter().any(writable) {
            let message =
                format!("nothing can be written, and the control socket is to be at {}", socket.display());
            let folder = real.parent().unwrap_or(Path::new("/run")).display().to_string();
            self.against(line, message, format!("a tmpfs at {folder}"));
        }
    }
}
