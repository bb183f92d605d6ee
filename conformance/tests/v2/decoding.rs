//! Section 1.3: how loosely values are read, shown by what then happens.

use crate::{id, scene};
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// The definition that a service of this configuration is registered with.
#[track_caller]
fn registered(rest: &Value) -> Value {
    let scene = scene();
    let services = json!([scene.service("web", rest)]);
    let _pilot = scene.launch(&json!({"services": services})).app(scene.probe_line(&["forever"])).start();
    scene
        .consul
        .wait_for(SOON, "the registration", |state| state.registered(&id("web")).map(|it| it.definition))
}

#[track_caller]
fn printed(command: &Value) -> String {
    let scene = scene();
    let ended = scene.launch(&json!({"preStart": command})).app(["true"]).run();
    ended.assert_status(0);
    ended.out
}

#[test]
fn a_number_may_be_text() {
    assert_eq!(registered(&json!({"port": "8081", "poll": "1"}))["Port"], 8081);
}

#[test]
fn a_fraction_is_cut_off() {
    assert_eq!(registered(&json!({"port": 80.7, "poll": 1.9}))["Port"], 80);
}

#[test]
fn a_truth_value_may_be_text_or_a_number() {
    for truth in [json!("true"), json!("t"), json!("1"), json!(1)] {
        let definition = registered(&json!({"consul": {"enableTagOverride": truth}}));
        assert_eq!(definition["EnableTagOverride"], true, "{truth}");
    }
}

#[test]
fn items_of_a_list_of_text_may_be_numbers() {
    assert_eq!(registered(&json!({"tags": ["a", 5, true]}))["Tags"], json!(["a", "5", "1"]));
}

#[test]
fn keys_inside_objects_are_matched_in_any_case() {
    assert_eq!(registered(&json!({"TAGS": ["x"]}))["Tags"], json!(["x"]));
}

#[test]
fn keys_at_the_top_are_matched_exactly() {
    let scene = scene();
    let ended = scene.launch(&json!({"Services": []})).app(["true"]).run();
    ended.assert_status(1);
    ended.assert_says(&["Services"]);
}

#[test]
fn a_command_as_text_is_split_at_single_spaces() {
    assert!(printed(&json!("  printf <%s> a  b ")).contains("<a><><b>"));
}

#[test]
fn q_33_a_command_as_text_knows_no_quotes() {
    assert!(printed(&json!("printf <%s> 'a b' $HOME *")).contains("<'a><b'><$HOME><*>"));
}

#[test]
fn a_command_as_a_list_keeps_its_words() {
    assert!(printed(&json!(["printf", "<%s>", "a b", "", 5, 1.5])).contains("<a b><><5><1.5>"));
}

#[test]
fn a_duration_without_a_unit_is_in_seconds() {
    let scene = scene();
    let task = json!({"name": "t", "command": scene.probe(&["note=task"]), "frequency": 1});
    let _pilot =
        scene.launch(&json!({"tasks": [task]})).app(scene.probe_line(&["note=up", "forever"])).start();
    let up = scene.await_event(SOON, "up").at;
    let first = scene.await_event(SOON, "task").at;
    assert!(
        first.saturating_sub(up) >= crate::milliseconds(700),
        "{:?} after the start",
        first.saturating_sub(up)
    );
}

#[test]
fn on_start_is_an_old_name_of_pre_start() {
    let scene = scene();
    let config = json!({"onStart": scene.probe(&["note=hook"])});
    let ended = scene.launch(&config).app(["true"]).run();
    ended.assert_status(0);
    assert!(scene.has("hook"));
    ended.assert_says(&["onStart"]);
}

#[test]
fn pre_start_wins_over_on_start() {
    let scene = scene();
    let config = json!({"onStart": scene.probe(&["note=old"]), "preStart": scene.probe(&["note=new"])});
    scene.launch(&config).app(["true"]).run().assert_status(0);
    assert!(scene.has("new") && !scene.has("old"));
}
