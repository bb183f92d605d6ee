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

#[test]
fn what_would_run_in_the_form_of_jobs() {
    let jobs = r#"{
      consul: "localhost:8500",
      jobs: [
        { name: "migrate", exec: "/bin/migrate --password abcdef" },
        { name: "web", exec: "/bin/web", port: 80, when: { source: "migrate", once: "exitSuccess" },
          interfaces: "static:10.0.0.1", health: { tcp: "localhost:80", interval: 5, ttl: 10 } },
        { name: "reload", exec: "/bin/reload", when: [
          { source: "watch.db", each: "changed" }, { source: "SIGHUP", each: "SIGHUP" } ] },
        { name: "both", exec: "/bin/both", when: { all: [
          { source: "web", once: "healthy" }, { source: "watch.flag", once: "healthy" } ] } },
        { name: "tidy", exec: ["/bin/tidy", "up"], when: { interval: "90s" } },
        { name: "outside", port: 81, interfaces: "static:10.0.0.1", health: { interval: 5, ttl: 10 } },
      ],
      watches: [{ name: "db", tag: "rw", interval: 5 }, { name: "flag", key: "a/b", interval: 5 }],
    }"#;
    let desk = Desk::with(&[("app.json5", jobs)]);
    insta::assert_snapshot!(desk.gyropilot(&["check", "app.json5"], &[]));
}
