//! What clients do in one go: locks, elections, semaphores, discovery, as they send it.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, delete, get, put, scenario};
use serde_json::json;

#[test]
fn recipes() {
    against_consul("recipes", &[locks(), discovery(), registrars()].concat(), allowed::RECIPES);
}

/// What the command line and the library in Go mark their locks and semaphores with.
const LOCK: &str = "flags=3304740253564472344";
const SEMAPHORE: &str = "flags=16210313421097356768";

fn session(name: &'static str, body: &serde_json::Value) -> Step {
    put("/v1/session/create", body).keep(name, "/ID")
}

fn locks() -> Vec<Scenario> {
    let terms = json!({"Name": "Consul lock for 'x' at 'locks/a'", "TTL": "15s", "LockDelay": "0s"});
    let contender = |name: &str| put(&format!("/v1/kv/sem/{{{name}}}?acquire={{{name}}}&{SEMAPHORE}"), "");
    vec![
        scenario(
            "a lock, as the command line takes it",
            [
                get("/v1/agent/self").only("/Config/Datacenter"),
                session("mine", &terms),
                get("/v1/kv/locks/a/.lock?wait=3000ms"),
                put(&format!("/v1/kv/locks/a/.lock?acquire={{mine}}&{LOCK}"), ""),
                get("/v1/kv/locks/a/.lock?consistent=").keep_index("held"),
                put("/v1/session/renew/{mine}", ""),
                get("/v1/kv/locks/a/.lock?consistent=&index={held}&wait=400ms"),
                put(&format!("/v1/kv/locks/a/.lock?{LOCK}&release={{mine}}"), ""),
                get("/v1/kv/locks/a/.lock").keep("now", "/0/ModifyIndex"),
                delete("/v1/kv/locks/a/.lock?cas={now}"),
                put("/v1/session/destroy/{mine}", ""),
            ],
        ),
        scenario(
            "an election, and the end of the one who won it",
            [
                session("one", &terms),
                session("two", &terms),
                put("/v1/kv/leader?acquire={one}", "one"),
                put("/v1/kv/leader?acquire={two}", "two"),
                get("/v1/kv/leader").keep_index("seen"),
                get("/v1/kv/leader?index={seen}&wait=10s").meanwhile([put("/v1/session/destroy/{one}", "")]),
                put("/v1/kv/leader?acquire={two}", "two"),
                get("/v1/kv/leader"),
                put("/v1/session/destroy/{two}", ""),
                get("/v1/kv/leader"),
            ],
        ),
        scenario(
            "a semaphore",
            [
                session("one", &terms),
                session("two", &terms),
                contender("one"),
                get("/v1/kv/sem/?recurse="),
                put(
                    &format!("/v1/kv/sem/.lock?cas=0&{SEMAPHORE}"),
                    "{\"Limit\":1,\"Holders\":{\"{one}\":true}}",
                ),
                contender("two"),
                get("/v1/kv/sem/?recurse=").any("/*/Value").unordered(""),
                put(
                    &format!("/v1/kv/sem/.lock?cas=0&{SEMAPHORE}"),
                    "{\"Limit\":1,\"Holders\":{\"{two}\":true}}",
                ),
                put("/v1/session/destroy/{one}", ""),
                get("/v1/kv/sem/.lock").any("/0/Value").keep("now", "/0/ModifyIndex"),
                put(
                    &format!("/v1/kv/sem/.lock?cas={{now}}&{SEMAPHORE}"),
                    "{\"Limit\":1,\"Holders\":{\"{two}\":true}}",
                ),
                put("/v1/session/destroy/{two}", ""),
                delete("/v1/kv/sem/?recurse"),
                get("/v1/kv/sem/?keys"),
            ],
        ),
    ]
}

