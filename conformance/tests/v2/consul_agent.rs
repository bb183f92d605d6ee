//! The same against a real Consul agent, with the faults that one can have.

use crate::{id, scene, seconds};
use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

on_each_agent! {
    a_service_is_registered_and_withdrawn,
    the_status_of_the_check_follows_the_health,
    a_wiped_agent_is_told_everything_again,
    an_agent_that_comes_late_is_no_hindrance,
    instances_that_come_and_go_are_followed,
    a_wiped_agent_is_watched_again,
    an_agent_stopped_by_a_signal_delays_the_stop_only_so_long,
    two_pilots_of_one_service_are_told_apart_by_their_hosts,
}

#[track_caller]
fn up(scene: &Scene, agent: &Agent, rest: Value) -> Pilot {
    let mut config = rest;
    config["consul"] = json!(agent.address());
    let pilot = scene.launch(&config).app(scene.probe_line(&["note=up", "await=TERM", "exit=3"])).start();
    scene.await_event(SOON, "up");
    pilot
}

#[track_caller]
fn await_passing(agent: &Agent, name: &str) {
    wait_until(SOON, &format!("{name} to be passing"), || (agent.passing(name) == [id(name)]).then_some(()));
}

fn a_service_is_registered_and_withdrawn(make: Make) {
    let scene = scene();
    let agent = make.start(scene.folder());
    let service = scene.service("web", &json!({"tags": ["a"], "ttl": 10}));
    let pilot = up(&scene, &agent, json!({"services": [service]}));
    await_passing(&agent, "web");
    let seen = &agent.json("/v1/health/service/web?passing")[0]["Service"];
    assert_eq!(
        (&seen["Address"], &seen["Port"], &seen["Tags"]),
        (&json!("192.0.2.7"), &json!(8080), &json!(["a"]))
    );
    pilot.stop().assert_status(3);
    assert!(agent.passing("web").is_empty());
    assert_eq!(agent.json("/v1/agent/services"), json!({}));
}

fn the_status_of_the_check_follows_the_health(make: Make) {
    fixed("Q-36", || {
        let scene = scene();
        let agent = make.start(scene.folder());
        let check = scene.probe(&["note=check", &format!("exit-from={}", scene.at("status"))]);
        let _pilot = up(
            &scene,
            &agent,
            json!({"services": [scene.service("web", &json!({"ttl": 60, "health": check}))]}),
        );
        await_passing(&agent, "web");
        scene.file("status", "1");
        wait_until(seconds(4), "critical", || {
            agent.status(&id("web")).filter(|it| it == "critical").map(drop)
        });
        scene.file("status", "0");
        await_passing(&agent, "web");
    });
}

fn a_wiped_agent_is_told_everything_again(make: Make) {
    let scene = scene();
    let mut agent = make.start(scene.folder());
    let services = json!([scene.service("web", &json!({"ttl": 3}))]);
    let pilot = up(&scene, &agent, json!({"services": services}));
    await_passing(&agent, "web");
    agent.start_again();
    assert!(agent.json("/v1/agent/services").as_object().is_some_and(|all| all.len() <= 1));
    await_passing(&agent, "web");
    pilot.stop().assert_status(3);
}

#[test]
fn an_agent_that_forgets_at_its_reload_is_told_again_with_the_next_contact() {
    let scene = scene();
    let agent = Agent::start(scene.folder());
    let _pilot = up(&scene, &agent, json!({"services": [scene.service("web", &json!({"ttl": 9}))]}));
    await_passing(&agent, "web");
    let known = || agent.json("/v1/agent/services").get(id("web")).map(drop);
    agent.signal(Signal::SIGHUP);
    // The next contact is up to a third of the TTL away; the registration follows within a second of it.
    wait_until(seconds(3), "the agent to forget", || known().is_none().then_some(()));
    wait_until(seconds(5), "web to be registered anew", known);
    await_passing(&agent, "web");
}

fn an_agent_that_comes_late_is_no_hindrance(make: Make) {
    let scene = scene();
    let mut agent = make.start(scene.folder());
    agent.kill();
    let pilot = up(&scene, &agent, json!({"services": [scene.service("web", &json!({}))]}));
    agent.start_again();
    await_passing(&agent, "web");
    pilot.stop().assert_status(3);
    assert!(agent.passing("web").is_empty());
}

fn instances_that_come_and_go_are_followed(make: Make) {
    let scene = scene();
    let agent = make.start(scene.folder());
    let backend = json!({"name": "sales", "poll": 1, "onChange": scene.probe(&["note=change"])});
    let _pilot = up(&scene, &agent, json!({"backends": [backend]}));
    agent.register("s1", "sales", "192.0.2.1", 80);
    scene.await_events(SOON, "change", 1);
    agent.register("s2", "sales", "192.0.2.2", 80);
    scene.await_events(SOON, "change", 2);
    agent.deregister("s1");
    scene.await_events(SOON, "change", 3);
}

