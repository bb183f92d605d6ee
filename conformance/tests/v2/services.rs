//! Section 1.7: what a service says about itself, when, and how often.

use crate::{id, milliseconds, scene, seconds};
use gyropilot_conformance::double::{Fault, Wording};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// Starts one service named `web` beside an application that stays.
fn run(scene: &Scene, rest: &Value) -> Pilot {
    let services = json!([scene.service("web", rest)]);
    scene.launch(&json!({"services": services})).app(scene.probe_line(&["note=up", "forever"])).start()
}

/// A check whose status the test decides by way of a file.
fn switchable(scene: &Scene) -> Value {
    scene.probe(&["note=check", &format!("exit-from={}", scene.at("status"))])
}

#[test]
fn a_registration_says_who_where_and_how() {
    let scene = scene();
    let rest = json!({"port": 8123, "ttl": 25, "tags": ["a", "b"], "interfaces": "static:192.0.2.7",
        "consul": {"enableTagOverride": true, "deregisterCriticalServiceAfter": "90m"}});
    let _pilot = run(&scene, &rest);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    let service = scene.consul.registered(&id("web")).unwrap();
    assert_eq!(service.definition["ID"], id("web"));
    assert_eq!(service.definition["Name"], "web");
    assert_eq!(service.definition["Port"], 8123);
    assert_eq!(service.definition["Address"], "192.0.2.7");
    assert_eq!(service.definition["Tags"], json!(["a", "b"]));
    assert_eq!(service.definition["EnableTagOverride"], true);
    assert_eq!(service.ttl, "25s");
    let log = scene.consul.requests();
    assert!(log.iter().any(|request| request.body.contains("\"DeregisterCriticalServiceAfter\":\"90m\"")));
}

