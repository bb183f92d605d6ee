//! Whatever a catalogue says is text, and nothing but text.

use crate::stage::Stage;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::SOON;
use serde_json::json;

on_each_agent! {
    names_and_outputs_are_text,
}

const NAME: &str = "<img src=x onerror=attacked=1>";
const OUTPUT: &str = "</pre><script>attacked=1</script>\u{202e}<style>*{display:none}</style>";
/// A link that would run something, as a name.
const LINK: &str = "javascript:attacked=1//&\"'`<b>";

fn names_and_outputs_are_text(make: Make) {
    let stage = Stage::new(make);
    for (id, name) in [("one", NAME), ("two", LINK)] {
        stage.register(
            id,
            name,
            &json!({
                "Tags": [NAME, "\"><svg onload=attacked=1>"],
                "Address": "192.0.2.7",
                "Meta": {"gyropilot-watches": LINK.replace(',', "") + "," + NAME, "html": OUTPUT},
            }),
        );
    }
    stage.open();
    stage.update("one", "critical", OUTPUT);
    stage.await_row(SOON, NAME, "1 critical");
    // Everything that is drawn: the list, what needs attention, the graph, the feed, the details.
    let drawn = "return document.querySelectorAll('#graph a.box').length === 2 && document.querySelectorAll('.trouble').length === 1
        && document.querySelectorAll('#events li').length >= 1";
    stage.browser.await_found(SOON, "all parts of the first screen", drawn, &[]);
    let open = "[...document.querySelectorAll('#services .row')].find((row) => row.textContent.includes(arguments[0])).click()";
    let _ = stage.browser.run(open, &[NAME]);
    let title = "return document.querySelector('#service h1')?.textContent";
    let title = stage.browser.await_found(SOON, "the details", title, &[]);
    assert_eq!(title, json!(NAME));
    let output = "return document.querySelector('#service .output')?.textContent";
    let output = stage.browser.await_found(SOON, "the output", output, &[]);
    assert!(output.as_str().unwrap().ends_with(OUTPUT), "{output}");
    let strangers = "return [...document.querySelectorAll('img, script, style, b, svg[onload]')]
        .map((node) => node.outerHTML).filter((html) => !/^<(img src=\"icon.svg\"|script type=\"module\" src=\"main.js\")/.test(html))";
    assert_eq!(stage.browser.run(strangers, &[]), json!([]));
    let links = "return [...document.querySelectorAll('a')].map((a) => a.href.baseVal ?? a.href)
        .filter((href) => !href.startsWith(location.origin) && !href.startsWith('#/'))";
    assert_eq!(stage.browser.run(links, &[]), json!([]));
    assert_eq!(stage.browser.run("return typeof attacked", &[]), json!("undefined"));
    // Back and forth by the address alone, with the other name.
    let _ = stage.browser.run(open, &["javascript:"]);
    let title = "return document.querySelector('#service h1')?.textContent === arguments[0]";
    stage.browser.await_found(SOON, "the other name", title, &[LINK]);
    assert_eq!(stage.browser.run("return typeof attacked", &[]), json!("undefined"));
    stage.assert_no_complaint();
}
