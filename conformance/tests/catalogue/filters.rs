//! The expression language of `filter`.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, get, put, scenario};
use serde_json::json;

#[test]
fn filters() {
    against_consul("filters", &[services(), elsewhere(), mistakes()].concat(), allowed::FILTERS);
}

/// Encodes what a query cannot hold.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn services() -> Vec<Scenario> {
    let expressions = [
        "Service.Port == 81",
        "Service.Port != 81",
        "Service.Port==81",
        "Service.Port == \"81\"",
        "Service.ID == \"f-1\"",
        "Service.ID == f-1",
        "Service.ID == `f-1`",
        "\"blue\" in Service.Tags",
        "blue in Service.Tags",
        "blue not in Service.Tags",
        "Service.Tags contains blue",
        "Service.Tags not contains blue",
        "Service.Tags is empty",
        "Service.Tags is not empty",
        "Service.Meta.version == 2",
        "Service.Meta[\"version\"] == \"2\"",
        "version in Service.Meta",
        "Service.Meta contains version",
        "Service.Meta is empty",
        "Service.Meta.none == \"\"",
        "Service.EnableTagOverride == true",
        "Service.EnableTagOverride",
        "not Service.EnableTagOverride == true",
        "Service.Port == 81 and blue in Service.Tags",
        "Service.Port == 81 or Service.Port == 82",
        "Service.Port == 81 or Service.Port == 82 and green in Service.Tags",
        "(Service.Port == 81 or Service.Port == 82) and green in Service.Tags",
        "not (Service.Port == 81 or Service.Port == 82)",
        "not Service.Port == 81 and not Service.Port == 82",
        "Service.Address matches \"^10[.]\"",
        "Service.Address not matches \"1$\"",
        "Service.Address contains \"10.6\"",
        "\"10.6\" in Service.Address",
        "Service.Weights.Passing == 1",
        "Node.Node == real",
        "Node.Meta is empty",
        "Node.TaggedAddresses.lan == \"127.0.0.1\"",
        "Service.TaggedAddresses.lan_ipv4.Port == 81",
        "Service.TaggedAddresses[\"lan_ipv4\"].Address == \"10.6.0.1\"",
        "any Checks as c { c.Status == \"passing\" }",
        "Checks is empty",
        "Service.Service == ft",
        "Service.Kind == \"\"",
        "Service.Proxy.DestinationServiceName == x",
        "  Service.Port   ==   81  ",
        "",
    ];
    let register = |n: u16, tags: &[&str], version: &str| {
        put(
            "/v1/agent/service/register",
            json!({
                "ID": format!("f-{n}"), "Name": "ft", "Port": 80 + n, "Address": format!("10.6.0.{n}"), "Tags": tags,
                "Meta": {"version": version}, "EnableTagOverride": n == 1,
            }),
        )
    };
    let mut steps = vec![
        register(1, &["blue", "red"], "1"),
        get("/v1/health/service/ft").until_count("", 1),
        register(2, &["green"], "2"),
        get("/v1/health/service/ft").until_count("", 2),
        register(3, &[], "3"),
        get("/v1/health/service/ft").until_count("", 3),
    ];
    steps.extend(
        expressions.iter().map(|text| get(&format!("/v1/health/service/ft?filter={}", encoded(text)))),
    );
    vec![scenario("instances of a service", steps)]
}

fn elsewhere() -> Vec<Scenario> {
    let at = |path: &str, text: &str| get(&format!("{path}?filter={}", encoded(text))).ports();
    vec![scenario(
        "other lists",
        [
            at("/v1/catalog/service/ft", "ServicePort == 82"),
            at("/v1/catalog/service/ft", "green in ServiceTags"),
            at("/v1/catalog/service/ft", "ServiceMeta.version == 1"),
            at("/v1/catalog/service/ft", "ServiceWeights.Passing == 1"),
            at("/v1/catalog/service/ft", "Bogus == 1"),
            at("/v1/catalog/nodes", "Node == real"),
            at("/v1/catalog/nodes", "Meta.zone == west"),
            at("/v1/catalog/nodes", "Address != \"127.0.0.1\""),
            at("/v1/catalog/node/real", "Port == 81"),
            at("/v1/catalog/node-services/real", "Port == 81"),
            at("/v1/catalog/services", "Port == 81").unordered("/*"),
            at("/v1/health/node/real", "Status == passing"),
            at("/v1/health/node/real", "Status != passing"),
            at("/v1/health/state/any", "CheckID == serfHealth"),
            at("/v1/health/state/any", "ServiceName == \"\""),
            at("/v1/health/checks/ft", "Status == passing"),
            at("/v1/agent/services", "Service == ft"),
            at("/v1/agent/services", "Meta.version == 3"),
            at("/v1/agent/services", "Port != 81 and Tags is empty"),
            at("/v1/agent/checks", "Status == passing"),
            at("/v1/agent/members", "Name == real").shape(),
        ],
    )]
}

fn mistakes() -> Vec<Scenario> {
    let expressions = [
        "Service.Port",
        "Service.Port ==",
        "== 81",
        "Service.Port = 81",
        "Service.Port == 81 and",
        "Service.Port == 81 Service.Port == 82",
        "(Service.Port == 81",
        "Service.Port == 81)",
        "Service.Bogus == 1",
        "Bogus == 1",
        "Service == ft",
        "Service.Port == x",
        "Service.Port == 99999999999999999999",
        "Service.Port matches 8",
        "Service.Port contains 8",
        "Service.Port is empty",
        "Service.Tags == blue",
        "Service.Tags matches blue",
        "Service.Meta == x",
        "Service.EnableTagOverride == maybe",
        "Service.Address matches \"[\"",
        "Service.Port > 81",
        "Service.Port == \"81",
        "Service.ID == 'f-1'",
        "%",
        "not",
        "Service.Checks is empty",
        "Node.Meta.zone.more == x",
        "Service.Proxy is empty",
        "Service.CreateIndex == 1",
    ];
    vec![scenario(
        "expressions that are refused",
        expressions.map(|text| get(&format!("/v1/health/service/ft?filter={}", encoded(text)))),
    )]
}
