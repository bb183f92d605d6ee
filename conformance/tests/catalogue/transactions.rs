//! Transactions.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, get, put, scenario};
use serde_json::{Value, json};

#[test]
fn transactions() {
    against_consul("transactions", &[done(), undone(), refused()].concat(), allowed::TRANSACTIONS);
}

fn kv(operations: &[Value]) -> Step {
    let operations: Vec<_> = operations.iter().map(|operation| json!({"KV": operation})).collect();
    put("/v1/txn", json!(operations))
}

fn done() -> Vec<Scenario> {
    vec![
        scenario(
            "written and read at once",
            [
                kv(&[
                    json!({"Verb": "set", "Key": "txn/a", "Value": "b25l", "Flags": 5}),
                    json!({"Verb": "set", "Key": "txn/b", "Value": null}),
                    json!({"Verb": "get", "Key": "txn/a"}),
                    json!({"Verb": "get-tree", "Key": "txn/"}),
                ]),
                get("/v1/kv/txn/?recurse"),
                kv(&[json!({"verb": "get", "key": "txn/a"})]),
                kv(&[json!({"Verb": "get-tree", "Key": "txn/"})]),
                put("/v1/txn?stale", json!([{"KV": {"Verb": "get", "Key": "txn/a"}}])),
                put("/v1/txn?dc=dc1", json!([{"KV": {"Verb": "get", "Key": "txn/a"}}])),
            ],
        ),
        scenario(
            "check and set",
            [
                kv(&[json!({"Verb": "cas", "Key": "txn/c", "Value": "b25l", "Index": 0})]),
                get("/v1/kv/txn/c"),
                kv(&[json!({"Verb": "cas", "Key": "txn/c", "Value": "dHdv", "Index": 0})]),
                kv(&[json!({"Verb": "cas", "Key": "txn/c", "Value": "dHdv", "Index": 1})]),
                kv(&[
                    json!({"Verb": "check-not-exists", "Key": "txn/d"}),
                    json!({"Verb": "set", "Key": "txn/d", "Value": "eA=="}),
                ]),
                kv(&[
                    json!({"Verb": "check-not-exists", "Key": "txn/d"}),
                    json!({"Verb": "set", "Key": "txn/d", "Value": "eQ=="}),
                ]),
                kv(&[json!({"Verb": "check-index", "Key": "txn/d", "Index": 1})]).any("/Errors/0/What"),
                get("/v1/kv/txn/d?raw"),
            ],
        ),
        scenario(
            "removed",
            [
                kv(&[
                    json!({"Verb": "set", "Key": "rm/a", "Value": "eA=="}),
                    json!({"Verb": "set", "Key": "rm/b/c", "Value": "eA=="}),
                    json!({"Verb": "set", "Key": "rm/b/d", "Value": "eA=="}),
                ]),
                kv(&[
                    json!({"Verb": "delete", "Key": "rm/a"}),
                    json!({"Verb": "delete-tree", "Key": "rm/b"}),
                    json!({"Verb": "delete", "Key": "rm/none"}),
                ]),
                get("/v1/kv/rm/?keys"),
                kv(&[json!({"Verb": "set", "Key": "rm/e", "Value": "eA=="})]),
                kv(&[json!({"Verb": "delete-cas", "Key": "rm/e", "Index": 1})]),
                kv(&[json!({"Verb": "delete-cas", "Key": "rm/none", "Index": 1})]),
                get("/v1/kv/rm/?keys"),
            ],
        ),
        scenario(
            "with a lock",
            [
                put("/v1/session/create", json!({"LockDelay": "0s"})).keep("session", "/ID"),
                kv(&[json!({"Verb": "lock", "Key": "txn/lock", "Value": "eA==", "Session": "{session}"})]),
                kv(&[
                    json!({"Verb": "check-session", "Key": "txn/lock", "Session": "{session}"}),
                    json!({"Verb": "set", "Key": "txn/held", "Value": "eA=="}),
                ]),
                get("/v1/kv/txn/lock"),
                kv(&[json!({"Verb": "unlock", "Key": "txn/lock", "Value": "eA==", "Session": "{session}"})]),
                kv(&[json!({"Verb": "check-session", "Key": "txn/lock", "Session": "{session}"})]),
                kv(&[json!({"Verb": "unlock", "Key": "txn/lock", "Value": "eA==", "Session": "{session}"})]),
                kv(&[json!({"Verb": "check-session", "Key": "txn/none", "Session": "{session}"})]),
                kv(&[
                    json!({"Verb": "lock", "Key": "txn/lock", "Session": "40e4a748-2192-161a-0510-9bf59fe950b5"}),
                ]),
                put("/v1/session/destroy/{session}", ""),
            ],
        ),
        scenario(
            "nodes, services and checks",
            [
                put(
                    "/v1/txn",
                    json!([
                        {"Node": {"Verb": "set", "Node": {"Node": "txn-node", "Address": "10.2.0.1"}}},
                        {"Service": {"Verb": "set", "Node": "txn-node", "Service": {"ID": "t-1", "Service": "txn", "Port": 1}}},
                        {"Check": {"Verb": "set", "Check": {"Node": "txn-node", "CheckID": "c", "Name": "c", "Status": "passing", "ServiceID": "t-1"}}},
                    ]),
                ),
                get("/v1/health/service/txn"),
                put("/v1/txn", json!([{"Node": {"Verb": "delete", "Node": {"Node": "txn-node"}}}])),
                get("/v1/health/service/txn"),
            ],
        ),
    ]
}

