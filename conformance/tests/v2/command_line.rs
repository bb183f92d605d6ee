//! Section 1.1: flags, where the configuration comes from, how the command line is split.

use crate::{id, scene};
use gyropilot_conformance::launch::Launch;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

/// A configuration that leaves a trace when it was read.
fn traced(scene: &Scene) -> String {
    scene.config(&json!({"preStart": scene.probe(&["note=read"])})).to_string()
}

/// Runs an application that ends with 3, and looks for the trace.
#[track_caller]
fn reads_and_runs(scene: &Scene, launch: Launch) {
    let so_far = scene.events_like("read").len();
    launch.app(scene.probe_line(&["exit=3"])).run().assert_status(3);
    assert_eq!(scene.events_like("read").len(), so_far + 1, "the configuration was not read");
}

#[test]
fn version_prints_two_lines_and_exits_0() {
    let ended = scene().bare_launch().args(["-version"]).run();
    ended.assert_status(0);
    assert!(ended.out.lines().any(|line| line.starts_with("Version:")), "{}", ended.out);
    assert!(ended.out.lines().any(|line| line.starts_with("GitHash:")), "{}", ended.out);
}

#[test]
fn version_wins_over_everything_else() {
    let ended = scene().bare_launch().args(["-template", "-config", "{{", "-version"]).run();
    ended.assert_status(0);
    ended.assert_says(&["Version:"]);
}

#[test]
fn without_a_configuration_it_exits_1_and_names_the_flag() {
    let ended = scene().bare_launch().run();
    ended.assert_status(1);
    ended.assert_says(&["-config flag is required"]);
}

#[test]
fn the_configuration_may_be_a_file_uri() {
    let scene = scene();
    let file = scene.file("any.name", &traced(&scene));
    let uri = format!("file://{}", file.display());
    reads_and_runs(&scene, scene.bare_launch().args(["-config", &uri]));
}

#[test]
fn the_configuration_may_stand_in_the_flag_itself() {
    let scene = scene();
    let text = traced(&scene);
    reads_and_runs(&scene, scene.bare_launch().args(["-config", &text]));
}

#[test]
fn the_variable_may_name_a_file() {
    let scene = scene();
    let file = scene.file("c.json", &traced(&scene));
    let launch = scene.bare_launch().env("CONTAINERPILOT", &format!("file://{}", file.display()));
    reads_and_runs(&scene, launch);
}

#[test]
fn the_variable_may_hold_the_configuration() {
    let scene = scene();
    let launch = scene.bare_launch().env("CONTAINERPILOT", &traced(&scene));
    reads_and_runs(&scene, launch);
}

#[test]
fn the_flag_wins_over_the_variable() {
    let scene = scene();
    let launch =
        scene.bare_launch().env("CONTAINERPILOT", "{ this is wrong").args(["-config", &traced(&scene)]);
    reads_and_runs(&scene, launch);
}

#[test]
fn one_dash_or_two_and_a_space_or_an_equals_sign_are_the_same() {
    let scene = scene();
    let text = traced(&scene);
    for form in [vec!["-config".into(), text.clone()], vec!["--config".into(), text.clone()]] {
        reads_and_runs(&scene, scene.bare_launch().args(form));
    }
    for dashes in ["-", "--"] {
        let word = format!("{dashes}config={text}");
        reads_and_runs(&scene, scene.bare_launch().args([word]));
    }
}

#[test]
fn flags_after_the_first_word_belong_to_the_application() {
    let scene = scene();
    let launch = scene.launch(&json!({})).app(["echo", "-version", "-config", "x", "--", "-n"]);
    let ended = launch.run();
    ended.assert_status(0);
    assert!(ended.out.contains("-version -config x -- -n"), "{}", ended.out);
}

#[test]
fn an_unknown_flag_is_refused() {
    let ended = scene().bare_launch().args(["-no-such-flag"]).run();
    assert!([1, 2].contains(&ended.status), "{}", ended.status);
    ended.assert_says(&["no-such-flag"]);
}

#[test]
fn an_unreadable_file_exits_1() {
    let ended = scene().bare_launch().args(["-config", "file:///no/such/file.json"]).app(["true"]).run();
    ended.assert_status(1);
    ended.assert_says(&["Could not read config file", "/no/such/file.json"]);
}

#[test]
fn a_template_that_fails_exits_1() {
    let ended = scene().bare_launch().args(["-config", "{{ .X | nosuchfunction }}"]).app(["true"]).run();
    ended.assert_status(1);
    ended.assert_says(&["Could not apply template to config", "nosuchfunction"]);
}

