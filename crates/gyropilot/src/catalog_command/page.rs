//! What people are told: tables.

use super::document::{InstanceDocument, KeyDocument, ServiceDocument};
use crate::table::{Cell, Ink, Paper, Table, place};
use gyropilot_model::Status;

/// A line for each service.
pub(super) fn services(services: &[ServiceDocument], paper: Paper) -> String {
    let row = |service: &ServiceDocument| {
        let cells = [service.name.as_str().into(), service.instances.to_string().into(), health(service)];
        (cells, service.tags.join(", "))
    };
    let rows = services.iter().map(row).collect();
    written(&Table { head: ["SERVICE", "INSTANCES", "HEALTH"], note: "TAGS", rows }, paper)
}

/// A line for each instance.
pub(super) fn instances(instances: &[InstanceDocument], paper: Paper) -> String {
    let row = |instance: &InstanceDocument| {
        let cells = [
            instance.id.as_str().into(),
            place(&instance.address, instance.port).into(),
            Cell::inked(instance.status.as_str(), ink(instance.status)),
            instance.node.as_str().into(),
            Some(instance.tags.join(",")).filter(|tags| !tags.is_empty()).into(),
        ];
        (cells, instance.trouble().unwrap_or_default().to_owned())
    };
    let rows = instances.iter().map(row).collect();
    written(&Table { head: ["INSTANCE", "ADDRESS", "HEALTH", "NODE", "TAGS"], note: "BECAUSE", rows }, paper)
}

/// A line for each key, with its value.
pub(super) fn keys(keys: &[KeyDocument], paper: Paper) -> String {
    let rows = keys.iter().map(|key| ([key.key.as_str().into()], key.words())).collect();
    written(&Table { head: ["KEY"], note: "VALUE", rows }, paper)
}

fn written<const N: usize>(table: &Table<N>, paper: Paper) -> String {
    let mut page = String::new();
    table.write(&mut page, paper);
    page
}

/// How many instances are how: `2 passing, 1 critical`.
fn health(service: &ServiceDocument) -> Cell {
    let counts = [
        (service.passing, Status::Passing),
        (service.warning, Status::Warning),
        (service.critical, Status::Critical),
        (service.maintenance, Status::Maintenance),
    ];
    let there = counts.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = there.map(|(count, status)| format!("{count} {status}")).collect();
    let ink = match service.passing {
        all if all == service.instances && all > 0 => Ink::Good,
        0 => Ink::Bad,
        _ => Ink::Doubt,
    };
    if words.is_empty() { None::<u8>.into() } else { Cell::inked(&words.join(", "), ink) }
}

const fn ink(status: Status) -> Ink {
    match status {
        Status::Passing => Ink::Good,
        Status::Warning | Status::Maintenance => Ink::Doubt,
        Status::Critical => Ink::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_catalog::{Check, KeyValue, Node, ServiceEntry, ServiceRecord};

    fn check(id: &str, status: &str, output: &str, notes: &str) -> Check {
        Check {
            id: id.into(),
            status: status.into(),
            output: output.into(),
            notes: notes.into(),
            ..Check::default()
        }
    }

    fn entry(id: &str, address: &str, tags: &[&str], checks: Vec<Check>) -> ServiceEntry {
        ServiceEntry {
            node: Node { name: "n1".into(), address: "10.0.0.1".into(), ..Node::default() },
            service: ServiceRecord {
                id: id.into(),
                name: "web".into(),
                address: address.into(),
                port: 8080,
                tags: tags.iter().map(|&tag| tag.into()).collect(),
                ..ServiceRecord::default()
            },
            checks,
        }
    }

    fn entries() -> Vec<ServiceEntry> {
        let well = || check("serfHealth", "passing", "Agent alive and reachable", "");
        vec![
            entry(
                "web-3",
                "fd00::7",
                &[],
                vec![well(), check("_service_maintenance:web-3", "critical", "", "a new disk")],
            ),
            entry("web-1", "", &["v1", "blue"], vec![well()]),
            entry(
                "web-2",
                "10.0.0.7",
                &[],
                vec![well(), check("service:web-2", "critical", "TTL expired\n", "")],
            ),
        ]
    }

    #[test]
    fn instances_with_the_reason_of_what_is_not_well() {
        let page = instances(&InstanceDocument::all(&entries()), Paper::default());
        insta::assert_snapshot!(page);
    }

    #[test]
    fn services_with_their_health() {
        let of = |name: &str, tags: &[&str], entries: &[ServiceEntry]| {
            ServiceDocument::new(name.into(), tags.iter().map(|&tag| tag.into()).collect(), entries)
        };
        let all = entries();
        let page = services(
            &[of("consul", &[], &all[1..2]), of("gone", &["v1"], &[]), of("web", &["blue", "v1"], &all)],
            Paper::default(),
        );
        insta::assert_snapshot!(page);
    }

    #[test]
    fn values_that_are_no_text() {
        let pair = |key: &str, value: &[u8]| {
            KeyDocument::new(KeyValue { key: key.into(), value: value.into(), ..KeyValue::default() })
        };
        let page = keys(&[pair("a", b"one\ntwo"), pair("b/c", &[0, 159, 255, 1])], Paper::default());
        insta::assert_snapshot!(page);
    }
}
