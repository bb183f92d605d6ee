//! Sessions and the locks they hold.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, delete, get, put, scenario};
use gyropilot_conformance::wait::{milliseconds, seconds};
use serde_json::{Value, json};

#[test]
fn sessions() {
    against_consul("sessions", &[lives(), refused(), locks(), deaths()].concat(), allowed::SESSIONS);
}

fn create(body: Value) -> Step {
    put("/v1/session/create", body).keep("session", "/ID")
}

fn lives() -> Vec<Scenario> {
    vec![
        scenario(
            "created, renewed, destroyed",
            [
                create(json!({"Name": "one", "TTL": "30s", "LockDelay": "5s", "Behavior": "delete"})),
                get("/v1/session/info/{session}"),
                get("/v1/session/list").unordered(""),
                get("/v1/session/node/real"),
                put("/v1/session/renew/{session}", ""),
                put("/v1/session/destroy/{session}", ""),
                get("/v1/session/info/{session}"),
                get("/v1/session/list").unordered(""),
                put("/v1/session/renew/{session}", ""),
                put("/v1/session/destroy/{session}", ""),
            ],
        ),
        scenario(
            "without a word",
            [
                put("/v1/session/create", "").keep("session", "/ID"),
                get("/v1/session/info/{session}"),
                put("/v1/session/renew/{session}", ""),
                put("/v1/session/destroy/{session}", ""),
                create(json!({})),
                get("/v1/session/info/{session}"),
                put("/v1/session/destroy/{session}", ""),
            ],
        ),
        scenario(
            "spelled in other ways",
            [
                create(json!({"lockdelay": "0s", "name": "low", "ttl": "20s", "behavior": "release"})),
                get("/v1/session/info/{session}"),
                put("/v1/session/destroy/{session}", ""),
                create(json!({"LockDelay": 5, "Checks": []})),
                get("/v1/session/info/{session}"),
                put("/v1/session/destroy/{session}", ""),
                create(
                    json!({"LockDelay": 5_000_000_000_u64, "NodeChecks": ["serfHealth"], "ServiceChecks": null}),
                ),
                get("/v1/session/info/{session}"),
                put("/v1/session/destroy/{session}", ""),
                create(json!({"Node": "real", "Datacenter": "dc1", "Name": null, "NodeChecks": []})),
                get("/v1/session/info/{session}"),
                put("/v1/session/destroy/{session}", ""),
            ],
        ),
        scenario(
            "the old name of the checks",
            [
                put("/v1/agent/check/register", json!({"Name": "old", "TTL": "60s", "Status": "passing"})),
                get("/v1/health/node/real").until("/0/CheckID", "old"),
                put("/v1/session/create", json!({"Checks": ["old"]})).keep("old", "/ID"),
                get("/v1/session/info/{old}"),
                create(json!({"NodeChecks": ["old"], "Checks": ["serfHealth"]})),
                get("/v1/session/info/{session}"),
                put("/v1/agent/check/deregister/old", ""),
                get("/v1/session/list").until_count("", 0),
            ],
        ),
        scenario(
            "delays and times",
            [
                create(json!({"LockDelay": "120s", "TTL": "24h"})),
                get("/v1/session/info/{session}"),
                put("/v1/session/destroy/{session}", ""),
                create(json!({"TTL": "10s"})),
                get("/v1/session/info/{session}"),
                put("/v1/session/destroy/{session}", ""),
            ],
        ),
    ]
}

