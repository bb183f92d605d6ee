//! Whatever is done to a file, it is loaded or refused with a report, and the report shows no secret.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

use gyropilot_config::{Document, Host, Style, load, migrate, render_arguments};
use gyropilot_model::{Address, Plan};
use std::collections::BTreeMap;

const TOKEN: &str = "8d7f6a-top-secret-5b4c";

const WHOLE: &str = r#"{
  // everything at once
  "consul": { "address": "{{ .CONSUL }}:8500", "token": "{{ .ACL }}", tls: { verify: true } },
  "logging": { "level": "{{ .LEVEL | default "DEBUG" }}", "format": 'text', "output": "stderr" },
  "preStart": ["/bin/setup", 1, true, "\u00e9\n"],
  "preStop": "/bin/leave -q", "postStop": null, "stopTimeout": -1,
  "services": [
    {{- range $i, $name := split "," "web,api" }}{{ if $i }},{{ end }}
    { name: "{{ $name }}", port: "80", poll: 10.0, ttl: 0x19, health: "/bin/check", timeout: "1.5s", tags: ["a", 2],
      interfaces: ["eth0", "inet"], consul: { enableTagOverride: 1, deregisterCriticalServiceAfter: "90m" } }
    {{- end }}
  ],
  "backends": [ { "name": "sales", "poll": 3, "onChange": "/bin/reload", "tag": "blue", "timeout": 5 } ],
  "tasks": [ { "command": "/bin/clean", "frequency": "1m30s" } ],
  "coprocesses": [ { "command": ["/bin/agent"], "restarts": "unlimited" } ],
  "telemetry": { "port": 9090, "interfaces": ["inet"], "sensors": [
    { "namespace": "a", "name": "b", "help": "c", "type": "gauge", "poll": 5, "check": "/bin/s" } ] },
  "signals": { "SIGHUP": "stop" }, "compat": { "silentFailures": true },
}
"#;

const JOBS: &str = r#"{
  // everything at once
  consul: { address: "{{ .CONSUL }}:8500", token: "{{ .ACL }}", tls: { verify: true } },
  logging: { level: "DEBUG", format: 'text', output: "/var/log/pilot.log" },
  control: { socket: "/run/pilot.sock", mode: "0660", allow: ["www", 1000] },
  stopTimeout: -1, stop_budget: "25s", exit: "main", $schema: "x",
  secrets: { db: { file: "/run/secrets/db" }, key: { fd: 4 } },
  jobs: [
    {{- range $i, $name := split "," "web,api" }}{{ if $i }},{{ end }}
    { name: "{{ $name }}", exec: ["/bin/{{ $name }}", 1, true, "\u00e9\n"], port: "80", initial_status: "critical", tags: ["a", 2],
      health: { exec: "/bin/check", interval: 10.0, ttl: 0x19, timeout: "1.5s", warning: { exit: [1] }, onUnhealthy: "restart" },
      interfaces: ["eth0", "inet"], consul: { enableTagOverride: 1, deregisterCriticalServiceAfter: "90m" }, meta: { v: 1 },
      restart: { attempts: 5, interval: "10m", delay: "500ms", maxDelay: 10, mode: "delay" }, drain: "3s", weights: { warning: 0 },
      taggedAddresses: { lan: { address: "10.0.0.1" } }, stopSignal: "SIGQUIT", stopTimeout: 20 }
    {{- end }},
    { name: "main", main: true, exec: "/bin/main -x", when: { all: [ { source: "web", once: "healthy" },
        { source: "watch.db", once: "changed" } ], timeout: "1m" }, ready: { log: "^ready (now|soon)" }, user: "www",
      env: { A: "b", DB_TOKEN: "{{ .ACL }}", C: null }, rlimits: { nofile: 1024, core: { soft: 0, hard: "unlimited" } },
      dropCapabilities: ["NET_RAW"], secrets: ["db"], workingDirectory: "/srv" },
    { name: "often", exec: "/bin/often", when: { interval: "30s" }, timeout: 5, restarts: "unlimited" },
    { name: "hup", exec: "/bin/hup", when: [ { source: "SIGHUP" }, { source: "main", each: "exitFailed" } ] },
  ],
  watches: [ { name: "db", interval: 3, tag: "primary", dc: "east" }, { name: "s", interval: 3, prefix: "app/" } ],
  telemetry: { port: 9090, interfaces: ["inet"], metrics: [ { namespace: "a", name: "b", help: "c", type: "gauge" } ] },
  signals: { SIGUSR1: "maintenance" }, compat: { stayIdle: true },
}
"#;

