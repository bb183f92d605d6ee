//! The command line of Consul: a program for each change.

use crate::Stand;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Deserializer, Value, json};

on_each_agent! {
    a_key_is_followed,
    keys_below_a_prefix_are_followed,
    the_list_of_services_is_followed,
    the_list_of_nodes_is_followed,
    a_service_is_followed,
    checks_are_followed_by_state_and_by_service,
    events_are_followed,
    an_agent_that_lost_its_memory_is_followed_on,
}

/// A watch whose handler keeps all that it is given.
struct Watch<'a> {
    stand: &'a Stand,
    running: Pilot,
}

// === impl Watch ===

impl<'a> Watch<'a> {
    fn start(stand: &'a Stand, words: &[&str]) -> Self {
        let (seen, indexes) = (stand.at("seen"), stand.at("indexes"));
        let handler = format!("cat >> {seen}; echo $CONSUL_INDEX >> {indexes}");
        let running = stand.consul(&["watch", "-type"]).args(words.iter().copied()).args([handler]).start();
        Self { stand, running }
    }

    /// What the handler was given so far; of the last perhaps not all yet.
    fn seen(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.stand.path("seen")).unwrap_or_default();
        Deserializer::from_str(&text).into_iter().map_while(Result::ok).collect()
    }

    /// Waits until the last it was given is so.
    #[track_caller]
    fn becomes(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        wait_until(SOON, what, || self.seen().last().is_some_and(&is_so).then_some(()));
    }

    /// Each run came with a higher index.
    #[track_caller]
    fn assert_rising(&self) {
        let seen = self.seen().len();
        let indexes: Vec<u64> = wait_until(SOON, "an index a run", || {
            let text = std::fs::read_to_string(self.stand.path("indexes")).ok()?;
            (text.lines().count() >= seen).then(|| text.lines().map(|line| line.parse().unwrap()).collect())
        });
        assert!(indexes.is_sorted_by(|one, next| one < next), "{indexes:?}");
    }
}

/// The values of one field.
fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().into_iter().flatten().filter_map(|it| it[field].as_str()).collect()
}

fn a_key_is_followed(make: Make) {
    let stand = Stand::new(make);
    stand.agent.set_key("app/colour", "green");
    let watch = Watch::start(&stand, &["key", "-key", "app/colour"]);
    watch.becomes("green", |key| key["Value"] == "Z3JlZW4=");
    stand.agent.set_key("app/other", "x");
    stand.agent.set_key("app/colour", "blue");
    watch.becomes("blue", |key| key["Value"] == "Ymx1ZQ==");
    stand.agent.ask("DELETE", "/v1/kv/app/colour", "");
    watch.becomes("nothing", Value::is_null);
    assert_eq!(watch.seen().len(), 3);
    watch.assert_rising();
}

fn keys_below_a_prefix_are_followed(make: Make) {
    let stand = Stand::new(make);
    stand.agent.set_key("app/a", "1");
    let watch = Watch::start(&stand, &["keyprefix", "-prefix", "app/"]);
    watch.becomes("one", |keys| each(keys, "Key") == ["app/a"]);
    stand.agent.set_key("app/b", "1");
    watch.becomes("two", |keys| each(keys, "Key") == ["app/a", "app/b"]);
    stand.agent.ask("DELETE", "/v1/kv/app/?recurse", "");
    watch.becomes("none", |keys| each(keys, "Key").is_empty());
    watch.assert_rising();
}

fn the_list_of_services_is_followed(make: Make) {
    let stand = Stand::new(make);
    let watch = Watch::start(&stand, &["services"]);
    watch.becomes("Consul itself", |services| *services == json!({"consul": []}));
    stand.agent.register("w1", "web", "192.0.2.1", 80);
    watch.becomes("web", |services| *services == json!({"consul": [], "web": ["v1"]}));
    stand.agent.deregister("w1");
    watch.becomes("web gone", |services| *services == json!({"consul": []}));
    watch.assert_rising();
}

