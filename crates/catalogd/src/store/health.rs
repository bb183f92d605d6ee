//! What checks say: updates by their owners, results of looks, maintenance, aliases.

use super::check::CheckEntry;
use super::{Check, Index, Refusal, Source, Status, Store, Topic, cut_output};
use gyropilot_model::Time;
use std::rc::Rc;

/// What a maintenance says when no reason is given, for an instance.
const SERVICE_REASON: &str =
    "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.";
/// The same for a node.
const NODE_REASON: &str =
    "Maintenance mode is enabled for this node, but no reason was provided. This is a default message.";

// === impl Store ===

impl Store {
    /// The owner of a check with a TTL says how it is.
    ///
    /// # Errors
    /// When there is no such check, or it has no TTL.
    pub fn update_check(&mut self, now: Time, id: &str, status: Status, output: &str) -> Result<(), Refusal> {
        let node = self.identity.node.clone();
        let Some(entry) = self.own_check(id) else {
            return Err(Refusal::missing(format!(
                "Unknown check ID {id:?}. Ensure that the check ID is passed, not the check name."
            )));
        };
        if !matches!(entry.check.source, Source::Ttl(_)) {
            return Err(Refusal::failed(format!("CheckID {id:?} does not have associated TTL")));
        }
        self.postpone(&node, id, now);
        self.set_status(now, &node, id, status, output);
        self.settle_aliases(now);
        Ok(())
    }

    /// The catalogue looked by itself, and this is what it found. Nothing happens
    /// when the check has gone in the meantime.
    pub fn looked(&mut self, now: Time, node: &str, id: &str, status: Status, output: &str) {
        let Some(entry) = self.nodes.get_mut(node).and_then(|entry| entry.checks.get_mut(id)) else { return };
        let is_well = status != Status::Critical;
        let (was_well, count) = entry.streak;
        entry.streak = (is_well, if was_well == is_well { count.saturating_add(1) } else { 1 });
        let needed = match is_well {
            true => entry.check.success_before_passing,
            false => entry.check.failures_before_critical,
        };
        let status = if entry.streak.1 > needed { status } else { entry.check.status };
        self.set_status(now, node, id, status, output);
        self.settle_aliases(now);
    }

    /// Puts an instance on the catalogue's own node into maintenance, or takes it out.
    ///
    /// # Errors
    /// When there is no such instance.
    pub fn maintain_service(&mut self, now: Time, id: &str, on: bool, reason: &str) -> Result<(), Refusal> {
        let node = self.identity.node.clone();
        let Some(service) = self.service(&node, id).cloned() else {
            return Err(Refusal::missing(format!("No service registered with ID {id:?}")));
        };
        let mut check = Check {
            id: format!("_service_maintenance:{id}"),
            name: "Service Maintenance Mode".to_owned(),
            notes: if reason.is_empty() { SERVICE_REASON } else { reason }.to_owned(),
            ..Check::default()
        };
        check.concern(&service);
        self.maintain(now, check, on);
        Ok(())
    }

    /// Puts the catalogue's own node into maintenance, or takes it out.
    pub fn maintain_node(&mut self, now: Time, on: bool, reason: &str) {
        let check = Check {
            id: "_node_maintenance".to_owned(),
            name: "Node Maintenance Mode".to_owned(),
            notes: if reason.is_empty() { NODE_REASON } else { reason }.to_owned(),
            ..Check::default()
        };
        self.maintain(now, check, on);
    }

    fn maintain(&mut self, now: Time, check: Check, on: bool) {
        let node = self.identity.node.clone();
        let is_on = self.own_check(&check.id).is_some();
        // What is on stays as it is, its reason too.
        if is_on == on {
            return;
        }
        let index = self.next_index();
        match on {
            true => {
                let check = Check { node, kind: "maintenance".to_owned(), status: Status::Critical, ..check };
                self.upsert_check(now, check, index);
            }
            false => {
                self.drop_check(now, &node, &check.id, index);
            }
        }
        self.settle_aliases(now);
    }

    fn own_check(&self, id: &str) -> Option<&CheckEntry> {
        self.nodes.get(&self.identity.node)?.checks.get(id)
    }

