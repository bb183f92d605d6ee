//! Section 1.11: metrics, fed by commands.

use crate::{free_port, id, scene, seconds};
use gyropilot_conformance::http::{self, Peer};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::metrics::Metrics;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

struct Measured {
    scene: Scene,
    pilot: Pilot,
    port: u16,
    metrics: Metrics,
}

/// Starts a pilot with these sensors.
fn measure(sensors: impl FnOnce(&Scene) -> Value) -> Measured {
    let scene = scene();
    let port = free_port();
    let telemetry = json!({"port": port, "interfaces": ["lo"], "sensors": sensors(&scene)});
    let pilot =
        scene.launch(&json!({"telemetry": telemetry})).app(scene.probe_line(&["note=up", "forever"])).start();
    Measured { scene, pilot, port, metrics: Metrics::at(port) }
}

impl Measured {
    fn page(&self) -> String {
        self.metrics.page()
    }

    fn get(&self, path: &str) -> Option<u16> {
        self.metrics.ask("GET", path).map(|answer| answer.status)
    }

    #[track_caller]
    fn await_sample(&self, sample: &str, wanted: impl Fn(f64) -> bool) -> f64 {
        self.metrics.await_sample(sample, wanted)
    }
}

fn sensor(kind: &str, check: &Value) -> Value {
    json!({"namespace": "ns", "subsystem": "sub", "name": kind, "help": format!("a {kind}"), "type": kind,
        "poll": 1, "check": check})
}

#[test]
fn a_gauge_shows_the_last_value() {
    let it = measure(|scene| {
        scene.file("value", "41.5\n");
        json!([sensor("gauge", &json!(["cat", scene.at("value")]))])
    });
    it.await_sample("ns_sub_gauge", |value| value == 41.5);
    it.scene.file("value", "  -2e3  \n");
    it.await_sample("ns_sub_gauge", |value| value == -2000.0);
    let page = it.page();
    assert!(
        page.contains("# HELP ns_sub_gauge a gauge") && page.contains("# TYPE ns_sub_gauge gauge"),
        "{page}"
    );
}

#[test]
fn a_counter_adds_up() {
    let it = measure(|_| json!([sensor("counter", &json!("echo 5"))]));
    it.await_sample("ns_sub_counter", |value| value >= 10.0 && value % 5.0 == 0.0);
    assert!(it.page().contains("# TYPE ns_sub_counter counter"));
}

#[test]
fn a_histogram_has_the_usual_buckets() {
    let it = measure(|_| json!([sensor("histogram", &json!("echo 0.3"))]));
    it.await_sample("ns_sub_histogram_count", |value| value >= 1.0);
    let page = it.page();
    for bucket in ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"] {
        assert!(
            page.contains(&format!("ns_sub_histogram_bucket{{le=\"{bucket}\"}}")),
            "{bucket} is missing:\n{page}"
        );
    }
    it.await_sample("ns_sub_histogram_bucket{le=\"0.25\"}", |value| value == 0.0);
    it.await_sample("ns_sub_histogram_bucket{le=\"0.5\"}", |value| value >= 1.0);
}

#[test]
fn a_summary_has_three_quantiles() {
    let it = measure(|_| json!([sensor("summary", &json!("echo 7"))]));
    it.await_sample("ns_sub_summary_count", |value| value >= 1.0);
    for quantile in ["0.5", "0.9", "0.99"] {
        it.await_sample(&format!("ns_sub_summary{{quantile=\"{quantile}\"}}"), |value| value == 7.0);
    }
    it.await_sample("ns_sub_summary_sum", |value| value >= 7.0);
}

#[test]
fn empty_parts_of_a_name_leave_no_trace() {
    let it =
        measure(|_| json!([{"name": "bare", "help": "h", "type": "gauge", "poll": 1, "check": "echo 1"}]));
    it.await_sample("bare", |value| value == 1.0);
}

#[test]
fn what_is_no_number_is_not_recorded() {
    let it = measure(|scene| {
        scene.file("value", "3");
        json!([sensor("gauge", &json!(["cat", scene.at("value")]))])
    });
    it.await_sample("ns_sub_gauge", |value| value == 3.0);
    it.scene.file("value", "4 apples");
    it.pilot.await_phrase(SOON, "4 apples");
    it.await_sample("ns_sub_gauge", |value| value == 3.0);
}

#[test]
fn a_failing_command_is_not_recorded() {
    let it = measure(|scene| {
        let failing = json!(["sh", "-c", "echo 271828182; exit 1"]);
        let clock = scene.probe(&["note=tick", "print=1"]);
        json!([sensor("gauge", &failing), {"name": "clock", "help": "h", "type": "gauge", "poll": 1, "check": clock}])
    });
    it.scene.await_events(SOON, "tick", 3);
    assert!(!it.page().contains("2.71828182e+08") && !it.page().contains("271828182"), "{}", it.page());
}

