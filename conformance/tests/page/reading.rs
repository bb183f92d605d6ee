//! `gyropilot ui` reads what the page needs and nothing else, as whom it was told to.

use crate::stage::said;
use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::browser::{Browser, key};
use gyropilot_conformance::http::{self, Answer, Peer};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::{SOON, wait_until};
use gyropilot_conformance::web::{Manner, Web};

fn scene() -> Scene {
    Scene::new(env!("CARGO_BIN_EXE_probe"))
}

fn ask(server: &Pilot, method: &str, path: &str) -> Answer {
    let page = said(server, "page  ");
    let address = page.trim_start_matches("http://").trim_end_matches("/ui/").parse().unwrap();
    let path = path.replace("HOST", &page);
    http::ask(&Peer::Tcp(address), method, &path, "").unwrap()
}

#[test]
fn only_what_the_page_reads_is_handed_on() {
    let scene = scene();
    let web = Web::start(Manner::Status(200));
    let secret = "a-secret-that-nobody-sees";
    let server = scene
        .bare_launch()
        .args(["ui", "--listen", "127.0.0.1:0", "--catalog", &web.url("")])
        .env("CONSUL_HTTP_TOKEN", secret)
        .start();
    let read = ask(&server, "GET", "/v1/health/state/any?index=1&wait=1s");
    assert_eq!((read.status, read.body.as_str()), (200, "ok"));
    assert!(!read.head.contains(secret), "{}", read.head);
    for (method, path, status) in [
        ("GET", "/v1/kv/secrets?recurse", 404),
        ("GET", "/v1/agent/self", 404),
        ("GET", "/v1/acl/tokens", 404),
        ("PUT", "/v1/catalog/deregister", 405),
        ("DELETE", "/v1/health/state/any", 405),
        ("GET", "/ui/../Cargo.toml", 404),
    ] {
        assert_eq!(ask(&server, method, path).status, status, "{method} {path}");
    }
    let heads = web.heads();
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(heads[0].starts_with("get /v1/health/state/any?index=1&wait=1s http/1.1"), "{heads:?}");
    assert!(heads[0].contains(&format!("x-consul-token: {secret}")), "{heads:?}");
    assert!(!server.said().contains(secret));
    server.stop().assert_status(0);
}

#[test]
fn the_page_may_not_run_or_load_anything_else() {
    let scene = scene();
    let server = scene.bare_launch().args(["ui", "--listen", "127.0.0.1:0"]).start();
    for path in ["/ui/", "/ui/main.js", "/v1/kv/x"] {
        let head = ask(&server, "GET", path).head.to_lowercase();
        assert!(head.contains("content-security-policy: default-src 'self'"), "{path}: {head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{path}: {head}");
    }
    for path in ["/", "/ui"] {
        let answer = ask(&server, "GET", path);
        assert!(answer.head.to_lowercase().contains("location: /ui/"), "{path}: {}", answer.head);
    }
    // Nobody is behind it, which is told and ends nothing.
    let lost = ask(&server, "GET", "/v1/catalog/services");
    assert!(matches!(lost.status, 200 | 502), "{lost:?}");
    server.stop().assert_status(0);
}

#[test]
fn a_catalogue_over_tls_is_shown() {
    let scene = scene();
    let (agent, https, certificate) = Agent::start_private(scene.folder());
    agent.register("web-1", "web", "192.0.2.7", 80);
    let server = scene
        .bare_launch()
        .args(["ui", "--listen", "127.0.0.1:0", "--catalog", &format!("https://127.0.0.1:{https}")])
        .env("CONSUL_CACERT", &certificate)
        .start();
    let names = wait_until(SOON, "an answer", || {
        Some(ask(&server, "GET", "/v1/catalog/services")).filter(|answer| answer.status == 200)
    });
    assert!(names.body.contains("\"web\""), "{}", names.body);
    server.stop().assert_status(0);
}

#[test]
fn what_cannot_be_served_is_said() {
    let scene = scene();
    let run = |words: &[&str]| scene.bare_launch().args(["ui"]).args(words.iter().copied()).run();
    let wrong = run(&["--catalog", "ftp://x"]);
    wrong.assert_status(2);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ended = run(&["--listen", &taken.local_addr().unwrap().to_string()]);
    ended.assert_status(1);
    ended.assert_says(&["cannot listen", "--listen"]);
}

#[test]
fn a_token_is_asked_for_and_kept_for_the_tab() {
    let scene = scene();
    let agent = Make::Consul.start_guarded(scene.folder(), "the-master");
    let server = scene
        .bare_launch()
        .args(["ui", "--listen", "127.0.0.1:0", "--catalog", &agent.address()])
        .env("CONSUL_HTTP_TOKEN", "a-wrong-one")
        .start();
    let browser = Browser::start(scene.folder());
    browser.open(&said(&server, "page  "));
    let asked = "const form = document.getElementById('entry'); return form.getClientRects().length > 0 && document.body.dataset.link === 'refused'";
    browser.await_found(SOON, "the token to be asked for", asked, &[]);
    let _ = browser.run("document.getElementById('token').focus()", &[]);
    browser.press(&"the-master".split("").filter(|letter| !letter.is_empty()).collect::<Vec<_>>());
    browser.press(&[key::ENTER]);
    let live = "return document.body.dataset.link === 'live' && document.getElementById('entry').hidden";
    browser.await_found(SOON, "the page to be live", live, &[]);
    let services = "return document.querySelectorAll('#services .row').length > 0";
    browser.await_found(SOON, "what the token may see", services, &[]);
}