fn discovery() -> Vec<Scenario> {
    let instance = |n: u16, status: &str| {
        put(
            "/v1/agent/service/register",
            json!({"ID": format!("shop-{n}"), "Name": "shop", "Tags": ["v1"], "Address": format!("10.7.0.{n}"), "Port": 80,
                   "Check": {"TTL": "60s", "Status": status}}),
        )
    };
    vec![
        scenario(
            "as Prometheus does",
            [
                get("/v1/agent/self").only("/Config/Datacenter"),
                get("/v1/catalog/services?stale=&wait=120000ms").keep_index("names").unordered("/*"),
                get("/v1/catalog/services?index={names}&stale=&wait=120000ms")
                    .meanwhile([instance(1, "passing")])
                    .unordered("/*"),
                get("/v1/health/service/shop?stale=&wait=120000ms").until_count("", 1).keep_index("shop"),
                get("/v1/health/service/shop?index={shop}&stale=&wait=120000ms")
                    .meanwhile([instance(2, "critical")]),
                get("/v1/health/service/shop?stale=&tag=v1&tag=v2&wait=120000ms"),
            ],
        ),
        scenario(
            "as consul-template does",
            [
                get("/v1/health/service/shop?passing=1&stale=&wait=60000ms").keep_index("shop"),
                get("/v1/health/service/shop?index={shop}&passing=1&stale=&wait=60000ms")
                    .meanwhile([put("/v1/agent/check/pass/service:shop-2", "")]),
                get("/v1/kv/conf/?recurse=&stale=&wait=60000ms").keep_index("conf"),
                get("/v1/kv/conf/?index={conf}&recurse=&stale=&wait=60000ms")
                    .meanwhile([put("/v1/kv/conf/a", "1")]),
                get("/v1/catalog/nodes?near=_agent&stale=&wait=60000ms"),
                get("/v1/catalog/datacenters"),
            ],
        ),
        scenario(
            "as ContainerPilot does",
            [
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "app-h1", "Name": "app", "Port": 8080, "Address": "10.7.0.9", "Check": {"TTL": "10s", "Notes": "TTL for app set by containerpilot"}}),
                ),
                get("/v1/health/checks/app").until_count("", 1),
                put("/v1/agent/check/update/service:app-h1", json!({"Status": "passing", "Output": "ok"})),
                get("/v1/health/service/app?passing=1").until_count("", 1),
                put("/v1/agent/check/update/service:app-h1", json!({"Status": "passing", "Output": "ok"})),
                get("/v1/health/service/app?passing=1&tag=v1"),
                put("/v1/agent/service/deregister/app-h1", ""),
                put("/v1/agent/check/update/service:app-h1", json!({"Status": "passing", "Output": "ok"})),
                get("/v1/health/service/app?passing=1").until_count("", 0),
            ],
        ),
    ]
}

fn registrars() -> Vec<Scenario> {
    vec![
        scenario(
            "as python does",
            [
                put(
                    "/v1/agent/service/register",
                    "{\"name\": \"py\", \"id\": \"py-1\", \"checks\": [{\"ttl\": \"20s\"}]}",
                ),
                get("/v1/health/checks/py").until_count("", 1),
                put("/v1/agent/check/pass/service:py-1", ""),
                get("/v1/health/service/py?passing=1").until_count("", 1),
                put("/v1/agent/service/maintenance/py-1?enable=True&reason=upgrade", ""),
                get("/v1/health/service/py?passing=1").until_count("", 0),
                put("/v1/agent/service/maintenance/py-1?enable=False", ""),
                get("/v1/health/service/py?passing=1").until_count("", 1),
                put("/v1/session/create", "{\"lockdelay\": \"0s\", \"name\": \"py\"}").keep("py", "/ID"),
                get("/v1/session/info/{py}"),
                put("/v1/session/destroy/{py}", ""),
                put("/v1/kv/py?flags=7&cas=0", "1"),
                get("/v1/kv/py?keys=True&separator=/"),
                get("/v1/kv/py?recurse=True"),
                delete("/v1/kv/py?recurse=True"),
            ],
        ),
        scenario(
            "as registrator does",
            [
                get("/v1/status/leader").ports(),
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "host:web:80", "Name": "reg", "Tags": ["a"], "Port": 32768, "Address": "10.7.0.7"}),
                ),
                get("/v1/agent/services").only("/host:web:80"),
                put("/v1/agent/service/deregister/host:web:80", ""),
                get("/v1/agent/services").only("/host:web:80"),
            ],
        ),
        scenario(
            "as a monitor of external services does",
            [
                put(
                    "/v1/catalog/register",
                    json!({"Node": "esm", "Address": "db.example.org", "NodeMeta": {"external-node": "true", "external-probe": "true"},
                           "Service": {"ID": "db-1", "Service": "db", "Port": 5432},
                           "Checks": [{"Name": "up", "CheckID": "db-up", "Status": "passing", "ServiceID": "db-1",
                                       "Definition": {"TCP": "db.example.org:5432", "Interval": "10s"}}]}),
                ),
                get("/v1/catalog/nodes?node-meta=external-node:true"),
                get("/v1/health/node/esm"),
                put(
                    "/v1/catalog/register",
                    json!({"Node": "esm", "Address": "db.example.org", "SkipNodeUpdate": true,
                           "Check": {"Name": "up", "CheckID": "db-up", "Status": "critical", "Output": "no", "ServiceID": "db-1",
                                     "Definition": {"TCP": "db.example.org:5432", "Interval": "10s"}}}),
                ),
                get("/v1/health/service/db?passing"),
                get("/v1/health/service/db"),
                put("/v1/catalog/deregister", json!({"Node": "esm", "ServiceID": "db-1"})),
                get("/v1/health/node/esm"),
                put("/v1/catalog/deregister", json!({"Node": "esm"})),
            ],
        ),
        scenario(
            "a reload",
            [
                put("/v1/agent/service/register", json!({"ID": "kept-1", "Name": "kept"})),
                get("/v1/health/service/kept").until_count("", 1),
                put("/v1/agent/reload", ""),
                get("/v1/agent/services").only("/kept-1"),
            ],
        ),
    ]
}
