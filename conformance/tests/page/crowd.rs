//! A thousand services, and a service of a thousand instances.

use crate::stage::Stage;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::{SOON, seconds};
use serde_json::json;
use std::time::Duration;

on_each_agent! {
    a_thousand_services_stay_usable,
}

fn a_thousand_services_stay_usable(make: Make) {
    let stage = Stage::new(make);
    let register = |name: &str, id: &str| {
        let body = json!({"Node": format!("node-{}", id.len() % 3), "Address": "192.0.2.1", "SkipNodeUpdate": false,
            "Service": {"ID": id, "Service": name, "Port": 80, "Tags": ["crowd"], "Meta": {"gyropilot-watches": "big"}},
            "Check": {"CheckID": format!("service:{id}"), "Name": "alive", "Status": "passing", "ServiceID": id}});
        stage.put("/v1/catalog/register", &body);
    };
    for number in 0..1_000 {
        register(&format!("service-{number:04}"), &format!("of-{number:04}"));
        register("big", &format!("big-{number:04}"));
    }
    stage.register("last", "zz-last", &json!({}));
    stage.open();
    let count = "return document.querySelector('.total.services dd').textContent.replace(/\\D/g, '')";
    let count: u32 = stage.browser.run(count, &[]).as_str().unwrap().parse().unwrap();
    assert!(count >= 1_002, "{count}");
    // Too many for one picture, and it says so.
    let note = stage.browser.run("return document.getElementById('graph-note').textContent", &[]);
    assert!(note.as_str().unwrap().contains("too many for one picture"), "{note}");
    // Typing is answered within a moment.
    let typed = "const field = document.getElementById('filter'); const begin = performance.now();
        field.value = arguments[0]; field.dispatchEvent(new Event('input')); document.getElementById('services').getBoundingClientRect();
        return { took: performance.now() - begin, shown: document.querySelectorAll('#services li:not([hidden])').length }";
    let found = stage.browser.run(typed, &["service-04"]);
    assert_eq!(found["shown"], json!(100));
    // A bound that a busy machine keeps to as well; how soon it is is no matter of a test.
    assert!(found["took"].as_f64().unwrap() < 10_000.0, "{found}");
    let found = stage.browser.run(typed, &["zz-last"]);
    assert_eq!(found["shown"], json!(1));
    // What is filtered and its neighbours are drawn, and it is alive.
    let mut times: Vec<Duration> = (0..5)
        .map(|turn| {
            let (status, words) =
                if turn % 2 == 0 { ("critical", "1 critical") } else { ("passing", "1 passing") };
            stage.update("last", status, "");
            stage.await_row(SOON, "zz-last", words)
        })
        .collect();
    times.sort();
    assert!(times[2] < seconds(1), "{times:?}");
    // A service of a thousand instances is shown a portion at a time.
    stage.go("#/service/big");
    let portion = "return document.querySelectorAll('#service .instance').length === 100 && document.querySelector('#service .more').textContent";
    let more = stage.browser.await_found(SOON, "the first hundred", portion, &[]);
    assert!(more.as_str().unwrap().contains("900"), "{more}");
    let _ = stage.browser.run("document.querySelector('#service .more').click()", &[]);
    let next = "return document.querySelectorAll('#service .instance').length === 200";
    stage.browser.await_found(SOON, "the next hundred", next, &[]);
    stage.assert_no_complaint();
}
