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

/// What a container with both forms is to do; the names of programs are those of the v2 form.
const BEHAVIOUR: &str = r#"{
  config: "CONFIG",
  application: ["/bin/web"],
  programs: {
    preStart: { runs: "2s" },
    preStop: { runs: "1s" },
    postStop: { runs: "1s" },
    "task[tidy]": { runs: "1s" },
    "onChange[db]": { runs: "1s" },
    app: { stops: "1s", stopExit: 0 },
  },
  tests: [
    {
      name: "starts in order and is found",
      steps: [
        { at: "1s", expect: { started: ["preStart"], notStarted: ["app", "coprocess[side]"], services: { web: "absent" } } },
        { at: "3s", expect: { started: ["app", "coprocess[side]"], services: { web: "passing", "web-admin": "passing" } } },
      ],
    },
    {
      name: "tells of failing checks",
      steps: [
        { at: "10s", check: { web: "fail" } },
        { within: "6s", expect: { services: { web: "critical", "web-admin": "passing" } } },
        { check: { web: "pass" }, within: "6s", expect: { services: { web: "passing" } } },
      ],
    },
    {
      name: "follows what it depends on",
      steps: [
        { at: "20s", instances: { db: 1 }, within: "6s", expect: { started: ["onChange[db]"] } },
        { after: "20s", expect: { notStarted: ["onChange[db]"] } },
        { instances: { db: 2 }, within: "6s", expect: { started: ["onChange[db]"] } },
      ],
    },
    {
      name: "runs its task",
      steps: [
        { at: "21s", expect: { started: ["task[tidy]"] } },
        { after: "60s", expect: { started: ["task[tidy]"] } },
      ],
    },
    {
      name: "ends with the application, and with its status",
      steps: [
        { at: "10s", exit: { app: 7 } },
        { within: "10s", expect: { exit: 7, started: ["postStop"], services: { web: "absent", "web-admin": "absent" } } },
      ],
    },
    {
      name: "stops as ordered",
      steps: [
        { at: "10s", signal: "SIGTERM", expect: { services: { web: "absent", "web-admin": "absent" }, started: ["preStop"], exit: null } },
        { within: "10s", expect: { exit: 0, started: ["postStop"] } },
      ],
    },
    {
      name: "starts a coprocess again",
      steps: [
        { at: "20s", exit: { "coprocess[side]": 1 }, expect: { started: ["coprocess[side]"] } },
        { within: "3s", expect: { started: ["coprocess[side]"], exit: null } },
      ],
    },
    {
      name: "is in maintenance and back by one signal",
      steps: [
        { at: "10s", signal: "SIGUSR1", within: "1s", expect: { services: { web: "absent" } } },
        { after: "10s", signal: "SIGUSR1", within: "6s", expect: { services: { web: "passing" } } },
      ],
    },
    {
      name: "fails when it cannot be prepared",
      programs: { preStart: { runs: "2s", exit: 9 } },
      steps: [{ within: "10s", expect: { exit: 9, notStarted: ["app", "coprocess[side]"] } }],
    },
    {
      name: "reloads by a signal",
      steps: [{ at: "10s", signal: "SIGHUP", expect: { exit: null, services: { web: "passing" } } }],
    },
  ],
}"#;

#[test]
fn the_new_form_does_what_the_old_one_did() {
    let old = r#"{
      "consul": "localhost:8500",
      "preStart": "/bin/prepare", "preStop": "/bin/leave", "postStop": "/bin/after",
      "services": [
        { "name": "web", "port": 80, "poll": 5, "ttl": 15, "health": "/bin/check" },
        { "name": "web-admin", "port": 81, "poll": 5, "ttl": 15 },
      ],
      "backends": [{ "name": "db", "poll": 5, "onChange": "/bin/reload" }],
      "tasks": [{ "name": "tidy", "command": "/bin/tidy up", "frequency": "18s" }],
      "coprocesses": [{ "name": "side", "command": "/bin/side", "restarts": "unlimited" }],
    }"#;
    let before = BEHAVIOUR.replace("CONFIG", "old.json");
    let after = BEHAVIOUR
        .replace("CONFIG", "new.json5")
        .replace("app:", "web:")
        .replace("\"app\"", "\"web\"")
        .replace("task[tidy]", "tidy")
        .replace("coprocess[side]", "side")
        .replace("onChange[db]", "db-changed");
    let files = [("old.json", old), ("old.test.json5", before.as_str()), ("new.test.json5", after.as_str())];
    let desk = Desk::with(&files);
    desk.gyropilot(&["migrate", "--out", "new.json5", "old.json", "/bin/web"], &[]);
    for file in ["old.test.json5", "new.test.json5"] {
        let said = desk.gyropilot(&["test", file], &[]);
        assert!(said.starts_with("status: 0"), "{said}");
    }
}
