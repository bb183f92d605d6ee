//! What the catalogue says of itself, and what it does not do.

use super::Answer;
use super::reply::Reply;
use super::request::Request;
use crate::catalogue::Catalogue;
use crate::store::{Refusal, SERVER_PORT, Store};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::rc::Rc;

type Answered = Result<Answer, Refusal>;

/// What clients that ask for a version are told: whose behaviour this is, and whose work.
const VERSION: &str = "1.8.7";
const REVISION: &str = concat!("gyropilot-", env!("CARGO_PKG_VERSION"));

const ONLY_NODE: &str = "this catalogue is its only node; to end it, stop it";

fn server_of(store: &Store) -> String {
    format!("{}:{SERVER_PORT}", store.identity().address)
}

fn member(store: &Store) -> Value {
    let me = store.identity();
    json!({
        "Name": me.node,
        "Addr": me.address,
        "Port": 8301,
        "Tags": {
            "acls": "0",
            "build": format!("{VERSION}:{REVISION}"),
            "dc": me.datacenter,
            "ft_fs": "1",
            "id": me.id,
            "port": SERVER_PORT.to_string(),
            "raft_vsn": "3",
            "role": "consul",
            "segment": "",
            "vsn": "2",
            "vsn_max": "3",
            "vsn_min": "2",
            "wan_join_port": "8302",
        },
        "Status": 1,
        "ProtocolMin": 1,
        "ProtocolMax": 5,
        "ProtocolCur": 2,
        "DelegateMin": 2,
        "DelegateMax": 5,
        "DelegateCur": 4,
    })
}

/// Where nothing is: every node of the catalogue is as far from every other.
fn nowhere() -> Value {
    json!({"Adjustment": 0, "Error": 1.5, "Height": 1e-5, "Vec": [0, 0, 0, 0, 0, 0, 0, 0]})
}

pub(super) fn myself(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let shape = catalogue.read(|store| {
        let me = store.identity();
        let node = store.node(&me.node);
        json!({
            "Config": {
                "Datacenter": me.datacenter,
                "NodeName": me.node,
                "NodeID": me.id,
                "Revision": REVISION,
                "Server": true,
                "Version": VERSION,
            },
            "DebugConfig": {
                "Datacenter": me.datacenter,
                "NodeName": me.node,
                "NodeID": me.id,
                "ServerMode": true,
                "ServerPort": SERVER_PORT,
            },
            "Coord": nowhere(),
            "Member": member(store),
            "Stats": {
                "agent": store.counts().into_iter().map(|(what, count)| (what, count.to_string())).collect::<std::collections::BTreeMap<_, _>>(),
                "build": {"prerelease": "", "revision": REVISION, "version": VERSION},
                "consul": {"bootstrap": "true", "known_datacenters": "1", "leader": "true", "leader_addr": server_of(store), "server": "true"},
            },
            "Meta": node.map(|node| node.meta.clone()),
        })
    });
    Ok(Reply::json(&shape, request.has("pretty")).into())
}

pub(super) fn members(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    if !matches!(request.value("segment"), "" | "_all") {
        return Err(Refusal::failed("Network segments are not supported in this version of Consul"));
    }
    let mut member = catalogue.read(member);
    if !request.value("wan").is_empty()
        && let Some(name) = member.get("Name").and_then(Value::as_str)
    {
        let datacenter = catalogue.read(|store| store.identity().datacenter.clone());
        let name = format!("{name}.{datacenter}");
        if let Some(fields) = member.as_object_mut() {
            fields.insert("Name".to_owned(), name.into());
            fields.insert("Port".to_owned(), 8302.into());
            if let Some(tags) = fields.get_mut("Tags").and_then(Value::as_object_mut) {
                tags.remove("wan_join_port");
            }
        }
    }
    Ok(Reply::json(&[member], request.has("pretty")).into())
}

pub(super) fn leader(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    Ok(Reply::json(&catalogue.read(server_of), request.has("pretty")).into())
}

pub(super) fn peers(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    Ok(Reply::json(&[catalogue.read(server_of)], request.has("pretty")).into())
}

