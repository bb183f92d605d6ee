//! Section 2.1: flags, where the configuration comes from, and the verbs.

use crate::{id, nothing, scene, seconds};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::metrics::Metrics;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

/// Writes a configuration whose one job leaves a trace and ends.
fn traced(scene: &Scene) -> String {
    scene.write_jobs(&[scene.job("j", &["note=ran"], &nothing())], &nothing()).display().to_string()
}

/// A pilot with a job that stays.
#[track_caller]
fn up(scene: &Scene) -> Pilot {
    let reader = scene.job("reader", &["env=POSTED"], &json!({"when": {"interval": "100ms"}}));
    let pilot =
        scene.jobs(&[scene.job("j", &["note=up", "forever"], &nothing()), reader], &nothing()).start();
    scene.await_event(SOON, "up");
    pilot
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
fn template_writes_to_a_plain_path() {
    let scene = scene();
    let file = scene.file("c.json5", "{ jobs: [ { name: '{{ .NAME }}', exec: 'true' } ], consul: 'x' }");
    let target = scene.at("rendered");
    let launch = scene.bare_launch().env("NAME", "value");
    let launch = launch.args(["-template", "-config", &file.display().to_string(), "-out", &target]);
    launch.within(["sh", "-c", "umask 022; exec \"$@\"", "-"]).run().assert_status(0);
    let text = std::fs::read_to_string(&target).unwrap();
    assert_eq!(text, "{ jobs: [ { name: 'value', exec: 'true' } ], consul: 'x' }");
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn template_goes_before_the_other_actions() {
    let scene = scene();
    let file = traced(&scene);
    let ended = scene.bare_launch().args(["-config", &file, "-template", "-reload"]).run();
    ended.assert_status(0);
    assert!(ended.out.contains("\"jobs\""), "{}", ended.out);
}

#[test]
fn ping_says_ok() {
    let scene = scene();
    let _pilot = up(&scene);
    let ended = scene.flag(&["-ping"]);
    ended.assert_status(0);
    ended.assert_says(&["ok"]);
}

#[test]
fn putenv_may_be_repeated_and_splits_at_the_first_equals_sign() {
    let scene = scene();
    let _pilot = up(&scene);
    scene.flag(&["-putenv", "OTHER=1", "-putenv", "POSTED=a=b"]).assert_status(0);
    scene.await_event(SOON, "POSTED=a=b");
}

#[test]
fn q_39_putenv_of_a_bare_name_takes_the_variable_away() {
    fixed("Q-39", || {
        let scene = scene();
        let _pilot = up(&scene);
        scene.flag(&["-putenv", "POSTED=1"]).assert_status(0);
        scene.await_event(SOON, "POSTED=1");
        let so_far = scene.events_like("POSTED is unset").len();
        scene.flag(&["-putenv", "POSTED"]).assert_status(0);
        scene.await_events(SOON, "POSTED is unset", so_far + 1);
    });
}

#[test]
fn putmetric_sets_a_metric() {
    let scene = scene();
    let port = crate::free_port();
    let metrics = json!([{"namespace": "ns", "subsystem": "sub", "name": "m", "help": "h", "type": "gauge"}]);
    let telemetry = json!({"port": port, "interfaces": ["lo"], "metrics": metrics});
    let job = scene.job("j", &["note=up", "forever"], &nothing());
    let _pilot = scene.jobs(&[job], &json!({"telemetry": telemetry})).start();
    scene.await_event(SOON, "up");
    scene.flag(&["-putmetric", "ns_sub_m=41.5"]).assert_status(0);
    Metrics::at(port).await_sample("ns_sub_m", |value| value == 41.5);
}

#[test]
fn reload_reads_the_file_again() {
    let scene = scene();
    let _pilot = up(&scene);
    scene.write_jobs(&[scene.job("other", &["note=other", "forever"], &nothing())], &nothing());
    scene.flag(&["-reload"]).assert_status(0);
    scene.await_event(SOON, "other");
}

#[test]
fn a_verb_without_a_pilot_fails_and_says_so() {
    let scene = scene();
    traced(&scene);
    for words in [
        vec!["-ping"],
        vec!["-reload"],
        vec!["-maintenance", "enable"],
        vec!["-putenv", "A=b"],
        vec!["-putmetric", "a=1"],
    ] {
        let ended = scene.flag(&words);
        ended.assert_status(1);
        ended.assert_says(&[words[0], &scene.at("control.socket")]);
    }
    assert!(!scene.has("ran"), "a verb is no start");
}

#[test]
fn q_41_a_reload_that_is_refused_fails_and_says_why() {
    fixed("Q-41", || {
        let scene = scene();
        let mut pilot = up(&scene);
        scene.write_jobs(&[json!({"name": "j", "exec": ""})], &nothing());
        let ended = scene.flag(&["-reload"]);
        ended.assert_status(1);
        ended.assert_says(&["job[j].exec"]);
        assert!(pilot.is_running());
    });
}

#[test]
fn q_38_a_verb_needs_no_more_of_the_configuration_than_its_socket() {
    fixed("Q-38", || {
        let scene = scene();
        let _pilot = up(&scene);
        scene
            .write_jobs(&[scene.offer("web", &["forever"], &json!({"interfaces": ["nosuch7"]}))], &nothing());
        scene.flag(&["-ping"]).assert_status(0);
        scene.flag(&["-putenv", "POSTED=yes"]).assert_status(0);
        scene.await_event(SOON, "POSTED=yes");
    });
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
