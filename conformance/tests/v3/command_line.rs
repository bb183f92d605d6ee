//! Section 2.1: flags, where the configuration comes from, and the verbs.

use crate::{id, nothing, scene, seconds};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::json;

/// Writes a configuration whose one job leaves a trace and ends.
fn traced(scene: &Scene) -> String {
    scene.write_jobs(&[scene.job("j", &["note=ran"], &nothing())], &nothing()).display().to_string()
}

#[test]
fn the_configuration_is_a_plain_path() {
    let scene = scene();
    scene.bare_launch().args(["-config", &traced(&scene)]).run().assert_status(0);
    assert!(scene.has("ran"));
}

#[test]
fn the_variable_may_name_it() {
    let scene = scene();
    scene.bare_launch().env("CONTAINERPILOT", &traced(&scene)).run().assert_status(0);
    assert!(scene.has("ran"));
}

#[test]
fn the_flag_wins_over_the_variable() {
    let scene = scene();
    let launch =
        scene.bare_launch().env("CONTAINERPILOT", "/no/such/file").args(["-config", &traced(&scene)]);
    launch.run().assert_status(0);
}

#[test]
fn words_after_the_flags_are_ignored() {
    let scene = scene();
    let launch = scene.bare_launch().args(["-config", &traced(&scene)]).app(scene.probe_line(&["note=word"]));
    launch.run().assert_status(0);
    assert_eq!(scene.notes(), ["ran"]);
}

#[test]
fn without_a_configuration_it_exits_1() {
    let ended = scene().bare_launch().run();
    ended.assert_status(1);
    ended.assert_says(&["-config flag is required"]);
}

#[test]
fn an_unreadable_file_exits_1() {
    let ended = scene().bare_launch().args(["-config", "/no/such/file.json5"]).run();
    ended.assert_status(1);
    ended.assert_says(&["could not read config file", "/no/such/file.json5"]);
}

#[test]
fn a_template_that_fails_exits_1() {
    let scene = scene();
    let file = scene.file("c.json5", "{ jobs: {{ nosuchfunction }} }");
    let ended = scene.bare_launch().args(["-config", &file.display().to_string()]).run();
    ended.assert_status(1);
    ended.assert_says(&["could not apply template to config", "nosuchfunction"]);
}

#[test]
fn version_wins_over_everything_else() {
    let scene = scene();
    let ended = scene.bare_launch().args(["-config", &traced(&scene), "-template", "-version"]).run();
    ended.assert_status(0);
    ended.assert_says(&["Version:", "GitHash:"]);
    assert!(!scene.has("ran"));
}

#[test]
fn called_containerpilot_it_is_the_same() {
    let scene = scene();
    scene.bare_launch().named("containerpilot").args(["-config", &traced(&scene)]).run().assert_status(0);
    assert!(scene.has("ran"));
}

#[test]
fn q_20_without_anything_to_do_sigterm_still_ends_it() {
    fixed("Q-20", || {
        let scene = scene();
        let idle = json!({"name": "web", "port": 8080, "interfaces": "static:192.0.2.7", "health": {"interval": 1, "ttl": 9}});
        let pilot = scene.jobs(&[idle], &nothing()).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        pilot.end_after_term(seconds(5)).assert_status(0);
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}
