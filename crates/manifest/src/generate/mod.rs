//! Files to begin with, in each scheduler's own words, with the reasons as comments.

mod compose;
mod kubernetes;
mod marathon;
mod nomad;
mod systemd;

use crate::contract::Contract;
use crate::scheduler::Scheduler;
use crate::variables::Variable;

/// What only whoever asks can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// The image.
    pub image: String,
    /// What it is called; the contract's name otherwise.
    pub name: Option<String>,
    /// How many of it.
    pub replicas: u32,
    /// Where the configuration is in the image.
    pub config: String,
}

/// What stands for a value that nobody knows yet.
const UNKNOWN: &str = "CHANGE-ME";
/// The name of the catalogue where no other is known.
const CATALOGUE: &str = "catalogue";

/// A file for this scheduler.
#[must_use]
pub fn generate(scheduler: Scheduler, contract: &Contract, wishes: &Wishes) -> String {
    let sheet = Sheet { contract, wishes, name: wishes.name.as_deref().unwrap_or(&contract.name) };
    match scheduler {
        Scheduler::Compose => compose::write(&sheet, false),
        Scheduler::Swarm => compose::write(&sheet, true),
        Scheduler::Kubernetes => kubernetes::write(&sheet),
        Scheduler::Nomad => nomad::write(&sheet),
        Scheduler::Marathon => marathon::write(&sheet),
        Scheduler::Systemd => systemd::write(&sheet),
    }
}

/// What all of them are written from.
struct Sheet<'a> {
    contract: &'a Contract,
    wishes: &'a Wishes,
    name: &'a str,
}

// === impl Sheet ===

impl Sheet<'_> {
    /// The variables that have to be given, with the values to begin with.
    fn variables(&self) -> Vec<(&str, String)> {
        let needed = self.contract.variables.iter().filter(|variable| !variable.is_optional);
        needed.map(|variable| (variable.name.as_str(), self.value(variable))).collect()
    }

    /// Those that may be given.
    fn optional(&self) -> Vec<&str> {
        let optional = self.contract.variables.iter().filter(|variable| variable.is_optional);
        optional.map(|variable| variable.name.as_str()).collect()
    }

    fn value(&self, variable: &Variable) -> String {
        let known = self.contract.values.get(&variable.name).filter(|value| !value.is_empty());
        known.cloned().unwrap_or_else(|| match variable.is_catalogue {
            true => CATALOGUE.to_owned(),
            false => UNKNOWN.to_owned(),
        })
    }

    /// Why a stop is granted so much.
    fn grace(&self) -> String {
        let seconds = self.contract.stop.as_secs_f64();
        let beyond = match self.contract.unbounded {
            Some(what) => format!("; add what {what} may take"),
            None => String::new(),
        };
        format!("a stop takes {seconds} s at most, and a margin{beyond}")
    }

    /// Does the configuration need a catalogue that stands beside it?
    fn has_catalogue(&self) -> bool {
        self.variables().iter().any(|(_, value)| value == CATALOGUE)
    }
}

/// A text in double quotes, as YAML, JSON and HCL have them.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_is_escaped() {
        assert_eq!(quoted("a\"b\\c\n\u{1}ü"), r#""a\"b\\c\n\u0001ü""#);
    }
}
