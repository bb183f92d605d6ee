//! What ends after a long time: sessions, and services nobody keeps alive.

use crate::against_consul;
use gyropilot_conformance::recorder::{Scenario, get, put, scenario};
use gyropilot_conformance::wait::seconds;
use serde_json::json;

#[test]
fn a_session_expires() {
    against_consul("session-expiry", &session(), &[]);
}

#[test]
fn what_stays_critical_is_withdrawn() {
    against_consul("withdrawal", &withdrawal(), &[]);
}

fn session() -> Vec<Scenario> {
    vec![scenario(
        "a session that nobody renews",
        [
            put("/v1/session/create", json!({"TTL": "10s", "LockDelay": "0s", "Behavior": "delete"}))
                .keep("session", "/ID"),
            put("/v1/kv/mine?acquire={session}", "x"),
            get("/v1/kv/mine").keep_index("index"),
            get("/v1/kv/mine?index={index}&wait=5s"),
            put("/v1/session/renew/{session}", ""),
            // From then on it has its time again: as Consul counts, once for the promise and once for good measure.
            get("/v1/kv/mine?index={index}&wait=60s").patient(seconds(80)).between(
                5,
                seconds(10),
                seconds(30),
            ),
            get("/v1/session/info/{session}"),
        ],
    )]
}

fn withdrawal() -> Vec<Scenario> {
    vec![scenario(
        "a service that stays critical",
        [
            put(
                "/v1/agent/service/register",
                json!({
                    "ID": "left-1", "Name": "left", "Check": {"TTL": "1s", "Status": "passing", "DeregisterCriticalServiceAfter": "1s"},
                }),
            ),
            get("/v1/health/service/left").until_count("", 1),
            get("/v1/health/service/left").until("/0/Checks/1/Status", "critical").keep_index("index"),
            get("/v1/agent/checks"),
            get("/v1/health/service/left?index={index}&wait=120s").patient(seconds(140)).between(
                3,
                seconds(55),
                seconds(110),
            ),
            get("/v1/agent/services"),
            get("/v1/agent/checks"),
        ],
    )]
}
