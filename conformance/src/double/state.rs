//! What the double knows, and how it answers.

use super::Request;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An instance of a service that others look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// `Service.ID`.
    pub id: String,
    /// `Service.Address`; the address of the node is 192.0.2.1.
    pub address: String,
    /// `Service.Port`.
    pub port: u16,
    /// `Service.Tags`.
    pub tags: Vec<String>,
    /// `passing`, `warning` or `critical`.
    pub status: String,
}

/// A service that was registered with the double.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The last registration's body.
    pub definition: Value,
    /// The worst status of its checks: `passing` without any, as in Consul.
    pub status: String,
    /// The identifiers of its checks.
    pub checks: Vec<String>,
    /// The TTL of its check, as sent; empty without a check.
    pub ttl: String,
    /// What was last said with the status.
    pub output: String,
}

/// The texts of which release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Wording {
    /// 500 `CheckID "x" does not have associated TTL`.
    #[default]
    Consul18,
    /// 404 `Unknown check ID "x". …`.
    Consul115,
}

/// How a request goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status and this text.
    Answer(u16, &'static str),
    /// Nothing, until [`Double::heal`](super::Double::heal); then the connection is cut.
    Silence,
    /// The connection is cut at once.
    Cut,
}

/// Everything the double knows.
#[derive(Debug, Default)]
pub struct State {
    /// Every request, in order.
    pub log: Vec<Request>,
    pub(super) wording: Wording,
    pub(super) fault: FaultRule,
    pub(super) healed: u64,
    pub(super) closing: bool,
    index: u64,
    services: BTreeMap<String, Value>,
    checks: BTreeMap<String, Check>,
    instances: BTreeMap<String, (u64, Vec<Instance>)>,
    keys: (u64, BTreeMap<String, String>),
}

/// Decides whether a request goes wrong.
#[derive(Clone, Default)]
pub(super) struct FaultRule(pub(super) Option<Arc<Judgement>>);

type Judgement = dyn Fn(&Request) -> Option<Fault> + Send + Sync;

#[derive(Clone, Debug)]
struct Check {
    service: String,
    ttl: String,
    status: String,
    output: String,
}

/// What to do with a request.
pub(super) enum Verdict {
    /// Answer with this.
    Reply(u16, Option<u64>, String),
    /// Look again when something changed.
    Wait,
}

// === impl Instance ===

impl Instance {
    /// A passing instance without tags.
    #[must_use]
    pub fn new(id: &str, address: &str, port: u16) -> Self {
        Self { id: id.into(), address: address.into(), port, tags: Vec::new(), status: "passing".into() }
    }

    /// The same with these tags.
    #[must_use]
    pub fn tagged(self, tags: &[&str]) -> Self {
        Self { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..self }
    }

    /// The same with this status.
    #[must_use]
    pub fn with_status(self, status: &str) -> Self {
        Self { status: status.to_owned(), ..self }
    }

    fn entry(&self, name: &str, index: u64) -> Value {
        json!({
            "Node": {"ID": "5f0ef4cc-1c29-4bc8-b3b0-2d4b9e9b1d02", "Node": "double", "Address": "192.0.2.1",
                "Datacenter": "dc1", "TaggedAddresses": {}, "Meta": {}, "CreateIndex": 1, "ModifyIndex": 1},
            "Service": {"ID": self.id, "Service": name, "Tags": self.tags, "Address": self.address, "Meta": null,
                "Port": self.port, "Weights": {"Passing": 1, "Warning": 1}, "EnableTagOverride": false,
                "CreateIndex": index, "ModifyIndex": index},
            "Checks": [{"Node": "double", "CheckID": format!("service:{}", self.id), "Name": "check",
                "Status": self.status, "Notes": "", "Output": "", "ServiceID": self.id, "ServiceName": name,
                "ServiceTags": self.tags, "Type": "ttl", "Definition": {}, "CreateIndex": index, "ModifyIndex": index}],
        })
    }
}

// === impl FaultRule ===

impl std::fmt::Debug for FaultRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "FaultRule(set)" } else { "FaultRule(none)" })
    }
}

// === impl State ===

impl State {
    /// What is registered under `id`.
    #[must_use]
    pub fn registered(&self, id: &str) -> Option<Registered> {
        let definition = self.services.get(id)?.clone();
        let checks = || self.checks.iter().filter(|(_, check)| check.service == id);
        let worst =
            ["critical", "warning"].into_iter().find(|bad| checks().any(|(_, check)| check.status == *bad));
        Some(Registered {
            definition,
            status: worst.unwrap_or("passing").to_owned(),
            checks: checks().map(|(id, _)| id.clone()).collect(),
            ttl: checks().next().map(|(_, check)| check.ttl.clone()).unwrap_or_default(),
            output: checks().next().map(|(_, check)| check.output.clone()).unwrap_or_default(),
        })
    }

