//! The simulated catalogue as a [`Catalog`].

use super::state::State;
use super::{DATACENTER, NODE, Simulated};
use crate::{
    Agent, Answer, Catalog, Error, KeyValue, Meta, Node, NodeServices, Read, Reply, ServiceEntry,
    ServiceQuery, ServiceRecord,
};
use gyropilot_model::{Service, Status};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::watch;

impl Catalog for Simulated {
    fn register<'a>(&'a self, service: &'a Service, status: Status) -> Reply<'a, ()> {
        Box::pin(self.write("register", &service.id, move |state| {
            state.register(service, status);
            Ok(())
        }))
    }

    fn update<'a>(&'a self, check_id: &'a str, status: Status, output: &'a str) -> Reply<'a, ()> {
        Box::pin(self.write("update", check_id, move |state| {
            let status = if status == Status::Maintenance { Status::Critical } else { status };
            let text = format!("CheckID \"{check_id}\" does not have associated TTL");
            state.update(check_id, status, output).then_some(()).ok_or(Error::Refused { status: 500, text })
        }))
    }

    fn deregister<'a>(&'a self, id: &'a str) -> Reply<'a, ()> {
        Box::pin(self.write("deregister", id, move |state| {
            state.remove(id);
            Ok(())
        }))
    }

    fn deregister_check<'a>(&'a self, check_id: &'a str) -> Reply<'a, ()> {
        Box::pin(self.write("deregister_check", check_id, move |state| {
            state.remove_check(check_id);
            Ok(())
        }))
    }

    fn registration<'a>(&'a self, id: &'a str) -> Reply<'a, Option<ServiceRecord>> {
        Box::pin(async move {
            self.admit("registration", id).await?;
            Ok(self.state.borrow().services.get(id).map(|held| held.record.clone()))
        })
    }

    fn losses(&self) -> watch::Receiver<u64> {
        self.losses.subscribe()
    }

    fn instances<'a>(
        &'a self,
        query: &'a ServiceQuery,
        read: &'a Read,
    ) -> Reply<'a, Answer<Vec<ServiceEntry>>> {
        let view = |state: &State| {
            let wanted = |entry: &ServiceEntry| {
                entry.service.name == query.name
                    && query.tags.iter().all(|tag| entry.service.tags.contains(tag))
                    && (!query.passing || entry.status() == Status::Passing)
            };
            let entries = state.services.values().map(|held| held.entry(node())).filter(wanted).collect();
            (state.changed(&query.name), entries)
        };
        Box::pin(self.read("instances", &query.name, read, view))
    }

    fn services<'a>(&'a self, read: &'a Read) -> Reply<'a, Answer<BTreeMap<String, Vec<String>>>> {
        let view = |state: &State| {
            let mut services: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            services.insert("consul".to_owned(), BTreeSet::new());
            for held in state.services.values() {
                services
                    .entry(held.record.name.clone())
                    .or_default()
                    .extend(held.record.tags.iter().cloned());
            }
            (
                state.index,
                services.into_iter().map(|(name, tags)| (name, tags.into_iter().collect())).collect(),
            )
        };
        Box::pin(self.read("services", "", read, view))
    }

    fn nodes<'a>(&'a self, _near: Option<&'a str>, read: &'a Read) -> Reply<'a, Answer<Vec<Node>>> {
        Box::pin(self.read("nodes", "", read, |_| (1, vec![node()])))
    }

    fn node<'a>(&'a self, name: &'a str, read: &'a Read) -> Reply<'a, Answer<Option<NodeServices>>> {
        let view = move |state: &State| {
            let services = || state.services.values().map(|held| held.record.clone()).collect();
            (state.index, (name == NODE).then(|| NodeServices { node: node(), services: services() }))
        };
        Box::pin(self.read("node", name, read, view))
    }

    fn datacenters(&self) -> Reply<'_, Answer<Vec<String>>> {
        Box::pin(async {
            self.admit("datacenters", "").await?;
            Ok(Answer { value: vec![DATACENTER.to_owned()], meta: Meta::default() })
        })
    }

    fn agent(&self) -> Reply<'_, Answer<Agent>> {
        Box::pin(async {
            self.admit("agent", "").await?;
            let value = Agent {
                node_name: NODE.to_owned(),
                address: node().address,
                datacenter: DATACENTER.to_owned(),
                version: String::new(),
            };
            Ok(Answer { value, meta: Meta::default() })
        })
    }

    fn key<'a>(&'a self, key: &'a str, read: &'a Read) -> Reply<'a, Answer<Option<KeyValue>>> {
        let key = key.trim_start_matches('/');
        let view = move |state: &State| {
            let found = state.keys.get(key).cloned();
            (found.as_ref().map_or(state.keys_changed, |found| found.modify_index), found)
        };
        Box::pin(self.read("key", key, read, view))
    }

    fn tree<'a>(&'a self, prefix: &'a str, read: &'a Read) -> Reply<'a, Answer<Vec<KeyValue>>> {
        let prefix = prefix.trim_start_matches('/');
        let view = move |state: &State| {
            let found = state.keys.values().filter(|pair| pair.key.starts_with(prefix)).cloned().collect();
            (state.keys_changed, found)
        };
        Box::pin(self.read("tree", prefix, read, view))
    }

    fn keys<'a>(
        &'a self,
        prefix: &'a str,
        separator: Option<char>,
        read: &'a Read,
    ) -> Reply<'a, Answer<Vec<String>>> {
        let prefix = prefix.trim_start_matches('/');
        let view = move |state: &State| {
            let fold = |key: &String| {
                let rest = key.strip_prefix(prefix)?;
                let folder = separator.and_then(|separator| rest.split_once(separator));
                Some(match (folder, separator) {
                    (Some((folder, _)), Some(separator)) => format!("{prefix}{folder}{separator}"),
                    _ => key.clone(),
                })
            };
            let found: BTreeSet<String> = state.keys.keys().filter_map(fold).collect();
            (state.keys_changed, found.into_iter().collect())
        };
        Box::pin(self.read("keys", prefix, read, view))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Reply<'a, ()> {
        let key = key.trim_start_matches('/');
        Box::pin(self.write("put", key, move |state| {
            state.set_key(key, value);
            Ok(())
        }))
    }

    fn compare_and_set<'a>(&'a self, key: &'a str, value: &'a [u8], index: u64) -> Reply<'a, bool> {
        let key = key.trim_start_matches('/');
        Box::pin(self.write("compare_and_set", key, move |state| {
            let fits = state.keys.get(key).map_or(0, |pair| pair.modify_index) == index;
            if fits {
                state.set_key(key, value);
            }
            Ok(fits)
        }))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Reply<'a, ()> {
        let key = key.trim_start_matches('/');
        Box::pin(self.write("delete", key, move |state| {
            if state.keys.remove(key).is_some() {
                state.keys_change();
            }
            Ok(())
        }))
    }

    fn delete_tree<'a>(&'a self, prefix: &'a str) -> Reply<'a, ()> {
        let prefix = prefix.trim_start_matches('/');
        Box::pin(self.write("delete_tree", prefix, move |state| {
            let before = state.keys.len();
            state.keys.retain(|key, _| !key.starts_with(prefix));
            if state.keys.len() != before {
                state.keys_change();
            }
            Ok(())
        }))
    }
}

fn node() -> Node {
    Node {
        name: NODE.to_owned(),
        address: "127.0.0.1".to_owned(),
        datacenter: DATACENTER.to_owned(),
        ..Node::default()
    }
}
