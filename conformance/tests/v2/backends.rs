//! Section 1.8: when `onChange` runs, and when it does not.

use crate::{milliseconds, scene, seconds};
use gyropilot_conformance::double::{Fault, Instance, Request};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

/// Starts one backend named `sales` whose `onChange` is noted as `change`.
fn follow(scene: &Scene, rest: &Value) -> Pilot {
    let mut backend = json!({"name": "sales", "poll": 1, "onChange": scene.probe(&["note=change"])});
    backend.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    scene.launch(&json!({"backends": [backend]})).app(scene.probe_line(&["note=up", "forever"])).start()
}

fn is_lookup(request: &Request) -> bool {
    request.path == "/v1/health/service/sales"
}

/// Waits until the pilot has looked `count` more times: what it was to see by now, it saw.
#[track_caller]
fn await_looks(scene: &Scene, count: usize) {
    let so_far = scene.consul.requests_where(is_lookup).len();
    scene.consul.wait_for_requests(SOON, "more queries", so_far + count, is_lookup);
}

fn one() -> Instance {
    Instance::new("sales-1", "192.0.2.11", 8001)
}

fn two() -> Instance {
    Instance::new("sales-2", "192.0.2.12", 8002)
}

#[test]
fn the_first_instances_are_a_change() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene, &json!({}));
    scene.await_event(SOON, "change");
}

#[test]
fn nothing_at_first_is_no_change() {
    let scene = scene();
    let _pilot = follow(&scene, &json!({}));
    await_looks(&scene, 3);
    assert!(!scene.has("change"));
    scene.consul.set_instances("sales", &[one()]);
    scene.await_event(SOON, "change");
}

#[test]
fn only_passing_instances_count() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one().with_status("critical")]);
    let _pilot = follow(&scene, &json!({}));
    await_looks(&scene, 3);
    assert!(!scene.has("change"));
}

/// What `onChange` does when the instances become `after`.
#[track_caller]
fn becomes(after: &[Instance], changes: bool) {
    let scene = scene();
    scene.consul.set_instances("sales", &[one(), two()]);
    let _pilot = follow(&scene, &json!({}));
    scene.await_event(SOON, "change");
    await_looks(&scene, 1);
    scene.consul.set_instances("sales", after);
    if changes {
        scene.await_events(seconds(4), "change", 2);
    } else {
        await_looks(&scene, 3);
    }
    assert_eq!(scene.events_like("change").len(), 1 + usize::from(changes));
}

#[test]
fn another_instance_is_a_change() {
    becomes(&[one(), two(), Instance::new("sales-3", "192.0.2.13", 8003)], true);
}

#[test]
fn an_instance_less_is_a_change() {
    becomes(&[one()], true);
}

#[test]
fn none_left_is_a_change() {
    becomes(&[], true);
}

#[test]
fn another_address_is_a_change() {
    becomes(&[one(), Instance::new("sales-2", "192.0.2.99", 8002)], true);
}

#[test]
fn another_port_is_a_change() {
    becomes(&[one(), Instance::new("sales-2", "192.0.2.12", 8099)], true);
}

#[test]
fn another_tag_is_a_change() {
    fixed("tag-change", || becomes(&[one(), two().tagged(&["blue"])], true));
}

#[test]
fn an_instance_that_turns_critical_is_a_change() {
    becomes(&[one(), two().with_status("critical")], true);
}

#[test]
fn the_same_instances_in_another_order_are_no_change() {
    becomes(&[two(), one()], false);
}

#[test]
fn a_new_index_with_the_same_content_is_no_change() {
    becomes(&[one(), two()], false);
}

#[test]
fn errors_are_no_change() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene, &json!({}));
    scene.await_event(SOON, "change");
    scene.consul.break_with(|_| Some(Fault::Answer(500, "No cluster leader")));
    await_looks(&scene, 2);
    scene.consul.heal();
    await_looks(&scene, 2);
    assert_eq!(scene.events_like("change").len(), 1);
}

#[test]
fn a_lost_connection_is_no_change() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene, &json!({}));
    scene.await_event(SOON, "change");
    scene.consul.break_with(|_| Some(Fault::Cut));
    await_looks(&scene, 2);
    scene.consul.heal();
    await_looks(&scene, 2);
    assert_eq!(scene.events_like("change").len(), 1);
}

