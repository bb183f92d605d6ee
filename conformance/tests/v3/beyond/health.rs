//! Checks without a program: HTTP, TCP, gRPC, a file; thresholds, warnings,
//! grace, and the restart of what is ill.

use crate::{await_ticks, clock, id, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::grpc::{HealthServer, Serving};
use gyropilot_conformance::scene::{Scene, merged};
use gyropilot_conformance::wait::SOON;
use gyropilot_conformance::web::{Manner, Web};
use serde_json::{Value, json};
use std::net::TcpListener;

/// A pilot with the service `web`, whose health is this, each second.
fn run(scene: &Scene, health: &Value) -> gyropilot_conformance::launch::Pilot {
    let health = merged(json!({"interval": 1, "ttl": 60}), health);
    let web = scene.offer("web", &["note=up", "forever"], &json!({"health": health}));
    scene.jobs(&[web, clock(scene)], &nothing()).start()
}

#[track_caller]
fn await_health(scene: &Scene, health: &str) {
    scene.control().await_job(SOON, "web", |job| job["health"] == health);
}

#[track_caller]
fn await_status(scene: &Scene, status: &str) {
    scene.consul.wait_for_status(seconds(4), &id("web"), Some(status));
}

#[test]
fn http_is_well_from_200_to_399() {
    let (scene, web) = (scene(), Web::start(Manner::Status(302)));
    let _pilot = run(&scene, &json!({"http": web.url("/health")}));
    await_status(&scene, "passing");
    web.be(Manner::Status(503));
    await_status(&scene, "critical");
    let job = scene.control().job("web");
    assert!(job["check"].as_str().is_some_and(|it| it.contains("503")), "{job}");
    assert!(web.heads()[0].starts_with("get /health http/1.1\r\n"), "{:?}", web.heads());
}

#[test]
fn http_may_be_told_method_headers_and_statuses() {
    let (scene, web) = (scene(), Web::start(Manner::Status(418)));
    let http =
        json!({"url": web.url("/"), "method": "HEAD", "headers": {"X-Colour": "green"}, "expect": [418]});
    let _pilot = run(&scene, &json!({"http": http}));
    await_status(&scene, "passing");
    let head = web.heads().remove(0);
    assert!(head.starts_with("head / ") && head.contains("x-colour: green"), "{head}");
    web.be(Manner::Status(200));
    await_status(&scene, "critical");
}

#[test]
fn http_that_does_not_answer_has_failed_after_its_timeout() {
    let (scene, web) = (scene(), Web::start(Manner::Status(200)));
    let _pilot = run(&scene, &json!({"http": web.url("/"), "timeout": "300ms"}));
    await_status(&scene, "passing");
    web.be(Manner::Silent);
    await_status(&scene, "critical");
}

#[test]
fn http_may_be_spoken_over_a_socket_of_the_file_system() {
    use std::io::{Read as _, Write as _};
    let scene = scene();
    let listener = std::os::unix::net::UnixListener::bind(scene.path("web.sock")).unwrap();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 1024]);
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let _pilot = run(&scene, &json!({"http": format!("unix://{}:/health", scene.at("web.sock"))}));
    await_status(&scene, "passing");
}

#[test]
fn tcp_is_well_when_it_is_accepted() {
    let scene = scene();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _pilot = run(&scene, &json!({"tcp": listener.local_addr().unwrap().to_string()}));
    await_status(&scene, "passing");
    drop(listener);
    await_status(&scene, "critical");
}

#[test]
fn grpc_is_well_when_it_serves() {
    let (scene, server) = (scene(), HealthServer::start(Serving::Yes));
    let _pilot =
        run(&scene, &json!({"grpc": {"address": server.address().to_string(), "service": "shop.Orders"}}));
    await_status(&scene, "passing");
    assert_eq!(server.asked()[0], "shop.Orders");
    server.be(Serving::No);
    await_status(&scene, "critical");
}

#[test]
fn grpc_may_ask_for_the_whole_server() {
    let (scene, server) = (scene(), HealthServer::start(Serving::Yes));
    let _pilot = run(&scene, &json!({"grpc": server.address().to_string()}));
    await_status(&scene, "passing");
    assert_eq!(server.asked()[0], "");
}

