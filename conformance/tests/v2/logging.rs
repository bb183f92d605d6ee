//! Section 1.5: the shape of messages, and what becomes of the words of children.

use crate::scene;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

/// Runs a task that says `a "word"`, with this logging, until its line is there.
fn task_line(scene: &Scene, logging: &Value) -> (String, String) {
    let command = scene.probe(&["print=a \"word\"", "note=said"]);
    let config =
        json!({"logging": logging, "tasks": [{"name": "talker", "command": command, "frequency": "200ms"}]});
    let pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_events(SOON, "said", 2);
    (pilot.out(), pilot.err())
}

fn line<'a>(text: &'a str, part: &str) -> &'a str {
    text.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part:?} is missing in:\n{text}"))
}

fn begins_with_a_date(line: &str) -> bool {
    let shape = "dddd/dd/dd dd:dd:dd ";
    line.len() > shape.len()
        && line
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, kind)| if kind == b'd' { byte.is_ascii_digit() } else { byte == kind })
}

#[test]
fn the_default_is_a_date_and_the_message_on_standard_output() {
    let scene = scene();
    let (out, _) = task_line(&scene, &json!({}));
    let found = line(&out, "a \"word\"");
    assert!(begins_with_a_date(found), "{found}");
    assert!(found.ends_with("a \"word\""), "level and fields are dropped: {found}");
}

#[test]
fn text_has_time_level_and_message() {
    let scene = scene();
    let (out, _) = task_line(&scene, &json!({"format": "text"}));
    let found = line(&out, "word");
    assert!(found.starts_with("time=\"20") && found.contains(" level=info msg=\"a "), "{found}");
    assert!(found.contains("process=task") && found.contains("task=talker"), "{found}");
}

#[test]
fn json_is_one_object_a_line() {
    let scene = scene();
    let (out, _) = task_line(&scene, &json!({"format": "json"}));
    let found: Value = serde_json::from_str(line(&out, "word")).unwrap();
    assert_eq!(found["level"], "info");
    assert_eq!(found["msg"], "a \"word\"");
    assert_eq!(found["process"], "task");
    assert_eq!(found["task"], "talker");
    assert!(found["time"].as_str().is_some_and(|time| time.contains('T')), "{found}");
}

#[test]
fn every_line_of_the_pilot_is_json_when_json_is_wanted() {
    let scene = scene();
    let services = json!([scene.service("web", &json!({}))]);
    let config = json!({"logging": {"format": "json", "level": "DEBUG"}, "services": services});
    let pilot = scene.launch(&config).app(["true"]).start();
    let ended = pilot.end(SOON);
    assert!(ended.out.lines().count() >= 1);
    for line in ended.out.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|it| it.is_object()), "{line}");
    }
}

#[test]
fn standard_error_may_be_chosen() {
    let scene = scene();
    let (out, err) = task_line(&scene, &json!({"output": "stderr"}));
    assert!(begins_with_a_date(line(&err, "a \"word\"")));
    assert!(!out.contains("word"), "{out}");
}

#[test]
fn the_level_hides_what_matters_less() {
    let scene = scene();
    let (out, err) = task_line(&scene, &json!({"level": "WARN"}));
    assert!(!out.contains("word") && !err.contains("word"), "{out}{err}");
}

#[test]
fn both_outputs_of_a_task_are_logged() {
    let scene = scene();
    let command = scene.probe(&["print=to-out", "eprint=to-err", "note=said"]);
    let config = json!({"tasks": [{"name": "t", "command": command, "frequency": "200ms"}]});
    let pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_events(SOON, "said", 2);
    assert!(begins_with_a_date(line(&pilot.out(), "to-out")));
    assert!(begins_with_a_date(line(&pilot.out(), "to-err")));
}

/// The line of `child` among JSON messages.
#[track_caller]
fn json_line(scene: &Scene, config: Value) -> Value {
    let mut config = config;
    config["logging"] = json!({"format": "json"});
    let pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    wait_until(SOON, "the child's line", || {
        let out = pilot.out();
        out.lines()
            .find(|line| line.contains("\"the line\""))
            .and_then(|line| serde_json::from_str(line).ok())
    })
}