#[test]
fn nonsense_is_no_change() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene, &json!({}));
    scene.await_event(SOON, "change");
    scene.consul.break_with(|r| is_lookup(r).then_some(Fault::Answer(200, "<html>a proxy</html>")));
    await_looks(&scene, 2);
    scene.consul.heal();
    await_looks(&scene, 2);
    assert_eq!(scene.events_like("change").len(), 1);
}

#[test]
fn a_change_during_an_outage_is_seen_after_it() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene, &json!({}));
    scene.await_event(SOON, "change");
    scene.consul.break_with(|_| Some(Fault::Cut));
    await_looks(&scene, 1);
    scene.consul.set_instances("sales", &[one(), two()]);
    scene.consul.heal();
    scene.await_events(SOON, "change", 2);
}

#[test]
fn a_change_with_an_index_that_went_backwards_is_seen() {
    let scene = scene();
    for _ in 0..9 {
        scene.consul.set_instances("sales", &[one()]);
    }
    let _pilot = follow(&scene, &json!({}));
    scene.await_event(SOON, "change");
    await_looks(&scene, 1);
    scene.consul.rewind(1);
    scene.consul.set_instances("sales", &[one(), two()]);
    scene.await_events(seconds(5), "change", 2);
}

#[test]
fn q_40_a_first_change_is_acted_on_at_once() {
    fixed("Q-40", || {
        let scene = scene();
        let _pilot = follow(&scene, &json!({"poll": 5}));
        scene.consul.wait_for_requests(SOON, "a query that waits", 1, |r| {
            is_lookup(r) && r.parameter("index").is_some()
        });
        scene.consul.set_instances("sales", &[one()]);
        scene.await_event(seconds(1), "change");
    });
}

#[test]
fn q_40_queries_wait_at_the_agent() {
    fixed("Q-40", || {
        let scene = scene();
        scene.consul.set_instances("sales", &[one()]);
        let _pilot = follow(&scene, &json!({"poll": 3}));
        let waiting =
            |r: &Request| is_lookup(r) && r.parameter("index").is_some() && r.parameter("wait").is_some();
        let found = scene.consul.wait_for_requests(SOON, "two queries that wait", 2, waiting);
        let between = found[1].at - found[0].at;
        assert!(between > seconds(2), "poll is 3 s, asked again after {between:?}");
    });
}

#[test]
fn a_storm_of_changes_is_acted_on_once_a_poll_and_its_end_is_seen() {
    let scene = scene();
    let _pilot = follow(&scene, &json!({"poll": 2}));
    await_looks(&scene, 1);
    for round in 0..3 {
        for port in 1..=10 {
            let port = 9000 + round * 100 + port;
            scene.consul.set_instances("sales", &[Instance::new("sales-1", "192.0.2.11", port)]);
        }
        // Changes faster than anybody could look, then a look, three times over.
        await_looks(&scene, 1);
    }
    let shown = scene.consul.requests_where(is_lookup).last().unwrap().at;
    wait_until(seconds(6), "a run after the last change", || {
        scene.events_like("change").last().filter(|event| event.at + milliseconds(100) > shown).map(drop)
    });
    let changes = scene.events_like("change");
    for pair in changes.windows(2) {
        let between = pair[1].at - pair[0].at;
        assert!(between > milliseconds(1500), "poll is 2 s, two runs within {between:?}");
    }
}

#[test]
fn on_change_runs_one_at_a_time_and_misses_nothing() {
    let scene = scene();
    let gate = scene.at("gate");
    let hook = scene.probe(&["note=begin", &format!("until={gate}"), "note=end"]);
    scene.consul.set_instances("sales", &[one()]);
    let config = json!({
        "backends": [{"name": "sales", "poll": 1, "onChange": hook}],
        "tasks": [{"name": "clock", "command": scene.probe(&["note=tick"]), "frequency": "500ms"}],
    });
    let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_event(SOON, "begin");
    scene.consul.set_instances("sales", &[one(), two()]);
    let ticks = scene.events_like("tick").len();
    scene.await_events(SOON, "tick", ticks + 5);
    assert_eq!(scene.events_like("begin").len(), 1);
    scene.file("gate", "");
    scene.await_events(SOON, "begin", 2);
}