#[test]
fn a_syntax_error_exits_1_and_shows_the_place() {
    let scene = scene();
    let file = scene.file("c.json", "{\n  \"consul\": \"127.0.0.1:1\",\n  \"services\": [ ) ]\n}\n");
    let uri = format!("file://{}", file.display());
    let ended = scene.bare_launch().args(["-config", &uri]).app(["true"]).run();
    ended.assert_status(1);
    ended.assert_says(&["3:", "\"services\": [ ) ]", "^"]);
}

#[test]
fn json_that_is_no_object_exits_1() {
    scene().bare_launch().args(["-config", "[1, 2]"]).app(["true"]).run().assert_status(1);
}

#[test]
fn template_prints_the_rendered_text_and_checks_nothing() {
    let scene = scene();
    let launch =
        scene.bare_launch().env("NAME", "value").args(["-template", "-config", "not json: {{ .NAME }}"]);
    let ended = launch.run();
    ended.assert_status(0);
    assert_eq!(ended.out.trim_end(), "not json: value");
}

#[test]
fn template_to_a_dash_is_standard_output() {
    let scene = scene();
    let launch = scene.bare_launch().args(["-template", "-out", "-", "-config", "plain"]);
    let ended = launch.run();
    ended.assert_status(0);
    assert_eq!(ended.out.trim_end(), "plain");
}

#[test]
fn template_writes_a_file_with_mode_0644() {
    let scene = scene();
    let target = format!("file://{}", scene.at("rendered"));
    let launch = scene.bare_launch().args(["-template", "-out", &target, "-config", "plain"]);
    launch.within(["sh", "-c", "umask 022; exec \"$@\"", "-"]).run().assert_status(0);
    assert_eq!(std::fs::read_to_string(scene.path("rendered")).unwrap().trim_end(), "plain");
    assert_eq!(std::fs::metadata(scene.path("rendered")).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn template_refuses_any_other_target() {
    let ended = scene().bare_launch().args(["-template", "-out", "/tmp/x", "-config", "plain"]).run();
    ended.assert_status(1);
    ended.assert_says(&["flag is invalid", "/tmp/x"]);
}

#[test]
fn template_without_a_configuration_exits_1() {
    let ended = scene().bare_launch().args(["-template"]).run();
    ended.assert_status(1);
    ended.assert_says(&["-config flag is required"]);
}

#[test]
fn called_containerpilot_it_is_the_same() {
    let scene = scene();
    reads_and_runs(&scene, scene.bare_launch().named("containerpilot").args(["-config", &traced(&scene)]));
}

#[test]
fn arguments_of_the_application_are_templates() {
    let scene = scene();
    let launch =
        scene.launch(&json!({})).env("COLOUR", "green").app(["echo", "[{{ .COLOUR }}]", "{{ .NONE }}."]);
    let ended = launch.run();
    assert!(ended.out.contains("[green] ."), "{}", ended.out);
}

#[test]
fn arguments_of_the_application_see_the_address_of_a_service() {
    let scene = scene();
    let services = json!([scene.service("my-web", &json!({"interfaces": ["static:192.0.2.9"]}))]);
    let launch = scene.launch(&json!({"services": services}));
    let ended = launch.app(["echo", "at={{ .CONTAINERPILOT_MY_WEB_IP }}"]).run();
    assert!(ended.out.contains("at=192.0.2.9"), "{}", ended.out);
}

#[test]
fn one_argument_that_does_not_render_leaves_all_unrendered() {
    let scene = scene();
    let launch =
        scene.launch(&json!({})).env("COLOUR", "green").app(["echo", "{{ .COLOUR }}", "{{ nosuch }}"]);
    let ended = launch.run();
    ended.assert_status(0);
    ended.assert_says(&["Unable to render command arguments template", "{{ .COLOUR }} {{ nosuch }}"]);
}

#[test]
fn arguments_keep_their_borders() {
    let scene = scene();
    let ended = scene.launch(&json!({})).app(["printf", "<%s>", "a b", "", "c\"d"]).run();
    assert!(ended.out.contains("<a b><><c\"d>"), "{}", ended.out);
}

#[test]
fn without_an_application_the_rest_works_until_told_to_stop() {
    let scene = scene();
    let services = json!([scene.service("web", &json!({}))]);
    let mut pilot = scene.launch(&json!({"services": services})).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    assert!(pilot.is_running());
}

#[test]
fn q_20_without_an_application_a_stop_is_a_stop() {
    fixed("Q-20", || {
        let scene = scene();
        let services = json!([scene.service("web", &json!({}))]);
        let hook = scene.probe(&["note=preStop"]);
        let pilot = scene.launch(&json!({"services": services, "preStop": hook})).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        let ended = pilot.stop();
        assert_eq!(ended.status, 0, "nothing failed; it said:\n{}", ended.said());
        assert!(scene.has("preStop"));
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}