    /// A check says something. Those who wait are woken by a status that differs at
    /// once, by another output only now and then.
    pub(super) fn set_status(&mut self, now: Time, node: &str, id: &str, status: Status, output: &str) {
        let output = cut_output(output);
        let Some(entry) = self.nodes.get_mut(node).and_then(|entry| entry.checks.get_mut(id)) else { return };
        let was = entry.check.status;
        if was == status && entry.check.output == output {
            return;
        }
        Rc::make_mut(&mut entry.check).output = output;
        if was == status {
            if self.may_tell(node, id, now) {
                let index = self.next_index();
                self.tell_check(now, node, id, index);
            } else {
                self.hold_output(node, id);
                self.revise_check(node, id);
            }
            return;
        }
        Rc::make_mut(&mut entry.check).status = status;
        entry.critical_since = (status == Status::Critical).then_some(now);
        let index = self.next_index();
        self.tell_check(now, node, id, index);
        self.keep_check(node, id);
        if status == Status::Critical {
            self.end_sessions_of(now, node, id);
        }
    }

    /// What a check says becomes known to those who wait.
    pub(super) fn tell_check(&mut self, now: Time, node: &str, id: &str, index: Index) {
        let Some(entry) = self.nodes.get_mut(node).and_then(|entry| entry.checks.get_mut(id)) else { return };
        entry.told = now;
        entry.is_output_held = false;
        Rc::make_mut(&mut entry.check).modified = index;
        self.touch_check(node, id);
    }

    /// An answer that was made before is out of date, though nobody is woken.
    fn revise_check(&mut self, node: &str, id: &str) {
        let Some(entry) = self.nodes.get(node).and_then(|entry| entry.checks.get(id)) else { return };
        let services = match entry.check.service_name.as_str() {
            "" => self.nodes.get(node).map_or_else(Vec::new, |entry| {
                entry.services.values().map(|service| service.name.clone()).collect()
            }),
            name => vec![name.to_owned()],
        };
        self.revision += 1;
        let topics = services.iter().map(|name| Topic::service(name));
        for topic in topics.chain([Topic::Checks, Topic::node_checks(node)]) {
            self.marks.revise(&topic, self.revision);
        }
    }

    /// Brings every alias to what its subject says. Aliases may follow aliases;
    /// those that follow each other in a circle keep what they said.
    pub(super) fn settle_aliases(&mut self, now: Time) {
        for _ in 0..=self.aliases.len() {
            let mut news = Vec::new();
            for (node, id) in &self.aliases {
                let Some(entry) = self.nodes.get(node).and_then(|entry| entry.checks.get(id)) else {
                    continue;
                };
                let Source::Alias { node: subject, service } = &entry.check.source else { continue };
                let subject = if subject.is_empty() { node } else { subject };
                let (status, output) = self.subject_health(subject, service);
                if entry.check.status != status || entry.check.output != output {
                    news.push((node.clone(), id.clone(), status, output));
                }
            }
            if news.is_empty() {
                return;
            }
            for (node, id, status, output) in news {
                self.set_status(now, &node, &id, status, &output);
            }
        }
    }

    fn subject_health(&self, node: &str, service: &str) -> (Status, String) {
        let Some(entry) = self.nodes.get(node) else {
            return (Status::Critical, format!("no node is called {node:?}"));
        };
        if !service.is_empty() && !entry.services.contains_key(service) {
            return (Status::Critical, format!("Service {service} could not be found on node {node}"));
        }
        let node_checks = entry.checks_of.get("").into_iter().flatten();
        let own = entry.checks_of.get(service).into_iter().flatten().filter(|_| !service.is_empty());
        let checks: Vec<&Check> = node_checks
            .chain(own)
            .filter_map(|id| entry.checks.get(id))
            .map(|entry| &*entry.check)
            .filter(|check| !matches!(check.source, Source::Alias { .. }) || check.service_id != service)
            .collect();
        match checks.iter().max_by_key(|check| check.status) {
            Some(worst) if worst.status != Status::Passing => (
                worst.status,
                format!(
                    "Aliased check {:?} {}: {}",
                    worst.name,
                    match worst.status {
                        Status::Warning => "warning",
                        _ => "failing",
                    },
                    worst.output
                ),
            ),
            _ if checks.is_empty() => (Status::Passing, "No checks found.".to_owned()),
            _ => (Status::Passing, "All checks passing.".to_owned()),
        }
    }
}