fn addresses() -> Vec<Address> {
    vec![Address { interface: "eth0".into(), ip: "10.2.0.1".parse().unwrap() }]
}

fn environment() -> BTreeMap<String, String> {
    [("CONSUL", "consul"), ("ACL", TOKEN), ("CONSUL_HTTP_TOKEN", TOKEN)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Gives what was loaded.
fn survives(text: String) -> Option<Plan> {
    let (addresses, env) = (addresses(), environment());
    let _ = render_arguments(std::slice::from_ref(&text), &env);
    let document = Document { name: "pilot.json".into(), text };
    let host = Host { hostname: "web-1", addresses: &addresses, env: &env, elsewhere: false };
    let (plan, report) = match load(&document, &host) {
        Ok(loaded) => {
            assert_eq!(loaded.warnings.errors(), 0);
            (Some(loaded.plan), loaded.warnings)
        }
        Err(report) => {
            assert!(report.errors() > 0, "refused without a reason: {:?}", document.text);
            (None, report)
        }
    };
    // What can be run with hooks can be migrated, and the result can be run.
    let application = ["/bin/app".to_owned(), document.text.chars().take(40).collect()];
    let migrated = migrate(&document, &application, &host);
    let has_hooks = plan.as_ref().is_some_and(|plan| plan.hooks().is_some());
    assert!(migrated.is_ok() == has_hooks, "{}\n{}", document.text, migrated.unwrap_err());
    let shown =
        report.render(Style::Plain) + &report.render(Style::Coloured) + &report.lines().collect::<String>();
    assert!(!shown.contains(TOKEN), "shows the token: {:?}", document.text);
    plan
}

#[test]
fn the_whole_files_load() {
    for whole in [WHOLE, JOBS] {
        let plan = survives(whole.to_owned()).unwrap();
        let shown = format!("{plan:?}") + &serde_json::to_string(&plan).unwrap();
        assert!(!shown.contains(TOKEN), "{shown}");
    }
}

#[test]
fn any_beginning_of_a_file_is_refused() {
    for whole in [WHOLE.trim_end(), JOBS.trim_end()] {
        for end in (0..whole.len()).step_by(3).filter(|end| whole.is_char_boundary(*end)) {
            assert!(survives(whole[..end].to_owned()).is_none(), "{}", &whole[..end]);
        }
    }
}

#[test]
fn random_damage_is_survived() {
    const PIECES: [&str; 26] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "'",
        "\\",
        "\n",
        "\r",
        "/*",
        "//",
        "{{",
        "}}",
        "{{ end }}",
        "{{ range . }}",
        "null",
        "-",
        "1e999",
        "\u{1f600}",
        "\u{feff}",
        "\t",
        "\u{7}",
        "\u{2028}",
        "token",
    ];
    let mut random = fastrand::Rng::with_seed(20161123);
    let mut loaded = 0;
    for round in 0..1000 {
        let whole = if round % 2 == 0 { WHOLE } else { JOBS };
        let mut characters: Vec<char> = whole.chars().collect();
        for _ in 0..random.usize(1..5) {
            let at = random.usize(0..characters.len());
            match random.u8(0..4) {
                0 => drop(characters.drain(at..(at + random.usize(1..20)).min(characters.len()))),
                1 => {
                    let to = random.usize(0..characters.len());
                    characters.swap(at, to);
                }
                2 => {
                    let piece = PIECES[random.usize(0..PIECES.len())];
                    characters.splice(at..at, piece.chars());
                }
                _ => {
                    let end = (at + random.usize(1..40)).min(characters.len());
                    let copy = characters[at..end].to_vec();
                    characters.splice(at..at, copy);
                }
            }
        }
        loaded += usize::from(survives(characters.into_iter().collect()).is_some());
    }
    // Some damage falls on a comment or inside a text; a test in which all or nothing loads tests nothing.
    assert!((10..900).contains(&loaded), "{loaded} of 1000 loaded");
}