fn the_list_of_nodes_is_followed(make: Make) {
    let stand = Stand::new(make);
    let watch = Watch::start(&stand, &["nodes"]);
    watch.becomes("itself", |nodes| each(nodes, "Node") == ["real"]);
    stand.agent.ask("PUT", "/v1/catalog/register", r#"{"Node": "far", "Address": "192.0.2.9"}"#);
    watch.becomes("two", |nodes| {
        let mut names = each(nodes, "Node");
        names.sort_unstable();
        names == ["far", "real"]
    });
    stand.agent.ask("PUT", "/v1/catalog/deregister", r#"{"Node": "far"}"#);
    watch.becomes("one", |nodes| each(nodes, "Node") == ["real"]);
    watch.assert_rising();
}

fn a_service_is_followed(make: Make) {
    let stand = Stand::new(make);
    let watch = Watch::start(&stand, &["service", "-service", "web", "-tag", "v1", "-passingonly=true"]);
    watch.becomes("nobody", |list| *list == json!([]));
    stand.agent.register("w1", "web", "192.0.2.1", 80);
    watch.becomes("w1", |list| list[0]["Service"]["ID"] == "w1");
    let check = r#"{"Name": "alive", "ID": "alive", "ServiceID": "w1", "TTL": "60s", "Status": "passing"}"#;
    assert_eq!(stand.agent.ask("PUT", "/v1/agent/check/register", check).status, 200);
    stand.agent.ask("PUT", "/v1/agent/check/fail/alive", "");
    watch.becomes("nobody again", |list| *list == json!([]));
    stand.agent.ask("PUT", "/v1/agent/check/pass/alive", "");
    watch.becomes("w1 again", |list| list[0]["Service"]["ID"] == "w1");
    watch.assert_rising();
}

fn checks_are_followed_by_state_and_by_service(make: Make) {
    let stand = Stand::new(make);
    let by_state = Watch::start(&stand, &["checks", "-state", "critical"]);
    by_state.becomes("none", |list| *list == json!([]));
    let web = r#"{"Name": "web", "Check": {"TTL": "60s"}}"#;
    assert_eq!(stand.agent.ask("PUT", "/v1/agent/service/register", web).status, 200);
    by_state.becomes("that of web", |list| each(list, "CheckID") == ["service:web"]);
    stand.agent.ask("PUT", "/v1/agent/check/pass/service:web?note=fine", "");
    by_state.becomes("none again", |list| *list == json!([]));
    let now = stand.prints(&["watch", "-type", "checks", "-service", "web"]);
    let now: Value = serde_json::from_str(&now).unwrap();
    assert_eq!((&now[0]["Status"], &now[0]["Output"]), (&json!("passing"), &json!("fine")));
}

fn events_are_followed(make: Make) {
    let stand = Stand::new(make);
    let watch = Watch::start(&stand, &["event", "-name", "deploy"]);
    // Its first run tells that there was none.
    watch.becomes("none", |list| *list == json!([]));
    stand.prints(&["event", "-name", "other", "x"]);
    stand.prints(&["event", "-name", "deploy", "one"]);
    watch.becomes("one", |list| each(list, "Payload") == ["b25l"]);
    stand.prints(&["event", "-name", "deploy", "two"]);
    watch.becomes("the second alone", |list| each(list, "Payload").last() == Some(&"dHdv"));
}

fn an_agent_that_lost_its_memory_is_followed_on(make: Make) {
    let mut stand = Stand::new(make);
    // Drives the index up, so that the new agent's may be far behind.
    for number in 0..40 {
        stand.agent.set_key(&format!("k{number}"), "v");
    }
    stand.agent.set_key("app/colour", "green");
    let running = Watch::start(&stand, &["key", "-key", "app/colour"]).running;
    wait_until(SOON, "green", || std::fs::read_to_string(stand.path("seen")).ok());
    stand.agent.start_again();
    stand.agent.set_key("app/colour", "blue");
    // The command asks again after five seconds.
    wait_until(SOON * 2, "blue", || {
        let seen = std::fs::read_to_string(stand.path("seen")).ok()?;
        seen.contains("Ymx1ZQ==").then_some(())
    });
    drop(running);
}
