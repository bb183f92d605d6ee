//! What can be said of a pilot that does not run.

use crate::Desk;

const JOBS: &str = r#"{
    consul: false,
    jobs: [
        { name: "migrate", exec: "true" },
        { name: "app", exec: "true", when: { source: "migrate", once: "exitSuccess" } },
    ],
}"#;

#[test]
fn a_pilot_that_is_not_there_is_told_apart_by_the_status() {
    let desk = Desk::with(&[]);
    insta::assert_snapshot!(desk.gyropilot(&["status", "--socket", "none.socket"], &[]));
    for words in [&["ping"][..], &["why", "web"], &["events"], &["stop", "web"], &["put-env", "A=1"]] {
        let words: Vec<&str> = words.iter().chain(&["--socket", "none.socket"]).copied().collect();
        assert!(desk.gyropilot(&words, &[]).starts_with("status: 3\n"), "{words:?}");
    }
}

#[test]
fn q_38_a_configuration_that_is_wrong_elsewhere_still_tells_the_socket() {
    let desk =
        Desk::with(&[("pilot.json5", r#"{ control: { socket: "none.socket" }, jobs: [{ port: "x" }] }"#)]);
    for (words, env) in [
        (&["ping", "-config", "pilot.json5"][..], None),
        (&["ping", "--config=pilot.json5"], None),
        (&["ping"], Some(("CONTAINERPILOT", "./pilot.json5"))),
    ] {
        let told = desk.gyropilot(words, &env.into_iter().collect::<Vec<_>>());
        assert!(told.contains("no pilot answers at none.socket"), "{told}");
    }
}

#[test]
fn a_graph_needs_no_pilot_when_there_is_a_file() {
    let desk = Desk::with(&[("pilot.json5", JOBS)]);
    insta::assert_snapshot!(desk.gyropilot(&["graph", "--file", "pilot.json5", "--format", "mermaid"], &[]));
    assert!(desk.gyropilot(&["graph", "--file", "none.json5"], &[]).starts_with("status: 1\n"));
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    let desk = Desk::with(&[]);
    for words in [
        &["signal", "SIGNONE", "web"][..],
        &["put-metric", "a"],
        &["maintenance", "on"],
        &["-config", "{}", "-maintenance", "on"],
        &["status", "--socket", "a", "--config", "b"],
        &["stop"],
    ] {
        assert!(desk.gyropilot(words, &[]).starts_with("status: 2\n"), "{words:?}");
    }
}

#[test]
fn the_flags_of_the_original_fail_in_its_words() {
    let desk = Desk::with(&[]);
    let setting = r#"{ control: { socket: "none.socket" } }"#;
    for flag in ["-reload", "-ping", "-maintenance=enable", "-putenv=A=1", "-putmetric=a=1"] {
        let told = desk.gyropilot(&["-config", setting, flag], &[]);
        assert!(told.starts_with("status: 1\n"), "{told}");
        let name = flag.split('=').next().unwrap();
        let words = format!("{name}: failed to run subcommand: no pilot answers at none.socket: ");
        assert!(told.contains(&words), "{told}");
    }
}