    /// The identifiers of all registered services.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.services.keys().cloned().collect()
    }

    pub(super) fn set_instances(&mut self, name: &str, instances: &[Instance]) {
        self.index += 10;
        self.instances.insert(name.to_owned(), (self.index, instances.to_vec()));
    }

    pub(super) fn set_keys(&mut self, keys: &[(&str, &str)]) {
        self.index += 10;
        let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.keys = (self.index, keys);
    }

    pub(super) fn rewind(&mut self, index: u64) {
        self.index = index;
        for (at, _) in self.instances.values_mut() {
            *at = index;
        }
        self.keys.0 = index;
    }

    pub(super) fn forget(&mut self) {
        self.services.clear();
        self.checks.clear();
    }

    /// Answers, unless the request is to be kept waiting; `waited` says that it was.
    pub(super) fn answer(&mut self, request: &Request, waited: bool) -> Verdict {
        let parts: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        let body = || serde_json::from_str::<Value>(&request.body).unwrap_or(Value::Null);
        match (request.method.as_str(), parts.as_slice()) {
            ("PUT", ["v1", "agent", "service", "register"]) => self.register(body()),
            ("PUT", ["v1", "agent", "service", "deregister", id]) => self.deregister(id),
            ("PUT", ["v1", "agent", "service", "maintenance", id]) => self.maintain(id, request),
            ("PUT", ["v1", "agent", "check", "register"]) => {
                let service = text(&body(), "ServiceID");
                self.register_check(&body(), &service, None)
            }
            ("PUT", ["v1", "agent", "check", "deregister", id]) => {
                self.checks.remove(*id);
                done("")
            }
            ("PUT", ["v1", "agent", "check", verb @ ("pass" | "warn" | "fail"), id]) => {
                let status = match *verb {
                    "pass" => "passing",
                    "warn" => "warning",
                    _ => "critical",
                };
                self.update(id, status, request.parameter("note").unwrap_or_default())
            }
            ("PUT", ["v1", "agent", "check", "update", id]) => {
                self.update(id, &text(&body(), "Status"), &text(&body(), "Output"))
            }
            ("GET", ["v1", "agent", "services"]) => {
                let all: BTreeMap<&String, Value> =
                    self.services.iter().map(|(id, body)| (id, as_agent_shows(id, body))).collect();
                done(&json!(all).to_string())
            }
            ("GET", ["v1", "agent", "checks"]) => done(&self.agent_checks().to_string()),
            ("GET", ["v1", "agent", "service", id]) => match self.services.get(*id) {
                Some(service) => done(&as_agent_shows(id, service).to_string()),
                None => refused(404, &format!("unknown service ID: {id}")),
            },
            ("GET", ["v1", "agent", "self"]) => done(
                &json!({"Config": {"Datacenter": "dc1", "NodeName": "double", "Version": "1.8.7"}})
                    .to_string(),
            ),
            ("GET", ["v1", "status", "leader"]) => done("\"192.0.2.1:8300\""),
            ("GET", ["v1", "catalog", "datacenters"]) => done("[\"dc1\"]"),
            ("GET", ["v1", "catalog", "services"]) => {
                let at = self.index.max(1);
                self.read(request, waited, at, |state| {
                    let list: BTreeMap<&String, Vec<&String>> = state
                        .instances
                        .iter()
                        .map(|(name, (_, all))| (name, all.iter().flat_map(|one| &one.tags).collect()))
                        .collect();
                    json!(list)
                })
            }
            ("GET", ["v1", "health", "service", name]) => {
                let at = self.instances.get(*name).map_or(1, |(at, _)| *at);
                self.read(request, waited, at, |state| state.health(name, request))
            }
            ("GET", ["v1", "kv", key @ ..]) => {
                let at = self.keys.0.max(1);
                let prefix = key.join("/");
                let recurse = request.parameter("recurse").is_some();
                let found: Vec<Value> = self
                    .keys
                    .1
                    .iter()
                    .filter(|(key, _)| if recurse { key.starts_with(&prefix) } else { **key == prefix })
                    .map(|(key, value)| {
                        json!({"LockIndex": 0, "Key": key, "Flags": 0, "Value": base64(value.as_bytes()),
                            "CreateIndex": at, "ModifyIndex": at})
                    })
                    .collect();
                match self.read(request, waited, at, |_| json!(found)) {
                    Verdict::Reply(200, index, _) if found.is_empty() => {
                        Verdict::Reply(404, index, String::new())
                    }
                    verdict => verdict,
                }
            }
            _ => refused(404, ""),
        }
    }

    fn read(
        &self,
        request: &Request,
        waited: bool,
        at: u64,
        content: impl FnOnce(&Self) -> Value,
    ) -> Verdict {
        let known = request.parameter("index").and_then(|index| index.parse::<u64>().ok()).unwrap_or(0);
        // As the real one: an index ahead of ours does not wake up either.
        if known >= at && known > 0 && !waited {
            return Verdict::Wait;
        }
        Verdict::Reply(200, Some(at), content(self).to_string())
    }

    fn health(&self, name: &str, request: &Request) -> Value {
        let Some((at, all)) = self.instances.get(name) else { return json!([]) };
        let passing = request.parameter("passing").is_some();
        let tags: Vec<&String> =
            request.query.iter().filter(|(key, _)| key == "tag").map(|(_, tag)| tag).collect();
        let wanted = all
            .iter()
            .filter(|one| !passing || one.status == "passing")
            .filter(|one| tags.iter().all(|tag| one.tags.contains(tag)));
        json!(wanted.map(|one| one.entry(name, *at)).collect::<Vec<_>>())
    }

    fn agent_checks(&self) -> Value {
        let all: BTreeMap<&String, Value> = self
            .checks
            .iter()
            .map(|(id, check)| {
                let content = json!({"Node": "double", "CheckID": id, "Name": id, "Status": check.status,
                    "Notes": "", "Output": check.output, "ServiceID": check.service, "Type": "ttl"});
                (id, content)
            })
            .collect();
        json!(all)
    }

    fn register(&mut self, body: Value) -> Verdict {
        let name = text(&body, "Name");
        if name.is_empty() {
            return refused(400, "Missing service name");
        }
        let id = Some(text(&body, "ID")).filter(|id| !id.is_empty()).unwrap_or(name);
        let mut checks: Vec<Value> =
            body.get("Checks").and_then(Value::as_array).cloned().unwrap_or_default();
        checks.extend(body.get("Check").filter(|check| check.is_object()).cloned());
        self.services.insert(id.clone(), body);
        for check in &checks {
            if let Verdict::Reply(400.., ..) = self.register_check(check, &id, Some(&format!("service:{id}")))
            {
                return refused(400, "Invalid check");
            }
        }
        done("")
    }

    fn register_check(&mut self, body: &Value, service: &str, otherwise: Option<&str>) -> Verdict {
        if !service.is_empty() && !self.services.contains_key(service) {
            return refused(500, &format!("ServiceID \"{service}\" does not exist"));
        }
        let named = ["CheckID", "ID", "id"].iter().map(|key| text(body, key)).find(|id| !id.is_empty());
        let Some(id) = named.or_else(|| otherwise.map(str::to_owned)) else {
            return refused(400, "Must provide a CheckID");
        };
        let stated = Some(text(body, "Status")).filter(|status| !status.is_empty());
        // Registering anew keeps the status that the check has.
        let before = self.checks.get(&id).map(|check| check.status.clone());
        let status = before.or(stated).unwrap_or_else(|| "critical".into());
        let check =
            Check { service: service.to_owned(), ttl: text(body, "TTL"), status, output: String::new() };
        self.checks.insert(id, check);
        done("")
    }

    fn deregister(&mut self, id: &str) -> Verdict {
        let known = self.services.remove(id).is_some();
        self.checks.retain(|_, check| check.service != id);
        if !known && self.wording == Wording::Consul115 {
            let text = "Ensure that the service ID is passed, not the service name.";
            return refused(404, &format!("Unknown service ID \"{id}\". {text}"));
        }
        done("")
    }

    fn maintain(&mut self, id: &str, request: &Request) -> Verdict {
        if !self.services.contains_key(id) {
            return refused(404, &format!("No service registered with ID \"{id}\""));
        }
        let name = format!("_service_maintenance:{id}");
        if request.parameter("enable") == Some("true") {
            let check = Check {
                service: id.into(),
                ttl: String::new(),
                status: "critical".into(),
                output: String::new(),
            };
            self.checks.insert(name, check);
        } else {
            self.checks.remove(&name);
        }
        done("")
    }

    fn update(&mut self, id: &str, status: &str, output: &str) -> Verdict {
        match (self.checks.get_mut(id), self.wording) {
            (Some(check), _) => {
                check.status = status.to_owned();
                check.output = output.to_owned();
                done("")
            }
            (None, Wording::Consul18) => {
                refused(500, &format!("CheckID \"{id}\" does not have associated TTL"))
            }
            (None, Wording::Consul115) => {
                let text = "Ensure that the check ID is passed, not the check name.";
                refused(404, &format!("Unknown check ID \"{id}\". {text}"))
            }
        }
    }
}

fn done(body: &str) -> Verdict {
    Verdict::Reply(200, None, body.to_owned())
}

fn refused(status: u16, text: &str) -> Verdict {
    Verdict::Reply(status, None, text.to_owned())
}

/// The agent says `Service` where a registration says `Name`.
fn as_agent_shows(id: &str, body: &Value) -> Value {
    let mut shown = body.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("Service".into(), json!(text(body, "Name")));
        fields.insert("ID".into(), json!(id));
    }
    shown
}

/// A field as text; Consul matches names without regard to case.
fn text(body: &Value, name: &str) -> String {
    let field =
        body.as_object().and_then(|fields| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
    field.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().enumerate().fold(0_u32, |bits, (i, byte)| bits | u32::from(*byte) << (16 - 8 * i));
        for position in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * position) & 63) as usize];
            text.push(if position > group.len() { '=' } else { char::from(letter) });
        }
    }
    text
}
