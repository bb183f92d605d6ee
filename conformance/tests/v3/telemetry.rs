//! Section 2.12: metrics that are posted, those of its own, and `/status`.

use crate::{free_port, id, nothing, scene, seconds};
use gyropilot_conformance::double::Instance;
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::metrics::Metrics;
use gyropilot_conformance::scene::{Scene, merged};
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

struct Measured {
    scene: Scene,
    pilot: Pilot,
    metrics: Metrics,
    port: u16,
}

/// Starts a pilot with these metrics and jobs.
#[track_caller]
fn measure(metrics: &Value, jobs: impl FnOnce(&Scene) -> Vec<Value>, rest: &Value) -> Measured {
    let scene = scene();
    let port = free_port();
    let telemetry = json!({"port": port, "interfaces": ["lo"], "metrics": metrics});
    let mut all = jobs(&scene);
    all.push(scene.job("keeper", &["note=up", "forever"], &nothing()));
    let pilot = scene.jobs(&all, &merged(json!({"telemetry": telemetry}), rest)).start();
    scene.await_event(SOON, "up");
    Measured { scene, pilot, metrics: Metrics::at(port), port }
}

fn metric(kind: &str) -> Value {
    json!({"namespace": "ns", "subsystem": "sub", "name": kind, "help": format!("a {kind}"), "type": kind})
}

impl Measured {
    #[track_caller]
    fn put(&self, name: &str, value: &Value) {
        let answer = self.scene.control().post("/v3/metric", &json!({name: value}).to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    fn status(&self) -> Value {
        let answer = self.metrics.ask("GET", "/status");
        answer.and_then(|answer| serde_json::from_str(&answer.body).ok()).unwrap_or_default()
    }
}

#[test]
fn a_gauge_shows_the_last_value_a_counter_adds_up() {
    let it = measure(&json!([metric("gauge"), metric("counter")]), |_| Vec::new(), &nothing());
    for value in ["2", "3.5"] {
        it.put("ns_sub_gauge", &json!(value));
        it.put("ns_sub_counter", &json!(value));
    }
    it.metrics.await_sample("ns_sub_gauge", |value| value == 3.5);
    it.metrics.await_sample("ns_sub_counter", |value| value == 5.5);
    let page = it.metrics.page();
    assert!(
        page.contains("# HELP ns_sub_gauge a gauge") && page.contains("# TYPE ns_sub_counter counter"),
        "{page}"
    );
}

#[test]
fn a_histogram_and_a_summary_count() {
    let it = measure(&json!([metric("histogram"), metric("summary")]), |_| Vec::new(), &nothing());
    it.put("ns_sub_histogram", &json!(0.3));
    it.put("ns_sub_summary", &json!(7));
    it.metrics.await_sample("ns_sub_histogram_bucket{le=\"0.25\"}", |value| value == 0.0);
    it.metrics.await_sample("ns_sub_histogram_bucket{le=\"0.5\"}", |value| value == 1.0);
    it.metrics.await_sample("ns_sub_summary{quantile=\"0.5\"}", |value| value == 7.0);
    it.metrics.await_sample("ns_sub_summary_count", |value| value == 1.0);
}

#[test]
fn several_values_in_one_request() {
    let it = measure(&json!([metric("gauge"), metric("counter")]), |_| Vec::new(), &nothing());
    it.scene.control().post("/v3/metric", "{\"ns_sub_gauge\": \"1\", \"ns_sub_counter\": \"2\"}");
    it.metrics.await_sample("ns_sub_gauge", |value| value == 1.0);
    it.metrics.await_sample("ns_sub_counter", |value| value == 2.0);
}

#[test]
fn what_is_no_number_is_told_and_not_recorded() {
    let it = measure(&json!([metric("gauge")]), |_| Vec::new(), &nothing());
    it.put("ns_sub_gauge", &json!("3"));
    it.put("ns_sub_gauge", &json!("four apples"));
    it.pilot.await_phrase(SOON, "metric produced non-numeric value");
    it.metrics.await_sample("ns_sub_gauge", |value| value == 3.0);
}

#[test]
fn q_31_empty_parts_may_be_named_or_not() {
    fixed("Q-31", || {
        let it =
            measure(&json!([{"name": "bare", "help": "h", "type": "gauge"}]), |_| Vec::new(), &nothing());
        it.put("bare", &json!(1));
        it.metrics.await_sample("bare", |value| value == 1.0);
        it.put("__bare", &json!(2));
        it.metrics.await_sample("bare", |value| value == 2.0);
    });
}

#[test]
fn it_offers_itself_with_its_version_as_a_tag() {
    let it = measure(&json!([]), |_| Vec::new(), &nothing());
    let own = id("containerpilot");
    it.scene.consul.wait_for_status(SOON, &own, Some("passing"));
    let service = it.scene.consul.registered(&own).unwrap();
    assert_eq!(service.definition["Name"], "containerpilot");
    assert_eq!(service.definition["Address"], "127.0.0.1");
    assert_eq!(service.definition["Port"], it.port);
    assert_eq!(service.ttl, "15s");
    assert_eq!(service.definition["Tags"].as_array().map(Vec::len), Some(1), "its version");
    it.pilot.stop().assert_status(0);
    assert_eq!(it.scene.consul.status(&own), None);
}

#[test]
fn events_are_counted_by_code_and_source() {
    let it = measure(&json!([]), |scene| vec![scene.job("one", &["exit=0"], &nothing())], &nothing());
    it.metrics
        .await_sample("containerpilot_events{code=\"ExitSuccess\",source=\"one\"}", |value| value == 1.0);
    it.metrics
        .await_sample("containerpilot_events{code=\"Startup\",source=\"global\"}", |value| value == 1.0);
}

#[test]
fn q_35_an_error_text_is_no_label() {
    fixed("Q-35", || {
        let it = measure(&json!([]), |scene| vec![scene.job("one", &["exit=3"], &nothing())], &nothing());
        it.metrics
            .await_sample("containerpilot_events{code=\"ExitFailed\",source=\"one\"}", |value| value == 1.0);
        it.metrics.await_sample("containerpilot_events{code=\"Error\",source=\"one\"}", |value| value == 1.0);
        assert!(!it.metrics.page().contains("exit status"), "{}", it.metrics.page());
    });
}

#[test]
fn requests_to_the_control_socket_are_counted() {
    let it = measure(&json!([metric("gauge")]), |_| Vec::new(), &nothing());
    it.put("ns_sub_gauge", &json!(1));
    let name = "containerpilot_control_http_requests{code=\"200\",path=\"/v3/metric\"}";
    it.metrics.await_sample(name, |value| value == 1.0);
}

#[test]
fn the_instances_of_a_watch_are_a_gauge() {
    let watches = json!({"watches": [{"name": "sales", "interval": 1}]});
    let it = measure(&json!([]), |_| Vec::new(), &watches);
    it.scene
        .consul
        .set_instances("sales", &[Instance::new("a", "192.0.2.1", 1), Instance::new("b", "192.0.2.2", 1)]);
    it.metrics.await_sample("containerpilot_watch_instances{service=\"sales\"}", |value| value == 2.0);
}

#[test]
fn status_lists_services_jobs_and_watches() {
    let watches = json!({"watches": [{"name": "up-a", "interval": 1}]});
    let it = measure(
        &json!([]),
        |scene| {
            let sick = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["exit=1"])}});
            let well =
                json!({"port": 8001, "health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["exit=0"])}});
            vec![scene.job("sick", &["forever"], &sick), scene.offer("my-app", &["forever"], &well)]
        },
        &watches,
    );
    let service = json!({"Name": "my-app", "Address": "192.0.2.7", "Port": 8001, "Status": "healthy"});
    wait_until(SOON, "both to be checked", || {
        let status = it.status();
        let has =
            |list: &str, wanted: &Value| status[list].as_array().is_some_and(|all| all.contains(wanted));
        (has("Services", &service) && has("Jobs", &json!({"Name": "sick", "Status": "unhealthy"})))
            .then_some(())
    });
    let status = it.status();
    assert!(status["Version"].is_string());
    assert_eq!(status["Watches"], json!(["up-a"]));
    let own = status["Services"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["Name"] == "containerpilot")
        .unwrap()
        .clone();
    assert_eq!((&own["Status"], &own["Port"]), (&json!("healthy"), &json!(it.port)));
    let answer = it.metrics.ask("GET", "/status").unwrap();
    assert!(
        answer.body.starts_with("{\"Version\":"),
        "the fields stand in the order of the original: {}",
        answer.body
    );
}