#[test]
fn a_file_is_well_while_it_is_there_and_young_enough() {
    let scene = scene();
    let file = scene.file("alive", "");
    let _pilot = run(&scene, &json!({"file": {"path": scene.at("alive"), "maxAge": "1m"}}));
    await_status(&scene, "passing");
    let old = std::time::SystemTime::now() - seconds(300);
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
    await_status(&scene, "critical");
    std::fs::write(&file, "x").unwrap();
    await_status(&scene, "passing");
    std::fs::remove_file(file).unwrap();
    await_status(&scene, "critical");
}

#[test]
fn two_ways_at_once_are_refused() {
    let scene = scene();
    let health = json!({"interval": 1, "ttl": 5, "tcp": "127.0.0.1:1", "exec": "true"});
    let ended = scene.jobs(&[scene.offer("web", &["note=up"], &json!({"health": health}))], &nothing()).run();
    ended.assert_status(1);
    ended.assert_says(&["exec", "tcp"]);
}

/// A check that counts its runs and ends as the file `status` says.
fn switchable(scene: &Scene) -> Value {
    scene.probe(&["note=check", &format!("exit-from={}", scene.at("status"))])
}

#[test]
fn the_thresholds_ask_for_so_many_in_a_row() {
    let scene = scene();
    let _pilot =
        run(&scene, &json!({"exec": switchable(&scene), "successThreshold": 2, "failureThreshold": 2}));
    await_status(&scene, "passing");
    let so_far = scene.events_like("check");
    assert!(so_far.len() >= 2);
    let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    scene.file("status", "1");
    await_status(&scene, "critical");
    let failed = scene.events_like("check").into_iter().filter(|it| it.at > before).count();
    assert!(failed >= 2, "{failed} failures were enough");
}

#[test]
fn failures_of_the_start_period_do_not_count() {
    let scene = scene();
    scene.file("status", "1");
    let _pilot = run(&scene, &json!({"exec": switchable(&scene), "startPeriod": "60s"}));
    scene.await_events(SOON, "check", 3);
    assert_ne!(scene.control().job("web")["health"], "unhealthy");
    scene.file("status", "0");
    await_health(&scene, "healthy");
    // It ends with the first check that passed.
    scene.file("status", "1");
    await_health(&scene, "unhealthy");
}

#[test]
fn a_status_may_be_a_warning() {
    let scene = scene();
    let _pilot = run(&scene, &json!({"exec": switchable(&scene), "warning": {"exit": [1]}}));
    await_status(&scene, "passing");
    scene.file("status", "1");
    await_status(&scene, "warning");
    await_health(&scene, "warning");
    scene.file("status", "2");
    await_status(&scene, "critical");
}

#[test]
fn an_answer_may_be_a_warning() {
    let (scene, web) = (scene(), Web::start(Manner::Status(429)));
    let _pilot = run(&scene, &json!({"http": web.url("/"), "warning": {"status": [429]}}));
    await_health(&scene, "warning");
    await_status(&scene, "warning");
}

#[test]
fn what_is_slow_may_be_a_warning() {
    let scene = scene();
    let slow = json!(["sleep", "0.2"]);
    let _pilot = run(&scene, &json!({"exec": slow, "warning": {"latency": "50ms"}}));
    await_health(&scene, "warning");
}

#[test]
fn an_unhealthy_job_may_be_restarted() {
    let scene = scene();
    scene.file("status", "1");
    let health = json!({"exec": switchable(&scene), "onUnhealthy": "restart", "checkRestart": {"limit": 2, "grace": "100ms"}});
    let _pilot = run(&scene, &health);
    let first = scene.await_event(SOON, "up");
    let second = scene.await_events(SOON, "up", 2).remove(1);
    assert!(second.at - first.at > milliseconds(800), "{:?}", second.at - first.at);
    scene.file("status", "0");
    await_status(&scene, "passing");
    let runs = scene.events_like("up").len();
    await_ticks(&scene, 15);
    assert_eq!(scene.events_like("up").len(), runs);
}
