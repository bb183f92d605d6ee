//! `generate`, and `check --against`: what schedulers are told.

use crate::Desk;

const SHOP: &str = r#"{
  consul: "{{ .CONSUL }}:8500",
  jobs: [{
    name: "shop", exec: "/bin/shop", port: 8080, drain: "5s", stopTimeout: "10s",
    health: { http: "http://localhost:8080/health", interval: 5, ttl: 15 },
  }],
  telemetry: { port: 9090, interfaces: "lo" },
}"#;

/// 3 s for the withdrawal, 5 s of drain, 10 s until KILL, 2 s after it.
const STOP: &str = "20s";

const SCHEDULERS: [&str; 6] = ["compose", "swarm", "kubernetes", "nomad", "marathon", "systemd"];

fn against(manifest: &str) -> String {
    Desk::with(&[("shop.json5", SHOP), ("manifest", manifest)])
        .gyropilot(&["check", "shop.json5", "--against", "manifest"], &[])
}

#[test]
fn what_is_generated_agrees_with_what_it_was_generated_from() {
    for scheduler in SCHEDULERS {
        let desk = Desk::with(&[("shop.json5", SHOP)]);
        let told =
            desk.gyropilot(&["generate", scheduler, "--config", "shop.json5", "--image", "shop:7"], &[]);
        let (_, rest) = told.split_once("--- stdout\n").unwrap();
        let (file, errors) = rest.split_once("--- stderr\n").unwrap();
        assert!(told.starts_with("status: 0") && errors.is_empty(), "{scheduler}: {told}");
        assert!(file.contains("25"), "{scheduler}: a stop of 20 s and a margin:\n{file}");
        let desk = Desk::with(&[("shop.json5", SHOP), ("manifest", file)]);
        let judged = desk.gyropilot(&["check", "shop.json5", "--against", "manifest"], &[]);
        let agrees = "status: 0\n--- stdout\nmanifest agrees with shop.json5\n--- stderr\n";
        assert_eq!(judged, agrees, "{scheduler}:\n{file}");
    }
}

#[test]
fn the_environment_gives_values_to_begin_with() {
    let desk = Desk::with(&[("shop.json5", SHOP)]);
    let words = ["generate", "kubernetes", "--config", "shop.json5", "--name", "store", "--replicas", "5"];
    let told = desk.gyropilot(&words, &[("CONSUL", "consul.example")]);
    for line in
        ["name: CONSUL, value: \"consul.example\"", "name: store", "replicas: 5", "image: \"store:1\""]
    {
        assert!(told.contains(line), "{line} is missing in:\n{told}");
    }
    assert!(!told.contains("gyropilot, catalog"), "there is a catalogue already:\n{told}");
}

/// A file that is right, one line of which is replaced; what is said then, and of which line.
struct Seeded {
    of: &'static str,
    line: &'static str,
    with: &'static str,
    said: &'static str,
}

const fn seeded(of: &'static str, line: &'static str, with: &'static str, said: &'static str) -> Seeded {
    Seeded { of, line, with, said }
}

const COMPOSE: &str = r#"services:
  shop:
    image: shop:1
    environment: { CONSUL: catalogue }
    stop_grace_period: 25s
    stop_signal: SIGTERM
    read_only: true
    tmpfs: [/run]
    ports: ["8080"]
    scale: 2
"#;

const STACK: &str = r#"services:
  shop:
    image: shop:1
    environment: [CONSUL=catalogue]
    stop_grace_period: 25s
    deploy:
      replicas: 1
      update_config:
        order: start-first
"#;

const KUBERNETES: &str = r#"apiVersion: apps/v1
kind: Deployment
spec:
  replicas: 1
  strategy:
    type: RollingUpdate
  template:
    spec:
      terminationGracePeriodSeconds: 25
      containers:
        - name: shop
          env: [{ name: CONSUL, value: consul }]
          ports: [{ name: web, containerPort: 8080 }]
          livenessProbe:
            httpGet:
              path: /livez
              port: 9090
          readinessProbe:
            httpGet:
              path: /readyz
              port: 9090
"#;

const NOMAD: &str = r#"job "shop" {
  group "shop" {
    count = 1
    network {
      port "web" {
        to = 8080
      }
    }
    task "shop" {
      env {
        CONSUL = "consul"
      }
      kill_timeout = "25s"
      kill_signal = "SIGTERM"
    }
  }
}
"#;

const MARATHON: &str = r#"{
  "id": "/shop",
  "instances": 1,
  "env": { "CONSUL": "consul" },
  "container": { "portMappings": [{ "containerPort": 8080, "hostPort": 0 }] },
  "healthChecks": [{ "port": 9090, "path": "/livez" }],
  "taskKillGracePeriodSeconds": 25,
  "upgradeStrategy": { "minimumHealthCapacity": 1 }
}
"#;

const UNIT: &str = r"[Service]
ExecStart=/bin/gyropilot -config /etc/shop.json5
Environment=CONSUL=consul
TimeoutStopSec=1min 30s
KillSignal=SIGTERM
";