fn refused() -> Vec<Scenario> {
    vec![scenario(
        "sessions that are refused",
        [
            create(json!({"TTL": "5s"})),
            create(json!({"TTL": "25h"})),
            create(json!({"TTL": "x"})),
            create(json!({"TTL": 20})),
            create(json!({"Behavior": "zap"})),
            create(json!({"Node": "nobody"})),
            create(json!({"Checks": ["nobody"]})),
            create(json!({"NodeChecks": ["nobody"]})),
            create(json!({"ServiceChecks": [{"ID": "nobody"}]})),
            create(json!({"LockDelay": "x"})),
            create(json!({"Bogus": 1})),
            create(json!({"ID": "40e4a748-2192-161a-0510-9bf59fe950b5"})),
            put("/v1/session/create", "{"),
            put("/v1/session/create", "[]"),
            put("/v1/session/create?dc=elsewhere", "{}"),
            get("/v1/session/list").unordered(""),
            get("/v1/session/info/no-uuid"),
            get("/v1/session/info/"),
            get("/v1/session/info/40e4a748-2192-161a-0510-9bf59fe950b5"),
            get("/v1/session/node/nobody"),
            get("/v1/session/node/"),
            put("/v1/session/renew/no-uuid", ""),
            put("/v1/session/renew/", ""),
            put("/v1/session/destroy/no-uuid", ""),
            put("/v1/session/destroy/", ""),
            get("/v1/session/list?dc=elsewhere"),
        ],
    )]
}

fn locks() -> Vec<Scenario> {
    let sessions = || {
        [
            put("/v1/session/create", json!({"Name": "one", "LockDelay": "0s"})).keep("one", "/ID"),
            put("/v1/session/create", json!({"Name": "two", "LockDelay": "0s"})).keep("two", "/ID"),
        ]
    };
    let end = || [put("/v1/session/destroy/{one}", ""), put("/v1/session/destroy/{two}", "")];
    vec![
        scenario(
            "two want one lock",
            [
                sessions().to_vec(),
                vec![
                    put("/v1/kv/lock?acquire={one}", "one"),
                    get("/v1/kv/lock"),
                    put("/v1/kv/lock?acquire={two}", "two"),
                    get("/v1/kv/lock"),
                    put("/v1/kv/lock?acquire={one}&flags=3304740253564472344", "one again"),
                    get("/v1/kv/lock"),
                    put("/v1/kv/lock?release={two}", "stolen"),
                    get("/v1/kv/lock"),
                    put("/v1/kv/lock?release={one}", "left"),
                    get("/v1/kv/lock"),
                    put("/v1/kv/lock?release={one}", "left"),
                    put("/v1/kv/lock?acquire={two}", "two"),
                    get("/v1/kv/lock"),
                ],
                end().to_vec(),
                vec![get("/v1/kv/lock")],
            ]
            .concat(),
        ),
        scenario(
            "a lock is no hindrance to who does not ask",
            [
                sessions().to_vec(),
                vec![
                    put("/v1/kv/soft?acquire={one}", "one"),
                    put("/v1/kv/soft", "written over"),
                    get("/v1/kv/soft").keep("now", "/0/ModifyIndex"),
                    put("/v1/kv/soft?cas={now}", "set"),
                    get("/v1/kv/soft"),
                    delete("/v1/kv/soft"),
                    get("/v1/kv/soft"),
                    put("/v1/kv/soft?acquire={two}", "two"),
                    get("/v1/kv/soft"),
                ],
                end().to_vec(),
            ]
            .concat(),
        ),
        scenario(
            "sessions that nobody has",
            [
                put("/v1/kv/lost?acquire=40e4a748-2192-161a-0510-9bf59fe950b5", "x"),
                put("/v1/kv/lost?release=40e4a748-2192-161a-0510-9bf59fe950b5", "x"),
                put("/v1/kv/lost?acquire=no-uuid", "x"),
                put("/v1/kv/lost?acquire=", "x"),
                get("/v1/kv/lost"),
            ],
        ),
        scenario(
            "a watcher sees a lock change hands",
            [
                sessions().to_vec(),
                vec![
                    put("/v1/kv/seen?acquire={one}", "one"),
                    get("/v1/kv/seen").keep_index("index"),
                    get("/v1/kv/seen?index={index}&wait=10s")
                        .meanwhile([put("/v1/kv/seen?release={one}", "free")]),
                ],
                end().to_vec(),
            ]
            .concat(),
        ),
    ]
}

