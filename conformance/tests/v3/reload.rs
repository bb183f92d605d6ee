//! Section 2.11: a reload, as one transaction.

use crate::{await_ticks, clock, id, nothing, scene, seconds};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::process::alive;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// A job that stays and notes its own name.
fn stays(scene: &Scene, name: &str, rest: &Value) -> Value {
    scene.job(name, &[&format!("note={name}"), "forever"], rest)
}

#[track_caller]
fn up(scene: &Scene, jobs: &[Value]) -> Pilot {
    let pilot = scene.jobs(jobs, &nothing()).start();
    scene.control().await_up(SOON);
    pilot
}

/// Writes these jobs and has them read.
#[track_caller]
fn reload(scene: &Scene, jobs: &[Value]) {
    scene.write_jobs(jobs, &nothing());
    let answer = scene.control().post("/v3/reload", "");
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn jobs_come_and_go() {
    let scene = scene();
    let _pilot = up(&scene, &[stays(&scene, "old", &nothing())]);
    let old = scene.await_event(SOON, "old").pid;
    reload(&scene, &[stays(&scene, "new", &nothing())]);
    scene.await_event(SOON, "new");
    gyropilot_conformance::wait::wait_until(seconds(4), "the old one to end", || (!alive(old)).then_some(()));
}

#[test]
fn a_job_that_stays_as_it_is_keeps_running() {
    fixed("reload-difference", || {
        let scene = scene();
        let same = stays(&scene, "same", &nothing());
        let _pilot = up(&scene, &[same.clone(), stays(&scene, "old", &nothing())]);
        let pid = scene.await_event(SOON, "same").pid;
        scene.await_event(SOON, "old");
        reload(&scene, &[same, stays(&scene, "new", &nothing()), clock(&scene)]);
        scene.await_event(SOON, "new");
        await_ticks(&scene, 3);
        assert!(alive(pid) && scene.events_like("same").len() == 1);
        assert_eq!(scene.control().job("same")["pid"], pid);
    });
}

#[test]
fn a_job_that_is_another_now_is_started_anew() {
    let scene = scene();
    let _pilot = up(&scene, &[scene.job("j", &["note=first", "await=TERM", "note=gone"], &nothing())]);
    scene.await_event(SOON, "first");
    reload(&scene, &[scene.job("j", &["note=second", "forever"], &nothing())]);
    scene.await_event(SOON, "second");
    fixed("Q-28", || assert_eq!(scene.notes(), ["first", "gone", "second"]));
}

#[test]
fn a_service_that_stays_is_never_missed() {
    fixed("reload-difference", || {
        let scene = scene();
        let web = scene.offer("web", &["note=up", "forever"], &nothing());
        let _pilot = up(&scene, std::slice::from_ref(&web));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        reload(&scene, &[web, scene.offer("more", &["forever"], &json!({"port": 2}))]);
        scene.consul.wait_for_status(SOON, &id("more"), Some("passing"));
        let gaps = scene.consul.requests_where(|request| request.is_deregistration_of(&id("web")));
        assert!(gaps.is_empty(), "{gaps:?}");
        assert_eq!(scene.events_like("up").len(), 1);
    });
}

#[test]
fn a_service_that_goes_is_withdrawn() {
    let scene = scene();
    let keeper = stays(&scene, "keeper", &nothing());
    let _pilot = up(&scene, &[scene.offer("web", &["forever"], &nothing()), keeper.clone()]);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    reload(&scene, &[keeper]);
    scene.consul.wait_for_status(SOON, &id("web"), None);
}

/// A file that is refused: everything goes on, and the answer says why.
#[track_caller]
fn refused(text: &str, phrases: &[&str]) {
    fixed("Q-29", || {
        let scene = scene();
        let web = scene.offer("web", &["note=up", "forever"], &nothing());
        let mut pilot = up(&scene, &[web, clock(&scene)]);
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        let plan = scene.control().json("/v1/plan");
        scene.file("jobs.json5", text);
        let answer = scene.control().post("/v3/reload", "");
        assert_eq!(answer.status, 422);
        for phrase in phrases {
            assert!(answer.body.contains(phrase), "{phrase:?} is missing in:\n{}", answer.body);
        }
        await_ticks(&scene, 3);
        assert!(pilot.is_running());
        assert_eq!(scene.events_like("up").len(), 1);
        assert_eq!(scene.control().json("/v1/plan"), plan);
        assert!(scene.consul.requests_where(|it| it.is_deregistration_of(&id("web"))).is_empty());
        pilot.stop().assert_status(0);
    });
}

#[test]
fn q_29_a_file_that_is_no_json_changes_nothing() {
    refused("{ consul: ", &["jobs.json5"]);
}

#[test]
fn q_29_a_file_with_a_wrong_job_changes_nothing() {
    refused("{ consul: '127.0.0.1:1', jobs: [ { name: 'j', exec: '' } ] }", &["job[j].exec"]);
}

#[test]
fn q_29_a_file_with_a_broken_template_changes_nothing() {
    refused("{ jobs: {{ nosuch }} }", &["nosuch"]);
}

#[test]
fn q_29_a_file_of_the_other_generation_changes_nothing() {
    refused("{ \"consul\": \"127.0.0.1:1\", \"services\": [] }", &[]);
}

#[test]
fn q_29_a_file_that_is_not_there_changes_nothing() {
    fixed("Q-29", || {
        let scene = scene();
        let mut pilot = up(&scene, &[stays(&scene, "keeper", &nothing())]);
        std::fs::remove_file(scene.path("jobs.json5")).unwrap();
        assert_eq!(scene.control().post("/v3/reload", "").status, 422);
        assert!(pilot.is_running());
    });
}

#[test]
fn after_a_bad_file_a_good_one_works() {
    fixed("Q-29", || {
        let scene = scene();
        let _pilot = up(&scene, &[stays(&scene, "keeper", &nothing())]);
        scene.file("jobs.json5", "not json");
        assert_eq!(scene.control().post("/v3/reload", "").status, 422);
        reload(&scene, &[stays(&scene, "new", &nothing())]);
        scene.await_event(SOON, "new");
    });
}

#[test]
fn what_was_put_into_the_environment_is_seen_by_the_template() {
    let scene = scene();
    let _pilot = up(&scene, &[stays(&scene, "keeper", &nothing())]);
    scene.control().post("/v3/environ", "{\"COLOUR\": \"green\"}");
    reload(&scene, &[scene.job("j", &["note={{ .COLOUR }}", "forever"], &nothing())]);
    scene.await_event(SOON, "green");
}

#[test]
fn two_reloads_at_once_are_both_answered() {
    let scene = scene();
    let _pilot = up(&scene, &[stays(&scene, "old", &nothing())]);
    scene.write_jobs(&[stays(&scene, "new", &nothing())], &nothing());
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let control = scene.control();
            std::thread::spawn(move || control.post("/v3/reload", "").status)
        })
        .collect();
    for client in clients {
        assert_eq!(client.join().unwrap(), 200);
    }
    scene.await_event(SOON, "new");
    assert_eq!(scene.events_like("new").len(), 1);
}

