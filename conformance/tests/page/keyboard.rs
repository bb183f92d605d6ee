//! Everything can be reached and done without a mouse.

use crate::stage::{NARROW, Stage};
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::browser::key::{DOWN, END, ENTER, ESCAPE, TAB, UP};
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

on_each_agent! {
    keys_filter_choose_open_and_go_back,
    the_filter_opens_on_a_phone,
}

fn shown(stage: &Stage) -> Value {
    stage.browser.run(
        "return [...document.querySelectorAll('#services li:not([hidden]) .name')].map((name) => name.textContent)",
        &[],
    )
}

fn focused(stage: &Stage) -> String {
    let script =
        "const now = document.activeElement; return now.querySelector?.('.name')?.textContent ?? now.id";
    stage.browser.run(script, &[]).as_str().unwrap_or_default().to_owned()
}

fn with_services(make: Make) -> Stage {
    let stage = Stage::new(make);
    stage.register("a", "alpha", &json!({"Tags": ["blue"]}));
    stage.register("b", "beta", &json!({"Tags": ["green"]}));
    stage.register("g", "gamma", &json!({"Tags": ["blue"]}));
    stage.open();
    stage.await_row(SOON, "gamma", "1 passing");
    stage
}

fn keys_filter_choose_open_and_go_back(make: Make) {
    let stage = with_services(make);
    let browser = &stage.browser;
    // The first stop leads past everything else.
    browser.press(&[TAB]);
    assert_eq!(focused(&stage), "skip");
    browser.press(&[ENTER]);
    assert_eq!(focused(&stage), "content");
    browser.press(&["/"]);
    browser.await_found(
        SOON,
        "the filter to have the focus",
        "return document.activeElement.id === 'filter'",
        &[],
    );
    browser.press(&["b", "l", "u", "e"]);
    assert_eq!(shown(&stage), json!(["alpha", "gamma"]));
    browser.press(&[DOWN]);
    assert_eq!(focused(&stage), "alpha");
    browser.press(&[DOWN]);
    assert_eq!(focused(&stage), "gamma");
    browser.press(&[DOWN]);
    assert_eq!(focused(&stage), "gamma");
    browser.press(&[UP, UP]);
    assert_eq!(focused(&stage), "filter");
    browser.press(&[ESCAPE]);
    assert_eq!(
        shown(&stage).as_array().unwrap().len(),
        if make == Make::Consul { 4 } else { shown(&stage).as_array().unwrap().len() }
    );
    browser.press(&[DOWN, END]);
    assert_eq!(focused(&stage), "gamma");
    browser.press(&[ENTER]);
    let title = "return document.querySelector('#service h1')?.textContent === 'gamma'";
    browser.await_found(SOON, "the service to be opened", title, &[]);
    // One row of all is a stop of Tab, and the focus can be seen on it.
    let stops = browser.run("return document.querySelectorAll('#services a[tabindex=\"0\"]').length", &[]);
    assert_eq!(stops, json!(1));
    let outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle", &[]);
    assert_eq!(outline, json!("solid"));
    browser.press(&[ESCAPE]);
    browser.await_found(SOON, "the overview", "return !document.getElementById('overview').hidden", &[]);
    stage.assert_no_complaint();
}

fn the_filter_opens_on_a_phone(make: Make) {
    let stage = with_services(make);
    stage.browser.dress(NARROW, false);
    stage.browser.press(&["/"]);
    stage.browser.await_found(SOON, "the filter", "return document.activeElement.id === 'filter'", &[]);
    stage.browser.press(&["b", "e", "t", ENTER]);
    let title = "const title = document.querySelector('#service h1'); return title?.textContent === 'beta' && title.getClientRects().length > 0";
    stage.browser.await_found(SOON, "the service to be opened", title, &[]);
    stage.assert_no_complaint();
}
