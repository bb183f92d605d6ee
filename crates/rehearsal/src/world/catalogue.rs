//! A catalogue that knows what the test says.

use super::World;
use gyropilot_engine::Input;
use gyropilot_model::{Desired, Instance, Seen, WatchTarget};

// === impl World ===

impl World {
    pub(super) fn want(&mut self, service: String, desired: Desired) {
        let status = |desired: &Desired| match desired {
            Desired::Absent => "absent".to_owned(),
            Desired::Present { status, .. } => status.to_string(),
        };
        let before = self.desired.get(&service).map_or_else(|| "absent".to_owned(), status);
        let after = status(&desired);
        if before != after {
            let why = match &desired {
                Desired::Present { output, .. } if !output.is_empty() => format!(" ({output})"),
                _ => String::new(),
            };
            self.note(&format!("service {service}: {after}{why}"));
        }
        self.desired.insert(service, desired);
    }

    pub(crate) fn set_instances(&mut self, service: &str, instances: Vec<Instance>) {
        self.note(&format!("{service} has {} instances", instances.len()));
        self.instances.insert(service.to_owned(), instances);
        self.answer_watches(|target| matches!(target, WatchTarget::Service { name, .. } if name == service));
    }

    pub(crate) fn set_key(&mut self, key: &str, value: Option<String>) {
        self.note(&format!("key {key} is {}", value.as_deref().unwrap_or("gone")));
        match value {
            Some(value) => drop(self.keys.insert(key.to_owned(), value)),
            None => drop(self.keys.remove(key)),
        }
        self.answer_watches(|target| match target {
            WatchTarget::Service { .. } => false,
            WatchTarget::Key { key: watched, .. } => watched == key,
            WatchTarget::Prefix { prefix, .. } => key.starts_with(prefix.as_str()),
        });
    }

    /// What the catalogue was told in between, it confirms when it is back.
    pub(crate) fn set_confirms(&mut self, confirms: bool) {
        self.note(if confirms { "the catalogue answers" } else { "the catalogue does not answer" });
        self.confirms = confirms;
        if confirms {
            for service in std::mem::take(&mut self.unsettled) {
                self.give(Input::Settled { service });
            }
        }
    }

    fn answer_watches(&mut self, concerned: impl Fn(&WatchTarget) -> bool) {
        let targets: Vec<WatchTarget> =
            self.watched.iter().filter(|target| concerned(target)).cloned().collect();
        for target in targets {
            let seen = self.seen(&target);
            self.give(Input::Watched { target, seen });
        }
    }

    pub(super) fn seen(&self, target: &WatchTarget) -> Seen {
        match target {
            WatchTarget::Service { name, .. } => {
                Seen::Instances(self.instances.get(name).cloned().unwrap_or_default())
            }
            WatchTarget::Key { key, .. } => Seen::Keys(self.pairs(|known| known == key)),
            WatchTarget::Prefix { prefix, .. } => {
                Seen::Keys(self.pairs(|known| known.starts_with(prefix.as_str())))
            }
        }
    }

    fn pairs(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
        let pairs = self.keys.iter().filter(|(key, _)| wanted(key));
        pairs.map(|(key, value)| (key.clone(), value.clone().into_bytes())).collect()
    }
}
