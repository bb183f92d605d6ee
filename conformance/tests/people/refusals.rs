//! What does not work, what is said then, and with which status.

use crate::scene;
use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::wait::{SOON, wait_until};
use gyropilot_conformance::web::{Manner, Web};
use gyropilot_conformance::{on_each_agent, port};

on_each_agent! { a_token_is_asked_for_where_one_is_needed }

#[test]
fn no_catalogue_is_status_3_and_what_to_do_about_it() {
    let scene = scene();
    let nobody = format!("127.0.0.1:{}", port::one());
    for words in [&["services"][..], &["kv", "get", "a"], &["kv", "put", "a", "b"], &["watch", "services"]] {
        let ended = scene.bare_launch().args(["catalog"]).args(words.iter().copied());
        let ended = ended.env("CONSUL_HTTP_ADDR", &nobody).run();
        ended.assert_status(3);
        assert_eq!(ended.out, "", "{words:?}");
        ended.assert_says(&[&format!("error: cannot connect to {nobody}: "), "hint: ", "--catalog URL"]);
    }
    let socket = format!("unix://{}", scene.at("none.sock"));
    let ended = scene.bare_launch().args(["catalog", "services", "--catalog", &socket]).run();
    ended.assert_status(3);
    ended.assert_says(&["none.sock", "hint: "]);
}

#[test]
fn what_cannot_be_meant_is_status_2() {
    let scene = scene();
    for words in [
        &["services", "--catalog", "ftp://x"][..],
        &["services", "--catalog", "consul:99999"],
        &["services", "--token-file", "none"],
        &["instances"],
        &["instances", ""],
        &["kv"],
        &["kv", "put", "a"],
        &["kv", "put", "a", "b", "--file", "c"],
        &["kv", "list", "--folders", "--values"],
        &["watch", "service"],
        &["watch", "key", "a", "--json", "--exec", "true"],
        &["nonsense"],
    ] {
        let ended = scene.bare_launch().args(["catalog"]).args(words.iter().copied()).run();
        assert_eq!((ended.status, ended.out.as_str()), (2, ""), "{words:?}: {}", ended.said());
    }
}

fn a_token_is_asked_for_where_one_is_needed(make: Make) {
    let scene = scene();
    let agent = make.start_guarded(scene.folder(), "the-first-token");
    let ask = |words: &[&str], env: &[(&str, &str)]| {
        let launch = scene.bare_launch().args(["catalog"]).args(words.iter().copied());
        let launch = launch.env("CONSUL_HTTP_ADDR", &agent.address());
        env.iter().fold(launch, |launch, (name, value)| launch.env(name, value)).run()
    };
    // Tokens are known a moment after the agent answers.
    let first = [("CONSUL_HTTP_TOKEN", "the-first-token")];
    wait_until(SOON, "the token to be known", || {
        (ask(&["kv", "put", "a", "1"], &first).status == 0).then_some(())
    });
    scene.file("token", "the-first-token\n");
    let file = scene.at("token");
    let by_file = [("CONSUL_HTTP_TOKEN_FILE", file.as_str()), ("CONSUL_HTTP_TOKEN", "wrong")];
    for (words, env) in [
        (&["kv", "get", "a"][..], &first[..]),
        (&["kv", "get", "a"], &by_file),
        (&["kv", "get", "a", "--token-file", &file], &[("CONSUL_HTTP_TOKEN", "wrong")]),
    ] {
        let ended = ask(words, env);
        ended.assert_status(0);
        assert_eq!(ended.out, "1");
    }
    let ended = ask(&["kv", "get", "a"], &[]);
    ended.assert_status(1);
    ended.assert_says(&["answered 403", "hint: give a token"]);
    let ended = ask(&["watch", "key", "a"], &[("CONSUL_HTTP_TOKEN", "a-wrong-token")]);
    ended.assert_status(1);
    ended.assert_says(&["answered 403", "hint: this token may not"]);
    assert!(!ended.said().contains("a-wrong-token"), "{}", ended.said());
    let ended = ask(&["services"], &[]);
    match make {
        // It shows those who may see nothing an empty list.
        Make::Consul => {
            ended.assert_status(0);
            ended.assert_says(&["may this token see any"]);
        }
        Make::Gyropilot => {
            ended.assert_status(1);
            ended.assert_says(&["answered 403", "hint: give a token"]);
        }
    }
}

#[test]
fn tls_is_verified_with_the_authority_that_is_named() {
    let scene = scene();
    let (_agent, port, certificate) = Agent::start_private(scene.folder());
    let url = format!("https://127.0.0.1:{port}");
    let services = || scene.bare_launch().args(["catalog", "services", "--catalog", &url]);
    let known = services().env("CONSUL_CACERT", &certificate).run();
    known.assert_status(0);
    let stranger = services().run();
    stranger.assert_status(3);
    stranger.assert_says(&["certificate", "hint: ", "CONSUL_CACERT"]);
    let plain =
        scene.bare_launch().args(["catalog", "services", "--catalog", &url.replace("https", "http")]).run();
    plain.assert_status(1);
    plain.assert_says(&["answered 400", "hint: it speaks TLS"]);
}

#[test]
fn the_embedded_catalogue_lets_only_those_in_whom_it_knows() {
    let scene = scene();
    let made = |name: &str| {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        scene.file(&format!("{name}.pem"), &made.cert.pem());
        scene.file(&format!("{name}.key"), &made.signing_key.serialize_pem());
        (scene.at(&format!("{name}.pem")), scene.at(&format!("{name}.key")))
    };
    let (server, client, other) = (made("127.0.0.1"), made("client"), made("other"));
    let words = ["--tls-cert", &server.0, "--tls-key", &server.1, "--tls-client-ca", &client.0];
    let catalogue = scene
        .bare_launch()
        .args(["catalog", "--http", "127.0.0.1:0", "--dns", "127.0.0.1:0"])
        .args(words)
        .start();
    let url = wait_until(SOON, "the address", || {
        catalogue.out().lines().find_map(|line| Some(line.split_once("https ")?.1.trim().to_owned()))
    });
    let services = |who: Option<&(String, String)>| {
        let launch = scene.bare_launch().args(["catalog", "services", "--catalog", &url]);
        let launch = launch.env("CONSUL_CACERT", &server.0);
        match who {
            Some((cert, key)) => launch.env("CONSUL_CLIENT_CERT", cert).env("CONSUL_CLIENT_KEY", key).run(),
            None => launch.run(),
        }
    };
    services(Some(&client)).assert_status(0);
    for who in [None, Some(&other)] {
        let stranger = services(who);
        stranger.assert_status(3);
        stranger.assert_says(&["error: ", "hint: "]);
    }
    let plain = url.replace("https", "http");
    let plain = scene.bare_launch().args(["catalog", "services", "--catalog", &plain]).run();
    assert_ne!(plain.status, 0, "{}", plain.said());
    plain.assert_says(&["error: ", "hint: "]);
    catalogue.stop().assert_status(0);
}

#[test]
fn something_else_at_the_address_is_told_apart() {
    let scene = scene();
    for (status, words) in [(404, "answered 404"), (200, "malformed answer")] {
        let other = Web::start(Manner::Status(status));
        let ended = scene.bare_launch().args(["catalog", "services", "--catalog", &other.url("")]).run();
        ended.assert_status(1);
        ended.assert_says(&["error: the catalogue at", words, "hint: is it the HTTP API of a catalogue"]);
    }
}
