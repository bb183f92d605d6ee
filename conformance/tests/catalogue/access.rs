//! Tokens: what is said to those who have one, another, or none.

use crate::{allowed, compared};
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::recorder::{Scenario, Step, delete, get, put, scenario};
use serde_json::json;

/// Whoever has this may do anything.
const TOKEN: &str = "6b7f5a2e-0a41-4c1c-9d4e-3f2b8c1d5e60";

#[test]
fn access() {
    let start = |make: Make, folder: &std::path::Path| make.start_guarded(folder, TOKEN);
    compared(
        "access",
        start,
        &[scenario("with the token", whole(with_token)), known(), nobody()],
        allowed::ACCESS,
    );
}

/// A guarded Consul does not show when its first comparison with the catalogue is over. It may
/// register what was registered meanwhile once more, which moves indexes and nothing else.
fn with_token(step: Step) -> Step {
    step.header("X-Consul-Token", TOKEN).any_index()
}

/// Reads and writes of every kind.
fn whole(told: fn(Step) -> Step) -> Vec<Step> {
    [
        put("/v1/agent/service/register", json!({"ID": "in-1", "Name": "in", "Check": {"TTL": "60s"}})),
        get("/v1/health/checks/in").until_count("", 1),
        put("/v1/agent/check/pass/service:in-1", ""),
        get("/v1/health/service/in").until_count("", 1).only("/0/Service").only("/0/Checks/1"),
        get("/v1/agent/services"),
        get("/v1/catalog/services").unordered("/*"),
        put("/v1/kv/key", "x"),
        get("/v1/kv/key"),
        get("/v1/kv/?recurse"),
        get("/v1/kv/?keys"),
        put("/v1/session/create", "").keep("session", "/ID"),
        get("/v1/session/info/{session}"),
        put("/v1/session/destroy/{session}", ""),
        put("/v1/txn", json!([{"KV": {"Verb": "get", "Key": "key"}}])),
        delete("/v1/kv/key"),
        put("/v1/agent/service/deregister/in-1", ""),
        put("/v1/event/fire/e", "").any("/LTime"),
    ]
    .map(told)
    .into()
}

fn known() -> Scenario {
    let path = "/v1/agent/services";
    scenario(
        "how a token is given",
        [
            get(path).header("X-Consul-Token", TOKEN),
            get(path).header("Authorization", &format!("Bearer {TOKEN}")),
            get(path).header("authorization", &format!("bearer {TOKEN}")),
            get(&format!("{path}?token={TOKEN}")),
            get(path).header("X-Consul-Token", "nobody-has-it"),
            get(&format!("{path}?token=nobody-has-it")),
            get("/v1/kv/key").header("X-Consul-Token", "nobody-has-it"),
            put("/v1/kv/key", "x").header("X-Consul-Token", "nobody-has-it"),
            put("/v1/agent/service/register", json!({"Name": "out"}))
                .header("X-Consul-Token", "nobody-has-it"),
            get("/v1/catalog/services").header("X-Consul-Token", "nobody-has-it"),
            get("/v1/health/service/consul").header("X-Consul-Token", "nobody-has-it"),
        ],
    )
}

fn nobody() -> Scenario {
    scenario(
        "without a token",
        [
            get("/v1/status/leader").ports(),
            get("/v1/status/peers").ports(),
            put("/v1/kv/out", "x"),
            get("/v1/kv/out"),
            delete("/v1/kv/out"),
            put("/v1/agent/service/register", json!({"Name": "out"})),
            put("/v1/session/create", ""),
            put("/v1/catalog/register", json!({"Node": "out", "Address": "10.8.0.1"})),
            put("/v1/event/fire/e", ""),
            get("/v1/agent/self").only("/none"),
            get("/v1/agent/services"),
            get("/v1/catalog/services"),
            get("/v1/catalog/nodes"),
            get("/v1/health/service/in"),
            get("/v1/session/list"),
            get("/v1/kv/?recurse"),
        ],
    )
}
