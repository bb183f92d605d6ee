//! What changes in the catalogue is on the page at once.

use crate::stage::Stage;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::process;
use gyropilot_conformance::wait::{SOON, seconds, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_each_agent! {
    a_change_is_shown_within_a_second,
    a_killed_application_is_shown_within_a_second,
    the_feed_tells_what_happened,
    maintenance_is_shown_with_its_reason,
    an_instance_without_a_check_is_shown,
}

fn a_change_is_shown_within_a_second(make: Make) {
    let stage = Stage::new(make);
    stage.register("web-1", "web", &json!({}));
    stage.register("web-2", "web", &json!({}));
    stage.open();
    stage.await_row(SOON, "web", "2 passing");
    let mut times: Vec<Duration> = (0..7)
        .map(|turn| {
            let (status, words) =
                if turn % 2 == 0 { ("critical", "1 critical, 1 passing") } else { ("passing", "2 passing") };
            stage.update("web-2", status, &format!("turn {turn}"));
            stage.await_row(SOON, "web", words)
        })
        .collect();
    times.sort();
    // Not the slowest one: other tests run on the same machine.
    assert!(times[3] < seconds(1), "{times:?}");
    stage.assert_no_complaint();
}

fn a_killed_application_is_shown_within_a_second(make: Make) {
    let stage = Stage::new(make);
    let scene = &stage.scene;
    let web = scene.offer("web", &["note=up", "forever"], &json!({"restarts": "unlimited"}));
    let catalogue = json!({"consul": stage.catalogue.to_string()});
    let pilot = scene.jobs(&[web], &catalogue).start();
    stage.open();
    stage.await_row(SOON, "web", "1 passing");
    let start = Instant::now();
    process::signal(scene.await_event(SOON, "up").pid, Signal::SIGKILL);
    let gone = "const row = [...document.querySelectorAll('#services .row')].find((row) => row.querySelector('.name').textContent === 'web');
        return !row || row.querySelector('.words').textContent !== '1 passing'";
    stage.browser.await_found(SOON, "the end of the application to be shown", gone, &[]);
    assert!(start.elapsed() < seconds(1), "{:?}", start.elapsed());
    // It is started again, and shown again.
    stage.await_row(SOON, "web", "1 passing");
    pilot.stop().assert_status(0);
    stage.await_no_row("web");
    stage.assert_no_complaint();
}

fn the_feed_tells_what_happened(make: Make) {
    let stage = Stage::new(make);
    stage.register("web-1", "web", &json!({}));
    stage.open();
    stage.await_row(SOON, "web", "1 passing");
    assert!(stage.feed().is_empty(), "{:?}", stage.feed());
    stage.update("web-1", "critical", "connection refused");
    stage.await_row(SOON, "web", "1 critical");
    stage.register("web-2", "web", &json!({}));
    stage.await_row(SOON, "web", "1 critical, 1 passing");
    stage.deregister("web-1");
    stage.await_row(SOON, "web", "1 passing");
    let told = wait_until(SOON, "three events", || Some(stage.feed()).filter(|feed| feed.len() >= 3));
    assert_eq!(
        told,
        [
            "web gone, was critical|web-1|",
            "web registered, passing|web-2|",
            "web passing → critical|web-1|connection refused",
        ]
    );
    // The first screen already says what is wrong and why.
    stage.update("web-2", "warning", "slow");
    let trouble = stage.browser.await_found(
        SOON,
        "the trouble to be told",
        "return document.querySelector('.trouble.warning')?.innerText",
        &[],
    );
    let trouble = trouble.as_str().unwrap();
    assert!(["warning", "web", "web-2", "slow"].iter().all(|word| trouble.contains(word)), "{trouble}");
    stage.assert_no_complaint();
}

fn maintenance_is_shown_with_its_reason(make: Make) {
    let stage = Stage::new(make);
    stage.register("web-1", "web", &json!({}));
    stage.open();
    stage.put("/v1/agent/service/maintenance/web-1?enable=true&reason=new+disk", &Value::Null);
    stage.await_row(SOON, "web", "1 maintenance");
    stage.go("#/service/web");
    let output =
        "return document.querySelector('.instance.maintenance .output')?.textContent.includes('new disk')";
    stage.browser.await_found(SOON, "the reason", output, &[]);
    stage.assert_no_complaint();
}

fn an_instance_without_a_check_is_shown(make: Make) {
    let stage = Stage::new(make);
    stage.open();
    let plain = |id: &str| json!({"ID": id, "Name": "plain", "Port": 1});
    stage.put("/v1/agent/service/register", &plain("plain-1"));
    stage.await_row(SOON, "plain", "1 passing");
    // No check and no name tells of the second.
    stage.put("/v1/agent/service/register", &plain("plain-2"));
    stage.await_row(SOON, "plain", "2 passing");
    stage.deregister("plain-1");
    stage.await_row(SOON, "plain", "1 passing");
    stage.assert_no_complaint();
}
