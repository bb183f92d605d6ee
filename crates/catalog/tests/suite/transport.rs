//! Ways to an agent, and peers that misbehave on them.

use crate::agent::Agent;
use crate::double::{Does, Double};
use crate::rig::{run, until};
use gyropilot_catalog::consul::{Consul, MAX_BODY};
use gyropilot_catalog::{Catalog, Error, Read, ServiceQuery};
use gyropilot_model::{ConsulConfig, Secret};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn consul_is_reached_over_ipv4_ipv6_a_name_and_a_socket_file() {
    run(async {
        let agent = Agent::shared().await;
        let mut named = agent.config();
        named.address = named.address.replace("127.0.0.1", "localhost");
        for config in [agent.config(), agent.config_v6(), named, agent.config_unix()] {
            let consul = Consul::new(&config).unwrap();
            let found = consul.agent().await.unwrap_or_else(|e| panic!("{}: {e}", config.address)).value;
            assert_eq!(found.node_name, "test", "{}", config.address);
        }
    });
}

#[test]
fn requests_one_after_the_other_share_a_connection() {
    run(async {
        let double = Double::serve(|_| Does::Answers(200, "", "[]".to_owned())).await;
        let consul = double.client();
        for _ in 0..5 {
            consul.datacenters().await.unwrap();
        }
        assert_eq!(*double.connections.borrow(), 1);
        let error = consul.registration("x").await.unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
    });
}

#[test]
fn a_write_never_waits_behind_a_read_that_waits() {
    run(async {
        let hangs = |line: &str| line.contains("/v1/health/");
        let double = Double::serve(move |asked| match hangs(&asked.line) {
            true => Does::Hangs,
            false => Does::Answers(200, "", String::new()),
        })
        .await;
        let consul = double.client();
        let reader = consul.clone();
        let waiting = tokio::task::spawn_local(async move {
            let _ = reader.instances(&ServiceQuery::passing("web"), &Read::default()).await;
        });
        until("the read is there", || !double.lines().is_empty()).await;
        tokio::time::timeout(5 * SECOND, consul.deregister("x")).await.unwrap().unwrap();
        assert_eq!(*double.connections.borrow(), 2);
        waiting.abort();
    });
}

#[test]
fn a_kept_connection_that_was_closed_is_replaced_unseen_but_counted() {
    run(async {
        let double = Double::serve(|_| {
            Does::SendsAndCloses(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]".to_vec())
        })
        .await;
        let consul = double.client();
        let losses = consul.losses();
        consul.datacenters().await.unwrap();
        until("the loss is counted", || *losses.borrow() == 1).await;
        consul.datacenters().await.unwrap();
        assert_eq!(*double.connections.borrow(), 2);
    });
}

