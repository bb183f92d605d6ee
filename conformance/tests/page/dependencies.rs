//! Who depends on whom, as a picture.

use crate::stage::Stage;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};
use std::net::TcpStream;

on_each_agent! {
    what_pilots_watch_is_drawn,
    the_same_services_are_drawn_the_same,
    boxes_never_cover_each_other,
}

/// The names in the picture from left to right, and how many lines there are.
const PICTURE: &str = "const boxes = [...document.querySelectorAll('#graph a.box')];
    if (boxes.length === 0) return null;
    const place = (box) => box.getAttribute('transform');
    return { boxes: boxes.map((box) => box.dataset.service + ' ' + box.getAttribute('class') + ' ' + place(box)).sort(),
        lines: [...document.querySelectorAll('#graph path.line')].map((line) => line.getAttribute('d')) }";

fn what_pilots_watch_is_drawn(make: Make) {
    let stage = Stage::new(make);
    let scene = &stage.scene;
    let web = scene.offer("web", &["forever"], &json!({}));
    let rest = json!({"consul": stage.catalogue.to_string(), "watches": [
        {"name": "db", "interval": 1}, {"name": "queue", "interval": 1}, {"name": "db", "interval": 1, "tag": "primary"},
        {"name": "far", "interval": 1, "dc": "elsewhere"}, {"name": "settings", "interval": 1, "key": "settings"}]});
    let pilot = scene.jobs(&[web], &rest).start();
    stage.register("db-1", "db", &json!({}));
    stage.open();
    let picture = stage.browser.await_found(SOON, "the picture", PICTURE, &[]);
    let words = picture["boxes"].to_string();
    assert_eq!(picture["boxes"].as_array().unwrap().len(), 3, "{picture}");
    assert_eq!(picture["lines"].as_array().unwrap().len(), 2, "{picture}");
    assert!(
        words.contains("db box passing") && words.contains("queue box none") && words.contains("web box"),
        "{words}"
    );
    // It becomes true by itself.
    stage.register("queue-1", "queue", &json!({}));
    let now = format!(
        "const picture = (() => {{ {PICTURE} }})(); return JSON.stringify(picture).includes('queue box passing')"
    );
    stage.browser.await_found(SOON, "the queue to be drawn as passing", &now, &[]);
    stage.go("#/service/db");
    let needed = "return document.querySelector('#service')?.innerText.replace(/\\s+/g, ' ').includes('Needed by web')";
    stage.browser.await_found(SOON, "who needs it", needed, &[]);
    pilot.stop().assert_status(0);
    stage.assert_no_complaint();
}

fn the_same_services_are_drawn_the_same(make: Make) {
    let stage = Stage::new(make);
    // With circles, long lines and names that sort otherwise than they depend.
    for (name, watched) in
        [("a", "c,b"), ("b", "d"), ("c", "a,e"), ("d", "e,b"), ("e", "z"), ("y", "z,a"), ("z", "")]
    {
        stage.register(&format!("{name}-1"), name, &json!({"Meta": {"gyropilot-watches": watched}}));
    }
    stage.open();
    let first = stage.browser.await_found(SOON, "the picture", PICTURE, &[]);
    assert_eq!(first["boxes"].as_array().unwrap().len(), 7);
    assert_eq!(first["lines"].as_array().unwrap().len(), 10);
    // In another order.
    for (name, watched) in [("y", "a,z"), ("c", "e,a"), ("a", "b,c")] {
        stage.deregister(&format!("{name}-1"));
        stage.register(&format!("{name}-2"), name, &json!({"Meta": {"gyropilot-watches": watched}}));
    }
    stage.open();
    assert_eq!(stage.browser.await_found(SOON, "the picture", PICTURE, &[]), first);
    stage.assert_no_complaint();
}

fn boxes_never_cover_each_other(make: Make) {
    let stage = Stage::new(make);
    stage.open();
    let found = stage.browser.resolve(
        "const { layered } = await import(new URL('layers.js', document.baseURI));
        // Park and Miller's numbers: the same graphs in every run.
        let seed = 20; const next = (below) => (seed = (seed * 16807) % 2147483647) % below;
        const faults = [];
        for (let round = 0; round < 300; round += 1) {
            const count = 1 + next(24);
            const nodes = Array.from({ length: count }, (_, at) => ({ id: 'n' + at, width: 100 + next(100), height: 30 + next(20) }));
            const edges = Array.from({ length: next(3 * count) }, () => ['n' + next(count), 'n' + next(count)]);
            const { places, lines, width, height } = layered(nodes, edges);
            const boxes = nodes.map((node) => ({ ...node, ...places.get(node.id) }));
            for (const one of boxes) {
                if (!(one.x >= 0 && one.y >= 0 && one.x + one.width <= width + .01 && one.y + one.height <= height + .01)) faults.push([round, 'outside', one]);
                for (const other of boxes) {
                    if (one.id < other.id && one.x < other.x + other.width && other.x < one.x + one.width
                        && one.y < other.y + other.height - .01 && other.y < one.y + one.height - .01) faults.push([round, 'cover', one, other]);
                }
            }
            const wanted = new Set(edges.filter(([from, to]) => from !== to).map(String));
            if (lines.length !== wanted.size || lines.some(({ points }) => points.length < 2 || points.some(({ x, y }) => !Number.isFinite(x + y)))) faults.push([round, 'lines']);
        }
        return faults.slice(0, 3);",
    );
    assert_eq!(found, json!([]));
}

#[test]
fn clients_that_wait_are_drawn_where_the_catalogue_knows_them() {
    let stage = Stage::new(Make::Gyropilot);
    stage.register("db-1", "db", &json!({}));
    stage.open();
    let none = stage.browser.run("return document.querySelectorAll('#graph .box').length", &[]);
    assert_eq!(none, json!(0));
    // The page itself looks at it, too, and is nobody's client.
    stage.go("#/service/db");
    let mut client = TcpStream::connect(stage.catalogue).unwrap();
    let index = stage.ask("GET", "/v1/health/service/db", &Value::Null);
    let index = index.head.to_lowercase();
    let index = index.lines().find_map(|line| line.strip_prefix("x-consul-index: ")).unwrap();
    let request = format!("GET /v1/health/service/db?index={index}&wait=60s HTTP/1.1\r\nHost: x\r\n\r\n");
    std::io::Write::write_all(&mut client, request.as_bytes()).unwrap();
    let told = "return document.querySelector('#service')?.innerText.includes('1 other client: 127.0.0.1')";
    stage.browser.await_found(SOON, "the client to be told", told, &[]);
    let drawn =
        "return document.querySelector('#service .box.clients')?.textContent.includes('1 other client')";
    stage.browser.await_found(SOON, "the client to be drawn", drawn, &[]);
    drop(client);
    let gone = "return document.querySelector('#service .box.clients') === null";
    stage.browser.await_found(SOON, "the client to be gone", gone, &[]);
    stage.assert_no_complaint();
}
