//! Blocking queries: what wakes them, what does not, and what their index says.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, delete, get, put, scenario};
use gyropilot_conformance::wait::{milliseconds, seconds};
use serde_json::{Value, json};

#[test]
fn blocking() {
    against_consul("blocking", &[forms(), services(), lists(), keys()].concat(), allowed::BLOCKING);
}

fn service(id: &str, name: &str, rest: &Value) -> Step {
    let mut body = json!({"ID": id, "Name": name});
    body.as_object_mut().expect("a map").extend(rest.as_object().expect("a map").clone());
    put("/v1/agent/service/register", body)
}

fn forms() -> Vec<Scenario> {
    vec![
        scenario(
            "index and wait",
            [
                service("form-1", "form", &json!({})),
                get("/v1/health/service/form").until_count("", 1).keep_index("form"),
                get("/v1/health/service/form?index={form}&wait=300ms"),
                get("/v1/health/service/form?index={form}&wait=1s").between(
                    2,
                    milliseconds(1000),
                    seconds(10),
                ),
                get("/v1/health/service/form?index=1&wait=10s"),
                get("/v1/health/service/form?index=0&wait=10s"),
                get("/v1/health/service/form?wait=10s"),
                get("/v1/health/service/form?index={form}&wait=5"),
                get("/v1/health/service/form?index={form}&wait=x"),
                get("/v1/health/service/form?index=abc"),
                get("/v1/health/service/form?index=-1"),
                get("/v1/health/service/form?index=1.5"),
                get("/v1/health/service/form?index="),
                get("/v1/health/service/form?wait="),
                get("/v1/health/service/form?wait=1x"),
                get("/v1/health/service/form?index=18446744073709551616"),
                get("/v1/kv/form?wait=1x"),
                get("/v1/kv/form?index=x"),
                get("/v1/catalog/services?index=x"),
                get("/v1/session/list?index=x"),
                get("/v1/health/service/form?index={form}&wait=300ms&stale"),
                get("/v1/health/service/form?index={form}&wait=300ms&consistent"),
            ],
        ),
        scenario(
            "an index from the future",
            [
                service("future-1", "future", &json!({})),
                get("/v1/health/service/future").until_count("", 1),
                get("/v1/health/service/future?index=9000000000000000&wait=300ms"),
            ],
        ),
    ]
}

