//! The catalogue itself: nodes, services, and what is registered from outside.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, get, put, scenario};
use serde_json::{Value, json};

#[test]
fn catalog() {
    against_consul("catalog", &[empty(), outside(), refused(), removal()].concat(), allowed::CATALOG);
}

fn register(body: Value) -> Step {
    put("/v1/catalog/register", body)
}

fn deregister(body: Value) -> Step {
    put("/v1/catalog/deregister", body)
}

fn empty() -> Vec<Scenario> {
    vec![scenario(
        "nothing but the server",
        [
            get("/v1/catalog/services"),
            get("/v1/catalog/nodes").ports(),
            get("/v1/catalog/node/real").any("/Services/consul/Port"),
            get("/v1/catalog/node-services/real").any("/Services/0/Port"),
            get("/v1/catalog/datacenters"),
            get("/v1/catalog/service/consul").any("/0/ServicePort").any("/0/ServiceMeta"),
            get("/v1/health/service/consul").any("/0/Service/Port").any("/0/Service/Meta"),
            get("/v1/catalog/node/nobody"),
            get("/v1/catalog/node-services/nobody"),
            get("/v1/catalog/node/"),
            get("/v1/catalog/node-services/"),
            get("/v1/catalog/service/"),
            get("/v1/catalog/service/nobody"),
            get("/v1/catalog/services?dc=elsewhere"),
            get("/v1/catalog/nodes?dc=elsewhere"),
            get("/v1/catalog/services?stale"),
            get("/v1/catalog/services?consistent"),
            get("/v1/catalog/nodes?near=_agent").ports(),
            get("/v1/catalog/services?cached"),
            get("/v1/catalog/services?ns=default"),
            get("/v1/catalog/services?node-meta=zone:west"),
        ],
    )]
}

fn outside() -> Vec<Scenario> {
    let whole = json!({
        "ID": "40e4a748-2192-161a-0510-9bf59fe950b5", "Node": "printer", "Address": "10.1.0.1", "Datacenter": "dc1",
        "TaggedAddresses": {"lan": "10.1.0.1", "wan": "192.0.2.9"}, "NodeMeta": {"zone": "west"},
        "Service": {"ID": "print-1", "Service": "print", "Tags": ["laser"], "Address": "10.1.0.2", "Port": 631, "Meta": {"dpi": "600"},
                    "Weights": {"Passing": 4, "Warning": 2}},
        "Check": {"Node": "printer", "CheckID": "print:up", "Name": "up", "Status": "passing", "ServiceID": "print-1", "Output": "fine", "Notes": "n"},
    });
    vec![
        scenario(
            "a node, a service and a check",
            [
                register(whole.clone()),
                get("/v1/catalog/nodes").ports(),
                get("/v1/catalog/node/printer"),
                get("/v1/catalog/node-services/printer"),
                get("/v1/catalog/service/print"),
                get("/v1/health/service/print"),
                get("/v1/health/node/printer"),
                get("/v1/health/checks/print"),
                get("/v1/catalog/services").unordered("/*"),
                get("/v1/catalog/services?node-meta=zone:west"),
                get("/v1/catalog/nodes?node-meta=zone:west"),
                get("/v1/catalog/service/print?node-meta=zone:west"),
                get("/v1/catalog/service/print?node-meta=zone:east"),
                register(whole),
                get("/v1/health/service/print"),
                get("/v1/agent/services"),
            ],
        ),
        scenario(
            "little by little",
            [
                register(json!({"Node": "slow", "Address": "10.1.0.3"})),
                get("/v1/catalog/node/slow"),
                register(json!({"Node": "slow", "SkipNodeUpdate": true, "Service": {"Service": "tape"}})),
                get("/v1/health/service/tape"),
                register(json!({"Node": "slow", "Address": "10.1.0.3", "Checks": [
                    {"Node": "slow", "CheckID": "one", "Name": "one", "Status": "warning", "ServiceID": "tape"},
                    {"Name": "two", "Status": "critical"},
                    {"Name": "three"},
                ]})),
                get("/v1/health/node/slow"),
                get("/v1/health/service/tape"),
                register(json!({"Node": "slow", "Address": "10.1.0.4"})),
                get("/v1/catalog/node/slow"),
                get("/v1/health/service/tape"),
                register(
                    json!({"node": "slow", "address": "10.1.0.4", "service": {"service": "tape", "tags": ["x"]}}),
                ),
                get("/v1/catalog/service/tape"),
            ],
        ),
        scenario(
            "one name on several nodes",
            [
                register(
                    json!({"Node": "zeta", "Address": "10.1.0.9", "Service": {"ID": "s-1", "Service": "spread", "Port": 1}}),
                ),
                register(
                    json!({"Node": "alpha", "Address": "10.1.0.8", "Service": {"ID": "s-2", "Service": "spread", "Port": 2}}),
                ),
                register(
                    json!({"Node": "alpha", "Address": "10.1.0.8", "Service": {"ID": "s-1", "Service": "spread", "Port": 3}}),
                ),
                put("/v1/agent/service/register", json!({"ID": "s-0", "Name": "spread"})),
                get("/v1/health/service/spread").until_count("", 4),
                get("/v1/catalog/service/spread"),
            ],
        ),
    ]
}

