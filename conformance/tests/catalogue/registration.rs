//! Services of the agent: registered, changed, withdrawn.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, get, put, scenario};
use serde_json::{Value, json};

#[test]
fn registration() {
    against_consul(
        "registration",
        &[plain(), full(), upsert(), spelling(), checks(), bad_bodies(), withdrawal()].concat(),
        allowed::REGISTRATION,
    );
}

fn register(body: &Value) -> Step {
    put("/v1/agent/service/register", body)
}

fn seen(id: &str, name: &str) -> [Step; 4] {
    [
        get(&format!("/v1/health/service/{name}")).until_count("", 1),
        get(&format!("/v1/catalog/service/{name}")),
        get(&format!("/v1/agent/service/{id}")),
        get(&format!("/v1/health/checks/{name}")),
    ]
}

fn plain() -> Vec<Scenario> {
    let name_only = [vec![register(&json!({"Name": "bare"}))], seen("bare", "bare").into()].concat();
    let ip = json!({"ID": "at-1", "Name": "at", "Address": "10.0.0.5", "Port": 80});
    let at_ip = [vec![register(&ip)], seen("at-1", "at").into()].concat();
    let host = json!({"ID": "host-1", "Name": "host", "Address": "db.example.org", "Port": 5432});
    let at_host = [vec![register(&host)], seen("host-1", "host").into()].concat();
    let six = json!({"ID": "six-1", "Name": "six", "Address": "2001:db8::1", "Port": 80});
    let at_six = [vec![register(&six)], seen("six-1", "six").into()].concat();
    let space = [
        register(&json!({"Name": "with a space", "ID": "with-1"})),
        get("/v1/health/service/with%20a%20space").until_count("", 1),
        get("/v1/agent/service/with-1"),
    ];
    let query = [
        put("/v1/agent/service/register?token=any&replace-existing-checks=true", json!({"Name": "query"})),
        get("/v1/agent/service/query"),
    ];
    vec![
        scenario("a name is enough", name_only),
        scenario("an own address", at_ip),
        scenario("the name of a host as the address", at_host),
        scenario("an address of IPv6", at_six),
        scenario("a name with a space", space),
        scenario("parameters in the query", query),
    ]
}

fn full() -> Vec<Scenario> {
    let body = json!({
        "ID": "full-1", "Name": "full", "Tags": ["b", "a", "b"], "Address": "10.0.0.6", "Port": 8080,
        "TaggedAddresses": {"lan": {"Address": "10.0.0.7", "Port": 81}, "wan": {"Address": "192.0.2.1", "Port": 82}},
        "Meta": {"version": "4", "zone": "west"}, "EnableTagOverride": true,
        "Weights": {"Passing": 5, "Warning": 2},
        "Check": {"CheckID": "own-id", "Name": "own name", "Notes": "some notes", "TTL": "60s", "Status": "passing"},
    });
    let kind = json!({"ID": "proxy-1", "Name": "proxy", "Kind": "connect-proxy", "Port": 90});
    let proxy = json!({
        "ID": "proxy-2", "Name": "proxy", "Kind": "connect-proxy", "Port": 90,
        "Proxy": {"DestinationServiceName": "full", "DestinationServiceID": "full-1"},
    });
    vec![
        scenario(
            "every field",
            [
                vec![register(&body)],
                seen("full-1", "full").into(),
                vec![get("/v1/agent/services"), get("/v1/agent/checks")],
            ]
            .concat(),
        ),
        scenario(
            "a kind",
            [
                register(&kind),
                register(&json!({"Name": "strange", "Kind": "strange"})),
                register(&proxy),
                get("/v1/agent/service/proxy-2"),
            ],
        ),
        scenario(
            "weights that are no weights",
            [
                register(&json!({"Name": "light", "Weights": {"Passing": 0, "Warning": 0}})),
                register(&json!({"Name": "light", "Weights": {"Passing": 70000, "Warning": 1}})),
                register(&json!({"Name": "light", "Weights": {"Passing": 3}})),
                get("/v1/agent/service/light"),
                register(&json!({"Name": "light", "Weights": {"Passing": -1, "Warning": 1}})),
            ],
        ),
        scenario(
            "metadata that is none",
            [
                register(&json!({"Name": "meta", "Meta": {"consul-own": "x"}})),
                register(&json!({"Name": "meta", "Meta": {"with space": "x"}})),
                register(&json!({"Name": "meta", "Meta": {"": "x"}})),
                register(&json!({"Name": "meta", "Meta": {"k": "x".repeat(600)}})),
                register(&json!({"Name": "meta", "Meta": {"n": 1}})),
                get("/v1/agent/service/meta"),
            ],
        ),
    ]
}