#[test]
fn on_change_that_takes_too_long_is_killed_with_its_group() {
    let scene = scene();
    let hook = scene.probe(&["note=begin", "child=note=grandchild,forever", "forever"]);
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene, &json!({"onChange": hook, "timeout": "300ms"}));
    let grandchild = scene.await_event(SOON, "grandchild");
    wait_until(seconds(3), "the grandchild to be killed", || {
        (!gyropilot_conformance::process::alive(grandchild.pid)).then_some(())
    });
    scene.consul.set_instances("sales", &[two()]);
    scene.await_events(SOON, "begin", 2);
}

#[test]
fn a_failing_on_change_stops_nothing() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let mut pilot = follow(&scene, &json!({"onChange": scene.probe(&["note=change", "exit=9"])}));
    scene.await_event(SOON, "change");
    scene.consul.set_instances("sales", &[two()]);
    scene.await_events(SOON, "change", 2);
    assert!(pilot.is_running());
}

#[test]
fn an_on_change_that_cannot_be_started_stops_nothing() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let mut pilot = follow(&scene, &json!({"onChange": "/no/such/program"}));
    pilot.await_phrase(SOON, "/no/such/program");
    assert!(pilot.is_running());
}

#[test]
fn a_tag_is_passed_on() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one().tagged(&["green"]), two().tagged(&["blue"])]);
    let _pilot = follow(&scene, &json!({"tag": "blue"}));
    scene.await_event(SOON, "change");
    await_looks(&scene, 1);
    scene.consul.set_instances("sales", &[two().tagged(&["blue"])]);
    await_looks(&scene, 2);
    assert_eq!(scene.events_like("change").len(), 1, "an instance with another tag is not ours");
}

#[test]
fn q_07_two_backends_of_one_name_have_two_memories() {
    fixed("Q-07", || {
        let scene = scene();
        scene.consul.set_instances("sales", &[one().tagged(&["green"]), two().tagged(&["blue"])]);
        let backend = |tag: &str| {
            let hook = scene.probe(&[&format!("note={tag}")]);
            json!({"name": "sales", "tag": tag, "poll": 1, "onChange": hook})
        };
        let config = json!({"backends": [backend("green"), backend("blue")]});
        let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
        scene.await_event(SOON, "green");
        scene.await_event(SOON, "blue");
        await_looks(&scene, 5);
        assert_eq!((scene.events_like("green").len(), scene.events_like("blue").len()), (1, 1));
    });
}

#[test]
fn losing_every_instance_is_reported_loudly() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let pilot = follow(&scene, &json!({"onChange": scene.probe(&["note=change"])}));
    scene.await_event(SOON, "change");
    fixed("Q-40", || {
        let so_far = pilot.said().len();
        scene.consul.set_instances("sales", &[]);
        wait_until(SOON, "a word about sales", || {
            pilot.said().get(so_far..).filter(|news| news.contains("sales")).map(drop)
        });
    });
}

#[test]
fn a_silent_agent_holds_up_no_stop() {
    fixed("Q-14", || {
        let scene = scene();
        scene.consul.break_with(|_| Some(Fault::Silence));
        let pilot = follow(&scene, &json!({}));
        scene.await_event(SOON, "up");
        scene.consul.wait_for_requests(SOON, "a query", 1, is_lookup);
        pilot.stop().assert_status(143);
    });
}

#[test]
fn one_command_line_of_two_backends_runs_one_at_a_time() {
    fixed("shared-command", || {
        let scene = scene();
        scene.consul.set_instances("sales", &[one()]);
        scene.consul.set_instances("customers", &[two()]);
        let hook = scene.probe(&["note=begin", &format!("until={}", scene.at("gate")), "note=end"]);
        let backend = |name: &str| json!({"name": name, "poll": 1, "onChange": hook});
        let config = json!({
            "backends": [backend("sales"), backend("customers")],
            "tasks": [{"name": "clock", "command": scene.probe(&["note=tick"]), "frequency": "500ms"}],
        });
        let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
        scene.await_event(SOON, "begin");
        let ticks = scene.events_like("tick").len();
        scene.await_events(SOON, "tick", ticks + 4);
        assert_eq!(scene.events_like("begin").len(), 1);
        scene.file("gate", "");
        scene.await_events(SOON, "begin", 2);
    });
}