/// Nothing is read anew, and nothing is lost.
pub(super) fn reload(_: &Rc<Catalogue>, _: &Request) -> Answered {
    Ok(Reply::done().into())
}

pub(super) fn join(_: &Rc<Catalogue>, _: &Request) -> Answered {
    Err(Refusal::failed(
        "this catalogue is a single node and joins no other; to grow, run Consul and change the address",
    ))
}

pub(super) fn force_leave(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let is_self = catalogue.read(|store| store.identity().node == request.rest);
    match is_self {
        true => Err(Refusal::failed(ONLY_NODE)),
        false => Err(Refusal::failed(format!("agent: No node found with name '{}'", request.rest))),
    }
}

pub(super) fn coordinate_datacenters(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let shape = catalogue.read(|store| {
        let me = store.identity();
        let own =
            json!([{"Node": format!("{}.{}", me.node, me.datacenter), "Segment": "", "Coord": nowhere()}]);
        json!([{"Datacenter": me.datacenter, "AreaID": "wan", "Coordinates": own}])
    });
    Ok(Reply::json(&shape, request.has("pretty")).into())
}

pub(super) fn coordinates(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let pretty = request.has("pretty");
    Ok(super::Read::plain(vec![crate::store::Topic::Nodes], move |store| {
        let own = json!([{"Node": store.identity().node, "Segment": "", "Coord": nowhere()}]);
        Ok(Reply::json(&own, pretty))
    }))
}

pub(super) fn coordinates_of(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let is_self = catalogue.read(|store| store.identity().node == request.rest);
    if !is_self {
        return Ok(Reply::status(StatusCode::NOT_FOUND).into());
    }
    coordinates(catalogue, request)
}

pub(super) fn raft(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let shape = catalogue.read(|store| {
        let me = store.identity();
        json!({
            "Servers": [{
                "ID": me.id,
                "Node": me.node,
                "Address": server_of(store),
                "Leader": true,
                "ProtocolVersion": "3",
                "Voter": true,
            }],
            "Index": 0,
        })
    });
    Ok(Reply::json(&shape, request.has("pretty")).into())
}

/// The only peer cannot be removed, and no other is there.
pub(super) fn raft_peer(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let named = ["id", "address"].into_iter().find(|name| request.has(name));
    let Some(name) = named else {
        let text = "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove";
        return Err(Refusal::bad(format!("Bad request: {text}")));
    };
    let value = request.value(name);
    if catalogue.read(|store| value == store.identity().id || value == server_of(store)) {
        return Err(Refusal::failed(ONLY_NODE));
    }
    Err(Refusal::failed(format!("{name} {value:?} was not found in the Raft configuration")))
}

pub(super) fn autopilot_health(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let shape = catalogue.read(|store| {
        let me = store.identity();
        json!({
            "Healthy": true,
            "FailureTolerance": 0,
            "Servers": [{
                "ID": me.id,
                "Name": me.node,
                "Address": server_of(store),
                "SerfStatus": "alive",
                "Version": VERSION,
                "Leader": true,
                "LastContact": "0s",
                "LastTerm": 1,
                "LastIndex": store.index(),
                "Healthy": true,
                "Voter": true,
                "StableSince": "1970-01-01T00:00:00Z",
            }],
        })
    });
    Ok(Reply::json(&shape, request.has("pretty")).into())
}

pub(super) fn autopilot(_: &Rc<Catalogue>, request: &Request) -> Answered {
    if request.method != Method::GET {
        return unsupported_here();
    }
    let shape = json!({
        "CleanupDeadServers": true,
        "LastContactThreshold": "200ms",
        "MaxTrailingLogs": 250,
        "MinQuorum": 0,
        "ServerStabilizationTime": "10s",
        "RedundancyZoneTag": "",
        "DisableUpgradeMigration": false,
        "UpgradeVersionTag": "",
        "CreateIndex": 1,
        "ModifyIndex": 1,
    });
    Ok(Reply::json(&shape, request.has("pretty")).into())
}

pub(super) fn queries(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    match request.method {
        Method::GET => super::health::none(catalogue, request),
        _ => unsupported_here(),
    }
}

