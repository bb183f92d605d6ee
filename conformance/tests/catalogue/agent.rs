//! The agent about itself, and what it has registered.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, get, put, scenario};
use serde_json::json;

#[test]
fn agent() {
    against_consul("agent", &[itself(), registered(), orders()].concat(), allowed::AGENT);
}

fn itself() -> Vec<Scenario> {
    vec![scenario(
        "the agent",
        [
            get("/v1/agent/self")
                .only("/Config/Datacenter")
                .only("/Config/NodeName")
                .only("/Config/NodeID")
                .only("/Config/Server")
                .only("/Member/Name")
                .only("/Member/Addr")
                .only("/Member/Status")
                .only("/Member/Tags/role")
                .only("/Member/Tags/dc")
                .only("/Member/Tags/id")
                .only("/Meta"),
            get("/v1/agent/self").only("/Config").any("/Config/Version").any("/Config/Revision"),
            get("/v1/agent/self").shape().only("/Member").only("/Coord"),
            get("/v1/agent/members").shape(),
            get("/v1/agent/members")
                .only("/0/Name")
                .only("/0/Addr")
                .only("/0/Status")
                .only("/0/Tags/role")
                .only("/0/Tags/dc"),
            get("/v1/agent/members?wan").only("/0/Name").only("/0/Addr").only("/0/Status"),
            get("/v1/agent/members?wan=1").shape(),
            get("/v1/agent/members?segment=_all").only("/0/Name").only("/0/Status"),
            get("/v1/agent/members?segment=other"),
            get("/v1/status/leader").ports(),
            get("/v1/status/peers").ports(),
            get("/v1/status/leader?dc=elsewhere"),
            get("/v1/agent/host").only("/none"),
            get("/v1/agent/version"),
            get("/v1/agent/metrics").shape().only("/Timestamp"),
            get("/v1/coordinate/nodes").shape(),
            get("/v1/coordinate/nodes").only("/0/Node").only("/0/Segment"),
            get("/v1/coordinate/node/real").only("/0/Node").only("/0/Segment"),
            get("/v1/coordinate/node/nobody"),
            get("/v1/coordinate/datacenters").shape(),
        ],
    )]
}

fn registered() -> Vec<Scenario> {
    vec![
        scenario(
            "nothing registered",
            [
                get("/v1/agent/services"),
                get("/v1/agent/checks"),
                get("/v1/agent/service/nobody"),
                get("/v1/agent/service/"),
                get("/v1/agent/service/consul"),
            ],
        ),
        scenario(
            "what is registered",
            [
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "r-1", "Name": "r", "Port": 1, "Tags": ["a"], "Meta": {"k": "v"}, "Check": {"TTL": "60s"}}),
                ),
                put("/v1/agent/service/register", json!({"ID": "r-2", "Name": "r", "Address": "10.5.0.1"})),
                get("/v1/agent/services"),
                get("/v1/agent/checks"),
                get("/v1/agent/service/r-1").keep("hash", "/ContentHash"),
                get("/v1/agent/service/r-2"),
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "r-1", "Name": "r", "Port": 1, "Tags": ["a"], "Meta": {"k": "v"}, "Check": {"TTL": "60s"}}),
                ),
                get("/v1/agent/service/r-1"),
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "r-1", "Name": "r", "Port": 2, "Tags": ["a"], "Meta": {"k": "v"}, "Check": {"TTL": "60s"}}),
                ),
                get("/v1/agent/service/r-1"),
                get("/v1/agent/services?filter=Port%20%3D%3D%202"),
                get("/v1/agent/checks?filter=Status%20%3D%3D%20critical"),
                get("/v1/agent/services?filter=bad"),
                get("/v1/agent/services?ns=other"),
            ],
        ),
    ]
}

fn orders() -> Vec<Scenario> {
    vec![
        scenario(
            "events",
            [
                get("/v1/event/list").hashed(),
                put("/v1/event/fire/deploy", "payload").any("/LTime"),
                get("/v1/event/list").hashed().until_count("", 1).any("/*/LTime").keep_index("index"),
                get("/v1/event/list?name=deploy").hashed().any("/*/LTime"),
                get("/v1/event/list?name=other").hashed().any("/*/LTime"),
                put("/v1/event/fire/empty", "").any("/LTime"),
                get("/v1/event/list").hashed().until_count("", 2).any("/*/LTime"),
                put("/v1/event/fire/filtered?node=re&service=s&tag=t", "x").any("/LTime"),
                put("/v1/event/fire/filtered?tag=t", "x").any("/LTime"),
                put("/v1/event/fire/filtered?service=%5B", "x").any("/LTime"),
                put("/v1/event/fire/", "x"),
                put("/v1/event/fire/long", "x".repeat(2000)),
                get("/v1/event/list?node=x&index=x"),
            ],
        ),
        scenario(
            "orders to the agent",
            [
                put("/v1/agent/join/127.0.0.1:1", ""),
                put("/v1/agent/force-leave/nobody", ""),
                put("/v1/agent/force-leave/", ""),
                put("/v1/agent/join/", ""),
                put("/v1/agent/reload", ""),
                get("/v1/agent/reload"),
                get("/v1/agent/leave"),
            ],
        ),
    ]
}