fn undone() -> Vec<Scenario> {
    vec![scenario(
        "all or nothing",
        [
            put("/v1/kv/whole/a", "before"),
            kv(&[
                json!({"Verb": "set", "Key": "whole/a", "Value": "eA=="}),
                json!({"Verb": "get", "Key": "whole/none"}),
                json!({"Verb": "cas", "Key": "whole/a", "Value": "eA==", "Index": 1}),
            ]),
            get("/v1/kv/whole/a"),
            kv(&[json!({"Verb": "get", "Key": "whole/none"})]),
            kv(&[json!({"Verb": "get-tree", "Key": "whole/none"})]),
            kv(&[
                json!({"Verb": "get-tree", "Key": "whole/none"}),
                json!({"Verb": "get", "Key": "whole/none"}),
            ]),
        ],
    )]
}

fn refused() -> Vec<Scenario> {
    let many: Vec<_> =
        (0..65).map(|n| json!({"Verb": "set", "Key": format!("many/{n}"), "Value": "eA=="})).collect();
    vec![scenario(
        "transactions that are refused",
        [
            put("/v1/txn", ""),
            put("/v1/txn", "[]"),
            put("/v1/txn", "{}"),
            put("/v1/txn", "[{}]"),
            put("/v1/txn", "{"),
            kv(&many),
            kv(&many[1..]),
            kv(&[json!({"Verb": "bogus", "Key": "x"})]),
            kv(&[json!({"Verb": "set", "Key": ""})]),
            kv(&[json!({"Verb": "set"})]),
            kv(&[json!({"Verb": "get", "Key": ""})]),
            kv(&[json!({"Verb": "set", "Key": "x", "Value": "no base64!"})]),
            kv(&[json!({"Verb": "set", "Key": "x", "Bogus": 1})]),
            kv(&[json!({"Verb": "lock", "Key": "x"})]),
            kv(&[json!({"Verb": "lock", "Key": "x", "Session": "no-uuid"})]),
            kv(&[json!({"Verb": "set", "Key": "x", "Value": "eA==".repeat(175_000)})]),
            put("/v1/txn?dc=elsewhere", json!([{"KV": {"Verb": "get", "Key": "x"}}])),
            put("/v1/txn", json!([{"KV": {"Verb": "get", "Key": "x"}, "Bogus": 1}])),
            get("/v1/txn"),
        ],
    )]
}