fn upsert() -> Vec<Scenario> {
    let body = |tags: &[&str], status: &str| {
        json!({
            "ID": "up-1", "Name": "up", "Tags": tags, "Port": 1, "Check": {"TTL": "60s", "Status": status},
        })
    };
    vec![
        scenario(
            "registering again keeps the status",
            [
                register(&body(&["a"], "passing")),
                get("/v1/health/service/up").until("/0/Checks/1/Status", "passing"),
                register(&body(&["a", "b"], "critical")),
                get("/v1/health/service/up").until("/0/Service/Tags/1", "b"),
                register(&body(&["a", "b"], "critical")),
                get("/v1/health/service/up"),
                put("/v1/agent/check/warn/service:up-1?note=so-so", ""),
                get("/v1/health/service/up").until("/0/Checks/1/Status", "warning"),
                register(&body(&[], "passing")),
                get("/v1/health/service/up").until("/0/Service/Tags", json!([])),
                get("/v1/agent/checks").only("/service:up-1"),
            ],
        ),
        scenario(
            "another name for the same identifier",
            [
                register(&json!({"ID": "moved-1", "Name": "before"})),
                get("/v1/health/service/before").until_count("", 1),
                register(&json!({"ID": "moved-1", "Name": "after"})),
                get("/v1/health/service/after").until_count("", 1),
                get("/v1/health/service/before"),
                get("/v1/agent/service/moved-1"),
            ],
        ),
        scenario(
            "another number of checks",
            [
                register(
                    &json!({"ID": "less-1", "Name": "less", "Checks": [{"TTL": "60s"}, {"TTL": "30s"}]}),
                ),
                get("/v1/health/checks/less").until_count("", 2),
                register(&json!({"ID": "less-1", "Name": "less", "Check": {"TTL": "60s"}})),
                get("/v1/health/checks/less").until_count("", 3),
                put(
                    "/v1/agent/service/register?replace-existing-checks=true",
                    json!({"ID": "less-1", "Name": "less", "Check": {"TTL": "60s"}}),
                ),
                get("/v1/health/checks/less").until_count("", 1),
                put(
                    "/v1/agent/service/register?replace-existing-checks",
                    json!({"ID": "less-1", "Name": "less"}),
                ),
                get("/v1/health/checks/less").until_count("", 0),
            ],
        ),
    ]
}

fn spelling() -> Vec<Scenario> {
    let lower = json!({
        "id": "low-1", "name": "low", "tags": ["x"], "address": "10.0.0.8", "port": 9,
        "check": {"ttl": "20s", "status": "passing", "deregistercriticalserviceafter": "90m"},
    });
    let snake = json!({
        "id": "snake-1", "name": "snake", "enable_tag_override": true,
        "tagged_addresses": {"lan": {"address": "10.0.0.9", "port": 10}},
        "check": {"ttl": "20s", "deregister_critical_service_after": "90m"},
    });
    let nulls = json!({
        "ID": "null-1", "Name": "null", "Tags": null, "Port": 0, "Address": "", "Meta": null, "Check": null,
        "Checks": null, "Weights": null, "Proxy": null, "Connect": null, "TaggedAddresses": null,
        "Kind": "", "EnableTagOverride": false,
    });
    let command_line = json!({
        "ID": "cli-1", "Name": "cli", "Tags": ["v1"], "Port": 80, "Address": "", "EnableTagOverride": false,
        "Check": null, "Checks": null,
    });
    vec![
        scenario("lower case", [vec![register(&lower)], seen("low-1", "low").into()].concat()),
        scenario("snake case", [vec![register(&snake)], seen("snake-1", "snake").into()].concat()),
        scenario("nulls", [vec![register(&nulls)], seen("null-1", "null").into()].concat()),
        scenario(
            "as the command line does",
            [vec![register(&command_line)], seen("cli-1", "cli").into()].concat(),
        ),
    ]
}

fn checks() -> Vec<Scenario> {
    let several = json!({"ID": "many-1", "Name": "many", "Checks": [
        {"TTL": "60s"}, {"TTL": "60s", "Status": "passing", "Name": "second"}, {"TTL": "60s", "CheckID": "third", "Status": "warning"},
    ]});
    let both = json!({"ID": "both-1", "Name": "both", "Check": {"TTL": "60s"}, "Checks": [{"TTL": "60s"}]});
    vec![
        scenario(
            "critical at first",
            [
                register(&json!({"ID": "first-1", "Name": "first", "Check": {"TTL": "60s"}})),
                get("/v1/health/service/first").until_count("", 1),
                get("/v1/health/service/first?passing"),
            ],
        ),
        scenario(
            "several checks",
            [register(&several), get("/v1/health/service/many").until_count("", 1), get("/v1/agent/checks")],
        ),
        scenario(
            "one check and a list of them",
            [register(&both), get("/v1/health/checks/both").until_count("", 2)],
        ),
    ]
}

