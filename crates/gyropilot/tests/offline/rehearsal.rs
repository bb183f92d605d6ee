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

const JOBS: &str = r#"{
  consul: "localhost:8500",
  exit: "never",
  jobs: [
    { name: "web", exec: "/bin/web", ready: "notify", port: 80,
      health: { exec: "/bin/check", interval: 2, ttl: 9, warning: { exit: [3] } } },
    { name: "worker", exec: "/bin/worker", restarts: "unlimited", when: { source: "web", once: "ready" } },
    { name: "hup", exec: "/bin/hup", when: { source: "SIGHUP" } },
    { name: "flag", exec: "/bin/flag", when: { source: "watch.flag", each: "changed" } },
    { name: "db", exec: "/bin/db", when: { source: "watch.db", each: "unhealthy" } },
  ],
  watches: [{ name: "flag", key: "web/flag", interval: 5 }, { name: "db", interval: 5 }],
}"#;

/// Everything that can happen and be expected, once.
#[test]
fn the_form_of_jobs_can_be_rehearsed() {
    let tests = r#"{
      config: "app.json5",
      programs: { hup: { exit: 0 }, flag: { exit: 0 }, db: { exit: 0 } },
      tests: [
        {
          name: "ready, checks and warnings",
          programs: { web: { ready: "never" } },
          steps: [
            { at: "10s", expect: { jobs: { web: "starting", worker: "waiting" }, services: { web: "absent" } } },
            { ready: "web", expect: { happened: ["ready of web"], started: ["worker"], jobs: { web: "running" } } },
            { check: { web: "warn" }, within: "3s", expect: { services: { web: "warning" }, jobs: { web: "warning" } } },
            { check: { web: 3 }, after: "4s", expect: { services: { web: "warning" } } },
            { check: { web: "hang" }, within: "10s", expect: { services: { web: "critical" } } },
            { check: { web: "pass" }, within: "5s", expect: { services: { web: "passing" } } },
          ],
        },
        {
          name: "signals, keys and instances",
          instances: { db: 2 },
          keys: { "web/flag": "off" },
          steps: [
            { at: "1s", expect: { jobs: { web: { state: "running", health: "healthy", runs: 1, restarts: 0 } } } },
            { signal: "SIGHUP", expect: { happened: ["SIGHUP"], started: ["hup"] } },
            { keys: { "web/flag": "on" }, expect: { happened: ["changed of watch.flag"], started: ["flag"] } },
            { instances: { db: ["10.0.1.9:80"] }, expect: { happened: ["healthy of watch.db"], notStarted: ["db"] } },
            { instances: { db: 0 }, expect: { happened: ["unhealthy of watch.db"], started: ["db"], notHappened: ["healthy of watch.db"] } },
          ],
        },
        {
          name: "orders, maintenance and reload",
          steps: [
            { at: "1s", order: { stop: "worker" }, within: "1s", expect: { jobs: { worker: "stopped" } } },
            { order: { start: "worker" }, within: "1s", expect: { jobs: { worker: "running" } } },
            { order: { signal: "SIGUSR1", job: "web" } },
            { order: { start: "nobody", refused: true } },
            { order: { runOnce: "hup" }, expect: { started: ["hup"] } },
            { maintenance: true, within: "5s", expect: { maintenance: true, services: { web: "absent" } } },
            { maintenance: false, within: "5s", expect: { maintenance: false, services: { web: "passing" } } },
            { reload: "next.json5", within: "20s", expect: { notStarted: ["web"], started: ["worker"] } },
            { reload: "wrong.json5", expect: { notStarted: ["web", "worker"], exit: null } },
          ],
        },
        {
          name: "a stop while the catalogue is away",
          programs: { web: { stops: "never" }, worker: { stops: "1s", stopExit: 0 } },
          steps: [
            { at: "1s", catalogue: "down" },
            { signal: "SIGTERM", after: "2s", expect: { jobs: { web: "draining" }, exit: null } },
            { within: "20s", expect: { happened: ["stopped of worker", "stopping of web", "stopped of web"], exit: 0 } },
          ],
        },
        {
          name: "a worker that comes back",
          steps: [
            { at: "20s", exit: { worker: "SIGSEGV" }, expect: { jobs: { worker: "backoff" } } },
            { within: "2s", expect: { jobs: { worker: { state: "running", runs: 2, restarts: 1 } } } },
            { program: { worker: { starts: false } } },
            { exit: { worker: 1 }, within: "1m", expect: { jobs: { worker: { runs: 5 } } } },
          ],
        },
      ],
    }"#;
    let next = JOBS.replace("/bin/worker", "/bin/worker --more");
    let desk = Desk::with(&[
        ("app.json5", JOBS),
        ("next.json5", &next),
        ("wrong.json5", "{ jobs: 1 }"),
        ("app.test.json5", tests),
    ]);
    insta::assert_snapshot!(desk.gyropilot(&["test", "app.test.json5"], &[]));
}

#[test]
fn the_example_holds() {
    let desk = Desk::with(&[]);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/rehearsal/shop.test.json5");
    let said = desk.gyropilot(&["test", file], &[]);
    assert!(said.starts_with("status: 0"), "{said}");
}

#[test]
fn the_first_example_of_the_documentation_holds() {
    let page = include_str!("../../../../docs/testing-configurations.md");
    let tests = page.split("```json5\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let app = r#"{
      consul: "localhost:8500",
      jobs: [
        { name: "migrate", exec: "/bin/migrate" },
        { name: "app", exec: "/bin/app", port: 80, when: { source: "migrate", once: "exitSuccess" },
          health: { exec: "/bin/check", interval: 5, ttl: 10 } },
      ],
    }"#;
    let desk = Desk::with(&[("app.json5", app), ("app.test.json5", tests)]);
    let said = desk.gyropilot(&["test", "app.test.json5"], &[]);
    assert!(said.contains("2 passed, 0 failed"), "{said}");
}