#[test]
fn status_of_empty_lists_is_null_and_of_another_method_405() {
    let it = measure(&json!([]), |_| Vec::new(), &nothing());
    assert_eq!(it.status()["Watches"], Value::Null);
    assert_eq!(it.metrics.ask("POST", "/status").unwrap().status, 405);
    assert_eq!(it.metrics.ask("GET", "/").unwrap().status, 404);
}

#[test]
fn status_says_maintenance() {
    let it = measure(&json!([]), |_| Vec::new(), &nothing());
    it.scene.control().post("/v3/maintenance/enable", "");
    wait_until(seconds(3), "maintenance", || {
        let jobs = it.status()["Jobs"].clone();
        jobs.as_array()?.contains(&json!({"Name": "keeper", "Status": "maintenance"})).then_some(())
    });
}

#[test]
fn telemetry_alone_keeps_the_pilot_alive() {
    let scene = scene();
    let port = free_port();
    let mut pilot = scene.jobs(&[], &json!({"telemetry": {"port": port, "interfaces": ["lo"]}})).start();
    let metrics = Metrics::at(port);
    wait_until(SOON, "the page", || metrics.ask("GET", "/metrics"));
    assert!(pilot.is_running());
    pilot.stop().assert_status(0);
}

#[test]
fn a_port_in_use_is_told_and_tried_again_while_jobs_run() {
    fixed("telemetry-port", || {
        let scene = scene();
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let telemetry = json!({"port": port, "interfaces": ["lo"]});
        let job = scene.job("j", &["note=up", "forever"], &nothing());
        let pilot = scene.jobs(&[job], &json!({"telemetry": telemetry})).start();
        scene.await_event(SOON, "up");
        pilot.await_phrase(SOON, "Error serving telemetry");
        drop(taken);
        wait_until(SOON, "the page", || Metrics::at(port).ask("GET", "/metrics"));
    });
}