fn deaths() -> Vec<Scenario> {
    vec![
        scenario(
            "what a session releases",
            [
                create(json!({"LockDelay": "0s"})),
                put("/v1/kv/freed?acquire={session}", "x"),
                get("/v1/kv/freed").keep_index("index"),
                get("/v1/kv/freed?index={index}&wait=10s")
                    .meanwhile([put("/v1/session/destroy/{session}", "")]),
                get("/v1/kv/freed"),
            ],
        ),
        scenario(
            "what a session removes",
            [
                create(json!({"LockDelay": "0s", "Behavior": "delete"})),
                put("/v1/kv/removed?acquire={session}", "x"),
                get("/v1/kv/removed").keep_index("index"),
                get("/v1/kv/removed?index={index}&wait=10s")
                    .meanwhile([put("/v1/session/destroy/{session}", "")]),
                get("/v1/kv/removed"),
            ],
        ),
        scenario(
            "the delay after a death",
            [
                create(json!({"LockDelay": "1s"})),
                put("/v1/session/create", json!({"LockDelay": "0s"})).keep("heir", "/ID"),
                put("/v1/kv/delayed?acquire={session}", "x"),
                put("/v1/session/destroy/{session}", ""),
                put("/v1/kv/delayed?acquire={heir}", "y"),
                get("/v1/kv/delayed"),
                put("/v1/kv/delayed?acquire={heir}", "y").until("", true).between(
                    4,
                    milliseconds(900),
                    seconds(10),
                ),
                get("/v1/kv/delayed"),
                put("/v1/session/destroy/{heir}", ""),
            ],
        ),
        scenario(
            "no delay after a release",
            [
                create(json!({"LockDelay": "10s"})),
                put("/v1/session/create", json!({"LockDelay": "10s"})).keep("heir", "/ID"),
                put("/v1/kv/handed?acquire={session}", "x"),
                put("/v1/kv/handed?release={session}", "x"),
                put("/v1/kv/handed?acquire={heir}", "y"),
                put("/v1/session/destroy/{heir}", ""),
                put("/v1/session/destroy/{session}", ""),
            ],
        ),
        scenario(
            "a session ends with its check",
            [
                put("/v1/agent/check/register", json!({"Name": "pulse", "TTL": "60s", "Status": "passing"})),
                get("/v1/health/node/real").until_count("", 2),
                create(json!({"LockDelay": "0s", "NodeChecks": ["serfHealth", "pulse"]})),
                get("/v1/session/info/{session}"),
                put("/v1/kv/pulse?acquire={session}", "x"),
                put("/v1/agent/check/warn/pulse", ""),
                get("/v1/health/node/real").until("/0/Status", "warning"),
                get("/v1/session/info/{session}").keep_index("index"),
                get("/v1/session/info/{session}?index={index}&wait=10s")
                    .meanwhile([put("/v1/agent/check/fail/pulse", "")]),
                get("/v1/kv/pulse"),
                create(json!({"NodeChecks": ["pulse"]})),
                put("/v1/agent/check/deregister/pulse", ""),
            ],
        ),
        scenario(
            "a session ends with the check of its service",
            [
                put(
                    "/v1/agent/service/register",
                    json!({"ID": "beat-1", "Name": "beat", "Check": {"TTL": "60s", "Status": "passing"}}),
                ),
                get("/v1/health/service/beat").until_count("", 1),
                create(json!({"LockDelay": "0s", "ServiceChecks": [{"ID": "service:beat-1"}]})),
                get("/v1/session/info/{session}").keep_index("index"),
                get("/v1/session/info/{session}?index={index}&wait=10s")
                    .meanwhile([put("/v1/agent/service/deregister/beat-1", "")]),
            ],
        ),
        scenario(
            "a session ends with its node",
            [
                put(
                    "/v1/catalog/register",
                    json!({"Node": "mortal", "Address": "10.3.0.1", "Check": {"Name": "up", "CheckID": "up", "Status": "passing"}}),
                ),
                create(json!({"Node": "mortal", "LockDelay": "0s", "NodeChecks": ["up"]})),
                get("/v1/session/node/mortal"),
                put("/v1/kv/mortal?acquire={session}", "x"),
                put("/v1/catalog/deregister", json!({"Node": "mortal"})),
                get("/v1/session/info/{session}"),
                get("/v1/kv/mortal"),
            ],
        ),
    ]
}