#[test]
fn the_service_announces_itself() {
    let it = measure(|_| json!([]));
    let own = id("containerpilot");
    it.scene.consul.wait_for_status(SOON, &own, Some("passing"));
    let service = it.scene.consul.registered(&own).unwrap();
    assert_eq!(service.definition["Name"], "containerpilot");
    assert_eq!(service.definition["Address"], "127.0.0.1");
    assert_eq!(service.definition["Port"], it.port);
    assert_eq!(service.ttl, "15s");
    it.pilot.stop().assert_status(143);
    assert_eq!(it.scene.consul.status(&own), None);
}

#[test]
fn tags_and_the_undocumented_keys_take_effect() {
    let scene = scene();
    let port = free_port();
    let telemetry = json!({"port": port, "interfaces": ["lo"], "tags": ["t"], "serviceName": "metrics",
        "url": "/numbers", "ttl": 30, "poll": 1});
    let _pilot = scene.launch(&json!({"telemetry": telemetry})).app(scene.probe_line(&["forever"])).start();
    scene.consul.wait_for_status(SOON, &id("metrics"), Some("passing"));
    let service = scene.consul.registered(&id("metrics")).unwrap();
    assert_eq!((service.ttl.as_str(), &service.definition["Tags"]), ("30s", &json!(["t"])));
    let it = Metrics::at(port);
    assert_eq!(it.ask("GET", "/numbers").unwrap().status, 200);
    assert_eq!(it.ask("GET", "/metrics").unwrap().status, 404);
}

#[test]
fn it_listens_on_its_own_address_only() {
    let it = measure(|_| json!([]));
    wait_until(SOON, "the page", || it.get("/metrics"));
    let elsewhere = http::ask(&Peer::Tcp(([127, 0, 0, 2], it.port).into()), "GET", "/metrics", "");
    assert!(elsewhere.is_err(), "127.0.0.2 answers too");
}

#[test]
fn a_port_in_use_ends_the_start_with_status_1() {
    let scene = scene();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let telemetry = json!({"port": taken.local_addr().unwrap().port(), "interfaces": ["lo"]});
    let ended = scene.launch(&json!({"telemetry": telemetry})).app(scene.probe_line(&["forever"])).run();
    ended.assert_status(1);
    ended.assert_says(&["Error serving telemetry"]);
    scene.await_silence(seconds(2));
}

#[test]
fn a_command_that_cannot_be_started_stops_nothing() {
    let it =
        measure(|_| json!([sensor("gauge", &json!("/no/such/sensor")), sensor("counter", &json!("echo 1"))]));
    it.await_sample("ns_sub_counter", |value| value >= 2.0);
}

#[test]
fn q_09_a_hanging_command_is_killed_and_measured_again() {
    fixed("Q-09", || {
        let it = measure(|scene| {
            let hanging = scene.probe(&["note=begin", "forever"]);
            json!([{"name": "h", "help": "h", "type": "gauge", "poll": 1, "timeout": "300ms", "check": hanging}])
        });
        it.scene.await_events(SOON, "begin", 3);
    });
}

#[test]
fn q_09_a_hanging_command_holds_up_no_stop() {
    fixed("Q-09", || {
        let it = measure(|scene| {
            json!([sensor("gauge", &scene.probe(&["note=begin", "ignore=TERM", "forever"]))])
        });
        it.scene.await_event(SOON, "begin");
        it.pilot.stop().assert_status(143);
        it.scene.await_silence(seconds(2));
    });
}

#[test]
fn a_reload_moves_the_listener() {
    fixed("metrics-move", || {
        let it = measure(|_| json!([]));
        wait_until(SOON, "the page", || it.get("/metrics"));
        let port = free_port();
        let config = it.scene.config(&json!({"telemetry": {"port": port, "interfaces": ["lo"]}}));
        it.scene.file("containerpilot.json", &config.to_string());
        it.pilot.signal(nix::sys::signal::Signal::SIGHUP);
        wait_until(SOON, "the page at its new place", || Metrics::at(port).ask("GET", "/metrics"));
    });
}

#[test]
fn a_reload_keeps_what_was_measured() {
    let it = measure(|_| json!([sensor("counter", &json!("echo 5"))]));
    let before = it.await_sample("ns_sub_counter", |value| value >= 10.0);
    it.pilot.signal(nix::sys::signal::Signal::SIGHUP);
    it.await_sample("ns_sub_counter", |value| value > before);
}

#[test]
fn any_other_path_is_not_found() {
    let it = measure(|_| json!([]));
    wait_until(SOON, "the page", || it.get("/metrics"));
    assert_eq!(it.get("/").unwrap(), 404);
}
