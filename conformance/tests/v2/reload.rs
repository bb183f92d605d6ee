//! Section 1.14: SIGHUP reads the configuration again, as one transaction.

use crate::{id, scene, seconds};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::process::alive;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

fn write(scene: &Scene, config: &Value) {
    scene.file("containerpilot.json", &scene.config(config).to_string());
}

#[track_caller]
fn up(scene: &Scene, config: &Value) -> Pilot {
    let pilot = scene.launch(config).app(scene.probe_line(&["note=up", "await=TERM", "exit=3"])).start();
    scene.await_event(SOON, "up");
    pilot
}

#[track_caller]
fn reload(scene: &Scene, pilot: &Pilot, config: &Value) {
    write(scene, config);
    pilot.signal(Signal::SIGHUP);
}

#[test]
fn services_come_and_go() {
    let scene = scene();
    let pilot = up(&scene, &json!({"services": [scene.service("old", &json!({}))]}));
    scene.consul.wait_for_status(SOON, &id("old"), Some("passing"));
    reload(&scene, &pilot, &json!({"services": [scene.service("new", &json!({}))]}));
    scene.consul.wait_for_status(SOON, &id("new"), Some("passing"));
    scene.consul.wait_for_status(SOON, &id("old"), None);
    assert_eq!(scene.events_like("up").len(), 1, "the application keeps running");
    pilot.stop().assert_status(3);
    assert_eq!(scene.consul.status(&id("new")), None);
}