fn bad_bodies() -> Vec<Scenario> {
    let check = |check: Value| register(&json!({"Name": "bad", "Check": check}));
    vec![
        scenario(
            "bodies that are refused",
            [
                put("/v1/agent/service/register", ""),
                put("/v1/agent/service/register", "{"),
                put("/v1/agent/service/register", "[]"),
                put("/v1/agent/service/register", "null"),
                put("/v1/agent/service/register", "{\"Name\": \"x\"} trailing"),
                register(&json!({})),
                register(&json!({"ID": "nameless"})),
                register(&json!({"Name": 5})),
                register(&json!({"Name": "bad", "Port": "80"})),
                register(&json!({"Name": "bad", "Port": 1.5})),
                register(&json!({"Name": "bad", "Tags": "a"})),
                register(&json!({"Name": "bad", "Bogus": 1})),
                register(&json!({"Name": "bad", "bogus_key": 1})),
                register(&json!({"Name": "bad", "Address": "0.0.0.0"})),
                register(&json!({"Name": "bad", "Address": "::"})),
                register(&json!({"Name": "bad", "Check": {"Bogus": 1}})),
                register(&json!({"Name": "bad", "Check": {"check_id": "x", "TTL": "60s"}})),
                register(&json!({"Name": "bad", "Namespace": ""})),
                register(&json!({"Name": "bad", "Namespace": "default"})),
                put("/v1/agent/service/deregister/bad", ""),
            ],
        ),
        scenario(
            "checks that are refused",
            [
                check(json!({})),
                check(json!({"Name": "only a name"})),
                check(json!({"TTL": "never"})),
                check(json!({"TTL": 5})),
                check(json!({"TTL": "10s", "Interval": "5s"})),
                check(json!({"TTL": "10s", "Status": "fine"})),
                check(json!({"HTTP": "http://127.0.0.1:1/"})),
                check(json!({"HTTP": "http://127.0.0.1:1/", "Interval": "0s"})),
                check(json!({"TCP": "127.0.0.1:1"})),
                check(json!({"Interval": "5s"})),
                check(json!({"Args": ["true"], "Interval": "5s"})),
                check(json!({"DeregisterCriticalServiceAfter": "soon", "TTL": "10s"})),
                check(json!({"TTL": "-5s"})),
                check(json!({"HTTP": "http://127.0.0.1:1/", "TCP": "127.0.0.1:1", "Interval": "5s"})),
                register(&json!({"Name": "bad", "Checks": [{"TTL": "10s"}, {"HTTP": "x"}]})),
                register(&json!({"Name": "bad", "Checks": {}})),
                put("/v1/agent/service/deregister/bad", ""),
            ],
        ),
    ]
}

fn withdrawal() -> Vec<Scenario> {
    vec![
        scenario(
            "withdrawn",
            [
                register(&json!({"ID": "gone-1", "Name": "gone", "Check": {"TTL": "60s"}})),
                get("/v1/health/service/gone").until_count("", 1),
                put("/v1/agent/service/deregister/gone-1", ""),
                get("/v1/health/service/gone").until_count("", 0),
                get("/v1/catalog/service/gone"),
                get("/v1/agent/service/gone-1"),
                get("/v1/health/checks/gone"),
                put("/v1/agent/check/pass/service:gone-1", ""),
                put("/v1/agent/service/deregister/gone-1", ""),
                put("/v1/agent/service/deregister/never-was", ""),
                put("/v1/agent/service/deregister/", ""),
                put("/v1/agent/service/deregister", ""),
            ],
        ),
        scenario(
            "comes back",
            [
                register(&json!({"ID": "back-1", "Name": "back", "Tags": ["one"]})),
                get("/v1/health/service/back").until_count("", 1).keep_index("first"),
                put("/v1/agent/service/deregister/back-1", ""),
                get("/v1/health/service/back").until_count("", 0),
                register(&json!({"ID": "back-1", "Name": "back", "Tags": ["two"]})),
                get("/v1/health/service/back").until_count("", 1),
                get("/v1/catalog/services").unordered("/*"),
            ],
        ),
    ]
}
