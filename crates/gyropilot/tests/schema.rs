//! The JSON Schema against the reader of configurations, judged by Python's validator: what the one takes the other
//! takes, and what the one refuses for its form the other refuses.
#![expect(clippy::disallowed_methods, reason = "this drives programs; nothing here reaps for itself")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot do its work should stop")]

use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const JUDGE: &str = "
import json, sys, warnings
warnings.simplefilter('ignore')
import jsonschema
given = json.load(sys.stdin)
jsonschema.Draft7Validator.check_schema(given['schema'])
judge = jsonschema.Draft7Validator(given['schema'])
def why(document):
    errors = sorted(judge.iter_errors(document), key=lambda error: list(map(str, error.path)))
    return [f'{list(error.absolute_path)}: {error.message}'[:300] for error in errors]
json.dump([why(document) for document in given['documents']], sys.stdout)
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What the validator says against each document; nothing against those that it takes.
fn judged(documents: &[Value]) -> Vec<Vec<String>> {
    let modules = root().join("target/tools/jsonschema/usr/lib/python3/dist-packages");
    assert!(modules.exists(), "{} is missing: `cargo xtask tools` puts it there", modules.display());
    let schema = std::fs::read_to_string(root().join("schema/gyropilot.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut judge = Command::new("/usr/bin/python3")
        .args(["-c", JUDGE])
        .env("PYTHONPATH", modules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let given = json!({ "schema": schema, "documents": documents }).to_string();
    judge.stdin.take().unwrap().write_all(given.as_bytes()).unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Does our own reader take it?
fn taken(text: &str) -> bool {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("pilot.json5");
    std::fs::write(&file, text).unwrap();
    let checked =
        Command::new(env!("CARGO_BIN_EXE_gyropilot")).args(["check", "-q"]).arg(&file).output().unwrap();
    checked.status.success()
}

fn read(text: &str) -> Value {
    json5::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// Every configuration below a folder, after its templates were applied.
fn configurations(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "marathon" {
            // What a scheduler is told is no configuration of ours.
            continue;
        }
        if path.is_dir() {
            configurations(&path, found);
        } else if (name.ends_with(".json") || name.ends_with(".json5")) && !name.ends_with(".test.json5") {
            let rendered = Command::new(env!("CARGO_BIN_EXE_gyropilot"))
                .args(["-template", "-config"])
                .arg(format!("file://{}", path.display()))
                .envs([("CONSUL", "consul"), ("SERVICE", "sales"), ("PEER", "customers")])
                .envs([("PORT", "80"), ("VERSION", "1")])
                .output()
                .unwrap();
            found.push((path, String::from_utf8(rendered.stdout).unwrap()));
        }
    }
}

#[test]
fn every_example_is_taken() {
    let mut found = Vec::new();
    configurations(&root().join("examples"), &mut found);
    found.retain(|(path, _)| !path.ends_with("package.json"));
    assert!(found.len() >= 3, "{found:?}");
    let documents: Vec<Value> = found.iter().map(|(_, text)| read(text)).collect();
    for ((path, text), said) in found.iter().zip(judged(&documents)) {
        assert!(taken(text), "{}", path.display());
        assert_eq!(said, Vec::<String>::new(), "{}", path.display());
    }
}

/// A configuration with one job that has these keys besides its name and program.
fn job(keys: &str) -> String {
    format!("{{ consul: 'localhost:8500', jobs: [{{ name: 'app', exec: '/bin/app', {keys} }}] }}")
}

/// The same with something at the top.
fn top(keys: &str) -> String {
    format!("{{ consul: 'localhost:8500', jobs: [{{ name: 'app', exec: '/bin/app' }}], {keys} }}")
}

fn hooks(keys: &str) -> String {
    format!("{{ consul: 'localhost:8500', {keys} }}")
}

#[test]
fn what_the_reader_takes_the_schema_takes() {
    let right = [
        job("when: { source: 'watch.db', each: 'changed', timeout: 5 }"),
        job("when: [{ source: 'a', once: 'healthy' }, { source: 'b', once: 'ready' }]"),
        job(
            "when: { all: [{ source: 'a', once: 'healthy' }, { source: 'b', once: 'ready' }], timeout: '1m' }",
        ),
        job("when: { interval: '90s' }, restarts: 'unlimited', timeout: '1m30s'"),
        job("restart: { attempts: 3, interval: '10m', delay: '1s', max_delay: '30s', mode: 'delay' }"),
        job(
            "port: 80, interfaces: 'static:10.0.0.1', tags: ['a', 1], health: { exec: ['c', 'd'], interval: 1, ttl: 5 }",
        ),
        job(
            "port: '80', interfaces: ['static:10.0.0.1'], health: { http: 'http://localhost/', interval: '1', ttl: 5, failureThreshold: 2 }",
        ),
        job(
            "health: { http: { url: 'http://localhost/', headers: { A: 'b' }, expect: [200] }, interval: 5 }",
        ),
        job(
            "health: { tcp: 'localhost:80', interval: 5, warning: { latency: '1s' }, onUnhealthy: 'restart' }",
        ),
        job(
            "health: { file: { path: '/run/ok', maxAge: '1m' }, interval: 5, startPeriod: '10s', jitter: '500ms' }",
        ),
        job("ready: 'notify'"),
        job("ready: { notify: true, timeout: '5s', watchdog: '10s' }"),
        job("ready: { log: 'ready to serve' }"),
        job(
            "user: 'www', group: 33, workingDirectory: '/srv', env: { A: 'b', C: null }, noNewPrivileges: true",
        ),
        job("rlimits: { nofile: 1024, core: { soft: 0, hard: 'unlimited' } }, dropCapabilities: 'all'"),
        job("stopSignal: 'SIGQUIT', stopTimeout: '30s', logging: { raw: true }"),
        job(
            "initial_status: 'warning', port: 80, interfaces: 'static:10.0.0.1', health: { interval: 5, ttl: 9 }",
        ),
        top("exit: 'first-failure', stop_budget: '1m', stopTimeout: -1, compat: { stayIdle: true }"),
        top(
            "logging: { level: 'debug', format: 'json', output: '/var/log/pilot.log' }, '$schema': './x.json'",
        ),
        top("control: { socket: '/run/pilot.socket', mode: '0660', allow: ['www'] }"),
        top(
            "watches: [{ name: 'db', interval: 5, tag: 'rw', dc: 'west' }, { name: 'flag', key: 'a/b', interval: 5 }]",
        ),
        top("secrets: { DB: { file: '/run/secrets/db' }, FD: { fd: 3 } }, signals: { SIGHUP: 'reload' }"),
        top(
            "telemetry: { interfaces: ['static:10.0.0.1'], metrics: [{ name: 'x', help: 'x', type: 'gauge' }] }",
        ),
        "{ consul: false, jobs: [{ NAME: 'app', exec: 'a' }] }".replace("NAME", "name"),
        "{ consul: { address: 'consul:8500', token: 'x', tls: { verify: true } }, jobs: null }".to_owned(),
        hooks("preStart: ['a', 1], stopTimeout: '5', coprocesses: [{ command: 'x', restarts: '3' }]"),
        hooks(
            "services: [{ name: 'web', port: 80, poll: 5, ttl: '10', interfaces: 'static:10.0.0.1', health: 'c' }]",
        ),
        hooks(
            "tasks: [{ command: 'x', frequency: '1500ms' }], backends: [{ name: 'db', poll: 5, onChange: 'x' }]",
        ),
    ];
    let documents: Vec<Value> = right.iter().map(|text| read(text)).collect();
    for (text, said) in right.iter().zip(judged(&documents)) {
        assert!(taken(text), "the reader refuses {text}");
        assert_eq!(said, Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_the_reader_refuses_for_its_form_the_schema_refuses() {
    let wrong = [
        job("exce: 'x'"),
        job("when: { source: 'a', once: 'helthy' }"),
        job("when: { interval: 'often' }"),
        job("when: { sauce: 'a' }"),
        job("restarts: -1"),
        job("restarts: 'always'"),
        job("restart: { mode: 'give-up' }"),
        job("port: 80"),
        job("port: 80, health: { interval: 5 }"),
        job("port: 70000, health: { interval: 5, ttl: 9 }"),
        job("health: { exec: 'x' }"),
        job("health: { exec: 'x', interval: 0 }"),
        job("health: { exec: 'x', interval: '5s' }"),
        job("health: { file: { path: '/a', maxAge: 'old' }, interval: 5 }"),
        job("health: { exec: [], interval: 5 }"),
        job("ready: 'soon'"),
        job("port: 80, tags: 'a', interfaces: 'static:10.0.0.1', health: { interval: 5, ttl: 9 }"),
        job("env: ['A=b']"),
        job("timeout: '5 s'"),
        job(
            "initialStatus: 'fine', port: 80, interfaces: 'static:10.0.0.1', health: { interval: 5, ttl: 9 }",
        ),
        job("main: 'perhaps'"),
        "{ consul: 'localhost:8500', jobs: [{ exec: 'x' }] }".to_owned(),
        "{ consul: 'localhost:8500', jobs: { name: 'x' } }".to_owned(),
        "{ consul: 5, jobs: [] }".to_owned(),
        top("exit: 'sometimes'"),
        top("job: []"),
        top("stopTimeout: '5s'"),
        top("logging: { level: 'loud' }"),
        top("watches: [{ name: 'db' }]"),
        top("signals: { SIGHUP: 'die' }"),
        top("telemetry: { metrics: [{ name: 'x', help: 'x', type: 'guage' }] }"),
        top("services: []"),
        hooks("services: [{ name: 'web', port: 80, poll: 5 }]"),
        hooks("tasks: [{ command: 'x' }]"),
        hooks("backends: [{ name: 'db', poll: '5s', onChange: 'x' }]"),
        hooks("coprocesses: [{ command: 'x', restarts: 'maybe' }]"),
        hooks("preStart: {}"),
    ];
    let documents: Vec<Value> = wrong.iter().map(|text| read(text)).collect();
    for (text, said) in wrong.iter().zip(judged(&documents)) {
        assert!(!taken(text), "the reader takes {text}");
        assert!(!said.is_empty(), "the schema takes {text}");
    }
}
