//! Checks of the agent: registered, updated, run out of time.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, get, put, scenario};
use gyropilot_conformance::wait::{milliseconds, seconds};
use serde_json::{Value, json};

#[test]
fn checks() {
    against_consul("checks", &[updates(), registration(), expiry()].concat(), allowed::CHECKS);
}

fn service(name: &str, check: &Value) -> Step {
    put("/v1/agent/service/register", json!({"ID": format!("{name}-1"), "Name": name, "Check": check}))
}

fn updates() -> Vec<Scenario> {
    let update = |body: Value| put("/v1/agent/check/update/service:put-1", body);
    let long = "0123456789".repeat(500);
    vec![
        scenario(
            "pass, warn and fail",
            [
                service("told", &json!({"TTL": "60s"})),
                get("/v1/health/checks/told").until_count("", 1),
                put("/v1/agent/check/pass/service:told-1", ""),
                get("/v1/health/checks/told").until("/0/Status", "passing"),
                put("/v1/agent/check/warn/service:told-1?note=some%20words", ""),
                get("/v1/health/checks/told").until("/0/Status", "warning"),
                get("/v1/health/service/told?passing"),
                get("/v1/health/service/told?passing=false"),
                put("/v1/agent/check/fail/service:told-1?note=", ""),
                get("/v1/health/checks/told").until("/0/Status", "critical"),
                put("/v1/agent/check/pass/service:told-1", "a body nobody reads"),
                get("/v1/health/checks/told").until("/0/Status", "passing"),
                get("/v1/agent/checks").only("/service:told-1"),
            ],
        ),
        scenario(
            "update",
            [
                service("put", &json!({"TTL": "60s"})),
                get("/v1/health/checks/put").until_count("", 1),
                update(json!({"Status": "passing", "Output": "ok"})),
                get("/v1/health/checks/put").until("/0/Status", "passing"),
                update(json!({"status": "warning", "output": "hm"})),
                get("/v1/health/checks/put").until("/0/Status", "warning"),
                update(json!({"Status": "critical"})),
                get("/v1/health/checks/put").until("/0/Status", "critical"),
                update(json!({"Status": "passing", "Output": long})),
                get("/v1/health/checks/put").until("/0/Status", "passing"),
                get("/v1/agent/checks").only("/service:put-1"),
                update(json!({"Status": "fine"})),
                update(json!({"Status": ""})),
                update(json!({})),
                update(json!({"Status": 1})),
                update(json!({"Status": "passing", "Bogus": 1})),
                put("/v1/agent/check/update/service:put-1", ""),
                put("/v1/agent/check/update/service:put-1", "{"),
                get("/v1/agent/checks").only("/service:put-1"),
            ],
        ),
        scenario(
            "checks that are not",
            [
                put("/v1/agent/check/pass/service:nobody", ""),
                put("/v1/agent/check/warn/service:nobody", ""),
                put("/v1/agent/check/fail/service:nobody?note=x", ""),
                put("/v1/agent/check/update/service:nobody", json!({"Status": "passing"})),
                put("/v1/agent/check/update/service:nobody", json!({"Status": "fine"})),
                put("/v1/agent/check/pass/", ""),
                put("/v1/agent/check/pass", ""),
                put("/v1/agent/check/update/", json!({"Status": "passing"})),
                put("/v1/agent/check/deregister/service:nobody", ""),
                put("/v1/agent/check/deregister/", ""),
            ],
        ),
        scenario(
            "output that changes alone does not move the index",
            [
                service("calm", &json!({"TTL": "60s", "Status": "passing"})),
                get("/v1/health/service/calm").until_count("", 1).keep_index("calm"),
                put("/v1/agent/check/pass/service:calm-1?note=first", ""),
                put("/v1/agent/check/pass/service:calm-1?note=second", ""),
                get("/v1/health/service/calm?index={calm}&wait=300ms"),
                get("/v1/agent/checks").only("/service:calm-1"),
                put("/v1/agent/service/deregister/calm-1", ""),
            ],
        ),
    ]
}