fn services() -> Vec<Scenario> {
    let at = |name: &str| format!("/v1/health/service/{name}?index={{index}}&wait=10s");
    let still = |name: &str| format!("/v1/health/service/{name}?index={{index}}&wait=400ms");
    let begin = |name: &str, count: usize| {
        get(&format!("/v1/health/service/{name}")).until_count("", count).keep_index("index")
    };
    let ttl = |status: &str| json!({"Check": {"TTL": "60s", "Status": status}});
    vec![
        scenario(
            "woken by a status",
            [
                service("stat-1", "stat", &ttl("critical")),
                begin("stat", 1),
                get(&at("stat")).meanwhile([put("/v1/agent/check/pass/service:stat-1", "")]),
            ],
        ),
        scenario(
            "woken by an instance that comes, and one that goes",
            [
                service("more-1", "more", &json!({})),
                begin("more", 1),
                get(&at("more")).meanwhile([service("more-2", "more", &json!({}))]).keep_index("index"),
                get(&at("more"))
                    .meanwhile([put("/v1/agent/service/deregister/more-1", "")])
                    .keep_index("index"),
                get(&at("more"))
                    .meanwhile([put("/v1/agent/service/deregister/more-2", "")])
                    .keep_index("index"),
                get(&at("more")).meanwhile([service("more-3", "more", &json!({}))]).keep_index("index"),
                get(&still("more")),
            ],
        ),
        scenario(
            "woken by tags",
            [
                service("tags-1", "tags", &json!({"Tags": ["a"]})),
                begin("tags", 1),
                get(&at("tags")).meanwhile([service("tags-1", "tags", &json!({"Tags": ["b"]}))]),
            ],
        ),
        scenario(
            "woken by maintenance",
            [
                service("maint-1", "maint", &json!({})),
                begin("maint", 1),
                get(&at("maint"))
                    .meanwhile([put("/v1/agent/service/maintenance/maint-1?enable=true", "")])
                    .keep_index("index"),
                get(&at("maint")).meanwhile([put("/v1/agent/service/maintenance/maint-1?enable=false", "")]),
            ],
        ),
        scenario(
            "not woken by others",
            [
                service("calm-1", "calm", &json!({})),
                begin("calm", 1),
                get(&still("calm")).meanwhile([
                    service("noise-1", "noise", &ttl("passing")),
                    put("/v1/agent/check/warn/service:noise-1", ""),
                    put("/v1/kv/noise", "x"),
                    put("/v1/agent/service/deregister/noise-1", ""),
                ]),
                get("/v1/health/service/calm"),
            ],
        ),
        scenario(
            "not woken by the same again",
            [
                service("same-1", "same", &ttl("passing")),
                begin("same", 1),
                get(&still("same")).meanwhile([
                    service("same-1", "same", &ttl("passing")),
                    put("/v1/agent/check/pass/service:same-1", ""),
                    put("/v1/agent/check/pass/service:same-1?note=x", ""),
                ]),
            ],
        ),
        scenario(
            "a service that is not there yet",
            [
                get("/v1/health/service/later").keep_index("index"),
                get(&still("later")),
                get(&at("later")).meanwhile([service("later-1", "later", &json!({}))]),
            ],
        ),
        scenario(
            "a name in other letters",
            [
                service("case-1", "Case", &json!({"Tags": ["a"]})),
                get("/v1/health/service/case").until_count("", 1).keep_index("index"),
                get(&at("CASE")).meanwhile([service("case-2", "caSe", &json!({"Tags": ["b"]}))]),
                get("/v1/catalog/services").only("/Case").only("/caSe").only("/case"),
                get("/v1/catalog/service/case"),
                get("/v1/health/checks/cAse"),
                put("/v1/agent/service/deregister/case-1", ""),
                get("/v1/health/service/case").until_count("", 1),
                get("/v1/catalog/services").only("/Case").only("/caSe").only("/case"),
                put("/v1/agent/service/deregister/case-2", ""),
                get("/v1/health/service/case").until_count("", 0),
                get("/v1/catalog/services").only("/Case").only("/caSe").only("/case"),
                get("/v1/catalog/node/REAL").only("/Node"),
                get("/v1/catalog/node-services/Real").only("/Node"),
            ],
        ),
        scenario(
            "only the passing ones",
            [
                service("pass-1", "pass", &ttl("passing")),
                get("/v1/health/service/pass?passing").until_count("", 1).keep_index("index"),
                get("/v1/health/service/pass?passing&index={index}&wait=10s")
                    .meanwhile([put("/v1/agent/check/fail/service:pass-1", "")])
                    .keep_index("index"),
                get("/v1/health/service/pass?passing&index={index}&wait=10s")
                    .meanwhile([put("/v1/agent/check/warn/service:pass-1", "")])
                    .keep_index("index"),
                get("/v1/health/service/pass?passing&index={index}&wait=10s")
                    .meanwhile([put("/v1/agent/check/pass/service:pass-1", "")])
                    .keep_index("index"),
            ],
        ),
        scenario(
            "a tag",
            [
                service("mark-1", "mark", &json!({"Tags": ["a"]})),
                get("/v1/health/service/mark?tag=a").until_count("", 1).keep_index("index"),
                get("/v1/health/service/mark?tag=a&index={index}&wait=10s").meanwhile([service(
                    "mark-2",
                    "mark",
                    &json!({"Tags": ["b"]}),
                )]),
            ],
        ),
    ]
}