#[test]
fn a_changed_port_is_registered() {
    let scene = scene();
    let pilot = up(&scene, &json!({"services": [scene.service("web", &json!({"port": 1000}))]}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    reload(&scene, &pilot, &json!({"services": [scene.service("web", &json!({"port": 2000}))]}));
    scene.consul.wait_for(SOON, "the new port", |state| {
        let service = state.registered(&id("web"))?;
        (service.definition["Port"] == 2000 && service.status == "passing").then_some(())
    });
}

#[test]
fn a_service_that_stays_is_never_missed() {
    fixed("reload-overlap", || {
        let scene = scene();
        let config = json!({"services": [scene.service("web", &json!({}))]});
        let pilot = up(&scene, &config);
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        let more = json!({"services": [scene.service("web", &json!({})), scene.service("more", &json!({"port": 2}))]});
        reload(&scene, &pilot, &more);
        scene.consul.wait_for_status(SOON, &id("more"), Some("passing"));
        let gaps = scene.consul.requests_where(|request| request.is_deregistration_of(&id("web")));
        assert!(gaps.is_empty(), "{gaps:?}");
    });
}

#[test]
fn a_changed_token_takes_no_service_away() {
    fixed("reload-overlap", || {
        let scene = scene();
        let config = |token: &str| {
            json!({"consul": {"address": scene.consul.address().to_string(), "token": token},
                "services": [scene.service("web", &json!({}))]})
        };
        let pilot = up(&scene, &config("one"));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        reload(&scene, &pilot, &config("two"));
        scene.consul.wait_for_requests(SOON, "a registration with the new token", 1, |request| {
            request.is_registration_of(&id("web")) && request.header("x-consul-token") == Some("two")
        });
        pilot.stop().assert_status(3);
        let gone = scene.consul.requests_where(|request| request.is_deregistration_of(&id("web")));
        assert!(gone.iter().all(|request| request.header("x-consul-token") == Some("two")), "{gone:?}");
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}

#[test]
fn a_bad_file_changes_nothing_and_is_told() {
    let scene = scene();
    let pilot = up(
        &scene,
        &json!({"services": [scene.service("web", &json!({}))],
        "tasks": [{"name": "t", "command": scene.probe(&["note=task"]), "frequency": "200ms"}]}),
    );
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.file("containerpilot.json", "{ \"consul\": ");
    pilot.signal(Signal::SIGHUP);
    pilot.await_phrase(SOON, "Error initializing config");
    let tasks = scene.events_like("task").len();
    scene.await_events(SOON, "task", tasks + 3);
    assert_eq!(scene.consul.status(&id("web")).as_deref(), Some("passing"));
    assert!(scene.consul.requests_where(|r| r.is_deregistration_of(&id("web"))).is_empty());
    pilot.stop().assert_status(3);
}

#[test]
fn a_missing_file_changes_nothing() {
    let scene = scene();
    let pilot = up(&scene, &json!({"services": [scene.service("web", &json!({}))]}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    std::fs::remove_file(scene.path("containerpilot.json")).unwrap();
    pilot.signal(Signal::SIGHUP);
    pilot.await_phrase(SOON, "Error initializing config");
    assert_eq!(scene.consul.status(&id("web")).as_deref(), Some("passing"));
    pilot.stop().assert_status(3);
}

#[test]
fn after_a_bad_file_a_good_one_works() {
    let scene = scene();
    let pilot = up(&scene, &json!({}));
    scene.file("containerpilot.json", "not json");
    pilot.signal(Signal::SIGHUP);
    pilot.await_phrase(SOON, "Error initializing config");
    reload(&scene, &pilot, &json!({"services": [scene.service("web", &json!({}))]}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn pre_start_does_not_run_again() {
    let scene = scene();
    let pre_start = scene.probe(&["note=preStart"]);
    let pilot = up(&scene, &json!({"preStart": pre_start}));
    reload(&scene, &pilot, &json!({"preStart": pre_start, "services": [scene.service("web", &json!({}))]}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    assert_eq!(scene.events_like("preStart").len(), 1);
}

#[test]
fn new_hooks_and_a_new_stop_timeout_are_used() {
    let scene = scene();
    let hooks = |word: &str| {
        json!({"preStop": scene.probe(&[&format!("note=preStop {word}")]),
            "postStop": scene.probe(&[&format!("note=postStop {word}")]), "services": [scene.service(word, &json!({}))]})
    };
    let pilot = up(&scene, &hooks("old"));
    scene.consul.wait_for_status(SOON, &id("old"), Some("passing"));
    reload(&scene, &pilot, &hooks("new"));
    scene.consul.wait_for_status(SOON, &id("new"), Some("passing"));
    pilot.stop().assert_status(3);
    assert!(scene.has("preStop new") && scene.has("postStop new"));
    assert!(!scene.has("preStop old") && !scene.has("postStop old"));
}

#[test]
fn tasks_come_and_go() {
    let scene = scene();
    let task = |word: &str| json!({"tasks": [{"name": word, "command": scene.probe(&[&format!("note={word}")]), "frequency": "100ms"}]});
    let pilot = up(&scene, &task("old"));
    scene.await_event(SOON, "old");
    reload(&scene, &pilot, &task("new"));
    scene.await_events(SOON, "new", 2);
    let last = scene.events_like("old").len();
    scene.await_events(SOON, "new", 8);
    assert_eq!(scene.events_like("old").len(), last);
}

#[test]
fn a_running_task_does_not_survive() {
    let scene = scene();
    let task = scene.probe(&["note=task", "ignore=TERM", "forever"]);
    let old = json!({"tasks": [{"name": "t", "command": task, "frequency": "100ms", "timeout": "60s"}]});
    let pilot = up(&scene, &old);
    let running = scene.await_event(SOON, "task").pid;
    reload(&scene, &pilot, &json!({}));
    wait_until(SOON, "the task to be gone", || (!alive(running)).then_some(()));
}

#[test]
fn coprocesses_are_replaced_with_their_group() {
    let scene = scene();
    let coprocess = |word: &str| {
        let command = scene.probe(&[
            &format!("note={word}"),
            "ignore=TERM",
            "child=note=grandchild,forever",
            "forever",
        ]);
        json!({"coprocesses": [{"name": word, "command": command, "restarts": "unlimited"}]})
    };
    let pilot = up(&scene, &coprocess("old"));
    let old = scene.await_event(SOON, "old").pid;
    let grandchild = scene.await_event(SOON, "grandchild").pid;
    reload(&scene, &pilot, &coprocess("new"));
    scene.await_event(SOON, "new");
    wait_until(SOON, "the old one to be gone", || (!alive(old) && !alive(grandchild)).then_some(()));
    assert_eq!((scene.events_like("old").len(), scene.events_like("new").len()), (1, 1));
}

#[test]
fn backends_come() {
    let scene = scene();
    let sales = gyropilot_conformance::double::Instance::new("sales-1", "192.0.2.11", 8001);
    scene.consul.set_instances("sales", &[sales]);
    let pilot = up(&scene, &json!({}));
    let backend = json!({"name": "sales", "poll": 1, "onChange": scene.probe(&["note=change"])});
    reload(&scene, &pilot, &json!({"backends": [backend]}));
    scene.await_event(SOON, "change");
}

#[test]
fn a_backend_that_stays_remembers_what_it_saw() {
    let scene = scene();
    let sales = gyropilot_conformance::double::Instance::new("sales-1", "192.0.2.11", 8001);
    scene.consul.set_instances("sales", &[sales]);
    let backend = json!({"name": "sales", "poll": 1, "onChange": scene.probe(&["note=change"])});
    let pilot = up(&scene, &json!({"backends": [backend]}));
    scene.await_event(SOON, "change");
    reload(&scene, &pilot, &json!({"backends": [backend], "services": [scene.service("web", &json!({}))]}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    let looks = scene.consul.requests_where(|request| request.path == "/v1/health/service/sales").len();
    scene.consul.wait_for_requests(SOON, "more queries", looks + 2, |r| r.path == "/v1/health/service/sales");
    assert_eq!(scene.events_like("change").len(), 1);
}

#[test]
fn a_new_address_of_the_catalogue_is_used() {
    let scene = scene();
    let other = gyropilot_conformance::double::Double::start();
    let services = json!([scene.service("web", &json!({}))]);
    let pilot = up(&scene, &json!({"services": services}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    reload(&scene, &pilot, &json!({"services": services, "consul": other.address().to_string()}));
    other.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.consul.wait_for_status(SOON, &id("web"), None);
}

#[test]
fn a_reload_during_pre_start_loses_nothing() {
    let scene = scene();
    let hook = scene.probe(&["note=preStart", &format!("until={}", scene.at("go"))]);
    let pilot =
        scene.launch(&json!({"preStart": hook})).app(scene.probe_line(&["note=up", "forever"])).start();
    scene.await_event(SOON, "preStart");
    reload(&scene, &pilot, &json!({"preStart": hook, "services": [scene.service("web", &json!({}))]}));
    scene.file("go", "");
    scene.await_event(SOON, "up");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    assert_eq!((scene.events_like("preStart").len(), scene.events_like("up").len()), (1, 1));
}

#[test]
fn a_storm_of_200_reloads_ends_in_order() {
    let scene = scene();
    let coprocess =
        json!({"name": "c", "command": scene.probe(&["note=co", "forever"]), "restarts": "unlimited"});
    let config = |port: u16| {
        json!({"services": [scene.service("web", &json!({"port": port}))], "coprocesses": [coprocess],
            "tasks": [{"name": "t", "command": scene.probe(&["note=task"]), "frequency": "100ms"}]})
    };
    let mut pilot = up(&scene, &config(1));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    for port in 1..=200 {
        // Written beside and moved, so that every reload finds a whole file.
        let fresh = scene.file("fresh.json", &scene.config(&config(port)).to_string());
        std::fs::rename(fresh, scene.path("containerpilot.json")).unwrap();
        pilot.signal(Signal::SIGHUP);
    }
    scene.consul.wait_for(SOON * 2, "the last port, passing", |state| {
        let service = state.registered(&id("web"))?;
        (service.definition["Port"] == 200 && service.status == "passing").then_some(())
    });
    let tasks = scene.events_like("task").len();
    scene.await_events(SOON, "task", tasks + 3);
    assert!(pilot.is_running());
    let running = scene.events_like("co").iter().filter(|event| alive(event.pid)).count();
    assert_eq!(running, 1, "one coprocess is configured");
    assert_eq!(scene.events_like("up").len(), 1);
    pilot.stop().assert_status(3);
    assert_eq!(scene.consul.status(&id("web")), None);
    scene.await_silence(seconds(2));
}

/// A configuration that is refused late, when everything but its catalogue was
/// found good, has not changed the log by then.
#[test]
fn a_refused_reload_leaves_the_log_alone() {
    let scene = scene();
    let pilot = up(&scene, &json!({}));
    let unusable = json!({"consul": "http://localhost:1", "etcd": {"endpoints": "x"}, "logging": {"level": "FATAL", "format": "json"}});
    scene.file("containerpilot.json", &unusable.to_string());
    pilot.signal(Signal::SIGHUP);
    pilot.await_phrase(SOON, "Error initializing config");
    let ended = pilot.stop();
    ended.assert_says(&["SIGTERM", "exiting"]);
    assert!(!ended.said().contains("{\"level\""), "{}", ended.said());
}

#[test]
fn two_services_of_one_name_stay_registered() {
    let scene = scene();
    let twice = json!({"services": [scene.service("web", &json!({})), scene.service("web", &json!({}))]});
    let pilot = up(&scene, &twice);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    reload(&scene, &pilot, &twice);
    pilot.await_phrase(SOON, "reloaded");
    pilot.stop().assert_status(3);
    assert_eq!(scene.consul.status(&id("web")), None, "it is withdrawn at the end");
}
