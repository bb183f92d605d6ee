//! Health, read by service, by node, by state, and by a status code.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, Step, get, put, scenario};
use serde_json::{Value, json};

#[test]
fn health() {
    against_consul("health", &[services(), others(), codes()].concat(), allowed::HEALTH);
}

fn service(id: &str, name: &str, rest: &Value) -> Step {
    let mut body = json!({"ID": id, "Name": name});
    let entries = body.as_object_mut().expect("a map");
    entries.extend(rest.as_object().expect("a map").clone());
    put("/v1/agent/service/register", body)
}

fn services() -> Vec<Scenario> {
    let check = |status: &str| json!({"TTL": "60s", "Status": status});
    vec![
        scenario(
            "by tag and by state",
            [
                service(
                    "w-3",
                    "web",
                    &json!({"Tags": ["a", "b"], "Port": 3, "Address": "10.0.0.3", "Check": check("passing")}),
                ),
                get("/v1/health/service/web").until_count("", 1),
                service(
                    "w-1",
                    "web",
                    &json!({"Tags": ["a"], "Port": 1, "Address": "10.0.0.1", "Check": check("warning")}),
                ),
                get("/v1/health/service/web").until_count("", 2),
                service(
                    "w-2",
                    "web",
                    &json!({"Tags": ["B"], "Port": 2, "Address": "10.0.0.2", "Check": check("critical")}),
                ),
                get("/v1/health/service/web").until_count("", 3),
                service("w-4", "web", &json!({"Port": 4, "Meta": {"version": "2"}})),
                get("/v1/health/service/web").until_count("", 4),
                get("/v1/catalog/service/web"),
                get("/v1/health/service/web?passing").unordered(""),
                get("/v1/health/service/web?passing=1").unordered(""),
                get("/v1/health/service/web?passing=true").unordered(""),
                get("/v1/health/service/web?passing=0"),
                get("/v1/health/service/web?passing=maybe"),
                get("/v1/health/service/web?tag=a"),
                get("/v1/health/service/web?tag=b"),
                get("/v1/health/service/web?tag=a&tag=b"),
                get("/v1/health/service/web?tag="),
                get("/v1/health/service/web?tag=none"),
                get("/v1/health/service/web?tag=a&passing"),
                get("/v1/catalog/service/web?tag=a"),
                get("/v1/catalog/service/web?tag=a&tag=b"),
                get("/v1/health/service/WEB"),
                get("/v1/health/connect/web"),
                get("/v1/catalog/connect/web"),
            ],
        ),
        scenario(
            "parameters that narrow or order",
            [
                get("/v1/health/service/web?near=_agent"),
                get("/v1/health/service/web?near=real"),
                get("/v1/health/service/web?near=nobody"),
                get("/v1/health/service/web?node-meta=consul-network-segment:"),
                get("/v1/health/service/web?node-meta=zone:west"),
                get("/v1/health/service/web?node-meta=zone"),
                get("/v1/health/service/web?node-meta="),
                get("/v1/health/service/web?stale"),
                get("/v1/health/service/web?consistent"),
                get("/v1/health/service/web?stale&consistent"),
                get("/v1/health/service/web?dc=dc1"),
                get("/v1/health/service/web?dc="),
                get("/v1/health/service/web?dc=elsewhere"),
                get("/v1/health/service/web?ns=default"),
                get("/v1/health/service/web?ns=other"),
                get("/v1/health/service/web?ns="),
                get("/v1/health/service/web?pretty"),
                get("/v1/health/service/web?unknown=1"),
                get("/v1/health/service/nobody"),
                get("/v1/health/service/"),
                get("/v1/health/service"),
                get("/v1/health/service/web/"),
                get("/v1/health/service/web/more"),
            ],
        ),
    ]
}

fn others() -> Vec<Scenario> {
    vec![
        scenario(
            "by state",
            [
                get("/v1/health/state/any"),
                get("/v1/health/state/passing"),
                get("/v1/health/state/warning"),
                get("/v1/health/state/critical"),
                get("/v1/health/state/unknown"),
                get("/v1/health/state/"),
                get("/v1/health/state/any?node-meta=zone:west"),
                get("/v1/health/state/any?near=_agent"),
                get("/v1/health/state/any?dc=elsewhere"),
            ],
        ),
        scenario(
            "by node",
            [
                get("/v1/health/node/real"),
                get("/v1/health/node/REAL"),
                get("/v1/health/node/nobody"),
                get("/v1/health/node/"),
                get("/v1/health/node/real?dc=elsewhere"),
            ],
        ),
        scenario(
            "the checks of a service",
            [
                get("/v1/health/checks/web"),
                get("/v1/health/checks/nobody"),
                get("/v1/health/checks/"),
                get("/v1/health/checks/web?node-meta=zone:west"),
                get("/v1/health/checks/web?near=_agent"),
            ],
        ),
    ]
}

fn codes() -> Vec<Scenario> {
    let by_name = "/v1/agent/health/service/name";
    let by_id = "/v1/agent/health/service/id";
    let both = |name: &str| {
        [
            get(&format!("{by_id}/{name}-1")),
            get(&format!("{by_id}/{name}-1?format=text")),
            get(&format!("{by_name}/{name}")),
            get(&format!("{by_name}/{name}?format=text")),
        ]
    };
    let told = |name: &str, status: &str| {
        let body = json!({"Tags": ["t"], "Port": 5, "Check": {"TTL": "60s", "Status": status}});
        let text = service(&format!("{name}-1"), name, &body);
        [vec![text], both(name).into()].concat()
    };
    vec![
        scenario("the code of what passes", told("fine", "passing")),
        scenario("the code of a warning", told("soso", "warning")),
        scenario("the code of what is critical", told("ill", "critical")),
        scenario(
            "the code of maintenance",
            [
                vec![
                    service("kept-1", "kept", &json!({})),
                    put("/v1/agent/service/maintenance/kept-1?enable=true", ""),
                ],
                both("kept").into(),
            ]
            .concat(),
        ),
        scenario("the code of nothing", both("nobody")),
        scenario(
            "the worst of several",
            [vec![
                service("mix-1", "mix", &json!({"Check": {"TTL": "60s", "Status": "passing"}})),
                service("mix-2", "mix", &json!({"Check": {"TTL": "60s", "Status": "warning"}})),
                get("/v1/agent/health/service/name/mix").unordered(""),
                service("mix-2", "mix", &json!({})),
                put("/v1/agent/check/fail/service:mix-1", ""),
                get("/v1/agent/health/service/name/mix").unordered(""),
                get("/v1/agent/health/service/name/mix?format=text"),
            ]]
            .concat(),
        ),
        scenario(
            "the code without a name",
            [
                get("/v1/agent/health/service/id/"),
                get("/v1/agent/health/service/name/"),
                get("/v1/agent/health/service/"),
                get("/v1/agent/health/service/other/x"),
            ],
        ),
    ]
}
