//! What is there of what is followed, and what changed in it.

use super::document::{InstanceDocument, KeyDocument};
use crate::table::{place, plain};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How much of a value stands in a line for people, in characters.
const WORDS: usize = 160;

/// One thing of those that are followed: a service, an instance, a key.
#[derive(Clone)]
pub(super) struct Item {
    /// What it is called, and the node that it is on: instances on two nodes may have the same id.
    name: String,
    node: Option<String>,
    /// Where it is, for people.
    place: String,
    /// How it stands, for people.
    words: String,
    /// The same for programs.
    document: Value,
    /// What of it counts as a change. What a check says does not as long as
    /// its status is the same, nor does an index.
    essence: Value,
}

/// A difference between one answer and the one before.
#[derive(Serialize)]
pub(super) struct Change<'a> {
    change: Kind,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
    #[serde(skip)]
    words: &'a str,
}

/// Its kind.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// It was there when it was looked at first.
    Present,
    Added,
    Changed,
    Removed,
}

// === impl Item ===

impl Item {
    pub(super) fn service(name: String, tags: &[String]) -> Self {
        Self {
            words: tags.join(", "),
            document: json!({ "name": name, "tags": tags }),
            essence: json!(tags),
            name,
            node: None,
            place: String::new(),
        }
    }

    pub(super) fn instance(instance: &InstanceDocument) -> Self {
        let checks: Vec<(&str, &str)> =
            instance.checks.iter().map(|check| (check.id.as_str(), check.status.as_str())).collect();
        let place = place(&instance.address, instance.port);
        let status = instance.status.as_str();
        let essence = json!([place, instance.node, status, instance.tags, instance.meta, checks]);
        let words = match instance.trouble() {
            Some(trouble) => format!("{place} {status}: {trouble}"),
            None => format!("{place} {status}"),
        };
        let node = Some(instance.node.clone());
        Self { name: instance.id.clone(), node, place, words, document: json!(instance), essence }
    }

    pub(super) fn key(key: &KeyDocument) -> Self {
        Self {
            name: key.key.clone(),
            node: None,
            place: String::new(),
            words: key.words(),
            document: json!(key),
            essence: json!([key.base64, key.flags, key.session]),
        }
    }

    /// What tells it from others.
    fn identity(&self) -> (&str, Option<&str>) {
        (&self.name, self.node.as_deref())
    }

    /// For programs.
    pub(super) const fn document(&self) -> &Value {
        &self.document
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity() && self.essence == other.essence
    }
}

// === impl Change ===

impl<'a> Change<'a> {
    /// What is different `now`; without a `before`, all that is there.
    pub(super) fn between(before: Option<&'a [Item]>, now: &'a [Item]) -> Vec<Self> {
        let known: BTreeMap<_, &Item> =
            before.into_iter().flatten().map(|item| (item.identity(), item)).collect();
        let left: BTreeSet<_> = now.iter().map(Item::identity).collect();
        let gone = known.iter().filter(|(identity, _)| !left.contains(*identity));
        let gone = gone.map(|(_, item)| Self::of(item, Kind::Removed, &item.place));
        let new = now.iter().filter_map(|item| {
            let kind = match known.get(&item.identity()) {
                _ if before.is_none() => Kind::Present,
                None => Kind::Added,
                Some(known) if **known != *item => Kind::Changed,
                Some(_) => return None,
            };
            Some(Self::of(item, kind, &item.words))
        });
        gone.chain(new).collect()
    }

    fn of(item: &'a Item, change: Kind, words: &'a str) -> Self {
        Self { change, name: &item.name, node: item.node.as_deref(), words }
    }

    /// A line of it, without the time and the line end.
    pub(super) fn line(&self) -> String {
        let kind = match self.change {
            Kind::Present => "present",
            Kind::Added => "added",
            Kind::Changed => "changed",
            Kind::Removed => "removed",
        };
        let mut words = plain(self.words);
        if let Some((end, _)) = words.char_indices().nth(WORDS) {
            words.truncate(end);
            words.push('…');
        }
        format!("{kind:8} {}  {words}", plain(self.name)).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_catalog::{Check, KeyValue, ServiceEntry, ServiceRecord};

    fn key(key: &str, value: &str, modify_index: u64) -> Item {
        let pair = KeyValue { key: key.into(), value: value.into(), modify_index, ..KeyValue::default() };
        Item::key(&KeyDocument::new(pair))
    }

    fn instance(status: &str, output: &str) -> Item {
        let check =
            Check { id: "c".into(), status: status.into(), output: output.into(), ..Check::default() };
        let service = ServiceRecord {
            id: "web-1".into(),
            address: "10.0.0.7".into(),
            port: 80,
            ..ServiceRecord::default()
        };
        let entry = ServiceEntry { service, checks: vec![check], ..ServiceEntry::default() };
        Item::instance(&InstanceDocument::all(&[entry])[0])
    }

    fn lines(before: Option<&[Item]>, now: &[Item]) -> Vec<String> {
        Change::between(before, now).iter().map(Change::line).collect()
    }

    #[test]
    fn each_kind_of_change() {
        let first = [key("a", "1", 1), key("b", "2", 2)];
        assert_eq!(lines(None, &first), ["present  a  1", "present  b  2"]);
        let then = [key("b", "3\u{1b}[2J", 3), key("c", "", 4)];
        assert_eq!(lines(Some(&first), &then), ["removed  a", "changed  b  3 [2J", "added    c"]);
        let long = key("d", &"x".repeat(1000), 1);
        assert_eq!(lines(Some(&[]), &[long])[0].chars().count(), "added    d  ".len() + WORDS + 1);
    }

    #[test]
    fn what_is_no_change() {
        assert!(lines(Some(&[key("a", "1", 1)]), &[key("a", "1", 7)]).is_empty());
        assert!(
            lines(Some(&[instance("passing", "took 3 ms")]), &[instance("passing", "took 4 ms")]).is_empty()
        );
        let ill = lines(Some(&[instance("passing", "")]), &[instance("critical", "TTL expired")]);
        let gone = lines(Some(&[instance("passing", "")]), &[]);
        assert_eq!(gone, ["removed  web-1  10.0.0.7:80"]);
        assert_eq!(ill, ["changed  web-1  10.0.0.7:80 critical: TTL expired"]);
    }
}
