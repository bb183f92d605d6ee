//! In light and dark, wide and narrow: nothing sticks out, and everything can be read.

use crate::stage::{NARROW, Stage, WIDE};
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::SOON;
use serde_json::json;

on_each_agent! {
    every_text_can_be_read_and_nothing_sticks_out,
}

/// Texts with less contrast to what is behind them than WCAG asks for at level AA:
/// 4.5 to 1 for text, 3 to 1 for shapes.
const UNREADABLE: &str = "
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const numbers = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data]; };
    const light = ([r, g, b]) => { const part = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        return .2126 * part(r) + .7152 * part(g) + .0722 * part(b); };
    const ratio = (a, b) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + .05) / (Math.min(x, y) + .05); };
    const ground = (node) => { for (let at = node; at; at = at.parentElement) {
        const box = at.matches?.('.box *, .box') ? at.closest('.box').querySelector('rect') : null;
        const colour = box ? getComputedStyle(box).fill : getComputedStyle(at).backgroundColor;
        if (colour !== 'none' && numbers(colour)[3] === 255) return numbers(colour);
        if (box) at = at.closest('svg'); } return numbers('canvas'); };
    const bad = [];
    for (const animation of document.getAnimations()) animation.finish();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.getClientRects().length || node.closest('.unseen, .skip, title, noscript')) continue;
        const style = getComputedStyle(node);
        const colour = numbers(node.closest('svg') ? style.fill : style.color);
        const found = ratio(colour, ground(node));
        if (found < 4.5) bad.push(walker.currentNode.data.trim() + ': ' + found.toFixed(2));
    }
    for (const shape of document.querySelectorAll('.shape')) {
        if (!shape.getClientRects().length) continue;
        const found = ratio(numbers(getComputedStyle(shape).color), ground(shape.parentElement));
        if (found < 3) bad.push('shape in ' + shape.parentElement.textContent + ': ' + found.toFixed(2));
    }
    return bad;";

/// What is wider than the page or cut without a way to see the rest.
const STICKS_OUT: &str = "
    const bad = [];
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > wide) bad.push('the page is ' + document.documentElement.scrollWidth + ' wide');
    for (const node of document.querySelectorAll('.total, .badge, .chip, .row, .instance, .event, .near, .trouble, h1:not(.unseen), h2')) {
        const box = node.getBoundingClientRect();
        if (box.width && (box.right > wide + .5 || box.left < -.5)) bad.push(node.className + ' ' + node.textContent.slice(0, 40));
        if (box.width && node.scrollWidth > node.clientWidth + 1 && node.clientWidth) bad.push('in ' + node.className + ' ' + node.textContent.slice(0, 40));
    }
    return bad;";

fn every_text_can_be_read_and_nothing_sticks_out(make: Make) {
    let stage = Stage::new(make);
    let watching = |watched: &str| json!({"Tags": ["v1", "blue"], "Meta": {"gyropilot-watches": watched}});
    stage.register("web-1", "web", &watching("api,nobody"));
    stage.register("web-2", "web", &watching("api,nobody"));
    stage.register("api-1", "api", &watching("database-of-the-department-of-long-names"));
    let long = format!("an-identifier-that-is-longer-than-a-phone-is-wide-{}", "x".repeat(60));
    stage.register(&long, "database-of-the-department-of-long-names", &json!({}));
    stage.register("job-1", "job", &json!({}));
    stage.open();
    stage.update("web-2", "critical", &"connection refused ".repeat(20));
    stage.update(&long, "warning", &"x".repeat(300));
    stage.put("/v1/agent/service/maintenance/job-1?enable=true&reason=moving", &json!(null));
    stage.deregister("api-1");
    stage.await_row(SOON, "job", "1 maintenance");
    stage.await_no_row("api");
    for (size, word) in [(WIDE, "wide"), ((1000, 700), "in between"), (NARROW, "narrow")] {
        for dark in [false, true] {
            stage.browser.dress(size, dark);
            for address in [
                "#/",
                "#/services",
                "#/events",
                "#/service/web",
                "#/service/database-of-the-department-of-long-names",
            ] {
                stage.go(address);
                let there =
                    "return document.body.dataset.view === (arguments[0].split('/')[1] || 'overview')";
                stage.browser.await_found(SOON, address, there, &[address]);
                let where_ = format!("{address} {word} {}", if dark { "dark" } else { "light" });
                assert_eq!(stage.browser.run(UNREADABLE, &[]), json!([]), "{where_}: cannot be read");
                assert_eq!(stage.browser.run(STICKS_OUT, &[]), json!([]), "{where_}: sticks out");
            }
        }
    }
    // Colour is never the only sign: a word stands with every shape.
    let alone = "return [...document.querySelectorAll('.badge, .chip, .row')].filter((node) => !/critical|warning|maintenance|passing|no instance|so far|…/.test(node.textContent)).length";
    assert_eq!(stage.browser.run(alone, &[]), json!(0));
    stage.assert_no_complaint();
}
