//! A catalogue with a folder that is killed and comes back, while Consul's own
//! command line and the pilot go on: nothing that was confirmed is lost.

use crate::Stand;
use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::scene::id;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

/// A catalogue that keeps what it is told, in a folder of its own.
fn durable() -> Stand {
    let mut stand = Stand::new(Make::Gyropilot);
    stand.agent = Agent::start_durable(stand.folder());
    stand
}

#[test]
fn keys_and_registrations_are_there_again() {
    let mut stand = durable();
    stand.prints(&["kv", "put", "-flags=7", "app/colour", "green"]);
    stand.prints(&["services", "register", "-name", "web", "-port", "80", "-tag", "a"]);
    stand.prints(&["maint", "-enable", "-service", "web", "-reason", "new disk"]);
    let exported = stand.prints(&["kv", "export", ""]);
    stand.agent.start_again();
    assert_eq!(stand.prints(&["kv", "export", ""]), exported);
    assert_eq!(stand.prints(&["catalog", "services"]), "consul\nweb\n");
    assert!(stand.prints(&["maint"]).contains("new disk"));
    stand.prints(&["services", "deregister", "-id", "web"]);
    stand.agent.start_again();
    assert_eq!(stand.prints(&["catalog", "services"]), "consul\n");
}

#[test]
fn a_lock_outlives_the_catalogue_and_so_does_who_holds_it() {
    let mut stand = durable();
    let program = stand.probe_line(&["note=up", &format!("until={}", stand.at("end")), "note=end"]);
    let lock = stand.consul(&["lock", "-shell=false", "locks/a"]).args(program).start();
    stand.await_event(SOON, "up");
    let held = |stand: &Stand| stand.agent.json("/v1/kv/locks/a/.lock")[0].clone();
    let before = held(&stand);
    assert!(before["Session"].is_string(), "{before}");
    stand.agent.start_again();
    assert_eq!(held(&stand), before);
    stand.fails(&["lock", "-try=300ms", "locks/a", "true"], &["timeout during lock acquisition"]);
    stand.file("end", "");
    lock.end(SOON).assert_status(0);
    assert!(stand.has("end"));
    assert_eq!(stand.prints(&["kv", "get", "-recurse", "locks"]), "");
}

#[test]
fn a_pilot_that_beats_on_is_never_away() {
    let mut stand = durable();
    let web = stand.offer("web", &["forever"], &json!({"health": {"interval": 1, "ttl": 10}}));
    let pilot = stand.jobs(&[web], &json!({"consul": stand.agent.address()})).start();
    wait_until(SOON, "web to be passing", || (stand.agent.passing("web") == [id("web")]).then_some(()));
    let record = |stand: &Stand| stand.agent.json("/v1/health/service/web?passing")[0]["Service"].clone();
    let before = record(&stand);
    for _ in 0..3 {
        stand.agent.start_again();
        // The very first answer knows it; it was not registered anew.
        assert_eq!(record(&stand), before);
    }
    pilot.stop().assert_status(0);
    assert_eq!(stand.agent.json("/v1/agent/services"), json!({}));
    stand.agent.start_again();
    assert_eq!(stand.agent.json("/v1/health/service/web"), Value::Array(Vec::new()));
}
