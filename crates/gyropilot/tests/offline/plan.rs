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
