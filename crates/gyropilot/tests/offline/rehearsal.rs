//! `gyropilot test`.

use super::Desk;

const HOOKS: &str = r#"{
  "consul": "localhost:8500",
  "preStart": "/bin/prepare",
  "services": [{ "name": "web", "port": 80, "poll": 2, "ttl": 10, "health": "/bin/check" }],
  "backends": [{ "name": "db", "poll": 5, "onChange": "/bin/reload" }],
  "coprocesses": [{ "name": "side", "command": "/bin/side", "restarts": "unlimited" }],
}"#;

#[test]
fn the_v2_form_can_be_rehearsed() {
    let tests = r#"{
      config: "app.json",
      application: ["/bin/app"],
      tests: [
        {
          name: "a failing check is told at once",
          checks: { web: "pass" },
          steps: [
            { at: "1s", expect: { started: ["preStart", "app", "coprocess[side]"], services: { web: "passing" } } },
            { check: { web: "fail" }, within: "2s", expect: { services: { web: "critical" }, exit: null } },
            { exit: { app: 3 }, within: "20s", expect: { exit: 3, services: { web: "absent" } } },
          ],
        },
        {
          name: "a change of the database reloads",
          instances: { db: 1 },
          steps: [
            { after: "10s", expect: { started: ["onChange[db]"] } },
            { instances: { db: ["10.1.0.1:5432"] }, within: "5s", expect: { started: ["onChange[db]"] } },
            { after: "1m", expect: { notStarted: ["onChange[db]"] } },
          ],
        },
        {
          name: "an hour of a crash loop is bounded",
          programs: { "coprocess[side]": { exit: 1 } },
          steps: [{ at: "1h", expect: { services: { web: "passing" } } }],
        },
        {
          name: "without what has to come first",
          programs: { preStart: { exit: 7 } },
          steps: [{ within: "1s", expect: { exit: 7, notStarted: ["app"] } }],
        },
      ],
    }"#;
    let desk = Desk::with(&[("app.json", HOOKS), ("app.test.json5", tests)]);
    insta::assert_snapshot!(desk.gyropilot(&["test", "app.test.json5"], &[]));
}

#[test]
fn a_failure_has_its_line_and_what_happened() {
    let tests = r#"{
      config: "app.json",
      application: ["/bin/app"],
      tests: [
        {
          name: "too hopeful",
          steps: [
            { signal: "SIGTERM", at: "5s" },
            {
              expect: {
                exit: null,
                services: { web: "passing" },
              },
            },
          ],
        },
        { name: "nobody there", steps: [{ exit: { preStop: 0 } }] },
        { name: "backwards", steps: [{ at: "2s" }, { at: "1s" }] },
      ],
    }"#;
    let desk = Desk::with(&[("app.json", HOOKS), ("app.test.json5", tests)]);
    insta::assert_snapshot!("failure", desk.gyropilot(&["test", "app.test.json5"], &[]));
    insta::assert_snapshot!("failure_as_json", desk.gyropilot(&["test", "--json", "app.test.json5"], &[]));
}

#[test]
fn a_test_file_that_is_wrong() {
    let tests = r#"{
      config: "app.json",
      tests: [
        {
          name: "everything wrong",
          program: {},
          programs: { app: { runs: "long", exit: 300 } },
          steps: [
            { at: "1s", after: "2s" },
            { expcet: {} },
            { within: "1s" },
            { expect: { jobs: { app: "runing", b: { runs: -1 } }, happened: ["helthy of app", "healthy"] } },
            { check: { app: "maybe" }, signal: "SIGFOO", order: { restart: 1 } },
            { instances: { db: ["nowhere"] }, order: {}, catalogue: "gone" },
          ],
        },
      ],
    }"#;
    let desk = Desk::with(&[("app.json", HOOKS), ("app.test.json5", tests)]);
    insta::assert_snapshot!(desk.gyropilot(&["test", "app.test.json5"], &[]));
}

#[test]
fn files_that_are_missing() {
    let desk = Desk::with(&[("app.test.json5", "{ config: \"app.json\", tests: [] }")]);
    insta::assert_snapshot!(desk.gyropilot(&["test", "app.test.json5", "b.test.json5"], &[]));
}

#[test]
fn who_is_not_there_cannot_be_tested() {
    let tests = r#"{
      config: "app.json",
      programs: { "coprocess[sdie]": { exit: 1 } },
      checks: { web: "fail" },
      tests: [
        {
          name: "nobody",
          instances: { bd: 2 },
          steps: [
            { check: { wbe: "fail" }, exit: { "task[x]": 0 } },
            { expect: { services: { wbe: "passing" }, notStarted: ["apps"] } },
          ],
        },
      ],
    }"#;
    let desk = Desk::with(&[("app.json", HOOKS), ("app.test.json5", tests)]);
    insta::assert_snapshot!(desk.gyropilot(&["test", "app.test.json5"], &[]));
}