fn refused() -> Vec<Scenario> {
    vec![scenario(
        "what is refused",
        [
            register(json!({})),
            register(json!({"Node": "lost"})),
            register(json!({"Address": "10.1.0.5"})),
            register(json!({"Node": "lost", "SkipNodeUpdate": true, "Service": {"Service": "x"}})),
            register(json!({"Node": "lost", "Address": "10.1.0.5", "Service": {"ID": "only-an-id"}})),
            register(json!({"Node": "lost", "Address": "10.1.0.5", "Service": {}})),
            register(
                json!({"Node": "lost", "Address": "10.1.0.5", "Check": {"Name": "c", "ServiceID": "nobody"}}),
            ),
            register(json!({"Node": "lost", "Address": "10.1.0.5", "ID": "no-uuid"})),
            register(json!({"Node": "lost", "Address": "10.1.0.5", "Datacenter": "elsewhere"})),
            register(
                json!({"Node": "thief", "Address": "10.1.0.6", "ID": "40e4a748-2192-161a-0510-9bf59fe950b5"}),
            ),
            register(json!({"Node": "lost", "Address": 5})),
            register(json!({"Node": "lost", "Address": "10.1.0.5", "Bogus": 1})),
            put("/v1/catalog/register", ""),
            put("/v1/catalog/register", "{"),
            deregister(json!({})),
            deregister(json!({"Node": "nobody"})),
            deregister(json!({"Node": "slow", "ServiceID": "nobody"})),
            deregister(json!({"Node": "slow", "CheckID": "nobody"})),
            deregister(json!({"Node": "slow", "Datacenter": "elsewhere"})),
            put("/v1/catalog/deregister", ""),
            put("/v1/catalog/deregister", "{"),
            get("/v1/catalog/nodes").ports(),
        ],
    )]
}

fn removal() -> Vec<Scenario> {
    vec![
        scenario(
            "piece by piece",
            [
                register(
                    json!({"Node": "brief", "Address": "10.1.0.7", "Service": {"ID": "b-1", "Service": "brief"},
                            "Checks": [{"CheckID": "c-1", "Name": "c", "Status": "passing", "ServiceID": "b-1"}, {"CheckID": "c-2", "Name": "d", "Status": "passing"}]}),
                ),
                get("/v1/health/node/brief"),
                deregister(json!({"Node": "brief", "CheckID": "c-2"})),
                get("/v1/health/node/brief"),
                deregister(json!({"Node": "brief", "ServiceID": "b-1"})),
                get("/v1/health/node/brief"),
                get("/v1/health/service/brief"),
                get("/v1/catalog/node/brief"),
                deregister(json!({"Node": "brief"})),
                get("/v1/catalog/node/brief"),
            ],
        ),
        scenario(
            "a node and all it has",
            [
                deregister(json!({"Node": "printer"})),
                get("/v1/health/service/print"),
                get("/v1/catalog/services").unordered("/*"),
                get("/v1/catalog/nodes").ports(),
            ],
        ),
    ]
}
