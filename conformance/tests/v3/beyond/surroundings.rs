//! As what and where a job runs: user, group, folder, environment, limits, privileges.

use crate::{nothing, scene};
use gyropilot_conformance::scene::Scene;
use serde_json::{Value, json};

/// What a shell says about itself when it runs so. `nobody` cannot read the
/// folder of the test, so it speaks by way of the log.
#[track_caller]
fn shell_says(script: &str, rest: &Value) -> String {
    let scene = scene();
    let job = gyropilot_conformance::scene::merged(
        json!({"name": "j", "exec": ["sh", "-c", format!("echo said: $({script})")], "logging": {"raw": true}}),
        rest,
    );
    let ended = scene.jobs(&[job], &nothing()).run();
    ended.assert_status(0);
    let line = ended.out.lines().find_map(|line| line.strip_prefix("said: ").or(line.strip_prefix("said:")));
    line.unwrap_or_else(|| panic!("{}", ended.said())).to_owned()
}

/// What the probe notes when it runs so.
#[track_caller]
fn probe_notes(words: &[&str], rest: &Value) -> Vec<String> {
    let scene = scene();
    scene.jobs(&[scene.job("j", words, rest)], &nothing()).run().assert_status(0);
    scene.notes()
}

#[test]
fn a_user_by_name_brings_its_groups() {
    assert_eq!(shell_says("id -u; id -g; id -G", &json!({"user": "nobody"})), "65534 65534 65534");
}

#[test]
fn a_user_and_a_group_by_number() {
    assert_eq!(shell_says("id -u; id -g", &json!({"user": "12345", "group": "54321"})), "12345 54321");
}

#[test]
fn a_group_by_name() {
    assert_eq!(shell_says("id -u; id -g", &json!({"user": "nobody", "group": "daemon"})), "65534 1");
}

#[test]
fn supplementary_groups() {
    let rest = json!({"user": "nobody", "supplementaryGroups": ["daemon", "2222"]});
    let said = shell_says("id -G", &rest);
    let mut groups: Vec<&str> = said.split(' ').collect();
    groups.sort_unstable();
    assert_eq!(groups, ["1", "2222", "65534"]);
}

#[test]
fn a_user_that_does_not_exist_is_told() {
    let scene = scene();
    let ended =
        scene.jobs(&[scene.job("j", &["note=up"], &json!({"user": "no-such-user"}))], &nothing()).run();
    assert_ne!(ended.status, 0);
    ended.assert_says(&["no-such-user"]);
    assert!(!scene.has("up"));
}

#[test]
fn a_working_directory() {
    let scene = scene();
    std::fs::create_dir(scene.path("inside")).unwrap();
    let rest = json!({"workingDirectory": scene.at("inside")});
    scene.jobs(&[scene.job("j", &["cwd"], &rest)], &nothing()).run().assert_status(0);
    assert_eq!(scene.notes(), [format!("cwd {}", scene.path("inside").canonicalize().unwrap().display())]);
}

#[test]
fn a_working_directory_that_is_not_there_is_told() {
    let scene = scene();
    let rest = json!({"workingDirectory": "/no/such/folder"});
    let ended = scene.jobs(&[scene.job("j", &["note=up"], &rest)], &nothing()).run();
    ended.assert_status(127);
    ended.assert_says(&["/no/such/folder"]);
}

#[test]
fn the_environment_is_added_to_and_taken_from() {
    let scene = scene();
    let rest = json!({"env": {"COLOUR": "green", "SHAPE": null}});
    let words = ["env=COLOUR", "env=SHAPE", "env=SIZE"];
    let launch = scene.jobs(&[scene.job("j", &words, &rest)], &nothing());
    launch.env("SHAPE", "round").env("SIZE", "big").env("COLOUR", "red").run().assert_status(0);
    assert_eq!(scene.notes(), ["COLOUR=green", "SHAPE is unset", "SIZE=big"]);
}

