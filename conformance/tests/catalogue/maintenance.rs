//! Maintenance of a service, and of the node.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, get, put, scenario};
use serde_json::json;

#[test]
fn maintenance() {
    against_consul("maintenance", &[of_a_service(), of_the_node()].concat(), allowed::MAINTENANCE);
}

fn of_a_service() -> Vec<Scenario> {
    vec![
        scenario(
            "on and off",
            [
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "m-1", "Name": "m", "Tags": ["t"], "Check": {"TTL": "60s", "Status": "passing"}}),
                ),
                get("/v1/health/service/m").until_count("", 1),
                put("/v1/agent/service/maintenance/m-1?enable=true&reason=a%20new%20disk", ""),
                get("/v1/health/checks/m").until_count("", 2).unordered(""),
                get("/v1/health/service/m?passing"),
                get("/v1/health/service/m"),
                get("/v1/agent/checks").only("/_service_maintenance:m-1"),
                put("/v1/agent/service/maintenance/m-1?enable=true&reason=again", ""),
                get("/v1/agent/checks").only("/_service_maintenance:m-1"),
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "m-1", "Name": "m", "Tags": ["u"], "Check": {"TTL": "60s", "Status": "passing"}}),
                ),
                get("/v1/health/service/m").until("/0/Service/Tags/0", "u"),
                put("/v1/agent/service/maintenance/m-1?enable=false", ""),
                get("/v1/health/checks/m").until_count("", 1),
                get("/v1/health/service/m?passing"),
                put("/v1/agent/service/maintenance/m-1?enable=false", ""),
            ],
        ),
        scenario(
            "without a reason",
            [
                put("/v1/agent/service/maintenance/m-1?enable=true", ""),
                get("/v1/health/checks/m").until_count("", 2).unordered(""),
                put("/v1/agent/service/deregister/m-1", ""),
                get("/v1/health/checks/m").until_count("", 0),
            ],
        ),
        scenario(
            "how it may be said",
            [
                put("/v1/agent/service/register", json!({"ID": "s-1", "Name": "s"})),
                put("/v1/agent/service/maintenance/s-1?enable=True", ""),
                put("/v1/agent/service/maintenance/s-1?enable=F", ""),
                put("/v1/agent/service/maintenance/s-1?enable=1", ""),
                put("/v1/agent/service/maintenance/s-1?enable=0", ""),
                put("/v1/agent/service/maintenance/s-1?enable=yes", ""),
                put("/v1/agent/service/maintenance/s-1?enable=", ""),
                put("/v1/agent/service/maintenance/s-1?enable", ""),
                put("/v1/agent/service/maintenance/s-1", ""),
                put("/v1/agent/service/maintenance/nobody?enable=true", ""),
                put("/v1/agent/service/maintenance/?enable=true", ""),
                put("/v1/agent/service/maintenance?enable=true", ""),
                get("/v1/agent/checks"),
            ],
        ),
    ]
}

fn of_the_node() -> Vec<Scenario> {
    vec![scenario(
        "the whole node",
        [
            put("/v1/agent/service/register", json!({"ID": "n-1", "Name": "n"})),
            get("/v1/health/service/n").until_count("", 1).keep_index("index"),
            put("/v1/agent/maintenance?enable=true&reason=moving", ""),
            get("/v1/health/service/n?passing").until_count("", 0),
            get("/v1/health/service/n"),
            get("/v1/health/node/real").unordered(""),
            get("/v1/health/state/critical"),
            get("/v1/agent/checks").only("/_node_maintenance"),
            get("/v1/agent/health/service/id/n-1"),
            get("/v1/agent/health/service/name/n?format=text"),
            put("/v1/agent/maintenance", ""),
            put("/v1/agent/maintenance?enable=maybe", ""),
            put("/v1/agent/maintenance?enable=true", ""),
            put("/v1/agent/maintenance?enable=false", ""),
            get("/v1/health/service/n?passing").until_count("", 1),
            get("/v1/health/node/real"),
            put("/v1/agent/maintenance?enable=true", ""),
            get("/v1/agent/checks").only("/_node_maintenance"),
            put("/v1/agent/maintenance?enable=false", ""),
        ],
    )]
}
