//! Unmodified programs: each is ready for others within 100 ms of being so.

use crate::{milliseconds, nothing, scene, seconds};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What may lie between the first connection that is taken and the start of
/// the job that waits for `ready`: a tenth of a second, and as much again for
/// a busy machine to start that job. A probe each second takes half a second on average.
const PROMISE: Duration = milliseconds(200);

/// A program, and the folder of its libraries in `target/tools`.
fn unpacked(name: &str, below: &str, variable: &str) -> (PathBuf, Value) {
    let program = target::tool(name, below, variable);
    let path = target::libraries(&program).map(|folder| folder.display().to_string());
    (program, json!({"env": {"LD_LIBRARY_PATH": path}}))
}

/// Starts `job`, which serves `port`, and compares when it did so with when it was called ready.
#[track_caller]
fn is_ready_when_it_is(scene: &Scene, job: Value, port: u16) {
    let after = scene.job("after", &["note=after"], &json!({"when": {"source": "server", "once": "ready"}}));
    let pilot = scene.jobs(&[job, after], &json!({"stopTimeout": 20})).start();
    let open = wait_until(SOON, "the program to serve", || {
        TcpStream::connect(("127.0.0.1", port)).ok()?;
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()
    });
    let told = scene.await_event(SOON, "after").at;
    assert!(told.saturating_sub(open) < PROMISE, "{:?} late", told.saturating_sub(open));
    scene.control().await_state(SOON, "server", "running");
    pilot.end_after_term(seconds(20)).assert_status(0);
}

fn server(program: &Path, words: &[&str], rest: &Value) -> Value {
    let mut exec = vec![program.display().to_string()];
    exec.extend(words.iter().map(|word| (*word).to_owned()));
    gyropilot_conformance::scene::merged(json!({"name": "server", "exec": exec}), rest)
}

#[test]
fn nginx_by_its_port() {
    let (scene, port) = (scene(), crate::free_port());
    let folder = scene.folder().display();
    let config = format!(
        "daemon off; error_log stderr; pid {folder}/nginx.pid; events {{}} http {{ access_log off;
         client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
         uwsgi_temp_path {folder}; scgi_temp_path {folder}; server {{ listen 127.0.0.1:{port}; }} }}"
    );
    let config = scene.file("nginx.conf", &config).display().to_string();
    let program = target::tool("nginx", "usr/sbin/nginx", "GYROPILOT_TEST_NGINX");
    let rest = json!({"ready": {"port": port}, "stopSignal": "SIGQUIT"});
    is_ready_when_it_is(&scene, server(&program, &["-c", &config], &rest), port);
}

#[test]
fn redis_by_sd_notify() {
    let (scene, port) = (scene(), crate::free_port());
    let (program, environment) = unpacked("redis", "usr/bin/redis-server", "GYROPILOT_TEST_REDIS");
    let rest = gyropilot_conformance::scene::merged(json!({"ready": "notify"}), &environment);
    let port_text = port.to_string();
    let words = [
        "--port",
        &port_text,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--supervised",
        "systemd",
        "--dir",
        &scene.at("."),
    ];
    is_ready_when_it_is(&scene, server(&program, &words, &rest), port);
}

#[test]
fn mariadb_by_sd_notify() {
    let (scene, port) = (scene(), crate::free_port());
    let (program, environment) = unpacked("mariadb", "usr/sbin/mariadbd", "GYROPILOT_TEST_MARIADB");
    std::fs::create_dir(scene.path("data")).unwrap();
    let rest = gyropilot_conformance::scene::merged(json!({"ready": "notify"}), &environment);
    let messages = program.ancestors().map(|it| it.join("usr/share/mysql")).find(|it| it.is_dir()).unwrap();
    let words = [
        "--no-defaults".to_owned(),
        // An empty folder without accounts is enough to be ready.
        "--skip-grant-tables".to_owned(),
        "--user=root".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--port={port}"),
        format!("--datadir={}", scene.at("data")),
        format!("--socket={}", scene.at("mariadb.sock")),
        format!("--pid-file={}", scene.at("mariadb.pid")),
        format!("--lc-messages-dir={}", messages.display()),
        format!("--character-sets-dir={}/charsets", messages.display()),
        "--innodb-buffer-pool-size=16M".to_owned(),
        "--innodb-log-file-size=4M".to_owned(),
        "--skip-log-bin".to_owned(),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    is_ready_when_it_is(&scene, server(&program, &words, &rest), port);
}

#[test]
fn a_shell_script_by_systemd_notify_and_its_socket() {
    // What `systemd-notify --ready` sends, from a process that is not the main one.
    let scene = scene();
    let line = scene.probe_line(&["notify=READY=1"]).join(" ");
    let keeper = scene.probe_line(&["note=said", "forever"]).join(" ");
    let job = json!({"name": "server", "exec": ["sh", "-c", format!("{line} && exec {keeper}")], "ready": "notify"});
    let after = scene.job("after", &["note=after"], &json!({"when": {"source": "server", "once": "ready"}}));
    let _pilot = scene.jobs(&[job, after], &nothing()).start();
    let late = scene.await_event(SOON, "after").at.saturating_sub(scene.await_event(SOON, "said").at);
    assert!(late < PROMISE, "{late:?}");
}