pub(super) fn query(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let is_action = request.rest.ends_with("/execute") || request.rest.ends_with("/explain");
    match request.method {
        Method::GET if request.rest.len() != 36 && !is_action => {
            Err(Refusal::failed("failed prepared query lookup: index error: UUID must be 36 characters"))
        }
        Method::GET => Err(Refusal::missing("Query not found")),
        _ => unsupported_here(),
    }
}

/// Prepared queries and the mesh need a Consul.
fn unsupported_here() -> Answered {
    Err(Refusal { status: 501, text: "not supported by this catalogue; Consul has it".to_owned() })
}

pub(super) fn unsupported(_: &Rc<Catalogue>, _: &Request) -> Answered {
    unsupported_here()
}

pub(super) fn empty_list(_: &Rc<Catalogue>, request: &Request) -> Answered {
    Ok(Reply::json(&[(); 0], request.has("pretty")).into())
}

pub(super) fn no_roots(_: &Rc<Catalogue>, request: &Request) -> Answered {
    Ok(Reply::json(&json!({"ActiveRootID": "", "TrustDomain": "", "Roots": []}), request.has("pretty"))
        .into())
}

/// There are tokens or none, and no policies to read or write.
pub(super) fn acl(catalogue: &Rc<Catalogue>, _: &Request) -> Answered {
    Err(match catalogue.access.asks_for_tokens() {
        false => Refusal { status: 401, text: "ACL support disabled".to_owned() },
        true => Refusal { status: 403, text: "Permission denied".to_owned() },
    })
}

/// Who waits for the instances of which service: the dependencies of those who do
/// not publish them.
pub(super) fn watchers(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let waiting: Vec<Value> = catalogue
        .waiters
        .of_services()
        .into_iter()
        .filter_map(|(service, waiter)| {
            // Who waits is known by the name in small letters; people know it as it is registered.
            let service = catalogue.read(|store| {
                let known = store.instances(&service).next().map(|instance| instance.service.name.clone());
                known.unwrap_or(service)
            });
            let (client, seconds) = (waiter.peer?.to_string(), waiter.since.elapsed().as_secs());
            Some(json!({"Service": service, "Client": client, "Seconds": seconds}))
        })
        .collect();
    Ok(Reply::json(&waiting, request.has("pretty")).into())
}

/// The catalogue's own measurements, in Consul's form or, with `?format=prometheus`, in Prometheus's.
pub(super) fn metrics(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let mut gauges: Vec<(String, &'static str, usize)> = catalogue
        .read(Store::counts)
        .into_iter()
        .map(|(what, count)| (format!("gyropilot_catalog_{what}"), "How many the catalogue knows.", count))
        .collect();
    gauges.push((
        "gyropilot_catalog_connections".to_owned(),
        "Clients that are connected.",
        catalogue.doorkeeper.count(),
    ));
    gauges.push((
        "gyropilot_catalog_waiting".to_owned(),
        "Readers that wait for a change.",
        catalogue.waiters.count(),
    ));
    if let Some(data) = &catalogue.data {
        let bytes = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
        let (usage, is_failing) = (data.usage(), usize::from(data.failure().is_some()));
        gauges.extend([
            (
                "gyropilot_catalog_log_bytes".to_owned(),
                "How long the log of changes is.",
                bytes(usage.log_bytes),
            ),
            (
                "gyropilot_catalog_snapshot_bytes".to_owned(),
                "How long the last snapshot is.",
                bytes(usage.snapshot_bytes),
            ),
            (
                "gyropilot_catalog_data_failing".to_owned(),
                "1 while changes cannot be kept and are refused.",
                is_failing,
            ),
        ]);
    }
    if request.value("format") == "prometheus" {
        let mut text = String::new();
        for (name, help, value) in gauges {
            text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"));
        }
        return Ok(Reply::text(StatusCode::OK, text).into());
    }
    let gauges: Vec<Value> = gauges
        .into_iter()
        .map(|(name, _, value)| json!({"Name": name, "Value": value, "Labels": {}}))
        .collect();
    let shape = json!({"Gauges": gauges, "Points": [], "Counters": [], "Samples": []});
    Ok(Reply::json(&shape, request.has("pretty")).into())
}