fn a_wiped_agent_is_watched_again(make: Make) {
    let scene = scene();
    let mut agent = make.start(scene.folder());
    // Drives the index up, so that the new agent's is far behind.
    for n in 0..40 {
        agent.set_key(&format!("k{n}"), "v");
    }
    agent.register("s1", "sales", "192.0.2.1", 80);
    let backend = json!({"name": "sales", "poll": 1, "onChange": scene.probe(&["note=change"])});
    let _pilot = up(&scene, &agent, json!({"backends": [backend]}));
    scene.await_events(SOON, "change", 1);
    agent.start_again();
    agent.register("s1", "sales", "192.0.2.99", 80);
    let so_far = scene.events_like("change").len();
    // The loss itself may have been a change; the new address is one for certain.
    wait_until(SOON, "a change after the wipe", || {
        (scene.events_like("change").len() >= so_far.max(2)).then_some(())
    });
}

fn an_agent_stopped_by_a_signal_delays_the_stop_only_so_long(make: Make) {
    fixed("Q-14", || {
        let scene = scene();
        let agent = make.start(scene.folder());
        let config = json!({"services": [scene.service("web", &json!({}))], "postStop": scene.probe(&["note=postStop"]),
            "backends": [{"name": "sales", "poll": 1, "onChange": "true"}]});
        let pilot = up(&scene, &agent, config);
        await_passing(&agent, "web");
        agent.signal(Signal::SIGSTOP);
        pilot.signal(Signal::SIGTERM);
        pilot.end(seconds(14)).assert_status(3);
        assert!(scene.has("postStop"));
        agent.signal(Signal::SIGCONT);
    });
}

fn two_pilots_of_one_service_are_told_apart_by_their_hosts(make: Make) {
    let scene = scene();
    let agent = make.start(scene.folder());
    let one = up(&scene, &agent, json!({"services": [scene.service("web", &json!({}))]}));
    await_passing(&agent, "web");
    let other = crate::scene();
    let config = json!({"consul": agent.address(), "services": [other.service("web", &json!({"port": 9}))]});
    let elsewhere = ["unshare", "--uts", "sh", "-c", "hostname elsewhere; exec \"$@\"", "-"];
    let two = other
        .launch(&config)
        .within(elsewhere)
        .app(other.probe_line(&["note=up", "await=TERM", "exit=3"]))
        .start();
    other.await_event(SOON, "up");
    wait_until(SOON, "both", || (agent.passing("web").len() == 2).then_some(()));
    assert!(agent.passing("web").contains(&"web-elsewhere".to_owned()));
    two.stop().assert_status(3);
    assert_eq!(agent.passing("web"), [id("web")]);
    one.stop().assert_status(3);
}

/// Starts a pilot that is told of the agent's HTTPS port, with one more variable.
fn over_tls(scene: &Scene, consul: &Value, variable: Option<(&str, &str)>) -> Pilot {
    let services = json!([scene.service("web", &json!({"health": scene.probe(&["note=check"])}))]);
    let launch = scene.launch(&json!({"consul": consul, "services": services}));
    let launch = variable.into_iter().fold(launch, |launch, (name, value)| launch.env(name, value));
    launch.app(scene.probe_line(&["note=up", "await=TERM", "exit=3"])).start()
}

#[test]
fn an_unknown_certificate_is_not_trusted() {
    let scene = scene();
    let (agent, port, _) = Agent::start_private(scene.folder());
    let pilot = over_tls(&scene, &json!(format!("https://127.0.0.1:{port}")), None);
    scene.await_events(SOON, "check", 3);
    assert!(agent.passing("web").is_empty());
    pilot.await_phrase(SOON, "certificate");
}

#[test]
fn a_certificate_may_be_named_in_the_environment() {
    // The original's client of the time had no such variable.
    fixed("tls-variables", || {
        let scene = scene();
        let (agent, port, certificate) = Agent::start_private(scene.folder());
        let consul = json!(format!("https://127.0.0.1:{port}"));
        let pilot = over_tls(&scene, &consul, Some(("CONSUL_CACERT", &certificate)));
        await_passing(&agent, "web");
        pilot.stop().assert_status(3);
        assert!(agent.passing("web").is_empty());
    });
}

#[test]
fn verification_may_be_switched_off_by_the_environment() {
    let scene = scene();
    let (agent, port, _) = Agent::start_private(scene.folder());
    let consul = json!(format!("https://127.0.0.1:{port}"));
    let _pilot = over_tls(&scene, &consul, Some(("CONSUL_HTTP_SSL_VERIFY", "false")));
    await_passing(&agent, "web");
}

#[test]
fn the_agent_may_be_reached_by_a_socket_in_the_file_system() {
    let scene = scene();
    let agent = Agent::start(scene.folder());
    let consul = json!(format!("unix://{}", agent.socket().display()));
    let pilot = over_tls(&scene, &consul, None);
    await_passing(&agent, "web");
    pilot.stop().assert_status(3);
    assert!(agent.passing("web").is_empty());
}
