//! The control socket against others, and places that give little.

use crate::{id, nothing, scene, seconds};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// A pilot with one job that stays.
#[track_caller]
fn up(scene: &Scene, rest: &Value) -> gyropilot_conformance::launch::Pilot {
    let pilot = scene.jobs(&[scene.job("j", &["note=up", "forever"], &nothing())], rest).start();
    scene.control().await_up(SOON);
    pilot
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_socket_is_for_its_owner_alone_whatever_the_umask() {
    let scene = scene();
    let job = scene.job("j", &["note=up", "forever"], &nothing());
    let launch = scene.jobs(&[job], &nothing()).within(["sh", "-c", "umask 000; exec \"$@\"", "-"]);
    let _pilot = launch.start();
    scene.control().await_up(SOON);
    assert_eq!(mode(scene.control().path()), 0o600);
}

#[test]
fn the_mode_may_be_chosen() {
    let scene = scene();
    let _pilot = up(&scene, &json!({"control": {"socket": scene.at("control.socket"), "mode": "0666"}}));
    assert_eq!(mode(scene.control().path()), 0o666);
}

/// Asks the control socket as `nobody`; the exit status of curl.
fn ask_as_nobody(scene: &Scene) -> (bool, String) {
    std::fs::set_permissions(scene.folder(), PermissionsExt::from_mode(0o755)).unwrap();
    let socket = scene.at("control.socket");
    let words = [
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "curl",
        "-s",
        "-m",
        "5",
        "-o",
        "-",
        "-w",
        "%{http_code}",
    ];
    let mut command = std::process::Command::new("setpriv");
    command.args(words).args(["--unix-socket", &socket, "http://localhost/v1/status"]);
    let output = command.output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn another_user_is_turned_away_even_where_the_mode_lets_it_in() {
    let scene = scene();
    let _pilot = up(&scene, &json!({"control": {"socket": scene.at("control.socket"), "mode": "0666"}}));
    let (answered, text) = ask_as_nobody(&scene);
    assert!(!answered || text.ends_with("403"), "{text}");
    assert!(!text.contains("\"jobs\""), "{text}");
}

#[test]
fn a_user_that_is_allowed_is_let_in() {
    let scene = scene();
    let _pilot = up(
        &scene,
        &json!({"control": {"socket": scene.at("control.socket"), "mode": "0666", "allow": ["nobody"]}}),
    );
    let (answered, text) = ask_as_nobody(&scene);
    assert!(answered && text.ends_with("200"), "{text}");
}

/// What is answered to these bytes, as far as anything is.
fn answer_to(scene: &Scene, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(scene.control().path()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    // It may be turned away before all is written.
    let _ = stream.write_all(bytes);
    let mut text = Vec::new();
    let mut block = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut block) {
        text.extend(&block[..read]);
        if text.windows(4).any(|it| it == b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn a_body_that_is_too_long_is_413() {
    let scene = scene();
    let mut pilot = up(&scene, &nothing());
    let mut request = b"POST /v3/environ HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n".to_vec();
    request.resize(request.len() + 3_000_000, b'x');
    let answer = answer_to(&scene, &request);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(pilot.is_running());
}

#[test]
fn a_head_that_is_too_long_is_turned_away() {
    let scene = scene();
    let mut pilot = up(&scene, &nothing());
    let mut request = b"GET /v3/ping HTTP/1.1\r\nX-Long: ".to_vec();
    request.resize(request.len() + 1_000_000, b'x');
    request.extend(b"\r\n\r\n");
    let answer = answer_to(&scene, &request);
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(pilot.is_running());
    assert_eq!(scene.control().ask("GET", "/v3/ping", "").status, 200);
}

#[test]
fn what_is_no_http_is_turned_away() {
    let scene = scene();
    let mut pilot = up(&scene, &nothing());
    for bytes in [&b"\x00\xff\xfe\r\n\r\n"[..], b"EHLO there\r\n\r\n", b"GET\r\n\r\n"] {
        assert!(!answer_to(&scene, bytes).starts_with("HTTP/1.1 200"));
    }
    assert!(pilot.is_running());
    assert_eq!(scene.control().ask("GET", "/v3/ping", "").status, 200);
}

#[test]
fn a_crowd_of_silent_clients_shuts_nobody_out_for_ever() {
    let scene = scene();
    let pilot = up(&scene, &nothing());
    let crowd: Vec<UnixStream> =
        (0..200).filter_map(|_| UnixStream::connect(scene.control().path()).ok()).collect();
    // The pilot's own work goes on; so does the stop.
    drop(crowd);
    scene.control().await_up(SOON);
    pilot.end_after_term(seconds(5)).assert_status(0);
}

#[test]
fn a_crowd_of_silent_clients_holds_up_no_stop() {
    let scene = scene();
    let pilot = up(&scene, &nothing());
    let _crowd: Vec<UnixStream> =
        (0..100).filter_map(|_| UnixStream::connect(scene.control().path()).ok()).collect();
    pilot.end_after_term(seconds(5)).assert_status(0);
}

#[test]
fn it_works_as_any_user() {
    let scene = scene();
    // Where the binary and the probe stand, that user may not be let in.
    std::fs::set_permissions(scene.folder(), PermissionsExt::from_mode(0o777)).unwrap();
    std::fs::copy(target::binary(), scene.path("pilot-copy")).unwrap();
    std::fs::copy(&scene.probe_line(&[])[0], scene.path("probe-copy")).unwrap();
    let probe = scene.at("probe-copy");
    let exec = json!([probe, "note=up", "await=TERM", "note=term", "exit=0"]);
    let health = json!({"interval": 1, "ttl": 30, "exec": [probe, "exit=0"]});
    let web = scene.offer("web", &[], &json!({"exec": exec, "health": health}));
    let launch = scene.jobs(&[web], &nothing()).program(&scene.path("pilot-copy"));
    let pilot = launch.within(["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.await_event(SOON, "up");
    pilot.end_after_term(seconds(5)).assert_status(0);
    assert!(scene.has("term"));
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn a_default_socket_that_may_not_be_made_is_done_without() {
    let scene = scene();
    std::fs::set_permissions(scene.folder(), PermissionsExt::from_mode(0o777)).unwrap();
    std::fs::copy(target::binary(), scene.path("pilot-copy")).unwrap();
    let job = json!({"name": "j", "exec": ["true"]});
    let launch = scene.launch(&json!({"consul": false, "jobs": [job]})).program(&scene.path("pilot-copy"));
    let ended = launch.within(["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]).run();
    ended.assert_status(0);
    ended.assert_says(&["error listening to socket at /var/run/containerpilot.socket", "`control.socket`"]);
}

#[test]
fn it_works_on_a_read_only_root() {
    let scene = scene();
    let web = scene.offer("web", &["note=up", "await=TERM", "exit=0"], &json!({"ready": "notify"}));
    let web = gyropilot_conformance::scene::merged(
        web,
        &json!({"exec": scene.probe(&["notify=READY=1", "note=up", "await=TERM", "exit=0"])}),
    );
    // Everything but the folder of the test, which holds the socket, cannot be written.
    let script = format!(
        "mount --make-rprivate / && mount --bind {0} {0} && mount -o remount,bind,ro / && cd {0} && exec \"$@\"",
        scene.folder().display()
    );
    let launch = scene.jobs(&[web], &nothing());
    let pilot = launch.within(["unshare", "--mount", "sh", "-c", &script, "-"]).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot.end_after_term(seconds(5)).assert_status(0);
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn telemetry_is_closed_at_the_stop() {
    let scene = scene();
    let port = crate::free_port();
    let pilot = up(&scene, &json!({"telemetry": {"port": port, "interfaces": ["lo"]}}));
    let mut idle = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    idle.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    pilot.end_after_term(seconds(5)).assert_status(0);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}
