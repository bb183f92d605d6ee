//! Section 1.14, the way down: what happens in which order, and how long it
//! may take.

use crate::{id, milliseconds, scene, seconds};
use gyropilot_conformance::double::Fault;
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::process::alive;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// A pilot with a passing service, whose application is up.
#[track_caller]
fn up(scene: &Scene, config: Value, app: &[&str]) -> Pilot {
    let mut config = config;
    config["services"] = json!([scene.service("web", &json!({}))]);
    let mut words = vec!["note=up"];
    words.extend(app);
    let pilot = scene.launch(&config).app(scene.probe_line(&words)).start();
    scene.await_event(SOON, "up");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// When the service was withdrawn.
#[track_caller]
fn withdrawn_at(scene: &Scene) -> Duration {
    let found = scene.consul.requests_where(|request| request.is_deregistration_of(&id("web")));
    found.first().expect("the service was withdrawn").at
}

/// The whole order, for the signal that asks for it.
#[track_caller]
fn goes_down_in_order(signal: Signal) {
    let scene = scene();
    let config = json!({
        "preStop": scene.probe(&["note=preStop", "note=preStop done"]),
        "postStop": scene.probe(&["note=postStop"]),
    });
    let pilot = up(&scene, config, &["await=TERM", "note=term", "note=down", "exit=7"]);
    pilot.signal(signal);
    pilot.end(SOON).assert_status(7);
    let order: Vec<String> = scene.events().into_iter().map(|event| event.text).collect();
    assert_eq!(order, ["up", "preStop", "preStop done", "term", "down", "postStop"]);
    assert!(withdrawn_at(&scene) < scene.await_event(SOON, "preStop").at, "withdrawn before preStop");
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn sigterm_withdraws_then_pre_stop_then_term_then_post_stop() {
    goes_down_in_order(Signal::SIGTERM);
}

#[test]
fn sigint_is_as_good_as_sigterm() {
    fixed("sigint", || goes_down_in_order(Signal::SIGINT));
}

#[test]
fn nothing_is_said_for_a_service_after_it_was_withdrawn() {
    let scene = scene();
    let config = json!({"preStop": scene.probe(&["note=preStop", &format!("until={}", scene.at("go"))]),
        "tasks": [{"name": "clock", "command": "true", "frequency": "100ms"}]});
    let pilot = up(&scene, config, &["forever"]);
    pilot.signal(Signal::SIGTERM);
    scene.await_event(SOON, "preStop");
    scene.file("go", "");
    let _ = pilot.end(SOON);
    let gone = withdrawn_at(&scene);
    let late = scene.consul.requests_where(|request| {
        request.at > gone && (request.path.ends_with("/register") || request.is_heartbeat_of(&id("web")))
    });
    assert!(late.is_empty(), "{late:?}");
}

#[test]
fn every_service_is_withdrawn() {
    let scene = scene();
    let services: Vec<Value> =
        (0..5).map(|n| scene.service(&format!("web{n}"), &json!({"port": 80 + n}))).collect();
    let pilot = scene.launch(&json!({"services": services})).app(scene.probe_line(&["forever"])).start();
    for n in 0..5 {
        scene.consul.wait_for_status(SOON, &id(&format!("web{n}")), Some("passing"));
    }
    let _ = pilot.stop();
    for n in 0..5 {
        assert_eq!(scene.consul.status(&id(&format!("web{n}"))), None);
    }
}

#[test]
fn an_application_that_will_not_stop_is_killed_after_the_timeout() {
    fixed("signal-status", || {
        let scene = scene();
        let pilot = up(&scene, json!({"stopTimeout": 1}), &["ignore=TERM", "forever"]);
        let asked = now();
        pilot.stop().assert_status(137);
        let took = now() - asked;
        // Well below the default of 5 s, however busy the machine is.
        assert!(took > milliseconds(900) && took < seconds(4), "{took:?}");
    });
}

#[test]
fn the_timeout_is_5_seconds_unless_told() {
    fixed("signal-status", || {
        let scene = scene();
        // 0 means the default too.
        let pilot = up(&scene, json!({"stopTimeout": 0}), &["ignore=TERM", "forever"]);
        let asked = now();
        pilot.stop().assert_status(137);
        let took = now() - asked;
        assert!(took > milliseconds(4800) && took < seconds(9), "{took:?}");
    });
}

#[test]
fn an_application_that_stops_sooner_is_not_waited_for() {
    let scene = scene();
    let pilot = up(&scene, json!({"stopTimeout": 30}), &["await=TERM", "exit=0"]);
    let asked = now();
    pilot.stop().assert_status(0);
    assert!(now() - asked < seconds(3), "{:?}", now() - asked);
}

#[test]
fn a_negative_timeout_kills_at_once() {
    fixed("signal-status", || {
        let scene = scene();
        let pilot = up(&scene, json!({"stopTimeout": -1}), &["ignore=TERM", "forever"]);
        let asked = now();
        pilot.stop().assert_status(137);
        assert!(now() - asked < seconds(2), "{:?}", now() - asked);
    });
}

#[test]
fn the_stop_reaches_grandchildren() {
    fixed("group-stop", || {
        let scene = scene();
        let app = ["child=await=TERM,note=grandchild term,exit=0", "await=TERM", "exit=0"];
        let pilot = up(&scene, json!({}), &app);
        pilot.stop().assert_status(0);
        scene.await_event(SOON, "grandchild term");
    });
}

#[test]
fn grandchildren_that_will_not_stop_are_killed() {
    fixed("group-stop", || {
        let scene = scene();
        let app = ["child=note=grandchild,ignore=TERM,forever", "ignore=TERM", "forever"];
        let pilot = up(&scene, json!({"stopTimeout": 1}), &app);
        let grandchild = scene.await_event(SOON, "grandchild").pid;
        pilot.stop().assert_status(137);
        wait_until(seconds(2), "the grandchild to be gone", || (!alive(grandchild)).then_some(()));
    });
}

#[test]
fn grandchildren_do_not_outlive_a_leader_that_stopped() {
    fixed("group-stop", || {
        let scene = scene();
        let app = ["child=note=grandchild,ignore=TERM,forever", "await=TERM", "exit=0"];
        let pilot = up(&scene, json!({"stopTimeout": 1}), &app);
        scene.await_event(SOON, "grandchild");
        pilot.stop().assert_status(0);
        scene.await_silence(seconds(2));
    });
}

#[test]
fn a_failing_pre_stop_changes_nothing() {
    let scene = scene();
    let config = json!({"preStop": scene.probe(&["note=preStop", "exit=9"])});
    let pilot = up(&scene, config, &["await=TERM", "exit=3"]);
    pilot.stop().assert_status(3);
    assert!(scene.has("preStop"));
}

#[test]
fn a_pre_stop_that_is_not_there_changes_nothing() {
    let scene = scene();
    let pilot = up(&scene, json!({"preStop": "/no/such/hook"}), &["await=TERM", "exit=3"]);
    pilot.stop().assert_status(3);
}

#[test]
fn post_stop_may_override_the_status_of_a_stop() {
    let scene = scene();
    let config = json!({"postStop": scene.probe(&["exit=9"])});
    let pilot = up(&scene, config, &["await=TERM", "exit=3"]);
    pilot.stop().assert_status(9);
}

#[test]
fn the_application_hears_term_once() {
    let scene = scene();
    let app =
        ["await=TERM", "note=term", "child=note=waiting", &format!("until={}", scene.at("go")), "exit=0"];
    let pilot = up(&scene, json!({"stopTimeout": 30}), &app);
    pilot.signal(Signal::SIGTERM);
    scene.await_event(SOON, "waiting");
    scene.file("go", "");
    pilot.end(SOON).assert_status(0);
    assert_eq!(scene.events_like("term").len(), 1);
}

#[test]
fn q_20_a_stop_during_pre_start_is_a_stop() {
    fixed("Q-20", || {
        let scene = scene();
        let config = json!({
            "preStart": scene.probe(&["note=preStart", "forever"]),
            "preStop": scene.probe(&["note=preStop"]),
            "services": [scene.service("web", &json!({}))],
        });
        let pilot = scene.launch(&config).app(scene.probe_line(&["note=up", "forever"])).start();
        scene.await_event(SOON, "preStart");
        let _ = pilot.stop();
        assert!(!scene.has("up"), "the application was started all the same");
        scene.await_silence(seconds(2));
    });
}

#[test]
fn q_20_a_pre_start_that_ignores_term_is_killed() {
    fixed("Q-20", || {
        let scene = scene();
        let config =
            json!({"stopTimeout": 1, "preStart": scene.probe(&["note=preStart", "ignore=TERM", "forever"])});
        let pilot = scene.launch(&config).app(scene.probe_line(&["note=up"])).start();
        scene.await_event(SOON, "preStart");
        let _ = pilot.stop();
        assert!(!scene.has("up"));
        scene.await_silence(seconds(2));
    });
}

#[test]
fn a_second_signal_shortens_the_wait_for_the_application() {
    fixed("second-signal", || {
        let scene = scene();
        let app = ["child=await=TERM,note=told,exit=0", "ignore=TERM", "forever"];
        let pilot = up(&scene, json!({"stopTimeout": 60}), &app);
        pilot.signal(Signal::SIGTERM);
        scene.await_event(SOON, "told");
        pilot.signal(Signal::SIGTERM);
        pilot.end(seconds(4)).assert_status(137);
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}

#[test]
fn a_second_signal_shortens_pre_stop() {
    fixed("second-signal", || {
        let scene = scene();
        let config = json!({"stopTimeout": 1, "preStop": scene.probe(&["note=preStop", "forever"])});
        let pilot = up(&scene, config, &["await=TERM", "exit=3"]);
        pilot.signal(Signal::SIGTERM);
        scene.await_event(SOON, "preStop");
        pilot.signal(Signal::SIGTERM);
        let _ = pilot.end(seconds(5));
        assert_eq!(scene.consul.status(&id("web")), None);
        scene.await_silence(seconds(2));
    });
}

#[test]
fn a_second_signal_never_skips_the_withdrawal() {
    fixed("second-signal", || {
        let scene = scene();
        let pilot = up(&scene, json!({"stopTimeout": 1}), &["await=TERM", "exit=3"]);
        pilot.signal(Signal::SIGTERM);
        pilot.signal(Signal::SIGTERM);
        pilot.signal(Signal::SIGINT);
        let _ = pilot.end(SOON);
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}

#[test]
fn a_withdrawal_that_failed_once_is_tried_again() {
    let scene = scene();
    let pilot = up(&scene, json!({}), &["await=TERM", "exit=3"]);
    let refusals = std::sync::atomic::AtomicUsize::new(0);
    scene.consul.break_with(move |request| {
        let first = request.path.contains("/deregister/")
            && refusals.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        first.then_some(Fault::Answer(500, "rpc error making call: EOF"))
    });
    fixed("Q-14", || {
        pilot.stop().assert_status(3);
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}

#[test]
fn q_14_a_silent_agent_delays_the_stop_only_so_long() {
    fixed("Q-14", || {
        let scene = scene();
        let pilot = up(&scene, json!({}), &["await=TERM", "exit=3"]);
        scene.consul.break_with(|_| Some(Fault::Silence));
        let asked = now();
        pilot.signal(Signal::SIGTERM);
        pilot.end(seconds(14)).assert_status(3);
        assert!(now() - asked < seconds(12), "{:?}", now() - asked);
    });
}

#[test]
fn an_agent_that_is_gone_delays_no_stop() {
    let scene = scene();
    let pilot = up(&scene, json!({}), &["await=TERM", "exit=3"]);
    scene.consul.break_with(|_| Some(Fault::Cut));
    let asked = now();
    pilot.stop().assert_status(3);
    assert!(now() - asked < seconds(8), "{:?}", now() - asked);
}

#[test]
fn sighup_may_mean_stop() {
    fixed("signals-key", || {
        let scene = scene();
        let pilot =
            up(&scene, json!({"signals": {"SIGHUP": "stop"}}), &["await=TERM", "note=term", "exit=3"]);
        pilot.signal(Signal::SIGHUP);
        pilot.end(SOON).assert_status(3);
        assert!(scene.has("term"));
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}

#[test]
fn sigusr2_means_nothing() {
    let scene = scene();
    let mut pilot = up(&scene, json!({}), &["await=TERM", "exit=3"]);
    pilot.signal(Signal::SIGUSR2);
    let looks = scene.consul.requests().len();
    scene.consul.wait_for(seconds(30), "another heartbeat", |state| (state.log.len() > looks).then_some(()));
    assert!(pilot.is_running());
    pilot.stop().assert_status(3);
}

#[test]
fn a_reload_or_a_toggle_during_the_stop_changes_nothing() {
    let scene = scene();
    let config = json!({"preStop": scene.probe(&["note=preStop", &format!("until={}", scene.at("go"))])});
    let pilot = up(&scene, config, &["await=TERM", "exit=3"]);
    pilot.signal(Signal::SIGTERM);
    scene.await_event(SOON, "preStop");
    pilot.signal(Signal::SIGHUP);
    pilot.signal(Signal::SIGUSR1);
    scene.file("go", "");
    pilot.end(SOON).assert_status(3);
    assert_eq!(scene.consul.status(&id("web")), None);
    assert_eq!(scene.events_like("preStop").len(), 1);
}

#[test]
fn a_second_signal_while_the_agent_is_silent_skips_nothing_and_ends_soon() {
    fixed("second-signal", || {
        let scene = scene();
        let config =
            json!({"preStop": scene.probe(&["note=preStop"]), "postStop": scene.probe(&["note=postStop"])});
        let pilot = up(&scene, config, &["await=TERM", "exit=3"]);
        let own = id("web");
        scene.consul.break_with(move |request| request.is_deregistration_of(&own).then_some(Fault::Silence));
        pilot.signal(Signal::SIGTERM);
        scene
            .consul
            .wait_for_requests(SOON, "the withdrawal", 1, |request| request.is_deregistration_of(&id("web")));
        pilot.signal(Signal::SIGTERM);
        pilot.end(seconds(6)).assert_status(3);
        assert!(scene.has("preStop") && scene.has("postStop"));
    });
}
