//! Sections 2.3 and 2.8 against a real Consul agent.

use crate::{id, scene, seconds};
use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

on_each_agent! {
    a_service_is_registered_followed_and_withdrawn,
    an_agent_that_comes_late_is_no_hindrance,
    a_watch_follows_what_comes_and_goes,
    q_25_a_service_that_was_removed_behind_our_back_returns,
}

#[track_caller]
fn await_passing(agent: &Agent) {
    wait_until(SOON, "web to be passing", || (agent.passing("web") == [id("web")]).then_some(()));
}

/// Starts a pilot with the service `web`, whose check ends as the file `status` says.
fn up(scene: &Scene, consul: &Value, variable: Option<(&str, &str)>) -> Pilot {
    let check = scene.probe(&["note=check", &format!("exit-from={}", scene.at("status"))]);
    let health = json!({"health": {"interval": 1, "ttl": 10, "exec": check}, "tags": ["a"]});
    let launch = scene.jobs(&[scene.offer("web", &["forever"], &health)], &json!({"consul": consul}));
    variable.into_iter().fold(launch, |launch, (name, value)| launch.env(name, value)).start()
}

fn a_service_is_registered_followed_and_withdrawn(make: Make) {
    let scene = scene();
    let agent = make.start(scene.folder());
    let pilot = up(&scene, &json!(agent.address()), None);
    await_passing(&agent);
    let seen = &agent.json("/v1/health/service/web?passing")[0]["Service"];
    assert_eq!(
        (&seen["Address"], &seen["Port"], &seen["Tags"]),
        (&json!("192.0.2.7"), &json!(8080), &json!(["a"]))
    );
    fixed("Q-36", || {
        scene.file("status", "1");
        wait_until(seconds(4), "critical", || {
            agent.status(&id("web")).filter(|status| status == "critical").map(drop)
        });
        scene.file("status", "0");
        await_passing(&agent);
    });
    pilot.stop().assert_status(0);
    assert_eq!(agent.json("/v1/agent/services"), json!({}));
}

fn an_agent_that_comes_late_is_no_hindrance(make: Make) {
    let scene = scene();
    let mut agent = make.start(scene.folder());
    agent.kill();
    let pilot = up(&scene, &json!(agent.address()), None);
    scene.await_event(SOON, "check");
    agent.start_again();
    await_passing(&agent);
    pilot.stop().assert_status(0);
}

fn a_watch_follows_what_comes_and_goes(make: Make) {
    let scene = scene();
    let agent = make.start(scene.folder());
    let jobs = ["healthy", "unhealthy"].map(|event| {
        let when = json!({"when": {"source": "watch.sales", "each": event}});
        scene.job(event, &[&format!("note={event}")], &when)
    });
    let rest = json!({"consul": agent.address(), "watches": [{"name": "sales", "interval": 1}]});
    let _pilot = scene.jobs(&jobs, &rest).start();
    agent.register("s1", "sales", "192.0.2.1", 80);
    scene.await_events(SOON, "healthy", 1);
    agent.register("s2", "sales", "192.0.2.2", 80);
    scene.await_events(SOON, "healthy", 2);
    agent.deregister("s1");
    agent.deregister("s2");
    scene.await_event(SOON, "unhealthy");
}

#[test]
fn q_04_a_certificate_that_nobody_knows_is_not_trusted() {
    fixed("Q-04", || {
        let scene = scene();
        let (agent, port, _) = Agent::start_private(scene.folder());
        let pilot = up(&scene, &json!(format!("https://127.0.0.1:{port}")), None);
        scene.await_events(SOON, "check", 3);
        assert!(agent.passing("web").is_empty());
        pilot.await_phrase(SOON, "certificate");
    });
}

#[test]
fn q_04_verification_may_be_switched_off_in_the_file() {
    let scene = scene();
    let (agent, port, _) = Agent::start_private(scene.folder());
    let consul = json!({"address": format!("127.0.0.1:{port}"), "scheme": "https", "tls": {"verify": false}});
    let _pilot = up(&scene, &consul, None);
    await_passing(&agent);
}

#[test]
fn q_04_verification_may_be_switched_off_by_the_environment() {
    let scene = scene();
    let (agent, port, _) = Agent::start_private(scene.folder());
    let consul = json!(format!("https://127.0.0.1:{port}"));
    let _pilot = up(&scene, &consul, Some(("CONSUL_HTTP_SSL_VERIFY", "false")));
    await_passing(&agent);
}

#[test]
fn a_certificate_may_be_named_in_the_file() {
    let scene = scene();
    let (agent, port, certificate) = Agent::start_private(scene.folder());
    let tls = json!({"cafile": certificate, "verify": true});
    let consul = json!({"address": format!("127.0.0.1:{port}"), "scheme": "https", "tls": tls});
    let pilot = up(&scene, &consul, None);
    await_passing(&agent);
    pilot.stop().assert_status(0);
    assert!(agent.passing("web").is_empty());
}

#[test]
fn a_certificate_may_be_named_in_the_environment() {
    let scene = scene();
    let (agent, port, certificate) = Agent::start_private(scene.folder());
    let consul = json!(format!("https://127.0.0.1:{port}"));
    let _pilot = up(&scene, &consul, Some(("CONSUL_CACERT", &certificate)));
    await_passing(&agent);
}

#[test]
fn the_agent_may_be_reached_by_a_socket_in_the_file_system() {
    let scene = scene();
    let agent = Agent::start(scene.folder());
    let _pilot = up(&scene, &json!(format!("unix://{}", agent.socket().display())), None);
    await_passing(&agent);
}

fn q_25_a_service_that_was_removed_behind_our_back_returns(make: Make) {
    fixed("Q-25", || {
        let scene = scene();
        let agent = make.start(scene.folder());
        let health = json!({"health": {"interval": 1, "ttl": 3}});
        let rest = json!({"consul": agent.address()});
        let _pilot = scene.jobs(&[scene.offer("web", &["forever"], &health)], &rest).start();
        await_passing(&agent);
        agent.deregister(&id("web"));
        await_passing(&agent);
    });
}
