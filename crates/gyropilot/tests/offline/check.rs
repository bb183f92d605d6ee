//! `gyropilot check`.

use super::Desk;

const HOOKS: &str = r#"{
  "consul": "localhost:8500",
  "preStart": "/bin/prepare --token abcdef",
  "postStop": "/bin/tidy",
  "services": [{ "name": "web", "port": 80, "interfaces": "static:10.0.0.1", "poll": 2, "ttl": 10, "health": "/bin/check" }],
  "backends": [{ "name": "db", "tag": "rw", "poll": 5, "onChange": "/bin/reload" }],
  "tasks": [{ "command": "/bin/count", "frequency": "90s" }],
}"#;

#[test]
fn what_would_run_in_the_v2_form() {
    let desk = Desk::with(&[("app.json", HOOKS)]);
    insta::assert_snapshot!(desk.gyropilot(&["check", "app.json"], &[]));
    assert_eq!(desk.gyropilot(&["check", "--quiet", "app.json"], &[]), "status: 0\n--- stdout\n--- stderr\n");
}