fn registration() -> Vec<Scenario> {
    let register = |body: Value| put("/v1/agent/check/register", body);
    vec![
        scenario(
            "a check of the node",
            [
                register(json!({"Name": "disk", "TTL": "60s", "Notes": "of the node"})),
                get("/v1/health/node/real").until("/0/CheckID", "disk"),
                put("/v1/agent/check/pass/disk", ""),
                get("/v1/health/node/real").until("/0/Status", "passing"),
                get("/v1/agent/checks").only("/disk"),
                put("/v1/agent/check/fail/disk?note=full", ""),
                get("/v1/health/node/real").until("/0/Status", "critical"),
                put("/v1/agent/service/register", json!({"Name": "on-disk"})),
                get("/v1/health/service/on-disk").until_count("", 1),
                get("/v1/health/service/on-disk?passing"),
                put("/v1/agent/check/deregister/disk", ""),
                get("/v1/health/node/real").until("/0/CheckID", "serfHealth"),
                get("/v1/health/service/on-disk?passing"),
            ],
        ),
        scenario(
            "a check of a service",
            [
                put("/v1/agent/service/register", json!({"ID": "owner-1", "Name": "owner", "Tags": ["t"]})),
                get("/v1/health/service/owner").until_count("", 1),
                register(
                    json!({"ID": "extra", "Name": "extra check", "ServiceID": "owner-1", "TTL": "60s", "Status": "passing"}),
                ),
                get("/v1/health/service/owner").until("/0/Checks/1/CheckID", "extra"),
                get("/v1/health/checks/owner"),
                get("/v1/agent/checks").only("/extra"),
                register(json!({"id": "low", "name": "low", "service_id": "owner-1", "ttl": "60s"})),
                get("/v1/health/checks/owner").until_count("", 2),
                register(json!({"id": "low2", "name": "low", "serviceid": "owner-1", "ttl": "60s"})),
                get("/v1/health/checks/owner").until_count("", 3),
                put("/v1/agent/check/deregister/extra", ""),
                get("/v1/health/checks/owner").until_count("", 2),
                put("/v1/agent/service/deregister/owner-1", ""),
                get("/v1/health/checks/owner").until_count("", 0),
                put("/v1/agent/check/pass/low", ""),
            ],
        ),
        scenario(
            "registered again",
            [
                register(json!({"Name": "again", "TTL": "60s", "Status": "passing"})),
                register(json!({"Name": "again", "TTL": "60s", "Notes": "changed"})),
                get("/v1/agent/checks").only("/again"),
                put("/v1/agent/check/deregister/again", ""),
            ],
        ),
        scenario(
            "checks that are refused",
            [
                register(json!({})),
                register(json!({"Name": "none"})),
                register(json!({"TTL": "60s"})),
                register(json!({"Name": "x", "TTL": "60s", "ServiceID": "nobody"})),
                register(json!({"Name": "x", "TTL": "60s", "Status": "fine"})),
                register(json!({"Name": "x", "TTL": "60s", "Bogus": 1})),
                register(json!({"Name": "x", "HTTP": "http://127.0.0.1:1/"})),
                register(json!({"Name": "x", "GRPC": "127.0.0.1:1"})),
                register(json!({"Name": "x", "Args": ["true"], "Interval": "10s"})),
                register(json!({"Name": "x", "TTL": "60s", "Interval": "10s"})),
                put("/v1/agent/check/register", ""),
                put("/v1/agent/check/register", "[]"),
            ],
        ),
        scenario(
            "an alias",
            [
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "origin-1", "Name": "origin", "Check": {"TTL": "60s", "Status": "passing"}}),
                ),
                put("/v1/agent/service/register", json!({"ID": "mirrored-1", "Name": "mirrored"})),
                register(json!({"Name": "mirror", "ServiceID": "mirrored-1", "AliasService": "origin-1"})),
                get("/v1/agent/checks").until("/mirror/Status", "passing").only("/mirror"),
                put("/v1/agent/check/fail/service:origin-1", ""),
                get("/v1/agent/checks").until("/mirror/Status", "critical").only("/mirror"),
                put("/v1/agent/service/deregister/mirrored-1", ""),
                put("/v1/agent/service/deregister/origin-1", ""),
            ],
        ),
        scenario(
            "active checks",
            [
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "probed-1", "Name": "probed", "Checks": [
                        {"CheckID": "refused-http", "HTTP": "http://127.0.0.1:1/health", "Interval": "50ms", "Timeout": "1s", "Status": "passing"},
                        {"CheckID": "refused-tcp", "TCP": "127.0.0.1:1", "Interval": "50ms", "Timeout": "1s", "Status": "passing"},
                    ]}),
                ),
                get("/v1/agent/checks").until("/refused-tcp/Status", "critical").only("/refused-tcp"),
                get("/v1/agent/checks").until("/refused-http/Status", "critical").only("/refused-http"),
                put("/v1/agent/service/deregister/probed-1", ""),
            ],
        ),
    ]
}

fn expiry() -> Vec<Scenario> {
    vec![
        scenario(
            "a check runs out of time",
            [
                service("late", &json!({"TTL": "1s", "Status": "passing"})),
                get("/v1/health/service/late?passing").until_count("", 1).keep_index("late"),
                get("/v1/health/service/late?passing&index={late}&wait=10s").between(
                    1,
                    milliseconds(900),
                    seconds(8),
                ),
                get("/v1/health/checks/late"),
                put("/v1/agent/check/pass/service:late-1?note=back", ""),
                get("/v1/health/service/late?passing").until_count("", 1),
                get("/v1/health/checks/late").until("/0/Status", "critical").between(
                    5,
                    milliseconds(900),
                    seconds(8),
                ),
            ],
        ),
        scenario(
            "a heartbeat keeps it alive",
            [
                service("alive", &json!({"TTL": "4s", "Status": "passing"})),
                get("/v1/health/service/alive?passing").until_count("", 1).keep_index("alive"),
                get("/v1/health/service/alive?passing&index={alive}&wait=1500ms"),
                put("/v1/agent/check/pass/service:alive-1", ""),
                get("/v1/health/service/alive?passing&index={alive}&wait=1500ms"),
                put("/v1/agent/check/pass/service:alive-1", ""),
                get("/v1/health/service/alive?passing&index={alive}&wait=1500ms"),
                put("/v1/agent/service/deregister/alive-1", ""),
            ],
        ),
    ]
}