#[test]
fn a_connection_that_its_server_announces_to_close_is_no_loss() {
    run(async {
        let double = Double::serve(|_| {
            Does::SendsAndCloses(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[]".to_vec())
        })
        .await;
        let consul = double.client();
        let losses = consul.losses();
        for _ in 0..3 {
            consul.datacenters().await.unwrap();
        }
        assert_eq!((*losses.borrow(), *double.connections.borrow()), (0, 3));
    });
}

#[test]
fn an_answer_that_breaks_off_is_a_loss() {
    run(async {
        for head in [
            "",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[]",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n[]",
        ] {
            let double = Double::serve(move |_| Does::SendsAndCloses(head.as_bytes().to_vec())).await;
            let error = double.client().datacenters().await.unwrap_err();
            assert!(matches!(error, Error::Lost { .. }), "{head:?}: {error}");
        }
    });
}

#[test]
fn chunked_answers_are_put_together() {
    run(async {
        let double = Double::serve(|_| {
            Does::Sends(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n[\"a\r\n4;x=y\r\n\",\"b\r\n2\r\n\"]\r\n0\r\n\r\n".to_vec())
        })
        .await;
        let consul = double.client();
        for _ in 0..2 {
            assert_eq!(consul.datacenters().await.unwrap().value, ["a", "b"]);
        }
        assert_eq!(*double.connections.borrow(), 1);
    });
}

#[test]
fn an_answer_without_end_is_given_up_at_its_bound() {
    run(async {
        let double = Double::serve(|_| {
            let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
            bytes.resize(MAX_BODY + 1000, b' ');
            Does::SendsAndCloses(bytes)
        })
        .await;
        let error = double.client().datacenters().await.unwrap_err();
        assert_eq!(error, Error::TooLarge { limit: MAX_BODY });
    });
}

#[test]
fn a_head_without_end_is_given_up_at_its_bound() {
    run(async {
        for line in [&b"x: y\r\n"[..], &b"xxxxxxxx"[..]] {
            let double = Double::serve(move |_| {
                let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
                bytes.extend(line.repeat(100_000));
                Does::Sends(bytes)
            })
            .await;
            let error = double.client().datacenters().await.unwrap_err();
            assert!(matches!(error, Error::Malformed(_)), "{error}");
        }
    });
}

#[test]
fn a_peer_that_dribbles_or_hangs_is_given_up_in_time() {
    run(async {
        for hangs in [true, false] {
            let double = Double::serve(move |_| if hangs { Does::Hangs } else { Does::Dribbles }).await;
            let consul = double.client();
            // The callers' own, shorter bound: the request dies with it.
            let begun = Instant::now();
            let outcome = tokio::time::timeout(SECOND / 4, consul.datacenters()).await;
            assert!(outcome.is_err());
            assert!(begun.elapsed() < SECOND);
        }
    });
}

#[test]
fn every_request_has_a_longest_time() {
    run(async {
        let double = Double::serve(|_| Does::Hangs).await;
        let consul = double.client();
        // The request is sent first: a paused clock would jump over the connecting.
        let request = consul.datacenters();
        tokio::pin!(request);
        let sent = until("it is sent", || !double.lines().is_empty());
        tokio::select! {
            _ = &mut request => panic!("answered by whom?"),
            () = sent => {}
        }
        tokio::time::pause();
        let begun = Instant::now();
        assert_eq!(request.await, Err(Error::Timeout(10 * SECOND)));
        assert!(begun.elapsed() <= 10 * SECOND);
    });
}

#[test]
fn what_is_no_http_is_malformed() {
    run(async {
        for bytes in [
            "SSH-2.0-OpenSSH_9.2\r\n",
            "HTTP/1.1 999999 X\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        ] {
            let double = Double::serve(move |_| Does::SendsAndCloses(bytes.as_bytes().to_vec())).await;
            let error = double.client().datacenters().await.unwrap_err();
            assert!(matches!(error, Error::Malformed(_)), "{bytes:?}: {error}");
        }
    });
}

#[test]
fn nobody_there_is_said_with_the_address() {
    run(async {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for (address, named) in [
            (format!("127.0.0.1:{port}"), format!("127.0.0.1:{port}")),
            (format!("localhost:{port}"), format!("localhost:{port}")),
            ("unix:///nowhere/consul.sock".to_owned(), "/nowhere/consul.sock".to_owned()),
        ] {
            let consul = Consul::new(&ConsulConfig { address, ..ConsulConfig::default() }).unwrap();
            let error = consul.datacenters().await.unwrap_err();
            assert!(error.to_string().starts_with(&format!("cannot connect to {named}: ")), "{error}");
        }
    });
}

#[test]
fn credentials_are_sent_and_never_shown() {
    run(async {
        let double = Double::serve(|_| {
            Does::Answers(403, "", "token s3cret of user:passw0rd\nis\tno good".to_owned())
        })
        .await;
        let config = ConsulConfig {
            token: Some(Secret::new("s3cret".to_owned())),
            basic_auth: Some(Secret::new("user:passw0rd".to_owned())),
            datacenter: Some("dc 2".to_owned()),
            ..double.config()
        };
        let consul = Rc::new(Consul::new(&config).unwrap());
        let error = consul.services(&Read::default()).await.unwrap_err();
        assert_eq!(error.to_string(), "answered 403: token [redacted] of [redacted] is no good");
        assert!(!format!("{consul:?} {error:?}").contains("s3cret"));
        let asked = double.asked.borrow()[0].clone();
        assert_eq!(asked.line, "GET /v1/catalog/services?dc=dc%202");
        assert!(asked.headers.contains(&"x-consul-token: s3cret".to_owned()), "{asked:?}");
        assert!(asked.headers.contains(&"authorization: Basic dXNlcjpwYXNzdzByZA==".to_owned()), "{asked:?}");
    });
}

#[test]
fn a_token_that_was_replaced_in_its_file_is_read_again() {
    run(async {
        let double = Double::serve(|asked| {
            let is_new = asked.headers.contains(&"x-consul-token: second-token".to_owned());
            match is_new {
                true => Does::Answers(200, "x-consul-index: 1\r\n", "{}".to_owned()),
                false => Does::Answers(403, "", "ACL not found: first-token".to_owned()),
            }
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let write = |text: &str| {
            use std::io::Write;
            std::fs::File::create(&file).unwrap().write_all(text.as_bytes()).unwrap();
        };
        write("first-token\n");
        let config = ConsulConfig { token_file: Some(file.clone()), ..double.config() };
        let consul = Consul::new(&config).unwrap();
        let error = consul.services(&Read::default()).await.unwrap_err();
        assert_eq!(error.to_string(), "answered 403: ACL not found: [redacted]");
        assert_eq!(double.lines().len(), 1, "the same token is not tried twice");

        write("second-token\n");
        consul.services(&Read::default()).await.unwrap();
        assert_eq!(double.lines().len(), 3);
        // From now on it is the one; while the file cannot be read it stays.
        std::fs::remove_file(&file).unwrap();
        consul.services(&Read::default()).await.unwrap();
        assert_eq!(double.lines().len(), 4);
    });
}

#[test]
fn a_token_that_no_header_can_carry_is_refused_without_showing_it() {
    let config = ConsulConfig { token: Some(Secret::new("a\nb".to_owned())), ..ConsulConfig::default() };
    let error = Consul::new(&config).unwrap_err();
    assert_eq!(error.to_string(), "the token holds characters that an HTTP header cannot carry");
}