#[test]
fn the_words_of_a_check_carry_its_service() {
    let scene = scene();
    let services = json!([scene.service("web", &json!({"health": scene.probe(&["print=the line"])}))]);
    let found = json_line(&scene, json!({"services": services}));
    assert_eq!((&found["process"], &found["serviceName"]), (&json!("health"), &json!("web")));
    assert_eq!(found["serviceID"], crate::id("web"));
}

#[test]
fn the_words_of_on_change_carry_its_backend() {
    let scene = scene();
    scene.consul.set_instances("sales", &[gyropilot_conformance::double::Instance::new("s", "192.0.2.1", 1)]);
    let backend = json!({"name": "sales", "poll": 1, "onChange": scene.probe(&["print=the line"])});
    let found = json_line(&scene, json!({"backends": [backend]}));
    assert_eq!((&found["process"], &found["backend"]), (&json!("onChange"), &json!("sales")));
}

#[test]
fn the_words_of_a_coprocess_carry_its_name() {
    let scene = scene();
    let coprocess = json!({"name": "helper", "command": scene.probe(&["print=the line", "forever"])});
    let found = json_line(&scene, json!({"coprocesses": [coprocess]}));
    assert_eq!((&found["process"], &found["coprocess"]), (&json!("coprocess"), &json!("helper")));
}

#[test]
fn the_words_of_the_application_are_left_alone() {
    let scene = scene();
    let config = json!({"logging": {"format": "json"}});
    let ended = scene.launch(&config).app(scene.probe_line(&["print=raw out", "eprint=raw err"])).run();
    ended.assert_status(0);
    assert!(ended.out.lines().any(|line| line == "raw out"), "{}", ended.out);
    assert!(ended.err.lines().any(|line| line == "raw err"), "{}", ended.err);
}

#[test]
fn the_words_of_hooks_are_left_alone() {
    let scene = scene();
    let config = json!({
        "preStart": scene.probe(&["print=from preStart"]),
        "postStop": scene.probe(&["print=from postStop"]),
    });
    let ended = scene.launch(&config).app(["true"]).run();
    ended.assert_status(0);
    for text in ["from preStart", "from postStop"] {
        assert!(ended.out.lines().any(|line| line == text), "{}", ended.out);
    }
}

#[test]
fn debug_shows_the_configuration_once() {
    let scene = scene();
    let ended = scene.launch(&json!({"logging": {"level": "DEBUG"}})).app(["true"]).run();
    ended.assert_status(0);
    ended.assert_says(&["Loaded config"]);
}

/// A line of this many bytes is passed on whole, and whoever wrote it lives on.
#[track_caller]
fn passes_on(bytes: usize) {
    let scene = scene();
    let command = scene.probe(&[&format!("flood={bytes}"), "note=written"]);
    let config = json!({"coprocesses": [{"name": "c", "command": command}]});
    let pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_event(SOON, "written");
    wait_until(SOON, "all of it to be passed on", || {
        (pilot.out().bytes().filter(|byte| *byte == b'x').count() >= bytes).then_some(())
    });
}

#[test]
fn q_03_a_line_of_64_kib_is_passed_on() {
    passes_on(65_536);
}

#[test]
fn q_03_a_line_of_65_kib_is_passed_on() {
    fixed("Q-03", || passes_on(66_560));
}

#[test]
fn q_03_a_line_of_5_mib_is_passed_on() {
    fixed("Q-03", || passes_on(5 << 20));
}

#[test]
fn the_last_line_needs_no_end() {
    let scene = scene();
    let command = json!(["printf", "no newline"]);
    let config = json!({"tasks": [{"name": "t", "command": command, "frequency": "200ms"}]});
    let pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    pilot.await_phrase(SOON, "no newline");
}

#[test]
fn bytes_that_are_no_text_stop_nothing() {
    let scene = scene();
    let command = json!(["printf", "\\377\\376 odd\\n"]);
    let config = json!({"logging": {"format": "json"}, "tasks": [{"name": "t", "command": command, "frequency": "200ms"}]});
    let pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    pilot.await_phrase(SOON, " odd");
}