const MISTAKES: &[Seeded] = &[
    seeded(COMPOSE, "    stop_grace_period: 25s\n", "    stop_grace_period: 15s\n", "is granted 15s"),
    seeded(
        COMPOSE,
        "    stop_grace_period: 25s\n",
        "    restart: always\n",
        "is granted 10s where nothing is said",
    ),
    seeded(COMPOSE, "    stop_signal: SIGTERM\n", "    stop_signal: SIGQUIT\n", "at SIGQUIT"),
    seeded(COMPOSE, "    tmpfs: [/run]\n", "    tmpfs: [/tmp]\n", "control socket"),
    seeded(COMPOSE, "    ports: [\"8080\"]\n", "    ports: [\"80\"]\n", "no job listens on port 80"),
    seeded(COMPOSE, "    ports: [\"8080\"]\n", "    ports: [\"80:8080\"]\n", "2 of them want the same port"),
    seeded(COMPOSE, "CONSUL: catalogue", "OTHER: x", "where the catalogue is"),
    seeded(COMPOSE, "CONSUL: catalogue", "CONSUL: \"\"", "CONSUL is empty"),
    seeded(STACK, "        order: start-first\n", "        order: stop-first\n", "stops instances before"),
    seeded(STACK, "        order: start-first\n", "        parallelism: 1\n", "stops instances before"),
    seeded(KUBERNETES, "Seconds: 25\n", "Seconds: 10\n", "is granted 10s"),
    seeded(KUBERNETES, "path: /livez", "path: /readyz", "whoever is not ready is killed"),
    seeded(KUBERNETES, "path: /livez", "path: /health", "answers nothing at /health"),
    seeded(
        KUBERNETES,
        "              port: 9090\n          readiness",
        "              port: 9091\n          readiness",
        "port 9091",
    ),
    seeded(KUBERNETES, "containerPort: 8080", "containerPort: 8081", "no job listens on port 8081"),
    seeded(KUBERNETES, "type: RollingUpdate", "type: Recreate", "stops instances before"),
    seeded(NOMAD, "kill_timeout = \"25s\"", "kill_timeout = \"5s\"", "is granted 5s"),
    seeded(NOMAD, "      kill_timeout = \"25s\"\n", "\n", "is granted 5s where nothing is said"),
    seeded(NOMAD, "SIGTERM", "SIGHUP", "at SIGHUP"),
    seeded(NOMAD, "to = 8080", "to = 80", "no job listens on port 80"),
    seeded(MARATHON, "Seconds\": 25", "Seconds\": 3", "is granted 3s"),
    seeded(MARATHON, "\"/livez\"", "\"/\"", "answers nothing at /"),
    seeded(MARATHON, "Capacity\": 1", "Capacity\": 0.5", "stops instances before"),
    seeded(UNIT, "TimeoutStopSec=1min 30s", "TimeoutStopSec=10", "is granted 10s"),
    seeded(UNIT, "Environment=CONSUL=consul\n", "", "where the catalogue is"),
];

#[test]
fn every_seeded_mistake_is_found_with_its_line() {
    for Seeded { of, line, with, said } in MISTAKES {
        assert!(against(of).starts_with("status: 0"), "{}\n{of}", against(of));
        assert!(of.contains(line), "{line:?}");
        let wrong = of.replacen(line, with, 1);
        let told = against(&wrong);
        assert!(told.starts_with("status: 1"), "{with:?}: {told}");
        assert!(told.contains(said), "{with:?}: {told}");
        assert!(told.contains("manifest:") && told.contains("help: "), "{told}");
    }
}

#[test]
fn a_report_shows_the_line_and_what_to_do() {
    let told = against(&COMPOSE.replace("25s", "15s"));
    let expected = format!(
        "status: 1\n--- stdout\n--- stderr\nerror: a stop may take {STOP}, and is granted 15s: the rest is cut off\n \
         --> manifest:5:5\n  |\n5 |     stop_grace_period: 15s\n  |     ^^^^^^^^^^^^^^^^^^^^^^\n  |\n  = help: \
         stop_grace_period: 25s\n"
    );
    assert_eq!(told, expected);
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    for (broken, line) in [
        ("services:\n  a: [\n", "manifest:"),
        ("job \"x\" {\n  a =\n}\n", "manifest:2:"),
        ("[Service]\nnonsense\n", "manifest:2:"),
        ("just words\n", "manifest:1:"),
    ] {
        let told = against(broken);
        assert!(told.starts_with("status: 1"), "{told}");
        assert!(told.contains(line), "{broken:?}: {told}");
    }
    let two = "services:\n  a: { image: x }\n  b: { image: y }\n";
    assert!(against(two).contains("There are: a, b"), "{}", against(two));
    let desk = Desk::with(&[("shop.json5", SHOP)]);
    let told = desk.gyropilot(&["check", "shop.json5", "--against", "nowhere.yml"], &[]);
    assert!(told.starts_with("status: 1") && told.contains("nowhere.yml"), "{told}");
}

#[test]
fn a_container_may_be_named() {
    let two = "services:\n  a: { image: x, stop_grace_period: 1s, environment: { CONSUL: c } }\n  b: { image: y }\n";
    let desk = Desk::with(&[("shop.json5", SHOP), ("manifest", two)]);
    let words = ["check", "shop.json5", "--against", "manifest", "--container"];
    let told = desk.gyropilot(&[&words[..], &["a"]].concat(), &[]);
    assert!(told.contains("is granted 1s"), "{told}");
    let told = desk.gyropilot(&[&words[..], &["c"]].concat(), &[]);
    assert!(told.contains("no container is called c"), "{told}");
}

#[test]
fn the_examples_agree_with_their_configurations() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/storefront");
    let desk = Desk::with(&[]);
    for service in ["nginx", "sales", "customers"] {
        let config = root.join(service).join("pilot.json5");
        let mut files = vec!["compose/docker-compose.yml".to_owned(), "swarm/stack.yml".to_owned()];
        files.push(format!("kubernetes/{service}.yml"));
        files.push(format!("nomad/{service}.nomad.hcl"));
        files.push(format!("marathon/{service}.json"));
        for file in files {
            let file = root.join(file).display().to_string();
            // What the image itself sets.
            let env = [("PORT", "80"), ("VERSION", "1")];
            let words = ["check", config.to_str().unwrap(), "--against", &file, "--container", service];
            let told = desk.gyropilot(&words, &env);
            assert!(told.starts_with("status: 0"), "{file}: {told}");
        }
    }
}
