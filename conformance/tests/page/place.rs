//! Whoever reads keeps their place while the page changes, and is told when it no longer can.

use crate::stage::Stage;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

on_each_agent! {
    scrolling_focus_and_what_was_opened_stay,
    the_list_stays_where_it_was_scrolled_to,
    a_lost_connection_is_told_and_mended,
}

fn scrolling_focus_and_what_was_opened_stay(make: Make) {
    let stage = Stage::new(make);
    for number in 0..40 {
        stage.register(&format!("web-{number:02}"), "web", &json!({"Meta": {"number": number.to_string()}}));
    }
    stage.open();
    stage.go("#/service/web");
    let shown = "return document.querySelectorAll('#service .instance').length === 40";
    stage.browser.await_found(SOON, "forty instances", shown, &[]);
    let look = "const row = [...document.querySelectorAll('#service .instance')][20];
        const details = row.querySelector('details');
        if (arguments[0] === 'prepare') {
            details.open = true;
            details.querySelector('summary').focus();
            row.scrollIntoView({ block: 'center' });
            row.mark = 'the same element';
        }
        return { id: row.querySelector('h3').textContent, mark: row.mark, open: details.open,
            focused: document.activeElement === details.querySelector('summary'),
            top: Math.round(row.getBoundingClientRect().top) }";
    let before = stage.browser.run(look, &["prepare"]);
    stage.update("web-19", "critical", "a line\nof trouble");
    stage.update("web-30", "warning", "another");
    // After all those that are looked at, so that the twentieth stays the twentieth.
    stage.register("web-99", "web", &json!({}));
    stage.register("other", "other", &json!({}));
    stage.await_row(SOON, "web", "1 critical, 1 warning, 39 passing");
    stage.await_row(SOON, "other", "1 passing");
    let output = "return document.querySelectorAll('#service .outputs .output').length === 2";
    stage.browser.await_found(SOON, "the outputs", output, &[]);
    assert_same_place(&stage.browser.run(look, &[""]), &before);
    assert_eq!(before["focused"], json!(true));
    stage.assert_no_complaint();
}

fn the_list_stays_where_it_was_scrolled_to(make: Make) {
    let stage = Stage::new(make);
    for number in 0..60 {
        stage.register(&format!("one-of-{number:02}"), &format!("service-{number:02}"), &json!({}));
    }
    stage.open();
    let look = "const list = document.getElementById('services');
        const row = [...list.querySelectorAll('.row')].find((row) => row.querySelector('.name').textContent === 'service-40');
        if (arguments[0] === 'prepare') { row.focus(); list.scrollTop = row.offsetTop - 200; }
        return { focused: document.activeElement === row, top: Math.round(row.getBoundingClientRect().top) }";
    let before = stage.browser.run(look, &["prepare"]);
    stage.update("one-of-39", "critical", "");
    stage.register("late", "zz-late", &json!({}));
    stage.await_row(SOON, "service-39", "1 critical");
    stage.await_row(SOON, "zz-late", "1 passing");
    assert_same_place(&stage.browser.run(look, &[""]), &before);
    // The one with the focus goes away: its neighbour has it then.
    stage.deregister("one-of-40");
    stage.await_no_row("service-40");
    let focused = stage.browser.run("return document.activeElement.querySelector('.name')?.textContent", &[]);
    assert_eq!(focused, json!("service-41"));
    stage.assert_no_complaint();
}

/// All the same, and where it was but for the rounding of pixels.
#[track_caller]
fn assert_same_place(now: &Value, before: &Value) {
    let (mut now, mut before) = (now.clone(), before.clone());
    let [top, was] = [&mut now, &mut before].map(|look| look["top"].take().as_i64().unwrap());
    assert!((top - was).abs() <= 2, "moved from {was} to {top}");
    assert_eq!(now, before);
}

fn a_lost_connection_is_told_and_mended(make: Make) {
    let mut stage = Stage::new(make);
    stage.register("web-1", "web", &json!({}));
    stage.open();
    stage.await_row(SOON, "web", "1 passing");
    stage.agent.kill();
    let told = "const alarm = document.getElementById('alarm'); return !alarm.hidden && alarm.getClientRects().length > 0 && alarm.innerText";
    let alarm = stage.browser.await_found(SOON, "the loss to be told", told, &[]);
    let alarm = alarm.as_str().unwrap();
    assert!(alarm.contains("lost at") && alarm.contains("as of"), "{alarm}");
    let link = "return document.getElementById('link').innerText";
    let link = stage.browser.run(link, &[]).as_str().unwrap().replace('\n', " ");
    assert!(link.contains("Connection lost") && link.contains("as of"), "{link}");
    // What was known stays to be seen.
    stage.await_row(SOON, "web", "1 passing");
    // It comes back with an empty memory.
    stage.agent.start_again();
    stage.await_no_row("web");
    stage.register("new-1", "new", &json!({}));
    stage.await_row(SOON, "new", "1 passing");
    stage.await_whole();
    assert_eq!(stage.browser.run(told, &[]), Value::Bool(false));
    let complaints: Vec<String> = stage
        .browser
        .complaints()
        .into_iter()
        .filter(|line| !line.contains("Failed to load resource"))
        .collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}
