//! `when` with several sources, and the event `ready`.

use crate::{await_ticks, clock, nothing, scene};
use gyropilot_conformance::double::Instance;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// Jobs `a` and `b` that end when the files of their names are there, and one that reacts.
fn two_and(scene: &Scene, when: &Value) -> gyropilot_conformance::launch::Pilot {
    let ends = |name: &str| {
        scene.job(name, &[&format!("until={}", scene.at(name)), &format!("note={name}")], &nothing())
    };
    let reaction = scene.job("reaction", &["note=ran"], &json!({"when": when}));
    let keeper = scene.job("keeper", &["forever"], &nothing());
    let pilot = scene.jobs(&[ends("a"), ends("b"), reaction, keeper, clock(scene)], &nothing()).start();
    scene.await_event(SOON, "tick");
    pilot
}

fn both(word: &str) -> Value {
    json!([{"source": "a", word: "exitSuccess"}, {"source": "b", word: "exitSuccess"}])
}

#[test]
fn a_list_is_any_of_them() {
    let scene = scene();
    let _pilot = two_and(&scene, &both("once"));
    scene.file("b", "");
    scene.await_event(SOON, "ran");
    scene.file("a", "");
    scene.await_event(SOON, "a");
    await_ticks(&scene, 3);
    assert_eq!(scene.events_like("ran").len(), 1, "once is once");
}

#[test]
fn any_is_the_same_in_words() {
    let scene = scene();
    let _pilot = two_and(&scene, &json!({"any": both("once")}));
    scene.file("a", "");
    scene.await_event(SOON, "ran");
}

#[test]
fn each_of_any_is_every_time() {
    let scene = scene();
    let _pilot = two_and(&scene, &json!({"any": both("each")}));
    scene.file("a", "");
    scene.await_events(SOON, "ran", 1);
    scene.file("b", "");
    scene.await_events(SOON, "ran", 2);
}

#[test]
fn all_waits_for_every_one_in_any_order() {
    let scene = scene();
    let _pilot = two_and(&scene, &json!({"all": both("once")}));
    scene.file("b", "");
    scene.await_event(SOON, "b");
    await_ticks(&scene, 3);
    assert!(!scene.has("ran"));
    let waits = scene.control().job("reaction")["waits_for"].clone();
    assert_eq!(waits.as_array().map(Vec::len), Some(1), "only a is missing: {waits}");
    scene.file("a", "");
    scene.await_event(SOON, "ran");
}

#[test]
fn all_may_be_given_up() {
    let scene = scene();
    let when = json!({"all": both("once"), "timeout": "300ms"});
    let _pilot = two_and(&scene, &when);
    scene.control().await_job(SOON, "reaction", |job| job["state"] != "waiting");
    scene.file("a", "");
    scene.file("b", "");
    scene.await_event(SOON, "b");
    await_ticks(&scene, 3);
    assert!(!scene.has("ran"));
}

#[test]
fn many_watches_may_start_one_job() {
    let scene = scene();
    let when =
        json!([{"source": "watch.sales", "each": "changed"}, {"source": "watch.stock", "each": "changed"}]);
    let watches = json!([{"name": "sales", "interval": 1}, {"name": "stock", "interval": 1}]);
    let job = scene.job("render", &["note=ran"], &json!({"when": when}));
    let _pilot = scene.jobs(&[job], &json!({"watches": watches})).start();
    scene.consul.set_instances("sales", &[Instance::new("s", "192.0.2.1", 1)]);
    scene.await_events(SOON, "ran", 1);
    scene.consul.set_instances("stock", &[Instance::new("t", "192.0.2.1", 2)]);
    scene.await_events(SOON, "ran", 2);
}

#[test]
fn once_and_each_do_not_mix() {
    let scene = scene();
    let when = json!([{"source": "a", "once": "exitSuccess"}, {"source": "b", "each": "exitSuccess"}]);
    let ended = scene.jobs(&[scene.job("j", &["note=ran"], &json!({"when": when}))], &nothing()).run();
    ended.assert_status(1);
    ended.assert_says(&["once", "each"]);
}

#[test]
fn ready_follows_the_word_of_the_job_itself() {
    let scene = scene();
    let server = scene.job(
        "server",
        &["note=up", &format!("until={}", scene.at("go")), "notify=READY=1", "forever"],
        &json!({"ready": "notify"}),
    );
    let after = scene.job("after", &["note=after"], &json!({"when": {"source": "server", "once": "ready"}}));
    let _pilot = scene.jobs(&[server, after, clock(&scene)], &nothing()).start();
    scene.await_event(SOON, "up");
    await_ticks(&scene, 3);
    assert!(!scene.has("after"));
    scene.file("go", "");
    scene.await_event(SOON, "after");
}
