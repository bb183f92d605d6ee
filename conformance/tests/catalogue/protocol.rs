//! What holds for every request: methods, paths, parameters and headers.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, ask, get, put, scenario};
use serde_json::json;

#[test]
fn protocol() {
    against_consul("protocol", &[methods(), paths(), parameters(), headers()].concat(), allowed::PROTOCOL);
}

/// An endpoint of every kind, and the methods it knows.
const ENDPOINTS: &[&str] = &[
    "/v1/agent/self",
    "/v1/agent/members",
    "/v1/agent/services",
    "/v1/agent/service/x",
    "/v1/agent/checks",
    "/v1/agent/metrics",
    "/v1/agent/reload",
    "/v1/agent/maintenance",
    "/v1/agent/join/x",
    "/v1/agent/leave",
    "/v1/agent/force-leave/x",
    "/v1/agent/service/register",
    "/v1/agent/service/deregister/x",
    "/v1/agent/service/maintenance/x",
    "/v1/agent/health/service/id/x",
    "/v1/agent/health/service/name/x",
    "/v1/agent/check/register",
    "/v1/agent/check/deregister/x",
    "/v1/agent/check/pass/x",
    "/v1/agent/check/warn/x",
    "/v1/agent/check/fail/x",
    "/v1/agent/check/update/x",
    "/v1/catalog/register",
    "/v1/catalog/deregister",
    "/v1/catalog/datacenters",
    "/v1/catalog/nodes",
    "/v1/catalog/services",
    "/v1/catalog/service/x",
    "/v1/catalog/node/x",
    "/v1/catalog/node-services/x",
    "/v1/health/service/x",
    "/v1/health/checks/x",
    "/v1/health/node/x",
    "/v1/health/state/any",
    "/v1/kv/x",
    "/v1/txn",
    "/v1/session/create",
    "/v1/session/destroy/x",
    "/v1/session/renew/x",
    "/v1/session/info/x",
    "/v1/session/node/x",
    "/v1/session/list",
    "/v1/event/fire/x",
    "/v1/event/list",
    "/v1/coordinate/nodes",
    "/v1/coordinate/node/x",
    "/v1/coordinate/datacenters",
    "/v1/status/leader",
    "/v1/status/peers",
    "/v1/query",
    "/v1/query/x",
    "/v1/operator/raft/configuration",
    "/v1/operator/autopilot/health",
    "/v1/operator/autopilot/configuration",
    "/v1/operator/keyring",
    "/v1/snapshot",
    "/v1/internal/ui/services",
    "/v1/internal/ui/nodes",
    "/v1/internal/ui/node/x",
    "/v1/acl/token/self",
    "/v1/acl/tokens",
    "/v1/acl/bootstrap",
    "/v1/acl/login",
    "/v1/acl/policies",
    "/v1/acl/create",
    "/v1/connect/ca/roots",
    "/v1/connect/ca/configuration",
    "/v1/connect/intentions",
    "/v1/connect/intentions/match",
    "/v1/agent/connect/authorize",
    "/v1/agent/connect/ca/roots",
    "/v1/agent/connect/ca/leaf/x",
    "/v1/discovery-chain/x",
    "/v1/config",
    "/v1/config/service-defaults",
    "/v1/config/service-defaults/x",
];

fn methods() -> Vec<Scenario> {
    let all =
        |method: &'static str| ENDPOINTS.iter().map(move |path| ask(method, path, "")).collect::<Vec<Step>>();
    // What a method is not for is asked of all; what it is for has its own family.
    vec![
        scenario("OPTIONS", all("OPTIONS")),
        scenario("HEAD", all("HEAD")),
        scenario("PATCH", all("PATCH")),
        scenario("TRACE", all("TRACE").into_iter().take(3).collect::<Vec<_>>()),
        scenario(
            "reading what is for writing",
            [
                get("/v1/agent/service/register"),
                get("/v1/agent/service/deregister/x"),
                get("/v1/agent/check/pass/x"),
                get("/v1/agent/check/update/x"),
                get("/v1/catalog/register"),
                get("/v1/session/create"),
                get("/v1/session/renew/x"),
                get("/v1/event/fire/x"),
                get("/v1/txn"),
                get("/v1/agent/maintenance"),
            ],
        ),
        scenario(
            "writing what is for reading",
            [
                put("/v1/health/service/x", "x"),
                put("/v1/catalog/services", ""),
                put("/v1/agent/self", ""),
                put("/v1/session/list", ""),
                ask("POST", "/v1/agent/service/register", "{}"),
                ask("POST", "/v1/session/create", ""),
                ask("DELETE", "/v1/agent/service/deregister/x", ""),
                ask("DELETE", "/v1/catalog/nodes", ""),
            ],
        ),
    ]
}