#[test]
fn the_environment_of_one_job_is_not_anothers() {
    let scene = scene();
    let one = scene.job("one", &["note=one", "env=COLOUR"], &json!({"env": {"COLOUR": "green"}}));
    let two = scene.job(
        "two",
        &["note=two", "env=COLOUR"],
        &json!({"when": {"source": "one", "once": "exitSuccess"}}),
    );
    scene.jobs(&[one, two], &nothing()).run().assert_status(0);
    assert_eq!(scene.notes(), ["one", "COLOUR=green", "two", "COLOUR is unset"]);
}

#[test]
fn a_limit_as_one_number_is_both() {
    let rest = json!({"rlimits": {"nofile": 123, "core": "unlimited"}});
    assert_eq!(probe_notes(&["limit=open files"], &rest), ["open files 123 123"]);
}

#[test]
fn a_limit_may_be_soft_and_hard() {
    let rest = json!({"rlimits": {"nofile": {"soft": 100, "hard": 200}}});
    assert_eq!(probe_notes(&["limit=open files"], &rest), ["open files 100 200"]);
}

#[test]
fn a_limit_that_nobody_knows_is_refused() {
    let scene = scene();
    let rest = json!({"rlimits": {"patience": 1}});
    let ended = scene.jobs(&[scene.job("j", &["note=up"], &rest)], &nothing()).run();
    ended.assert_status(1);
    ended.assert_says(&["patience"]);
}

#[test]
fn no_new_privileges() {
    assert_eq!(probe_notes(&["proc=NoNewPrivs"], &json!({"noNewPrivileges": true})), ["NoNewPrivs 1"]);
    assert_eq!(probe_notes(&["proc=NoNewPrivs"], &nothing()), ["NoNewPrivs 0"]);
}

const NET_RAW: u64 = 1 << 13;

/// A mask of capabilities that the probe noted.
fn mask(notes: &[String], field: &str) -> u64 {
    let text = notes.iter().find_map(|note| note.strip_prefix(field)).unwrap();
    u64::from_str_radix(text.trim(), 16).unwrap()
}

#[test]
fn one_capability_is_dropped_and_the_others_stay() {
    let words = ["proc=CapEff", "proc=CapBnd"];
    let before = probe_notes(&words, &nothing());
    let after = probe_notes(&words, &json!({"dropCapabilities": ["NET_RAW"]}));
    for field in ["CapEff ", "CapBnd "] {
        assert_eq!(mask(&after, field), mask(&before, field) & !NET_RAW, "{field}");
    }
}

#[test]
fn all_capabilities_are_dropped() {
    let after =
        probe_notes(&["proc=CapEff", "proc=CapPrm", "proc=CapBnd"], &json!({"dropCapabilities": "all"}));
    assert_eq!(after, ["CapEff 0000000000000000", "CapPrm 0000000000000000", "CapBnd 0000000000000000"]);
}

#[test]
fn a_capability_that_nobody_knows_is_refused() {
    let scene = scene();
    let rest = json!({"dropCapabilities": ["FLY"]});
    let ended = scene.jobs(&[scene.job("j", &["note=up"], &rest)], &nothing()).run();
    ended.assert_status(1);
    ended.assert_says(&["FLY"]);
}

/// Both spellings of every new key are the same key.
#[test]
fn keys_may_be_written_with_underscores() {
    let scene: Scene = scene();
    std::fs::create_dir(scene.path("inside")).unwrap();
    let rest = json!({"working_directory": scene.at("inside"), "no_new_privileges": true, "stop_signal": "SIGINT",
        "drop_capabilities": ["NET_RAW"], "supplementary_groups": []});
    scene.jobs(&[scene.job("j", &["proc=NoNewPrivs"], &rest)], &nothing()).run().assert_status(0);
    assert_eq!(scene.notes(), ["NoNewPrivs 1"]);
}
