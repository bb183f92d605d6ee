//! `gyropilot plan`.

use super::Desk;
use gyropilot_config::{Document, Host, load};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;

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

/// Answers one request at `socket` with the configuration `text` in force, as a pilot does.
fn pilot_with(socket: &std::path::Path, text: &str) {
    let document = Document { name: "old.json5".into(), text: text.to_owned() };
    // The id of a service has the name of the host in it.
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let host = Host { hostname: hostname.trim(), addresses: &[], env: &BTreeMap::new(), elsewhere: true };
    let body = serde_json::to_string(&load(&document, &host).unwrap().plan).unwrap();
    assert!(!body.contains("first"), "shows a secret: {body}");
    let listener = UnixListener::bind(socket).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "the pilot is another process, here it is played by a thread"
    )]
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        request.read_line(&mut line).unwrap();
        assert!(line.starts_with("GET /v1/plan "), "{line}");
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    });
}

#[test]
fn a_running_pilot_is_asked_at_the_socket_of_the_new_file() {
    let old = JOBS.replace("consul: \"localhost:8500\"", "consul: { token: \"first\" }");
    let new = old
        .replace("/bin/same", "/bin/other")
        .replace("jobs: [", "control: { socket: \"SOCKET\" }, jobs: [")
        // Another secret is not seen: a pilot does not show the one it has.
        .replace("DB_PASSWORD: \"first\"", "DB_PASSWORD: \"second\"");
    let desk = Desk::with(&[]);
    let socket = desk.0.path().join("pilot.socket");
    let text = |text: &str| text.replace("SOCKET", &socket.display().to_string());
    std::fs::write(desk.0.path().join("new.json5"), text(&new)).unwrap();
    pilot_with(&socket, &text(&old));
    let said = desk.gyropilot(&["plan", "new.json5"], &[]).replace(&socket.display().to_string(), "SOCKET");
    insta::assert_snapshot!(said);
}