fn paths() -> Vec<Scenario> {
    vec![scenario(
        "paths that lead nowhere",
        [
            get("/v1"),
            get("/v1/"),
            get("/v2/kv/x"),
            get("/v1/nothing"),
            get("/v1/agent"),
            get("/v1/agent/"),
            get("/v1/agent/nothing"),
            get("/v1/catalog/"),
            get("/v1/catalog/nothing"),
            get("/v1/health/"),
            get("/v1/health/nothing/x"),
            get("/v1/session/"),
            get("/v1/session/nothing"),
            get("/v1/agent/services/"),
            get("/v1/catalog/services/"),
            get("/v1/status/leader/"),
            get("/v1//agent/services"),
            get("//v1/agent/services"),
            get("/v1/agent/../agent/services"),
            get("/V1/agent/services"),
            put("/v1/nothing", "x"),
            ask("OPTIONS", "/v1/nothing", ""),
            get("/favicon.ico"),
            get("/v1/agent/service/%zz"),
        ],
    )]
}

fn parameters() -> Vec<Scenario> {
    let each = |query: &str| {
        [
            "/v1/catalog/services",
            "/v1/catalog/nodes",
            "/v1/health/service/x",
            "/v1/health/state/any",
            "/v1/kv/x",
            "/v1/session/list",
            "/v1/agent/services",
        ]
        .map(|path| get(&format!("{path}{query}")).ports())
    };
    vec![
        scenario("?ns=default", each("?ns=default")),
        scenario("?ns=other", each("?ns=other")),
        scenario("?partition=default", each("?partition=default")),
        scenario("?dc=elsewhere", each("?dc=elsewhere")),
        scenario("?dc=dc1", each("?dc=dc1")),
        scenario("?stale", each("?stale")),
        scenario("?consistent", each("?consistent")),
        scenario("?stale&consistent", each("?stale&consistent")),
        scenario("?leader", each("?leader")),
        scenario("?cached", each("?cached")),
        scenario(
            "writes elsewhere",
            [
                put("/v1/kv/x?dc=elsewhere", "x"),
                put("/v1/kv/x?ns=other", "x"),
                put("/v1/session/create?ns=other", ""),
                put("/v1/agent/service/register?ns=other", json!({"Name": "x"})),
                put("/v1/agent/service/register", json!({"Name": "x", "Namespace": "other"})),
                put("/v1/agent/service/register", json!({"Name": "x", "Namespace": "default"})),
                put("/v1/agent/service/deregister/x?ns=other", ""),
                put("/v1/agent/service/deregister/x", ""),
                put("/v1/agent/check/pass/x?ns=other", ""),
                put("/v1/catalog/register?ns=other", json!({"Node": "x", "Address": "x"})),
                put("/v1/txn?ns=other", "[]"),
                put("/v1/event/fire/x?dc=elsewhere", ""),
            ],
        ),
        scenario(
            "strange queries",
            [
                get("/v1/agent/services?"),
                get("/v1/agent/services?&&"),
                get("/v1/agent/services?=x"),
                get("/v1/agent/services?a=%zz"),
                get("/v1/agent/services?pretty=false"),
                get("/v1/agent/services?a;b"),
            ],
        ),
    ]
}

fn headers() -> Vec<Scenario> {
    vec![scenario(
        "headers",
        [
            get("/v1/agent/services").header("X-Consul-Token", "any"),
            get("/v1/agent/services").header("Authorization", "Bearer any"),
            get("/v1/agent/services?token=any"),
            get("/v1/agent/services").header("Accept-Encoding", "gzip"),
            get("/v1/agent/members").header("Accept-Encoding", "gzip").any(""),
            put("/v1/kv/wide", "x".repeat(5000)),
            get("/v1/kv/wide").header("Accept-Encoding", "gzip").any(""),
            get("/v1/kv/wide?raw").header("Accept-Encoding", "deflate, gzip;q=0.8").any(""),
            get("/v1/agent/services").header("Accept", "text/html"),
            get("/v1/agent/services").header("Origin", "http://example.org"),
            put("/v1/agent/service/register", json!({"Name": "typed"})).header("Content-Type", "text/plain"),
            put("/v1/agent/service/register", json!({"Name": "formed"}))
                .header("Content-Type", "application/x-www-form-urlencoded"),
            get("/v1/agent/service/formed"),
            put("/v1/kv/formed", "a=b&c=d").header("Content-Type", "application/x-www-form-urlencoded"),
            get("/v1/kv/formed?raw"),
        ],
    )]
}