fn lists() -> Vec<Scenario> {
    let still = |path: &str| get(&format!("{path}?index={{index}}&wait=400ms"));
    let woken = |path: &str| get(&format!("{path}?index={{index}}&wait=10s"));
    let comes = |name: &str| {
        service(&format!("{name}-1"), name, &json!({"Check": {"TTL": "60s", "Status": "passing"}}))
    };
    vec![
        scenario(
            "catalog/services",
            [
                get("/v1/catalog/services").keep_index("index"),
                still("/v1/catalog/services"),
                woken("/v1/catalog/services").meanwhile([comes("listed")]),
                get("/v1/health/service/listed").until_count("", 1),
                get("/v1/catalog/services").keep_index("index"),
                still("/v1/catalog/services").meanwhile([put("/v1/agent/check/fail/service:listed-1", "")]),
                woken("/v1/catalog/services").meanwhile([put("/v1/agent/service/deregister/listed-1", "")]),
            ]
            .map(|step| step.unordered("/*")),
        ),
        scenario(
            "catalog/service",
            [
                comes("flat"),
                get("/v1/catalog/service/flat").until_count("", 1).keep_index("index"),
                still("/v1/catalog/service/flat"),
                woken("/v1/catalog/service/flat").meanwhile([service("flat-2", "flat", &json!({}))]),
            ],
        ),
        scenario(
            "catalog/nodes",
            [
                get("/v1/catalog/nodes").keep_index("index"),
                still("/v1/catalog/nodes").meanwhile([comes("unlisted")]),
                woken("/v1/catalog/nodes")
                    .meanwhile([put("/v1/catalog/register", json!({"Node": "n", "Address": "10.4.0.1"}))])
                    .keep_index("index"),
                woken("/v1/catalog/nodes").meanwhile([put("/v1/catalog/deregister", json!({"Node": "n"}))]),
            ],
        ),
        scenario(
            "catalog/node",
            [
                put("/v1/catalog/register", json!({"Node": "m", "Address": "10.4.0.2"})),
                get("/v1/catalog/node/m").keep_index("index"),
                still("/v1/catalog/node/m"),
                woken("/v1/catalog/node/m").meanwhile([put(
                    "/v1/catalog/register",
                    json!({"Node": "m", "Address": "10.4.0.2", "Service": {"Service": "on-m"}}),
                )]),
            ],
        ),
        scenario(
            "health/state",
            [
                get("/v1/health/state/critical").keep_index("index"),
                still("/v1/health/state/critical"),
                woken("/v1/health/state/critical").meanwhile([put(
                    "/v1/catalog/register",
                    json!({"Node": "m", "Address": "10.4.0.2", "Check": {"Name": "c", "Status": "critical"}}),
                )]),
            ],
        ),
        scenario(
            "health/node",
            [
                get("/v1/health/node/m").keep_index("index"),
                still("/v1/health/node/m"),
                woken("/v1/health/node/m").meanwhile([put(
                    "/v1/catalog/register",
                    json!({"Node": "m", "Address": "10.4.0.2", "Check": {"Name": "c", "Status": "passing"}}),
                )]),
            ],
        ),
        scenario(
            "health/checks",
            [
                comes("checked"),
                get("/v1/health/checks/checked").until_count("", 1).keep_index("index"),
                still("/v1/health/checks/checked"),
                woken("/v1/health/checks/checked")
                    .meanwhile([put("/v1/agent/check/fail/service:checked-1", "")]),
            ],
        ),
        scenario(
            "session/list",
            [
                get("/v1/session/list").unordered("").keep_index("index"),
                still("/v1/session/list").meanwhile([put("/v1/kv/other", "x")]),
                woken("/v1/session/list")
                    .meanwhile([put("/v1/session/create", "").keep("session", "/ID")])
                    .keep_index("index"),
                woken("/v1/session/list").meanwhile([put("/v1/session/destroy/{session}", "")]),
            ],
        ),
        scenario(
            "agent/service",
            [
                comes("hashed"),
                get("/v1/agent/service/hashed-1").keep("hash", "X-Consul-ContentHash"),
                get("/v1/agent/service/hashed-1?hash={hash}&wait=300ms"),
                get("/v1/agent/service/hashed-1?hash={hash}&wait=10s").meanwhile([service(
                    "hashed-1",
                    "hashed",
                    &json!({"Port": 5}),
                )]),
                get("/v1/agent/service/hashed-1?hash=other&wait=10s"),
            ],
        ),
    ]
}

fn keys() -> Vec<Scenario> {
    let woken = |path: &str| get(&format!("/v1/kv/{path}index={{index}}&wait=10s"));
    let still = |path: &str| get(&format!("/v1/kv/{path}index={{index}}&wait=400ms"));
    vec![
        scenario(
            "a key",
            [
                put("/v1/kv/watch/key", "1"),
                get("/v1/kv/watch/key").keep_index("index"),
                still("watch/key?").meanwhile([
                    put("/v1/kv/watch/other", "x"),
                    put("/v1/kv/watch/key/below", "x"),
                    put("/v1/kv/watch/key", "1"),
                ]),
                woken("watch/key?").meanwhile([put("/v1/kv/watch/key", "2")]).keep_index("index"),
                woken("watch/key?").meanwhile([delete("/v1/kv/watch/key")]).keep_index("index"),
                woken("watch/key?").meanwhile([put("/v1/kv/watch/key", "3")]),
            ],
        ),
        scenario(
            "a key that is not there yet",
            [
                get("/v1/kv/watch/never").keep_index("index"),
                still("watch/never?"),
                woken("watch/never?").meanwhile([put("/v1/kv/watch/never", "now")]),
            ],
        ),
        scenario(
            "a folder",
            [
                put("/v1/kv/folder/a", "1"),
                get("/v1/kv/folder/?recurse").keep_index("index"),
                still("folder/?recurse&")
                    .meanwhile([put("/v1/kv/elsewhere", "x"), put("/v1/kv/folder", "x")]),
                woken("folder/?recurse&").meanwhile([put("/v1/kv/folder/b", "2")]).keep_index("index"),
                woken("folder/?recurse&").meanwhile([delete("/v1/kv/folder/b")]).keep_index("index"),
                woken("folder/?recurse&").meanwhile([delete("/v1/kv/folder/?recurse")]).keep_index("index"),
                still("folder/?recurse&"),
                woken("folder/?recurse&").meanwhile([put("/v1/kv/folder/c", "3")]),
            ],
        ),
        scenario(
            "the names of a folder",
            [
                put("/v1/kv/names/a", "1"),
                get("/v1/kv/names/?keys").keep_index("index"),
                still("names/?keys&").meanwhile([put("/v1/kv/elsewhere", "y")]),
                woken("names/?keys&").meanwhile([put("/v1/kv/names/b", "2")]).keep_index("index"),
                woken("names/?keys&").meanwhile([put("/v1/kv/names/b", "3")]).keep_index("index"),
                woken("names/?keys&separator=/&").meanwhile([delete("/v1/kv/names/a")]).keep_index("index"),
            ],
        ),
    ]
}
