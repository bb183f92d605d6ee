//! What a catalogue of one node does not have, and has to say so.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, ask, delete, get, put, scenario};
use serde_json::json;

#[test]
fn refusals() {
    against_consul(
        "refusals",
        &[access(), queries(), operator(), mesh(), page()].concat(),
        allowed::REFUSALS,
    );
}

fn access() -> Vec<Scenario> {
    vec![scenario(
        "access control is off",
        [
            get("/v1/acl/token/self"),
            get("/v1/acl/tokens"),
            get("/v1/acl/policies"),
            get("/v1/acl/roles"),
            get("/v1/acl/list"),
            get("/v1/acl/replication"),
            get("/v1/acl/info/x"),
            get("/v1/acl/policy/x"),
            get("/v1/acl/auth-methods"),
            get("/v1/acl/binding-rules"),
            put("/v1/acl/bootstrap", ""),
            put("/v1/acl/token", "{}"),
            put("/v1/acl/policy", "{}"),
            put("/v1/acl/create", "{}"),
            put("/v1/acl/login", "{}"),
            put("/v1/acl/logout", ""),
            put("/v1/agent/token/default", json!({"Token": "x"})),
        ],
    )]
}

fn queries() -> Vec<Scenario> {
    vec![scenario(
        "prepared queries",
        [
            get("/v1/query"),
            get("/v1/query/40e4a748-2192-161a-0510-9bf59fe950b5"),
            get("/v1/query/nobody"),
            get("/v1/query/nobody/execute"),
            get("/v1/query/nobody/explain"),
            put("/v1/query/40e4a748-2192-161a-0510-9bf59fe950b5", "{}"),
            delete("/v1/query/40e4a748-2192-161a-0510-9bf59fe950b5"),
            ask("POST", "/v1/query", "{"),
            ask("POST", "/v1/query", json!({"Name": "q"})),
            get("/v1/query?dc=elsewhere"),
        ],
    )]
}

fn operator() -> Vec<Scenario> {
    vec![scenario(
        "for operators",
        [
            get("/v1/operator/raft/configuration").ports().any("/Servers/0/ProtocolVersion").any("/Index"),
            get("/v1/operator/autopilot/health").until_status(200).shape(),
            get("/v1/operator/autopilot/health")
                .only("/Healthy")
                .only("/FailureTolerance")
                .only("/Servers/0/Name")
                .only("/Servers/0/Leader")
                .only("/Servers/0/Voter")
                .only("/Servers/0/Healthy")
                .only("/Servers/0/SerfStatus"),
            get("/v1/operator/autopilot/configuration"),
            get("/v1/operator/keyring"),
            delete("/v1/operator/raft/peer?address=127.0.0.1:1"),
            delete("/v1/operator/raft/peer"),
            get("/v1/operator/area"),
            get("/v1/operator/license"),
            get("/v1/operator/segment"),
            get("/v1/namespaces"),
            get("/v1/agent/monitor?loglevel=none"),
            put("/v1/snapshot", "x"),
        ],
    )]
}

fn mesh() -> Vec<Scenario> {
    vec![scenario(
        "the mesh",
        [
            get("/v1/connect/intentions"),
            get("/v1/connect/intentions/match?by=source&name=x"),
            get("/v1/connect/intentions/check?source=a&destination=b"),
            get("/v1/connect/intentions/40e4a748-2192-161a-0510-9bf59fe950b5"),
            get("/v1/connect/ca/roots").shape(),
            get("/v1/agent/connect/ca/roots").shape(),
            get("/v1/connect/ca/configuration").shape(),
            get("/v1/config/service-defaults"),
            get("/v1/config/service-defaults/x"),
            get("/v1/config/bogus"),
            get("/v1/discovery-chain/x"),
            get("/v1/catalog/gateway-services/x"),
            get("/v1/health/ingress/x"),
            get("/v1/peerings"),
            get("/v1/exported-services"),
            get("/v1/internal/service-virtual-ip"),
        ],
    )]
}

fn page() -> Vec<Scenario> {
    vec![scenario(
        "what the page of Consul asks for",
        [
            put(
                "/v1/agent/service/register",
                json!({"ID": "ui-1", "Name": "ui", "Tags": ["t"], "Check": {"TTL": "60s", "Status": "passing"}}),
            ),
            get("/v1/health/service/ui").until_count("", 1),
            get("/v1/internal/ui/services"),
            get("/v1/internal/ui/nodes").any("/0/Services/0/Port"),
            get("/v1/internal/ui/node/real").any("/Services/0/Port"),
            get("/v1/internal/ui/node/nobody"),
            get("/v1/internal/ui/services?dc=elsewhere"),
        ],
    )]
}