#[test]
fn the_check_is_named_like_the_service() {
    let scene = scene();
    let _pilot = run(&scene, &json!({}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    assert_eq!(scene.consul.registered(&id("web")).unwrap().checks, [id("web")]);
}

#[test]
fn a_service_without_a_check_is_healthy() {
    let scene = scene();
    let _pilot = run(&scene, &json!({}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn the_first_check_runs_at_once() {
    fixed("first-check", || {
        let scene = scene();
        let _pilot = run(&scene, &json!({"poll": 8, "ttl": 25, "health": scene.probe(&["note=check"])}));
        let up = scene.await_event(SOON, "up").at;
        let check = scene.await_event(seconds(4), "check").at;
        scene.consul.wait_for_status(seconds(4), &id("web"), Some("passing"));
        assert!(check.saturating_sub(up) < milliseconds(500), "{:?}", check.saturating_sub(up));
    });
}

#[test]
fn checks_come_once_an_interval() {
    let scene = scene();
    let _pilot = run(&scene, &json!({"health": scene.probe(&["note=check"])}));
    let checks = scene.await_events(SOON, "check", 4);
    for pair in checks.windows(2) {
        let between = pair[1].at - pair[0].at;
        assert!(between > milliseconds(600) && between < milliseconds(1900), "{between:?}");
    }
}

#[test]
fn checks_never_overlap() {
    let scene = scene();
    // Each takes until the test lets it go; three intervals pass meanwhile.
    let gate = scene.at("gate");
    let other = scene.service("clock", &json!({"health": scene.probe(&["note=tick"])}));
    let slow = json!({"health": scene.probe(&["note=begin", &format!("until={gate}"), "note=end"])});
    let services = json!([scene.service("web", &slow), other]);
    let _pilot = scene.launch(&json!({"services": services})).app(scene.probe_line(&["forever"])).start();
    scene.await_event(SOON, "begin");
    scene.await_events(SOON, "tick", 4);
    assert_eq!(scene.events_like("begin").len(), 1);
    scene.file("gate", "");
    scene.await_events(SOON, "begin", 2);
}

#[test]
fn a_failing_check_is_not_passing() {
    let scene = scene();
    scene.file("status", "1");
    let _pilot = run(&scene, &json!({"health": switchable(&scene)}));
    scene.await_events(SOON, "check", 3);
    assert_ne!(scene.consul.status(&id("web")).as_deref(), Some("passing"));
}

#[test]
fn q_36_a_failure_is_told_at_once() {
    fixed("Q-36", || {
        let scene = scene();
        let _pilot = run(&scene, &json!({"ttl": 60, "health": switchable(&scene)}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.file("status", "1");
        scene.consul.wait_for_status(seconds(3), &id("web"), Some("critical"));
    });
}

#[test]
fn a_recovery_is_told_at_once() {
    let scene = scene();
    scene.file("status", "1");
    let _pilot = run(&scene, &json!({"ttl": 60, "health": switchable(&scene)}));
    scene.await_events(SOON, "check", 2);
    scene.file("status", "0");
    scene.consul.wait_for_status(seconds(3), &id("web"), Some("passing"));
}

#[test]
fn a_check_that_cannot_be_started_is_a_failed_one() {
    fixed("Q-36", || {
        let scene = scene();
        let check = scene.file("check", "#!/bin/sh\nexit 0\n");
        std::fs::set_permissions(&check, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let _pilot = run(&scene, &json!({"ttl": 60, "health": scene.at("check")}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        std::fs::remove_file(check).unwrap();
        scene.consul.wait_for_status(seconds(3), &id("web"), Some("critical"));
    });
}

#[test]
fn a_check_that_takes_too_long_is_killed_with_its_group() {
    let scene = scene();
    let check = scene.probe(&["note=check", "child=note=grandchild,forever", "forever"]);
    let _pilot = run(&scene, &json!({"health": check, "timeout": "300ms"}));
    let grandchild = scene.await_event(SOON, "grandchild");
    gyropilot_conformance::wait::wait_until(seconds(3), "the grandchild to be killed", || {
        (!gyropilot_conformance::process::alive(grandchild.pid)).then_some(())
    });
    // And the next one runs on time.
    scene.await_events(seconds(3), "check", 2);
}

#[test]
fn a_check_that_takes_too_long_is_a_failed_one() {
    fixed("Q-36", || {
        let scene = scene();
        let gate = scene.file("gate", "");
        let check = scene.probe(&[&format!("until={}", gate.display())]);
        let _pilot = run(&scene, &json!({"ttl": 60, "health": check, "timeout": "300ms"}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        std::fs::remove_file(gate).unwrap();
        scene.consul.wait_for_status(seconds(4), &id("web"), Some("critical"));
    });
}

#[test]
fn a_check_without_a_timeout_is_killed_after_the_ttl_and_tried_again() {
    fixed("check-ttl", || {
        let scene = scene();
        let check = scene.probe(&["note=check", "forever"]);
        let _pilot = run(&scene, &json!({"ttl": 2, "health": check}));
        let checks = scene.await_events(SOON, "check", 2);
        assert!(checks[1].at - checks[0].at > milliseconds(1500), "{:?}", checks[1].at - checks[0].at);
        assert!(!gyropilot_conformance::process::alive(checks[0].pid));
    });
}

#[test]
fn a_service_appears_healthy_and_was_never_critical() {
    fixed("one-request", || {
        let scene = scene();
        let worst = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = std::sync::Arc::clone(&worst);
        let own = id("web");
        // Looks at every request that follows a registration without a passing status.
        scene.consul.break_with(move |request| {
            if request.path.ends_with("/register") && !request.body.contains("\"passing\"") {
                seen.lock().unwrap().push(request.path.clone());
            }
            None
        });
        let _pilot = run(&scene, &json!({"health": scene.probe(&["note=check"])}));
        scene.consul.wait_for_status(SOON, &own, Some("passing"));
        assert_eq!(*worst.lock().unwrap(), Vec::<String>::new());
    });
}

#[test]
fn a_heartbeat_goes_out_when_a_third_of_the_ttl_has_passed_and_not_with_each_check() {
    fixed("heartbeat-economy", || {
        let scene = scene();
        let _pilot = run(&scene, &json!({"ttl": 9, "health": scene.probe(&["note=check"])}));
        let checks = scene.await_events(SOON, "check", 8);
        let window = checks[7].at - checks[0].at;
        let beats = scene.consul.requests_where(|request| request.is_heartbeat_of(&id("web")));
        // The first, one for each third of the TTL, and one for an attempt before the registration.
        let allowed = 2 + usize::try_from(window.as_secs() / 3).unwrap();
        assert!(
            beats.len() <= allowed,
            "{} heartbeats in {window:?}, at most {allowed} are due",
            beats.len()
        );
        assert!(beats.len() >= 2, "without heartbeats the TTL runs out");
    });
}

#[test]
fn the_ttl_never_runs_out_while_the_service_is_healthy() {
    let scene = scene();
    let _pilot = run(&scene, &json!({"ttl": 3, "health": scene.probe(&["note=check"])}));
    scene.await_events(SOON, "check", 8);
    let passed = scene.consul.requests_where(|request| {
        request.is_heartbeat_of(&id("web"))
            && !request.path.contains("/fail/")
            && !request.body.contains("critical")
    });
    for pair in passed.windows(2) {
        let between = pair[1].at - pair[0].at;
        assert!(between < seconds(3), "{between:?} between two heartbeats, the TTL is 3 s");
    }
    assert!(passed.len() >= 4, "{} heartbeats in 7 s", passed.len());
}

#[test]
fn a_forgotten_service_is_registered_again_with_the_next_word() {
    for wording in [Wording::Consul18, Wording::Consul115] {
        let scene = scene();
        scene.consul.speak(wording);
        let _pilot = run(&scene, &json!({"ttl": 3}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.consul.forget();
        let lost = scene.consul.requests().len();
        let contact =
            scene.consul.wait_for(SOON, "the next contact", |state| state.log.get(lost).map(|r| r.at));
        scene.consul.wait_for_status(seconds(3), &id("web"), Some("passing"));
        let again = scene.consul.requests_where(|r| r.path.ends_with("/service/register"));
        let took = again.last().unwrap().at.saturating_sub(contact);
        assert!(took < seconds(1), "{wording:?}: registered again {took:?} after the contact");
    }
}

#[test]
fn other_error_texts_are_understood_as_a_loss_too() {
    for (status, text) in [
        (500, "CheckID \"web\" does not have associated TTL"),
        (404, "Unknown check ID \"web\". Ensure that the check ID is passed, not the check name."),
        (404, "Unknown check \"web\""),
        (500, "Unknown check \"web\""),
    ] {
        let scene = scene();
        let _pilot = run(&scene, &json!({"ttl": 3}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        let before = scene.consul.requests_where(|r| r.path.ends_with("/service/register")).len();
        scene
            .consul
            .break_with(move |r| r.path.contains("/agent/check/").then_some(Fault::Answer(status, text)));
        scene
            .consul
            .wait_for_requests(seconds(5), text, before + 1, |r| r.path.ends_with("/service/register"));
    }
}

#[test]
fn an_agent_that_is_away_is_tried_again() {
    let scene = scene();
    scene.consul.break_with(|_| Some(Fault::Cut));
    let pilot = run(&scene, &json!({}));
    scene.await_event(SOON, "up");
    scene.consul.wait_for_requests(SOON, "two attempts", 2, |_| true);
    scene.consul.heal();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot.stop().assert_status(143);
}

#[test]
fn an_agent_that_answers_500_is_tried_again() {
    let scene = scene();
    scene.consul.break_with(|_| Some(Fault::Answer(500, "rpc error making call: No cluster leader")));
    let _pilot = run(&scene, &json!({}));
    scene.consul.wait_for_requests(SOON, "two attempts", 2, |_| true);
    scene.consul.heal();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn q_14_a_silent_agent_holds_up_no_check() {
    fixed("Q-14", || {
        let scene = scene();
        let _pilot = run(&scene, &json!({"health": scene.probe(&["note=check"])}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.consul.break_with(|_| Some(Fault::Silence));
        let so_far = scene.events_like("check").len();
        scene.await_events(seconds(6), "check", so_far + 3);
    });
}

#[test]
fn q_14_after_a_silent_agent_speaks_again_heartbeats_go_on() {
    fixed("Q-14", || {
        let scene = scene();
        let _pilot = run(&scene, &json!({"ttl": 3}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.consul.break_with(|r| r.is_heartbeat_of(&id("web")).then_some(Fault::Silence));
        let stuck = scene.consul.requests().len();
        scene.consul.wait_for(SOON, "a heartbeat into the silence", |state| state.log.get(stuck).map(drop));
        scene.consul.heal();
        scene.consul.forget();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    });
}

#[test]
fn several_services_are_told_apart() {
    let scene = scene();
    scene.file("status", "1");
    let sick = json!({"port": 1, "health": switchable(&scene)});
    let services = json!([scene.service("sick", &sick), scene.service("well", &json!({"port": 2}))]);
    let _pilot = scene.launch(&json!({"services": services})).app(scene.probe_line(&["forever"])).start();
    scene.consul.wait_for_status(SOON, &id("well"), Some("passing"));
    scene.await_events(SOON, "check", 2);
    assert_ne!(scene.consul.status(&id("sick")).as_deref(), Some("passing"));
}

#[test]
fn q_06_every_service_refreshes_a_stale_registration() {
    fixed("Q-06", || {
        let scene = scene();
        // The agent remembers both from an earlier container, at other addresses.
        let peer = gyropilot_conformance::http::Peer::Tcp(scene.consul.address());
        for name in ["one", "two"] {
            let id = id(name);
            let body = json!({"ID": id, "Name": name, "Port": 8080, "Address": "203.0.113.99",
                "Check": {"CheckID": id, "TTL": "30s"}});
            gyropilot_conformance::http::ask(&peer, "PUT", "/v1/agent/service/register", &body.to_string())
                .unwrap();
        }
        let services = json!([scene.service("one", &json!({})), scene.service("two", &json!({}))]);
        let _pilot = scene.launch(&json!({"services": services})).app(scene.probe_line(&["forever"])).start();
        for name in ["one", "two"] {
            scene.consul.wait_for(SOON, "the new address", |state| {
                let service = state.registered(&id(name))?;
                (service.definition["Address"] == "192.0.2.7" && service.status == "passing").then_some(())
            });
        }
    });
}

#[test]
fn the_end_of_the_application_is_told_at_once() {
    fixed("Q-12", || {
        let scene = scene();
        let services = json!([scene.service("web", &json!({"ttl": 60}))]);
        let hook = scene.probe(&["note=postStop", &format!("until={}", scene.at("go"))]);
        let app = scene.probe_line(&["note=up", &format!("until={}", scene.at("end")), "exit=5"]);
        let pilot = scene.launch(&json!({"services": services, "postStop": hook})).app(app).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.file("end", "");
        // While the hook still runs, nobody may be sent here any more.
        scene.await_event(SOON, "postStop");
        scene.consul.wait_for(seconds(2), "the service to be withdrawn", |state| {
            (state.registered(&id("web")).is_none_or(|service| service.status == "critical")).then_some(())
        });
        scene.file("go", "");
        pilot.end(SOON).assert_status(5);
    });
}

#[test]
fn q_12_an_application_that_ends_leaves_no_registration() {
    fixed("Q-12", || {
        let scene = scene();
        let services = json!([scene.service("web", &json!({}))]);
        let app = scene.probe_line(&[&format!("until={}", scene.at("end")), "exit=5"]);
        let pilot = scene.launch(&json!({"services": services})).app(app).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.file("end", "");
        pilot.end(SOON).assert_status(5);
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}

#[test]
fn q_12_the_switch_keeps_the_registration() {
    fixed("Q-12", || {
        let scene = scene();
        let services = json!([scene.service("web", &json!({}))]);
        let config = json!({"services": services, "compat": {"keepRegisteredOnExit": true}});
        let app = scene.probe_line(&[&format!("until={}", scene.at("end")), "exit=5"]);
        let pilot = scene.launch(&config).app(app).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.file("end", "");
        pilot.end(SOON).assert_status(5);
        assert!(scene.consul.registered(&id("web")).is_some());
    });
}

#[test]
fn q_36_the_switch_keeps_failures_silent() {
    fixed("Q-36", || {
        let scene = scene();
        let services = json!([scene.service("web", &json!({"ttl": 60, "health": switchable(&scene)}))]);
        let config = json!({"services": services, "compat": {"silentFailures": true}});
        let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.file("status", "1");
        let so_far = scene.events_like("check").len();
        scene.await_events(SOON, "check", so_far + 3);
        assert_eq!(scene.consul.status(&id("web")).as_deref(), Some("passing"), "the TTL alone decides");
    });
}

#[test]
fn a_killed_pilot_leaves_the_rest_to_the_ttl() {
    let scene = scene();
    let pilot = run(&scene, &json!({"ttl": 5}));
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot.signal(Signal::SIGKILL);
    pilot.end(SOON).assert_status(137);
    assert_eq!(scene.consul.registered(&id("web")).unwrap().ttl, "5s");
}
