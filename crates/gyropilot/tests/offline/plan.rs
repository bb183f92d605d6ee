//! `gyropilot plan`.

use super::Desk;

const OLD: &str = r#"{
  "consul": { "address": "consul:8500", "token": "first" },
  "preStop": "/bin/leave",
  "services": [{ "name": "web", "port": 80, "interfaces": "static:10.0.0.1", "poll": 5, "ttl": 15, "health": "/bin/check --password abcdef" }],
  "backends": [{ "name": "db", "poll": 5, "onChange": "/bin/reload" }],
  "coprocesses": [{ "name": "log", "command": "/bin/log" }, { "name": "old", "command": "/bin/old" }],
  "tasks": [{ "name": "tidy", "command": "/bin/tidy", "frequency": "1m" }],
}"#;

#[test]
fn what_a_reload_would_change() {
    let new = OLD
        .replace("first", "second")
        .replace("\"poll\": 5, \"ttl\": 15", "\"poll\": 3, \"ttl\": 15, \"tags\": [\"a b\", \"c\"]")
        .replace("abcdef", "fedcba")
        .replace(
            "{ \"name\": \"old\", \"command\": \"/bin/old\" }",
            "{ \"name\": \"new\", \"command\": \"/bin/new\" }",
        )
        .replace("\"/bin/log\"", "[\"/bin/log\", \"to the end\"]")
        .replace("\"frequency\": \"1m\"", "\"frequency\": \"90s\"");
    let desk = Desk::with(&[("old.json", OLD), ("new.json", &new)]);
    insta::assert_snapshot!(desk.gyropilot(&["plan", "--against", "old.json", "new.json"], &[]));
}

#[test]
fn nothing_changes() {
    let desk = Desk::with(&[("old.json", OLD)]);
    insta::assert_snapshot!(desk.gyropilot(&["plan", "--against", "old.json", "old.json"], &[]));
}

#[test]
fn a_file_that_is_wrong_has_no_plan() {
    let desk =
        Desk::with(&[("old.json", OLD), ("new.json", "{ \"consul\": \"localhost:8500\", \"task\": [] }")]);
    insta::assert_snapshot!(desk.gyropilot(&["plan", "--against", "old.json", "new.json"], &[]));
}

#[test]
fn where_nobody_can_be_asked_there_is_no_plan() {
    let desk = Desk::with(&[("new.json", OLD)]);
    insta::assert_snapshot!("no_socket", desk.gyropilot(&["plan", "new.json"], &[]));
    insta::assert_snapshot!(
        "nobody",
        desk.gyropilot(&["plan", "--socket", "nobody.socket", "new.json"], &[])
    );
}

const JOBS: &str = r#"{
  consul: "localhost:8500",
  jobs: [
    { name: "web", exec: "/bin/web", port: 80, interfaces: "static:10.0.0.1", env: { DB_PASSWORD: "first", MODE: "a" },
      health: { http: "http://localhost/", interval: 5, ttl: 10 } },
    { name: "old", exec: "/bin/old" },
    { name: "reload", exec: "/bin/reload", when: { source: "watch.db", each: "changed" } },
    { name: "same", exec: "/bin/same", restarts: "unlimited" },
  ],
  watches: [{ name: "db", interval: 5 }],
}"#;

#[test]
fn what_a_reload_would_change_of_jobs() {
    let new = JOBS
        .replace("first", "second")
        .replace("MODE: \"a\"", "MODE: null")
        .replace("{ name: \"old\", exec: \"/bin/old\" }", "{ name: \"new\", exec: \"/bin/new\" }")
        .replace(
            "http: \"http://localhost/\", interval: 5",
            "tcp: \"localhost:80\", interval: 3, failureThreshold: 2",
        )
        .replace("each: \"changed\" }", "each: \"healthy\" }, timeout: \"10s\", stopSignal: \"SIGINT\"")
        .replace("{ name: \"db\", interval: 5 }", "{ name: \"db\", interval: 5, tag: \"rw\" }")
        .replace(
            "jobs: [",
            "exit: \"main\", logging: { format: \"json\" }, control: { allow: [\"www\"] }, jobs: [",
        );
    let new = new.replace("name: \"same\",", "name: \"same\", main: true,");
    let desk = Desk::with(&[("old.json5", JOBS), ("new.json5", &new)]);
    insta::assert_snapshot!(desk.gyropilot(&["plan", "--against", "old.json5", "new.json5"], &[]));
}

#[test]
fn a_pilot_cannot_change_between_the_forms() {
    let desk = Desk::with(&[("old.json", OLD), ("new.json5", JOBS)]);
    insta::assert_snapshot!(desk.gyropilot(&["plan", "--against", "old.json", "new.json5"], &[]));
}
