//! Section 1.12: which address a service is registered with. Each test has a
//! network of its own, in which the catalogue is out of reach; the address
//! shows in the application's arguments.

use crate::scene;
use gyropilot_conformance::stage::{ETH0_INET, ETH0_INET6, Stage};
use gyropilot_conformance::target::fixed;
use serde_json::{Value, json};

#[track_caller]
fn resolves(interfaces: &Value, expected: &str) {
    let (scene, stage) = (scene(), Stage::new());
    let mut service = json!({"name": "web", "port": 80, "poll": 5, "ttl": 15});
    if !interfaces.is_null() {
        service["interfaces"] = interfaces.clone();
    }
    let launch = scene.launch(&json!({"services": [service]})).within(stage.enter());
    let ended = launch.app(["echo", "at={{ .CONTAINERPILOT_WEB_IP }}."]).run();
    ended.assert_status(0);
    assert!(ended.out.contains(&format!("at={expected}.")), "expected {expected}:\n{}", ended.said());
}

#[track_caller]
fn resolves_not(interfaces: &Value, phrases: &[&str]) {
    let (scene, stage) = (scene(), Stage::new());
    let service = json!({"name": "web", "port": 80, "poll": 5, "ttl": 15, "interfaces": interfaces});
    let ended = scene.launch(&json!({"services": [service]})).within(stage.enter()).app(["true"]).run();
    ended.assert_status(1);
    ended.assert_says(phrases);
}

#[test]
fn without_a_word_it_is_the_ipv4_of_eth0() {
    resolves(&Value::Null, ETH0_INET);
}

#[test]
fn a_name_means_its_ipv4() {
    resolves(&json!(["eth0"]), ETH0_INET);
}

#[test]
fn one_word_is_a_list_of_one() {
    resolves(&json!("eth0"), ETH0_INET);
}

#[test]
fn a_family_may_be_named() {
    resolves(&json!(["eth0:inet"]), ETH0_INET);
}

#[test]
fn the_other_family_may_be_named() {
    resolves(&json!(["eth0:inet6"]), ETH0_INET6);
}

#[test]
fn a_number_picks_one_of_its_addresses() {
    resolves(&json!(["eth0[1]"]), "10.77.0.9");
}

#[test]
fn a_number_without_an_address_matches_nothing() {
    resolves(&json!(["eth0[9]", "lo"]), "127.0.0.1");
}

#[test]
fn a_family_alone_is_any_interface_but_loopback() {
    // Sorted by name: br-1.5 comes before eth0.
    resolves(&json!(["inet"]), "10.78.0.2");
}

#[test]
fn a_network_picks_the_address_inside() {
    resolves(&json!(["10.77.0.0/16"]), ETH0_INET);
}

#[test]
fn a_network_of_the_other_family() {
    resolves(&json!(["fdc6:77::/48"]), ETH0_INET6);
}

#[test]
fn a_network_may_be_loopback() {
    resolves(&json!(["127.0.0.0/8"]), "127.0.0.1");
}

#[test]
fn loopback_may_be_named() {
    resolves(&json!(["lo"]), "127.0.0.1");
}

#[test]
fn a_fixed_address_needs_no_interface() {
    resolves(&json!(["static:203.0.113.5"]), "203.0.113.5");
}

#[test]
fn a_fixed_address_of_the_other_family() {
    resolves(&json!(["static:2001:db8::5"]), "2001:db8::5");
}

#[test]
fn the_first_that_matches_wins() {
    resolves(&json!(["eth7", "192.168.0.0/16", "eth0", "lo"]), ETH0_INET);
}

#[test]
fn no_match_ends_the_start_and_lists_what_there_is() {
    resolves_not(
        &json!(["eth7", "wlan0"]),
        &["None of the interface specifications were able to match", "eth7", ETH0_INET],
    );
}

#[test]
fn a_bad_fixed_address_is_refused() {
    resolves_not(&json!(["static:nowhere"]), &["Unable to parse static ip", "nowhere"]);
}

#[test]
fn a_bad_word_is_refused() {
    resolves_not(&json!(["eth0:inet5"]), &["Unable to parse interface spec", "eth0:inet5"]);
}

#[test]
fn q_10_an_awkward_name_may_be_named() {
    fixed("Q-10", || resolves(&json!(["br-1.5"]), "10.78.0.2"));
}

#[test]
fn q_10_an_awkward_name_with_a_family() {
    fixed("Q-10", || resolves(&json!(["br-1.5:inet"]), "10.78.0.2"));
}
