//! `gyropilot migrate`.

use super::Desk;

const OLD: &str = r#"{
  // where the catalogue is
  "consul": "{{ .CONSUL }}:8500",
  "preStart": "/bin/prepare",
  "preStop": "/bin/leave",
  "services": [
    { "name": "web", "port": 80, "poll": 5, "ttl": 15, "health": "/bin/check" }, // from outside
    { "name": "web_admin", "port": 81, "poll": 5, "ttl": 15 },
  ],
  "backends": [{ "name": "db", "poll": 5, "onChange": "/bin/reload" }],
  "tasks": [{ "name": "tidy", "command": "/bin/tidy up", "frequency": "1m" }],
  "telemetry": {
    "url": "/numbers",
    "sensors": [{ "name": "free", "help": "free memory", "type": "gauge", "poll": 5, "check": "/bin/free --kb" }],
  },
}"#;

#[test]
fn the_form_of_jobs_with_what_changed_in_comments() {
    let desk = Desk::with(&[("old.json", OLD)]);
    let words = ["migrate", "old.json", "--", "/bin/web", "--title", "say \"hello\""];
    insta::assert_snapshot!(desk.gyropilot(&words, &[("CONSUL", "consul")]));
}

#[test]
fn into_a_file_that_can_be_checked() {
    let desk =
        Desk::with(&[("old.json", "{ \"consul\": \"localhost:8500\", \"postStop\": \"/bin/after\" }")]);
    let written = desk.gyropilot(&["migrate", "--out", "new.json5", "old.json", "/bin/app", "-v"], &[]);
    assert_eq!(written, "status: 0\n--- stdout\n--- stderr\n");
    insta::assert_snapshot!(desk.gyropilot(&["check", "new.json5"], &[]));
}

#[test]
fn what_is_no_configuration_of_the_v2_form() {
    let desk = Desk::with(&[(
        "old.json",
        "{ \"consul\": false, \"jobs\": [{ \"name\": \"a\", \"exec\": \"b\" }] }",
    )]);
    insta::assert_snapshot!(desk.gyropilot(&["migrate", "old.json"], &[]));
}