#[test]
fn maintenance_survives_a_reload() {
    let scene = scene();
    let keeper = stays(&scene, "keeper", &nothing());
    let _pilot = up(&scene, std::slice::from_ref(&keeper));
    scene.control().post("/v3/maintenance/enable", "");
    reload(&scene, &[keeper, scene.offer("web", &["note=up", "forever"], &nothing()), clock(&scene)]);
    scene.await_event(SOON, "up");
    await_ticks(&scene, 12);
    assert_eq!(scene.consul.status(&id("web")), None);
    scene.control().post("/v3/maintenance/disable", "");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn a_socket_that_moves_is_found_at_its_new_place() {
    let scene = scene();
    let keeper = stays(&scene, "keeper", &nothing());
    let _pilot = up(&scene, std::slice::from_ref(&keeper));
    scene.write_jobs(&[keeper], &json!({"control": {"socket": scene.at("moved")}}));
    let answer = scene.control().post("/v3/reload", "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    gyropilot_conformance::control::Control::at(&scene.path("moved")).await_up(SOON);
}

#[test]
fn the_plan_in_force_is_the_new_one() {
    let scene = scene();
    let _pilot = up(&scene, &[stays(&scene, "old", &nothing())]);
    reload(&scene, &[stays(&scene, "new", &nothing())]);
    let plan = scene.control().json("/v1/plan").to_string();
    assert!(plan.contains("\"new\"") && !plan.contains("\"old\""), "{plan}");
}
