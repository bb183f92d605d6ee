//! Clients that do not mean well.

use crate::pilot::{Pilot, parts, rest};
use crate::{alone, paused};
use gyropilot_model::Order;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

#[test]
fn a_client_that_sends_nothing_is_hung_up_on_after_half_a_minute() {
    paused(async {
        let pilot = Pilot::new().await;
        let begun = Instant::now();
        rest(&mut pilot.connect().await).await;
        assert_eq!(begun.elapsed().as_secs(), 30);
    });
}

#[test]
fn a_slow_head_and_a_slow_body_end_after_half_a_minute() {
    paused(async {
        let pilot = Pilot::new().await;
        for start in [
            "GET /v1/status HTTP/1.1\r\nx: ",
            "POST /v3/environ HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{",
            "POST /v3/environ HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
        ] {
            let begun = Instant::now();
            let mut stream = pilot.connect().await;
            stream.write_all(start.as_bytes()).await.unwrap();
            let (mut reader, mut writer) = stream.into_split();
            let drip = async {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    let bytes: &[u8] = if start.contains("chunked") { b"1\r\n \r\n" } else { b" " };
                    if writer.write_all(bytes).await.is_err() {
                        return;
                    }
                }
            };
            let mut answer = Vec::new();
            let read = tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut answer);
            tokio::select! { _ = read => {}, () = drip => {} }
            assert!((29..=31).contains(&begun.elapsed().as_secs()), "{start:?} {:?}", begun.elapsed());
        }
        assert_eq!(pilot.asked.borrow().len(), 0, "nothing is done by halves");
    });
}

#[test]
fn bodies_and_heads_are_bounded() {
    alone(async {
        let pilot = Pilot::new().await;
        let most = format!(r#"{{"A":"{}"}}"#, "x".repeat((1 << 20) - 8));
        assert_eq!(pilot.post("/v3/environ", &most).await.0, 200, "1 MiB is allowed");
        let said = format!("POST /v3/environ HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n", 1 << 30);
        assert_eq!(parts(&pilot.ask(&said).await).0, 413);
        let mut stream = pilot.connect().await;
        stream
            .write_all(b"POST /v3/environ HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
            .await
            .unwrap();
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let mut sent = 0;
        while stream.write_all(chunk.as_bytes()).await.is_ok() {
            sent += 1;
            assert!(sent < 40, "a body without end is taken");
        }
        let head = format!("GET /v3/ping HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(40_000));
        assert_ne!(parts(&pilot.ask(&head).await).0, 200);
        let head = format!("GET /v3/ping HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(100));
        assert_eq!(parts(&pilot.ask(&head).await).0, 431);
        assert_eq!(pilot.asked.borrow().len(), 1);
    });
}

#[test]
fn what_is_no_http_is_none_of_ours() {
    alone(async {
        let pilot = Pilot::new().await;
        for noise in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\r\n\r\n\r\nx"]
        {
            let mut stream = pilot.connect().await;
            stream.write_all(noise.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            rest(&mut stream).await;
        }
        pilot.client().ping().await.unwrap();
    });
}

#[test]
fn two_hundred_connections_are_served_in_their_turn() {
    alone(async {
        let pilot = Pilot::new().await;
        // As many as are served at once, and more than that.
        let mut held = Vec::new();
        for _ in 0..64 {
            held.push(pilot.connect().await);
        }
        let mut asking: Vec<_> = (0..136)
            .map(|_| {
                let client = pilot.client();
                tokio::task::spawn_local(async move { client.ping().await })
            })
            .collect();
        let first = asking.remove(0);
        held.pop();
        first.await.unwrap().unwrap();
        drop(held);
        for ask in asking {
            ask.await.unwrap().unwrap();
        }
    });
}

#[test]
fn one_connection_asks_once() {
    alone(async {
        let pilot = Pilot::new().await;
        let twice = "GET /v3/ping HTTP/1.1\r\nhost: a\r\nconnection: keep-alive\r\n\r\n".repeat(2);
        let answer = pilot.ask(&twice).await;
        assert_eq!(answer.matches("HTTP/1.1 200").count(), 1, "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    });
}

#[test]
fn held_connections_never_delay_the_end() {
    paused(async {
        let pilot = Pilot::new().await;
        let _idle = pilot.connect().await;
        let mut halfway = pilot.connect().await;
        halfway
            .write_all(b"POST /v1/orders HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{")
            .await
            .unwrap();
        // Follows and does not read.
        let mut deaf = pilot.connect().await;
        deaf.write_all(b"GET /v1/events?follow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        for _ in 0..1000 {
            pilot.say(&"x".repeat(1000));
            tokio::task::yield_now().await;
        }
        let begun = Instant::now();
        pilot.server.close().await;
        assert!(begun.elapsed() <= Duration::from_millis(100), "{:?}", begun.elapsed());
        rest(&mut halfway).await;
    });
}

#[test]
fn an_answer_that_nobody_reads_is_given_up() {
    paused(async {
        let pilot = Pilot::new().await;
        for _ in 0..500 {
            pilot.say(&"x".repeat(900));
        }
        let mut deaf = pilot.connect().await;
        deaf.write_all(b"GET /v1/events HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_secs(31)).await;
        let read = rest(&mut deaf).await;
        assert!(!read.ends_with("0\r\n\r\n") && read.len() < 450_000, "{}", read.len());
    });
}

#[test]
fn a_request_of_somebody_who_left_is_carried_out() {
    alone(async {
        let pilot = Pilot::new().await;
        let mut stream = pilot.connect().await;
        stream.write_all(b"POST /v3/maintenance/enable HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        while pilot.asked.borrow().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(stream);
        pilot.client().order(&Order::Maintenance { on: false }).await.unwrap();
        assert_eq!(pilot.asked.borrow().len(), 2);
    });
}

/// Needs root, to become somebody else; says nothing otherwise.
#[test]
fn another_user_is_turned_away_unless_allowed() {
    use std::os::unix::fs::PermissionsExt as _;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let as_stranger = |socket: &std::path::Path| {
        let mut command = std::process::Command::new("setpriv");
        command.args([
            "--reuid=54321",
            "--regid=54321",
            "--clear-groups",
            "curl",
            "--silent",
            "--show-error",
        ]);
        command
            .args(["--write-out", "%{http_code}", "--unix-socket"])
            .arg(socket)
            .arg("http://control/v3/ping");
        command
    };
    alone(async {
        let pilot = Pilot::with(|control| control.mode = 0o666).await;
        std::fs::set_permissions(pilot.folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let ask = async || {
            let mut command = as_stranger(&pilot.socket());
            let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let told = "user 54321 may not use this socket; see `control.allow`\n403";
        assert_eq!(ask().await, told);
        let allowing = gyropilot_model::Control { allow: vec!["54321".into()], ..pilot.control.clone() };
        pilot.server.follow(pilot.server.terms(&allowing).unwrap()).unwrap();
        assert_eq!(ask().await, "\n200");
        let narrow = gyropilot_model::Control { mode: 0o600, ..allowing };
        pilot.server.follow(pilot.server.terms(&narrow).unwrap()).unwrap();
        assert_eq!(ask().await, "000", "the system does not even let it connect");
        assert!(pilot.answered.borrow().contains(&("other", 403)));
    });
}
