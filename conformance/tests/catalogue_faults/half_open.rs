//! Clients that are connected and not there: they vanished, or they do not read.

use crate::kept::{Kept, Start};
use gyropilot_conformance::http::{self, Peer, Pending, Request};
use gyropilot_conformance::stage::Stage;
use gyropilot_conformance::wait::{SOON, seconds, wait_until};
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Instant;

/// Those who vanish speak to this address; it falls silent.
const HOLE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 9));
/// How many vanish, and how many do not read.
const ABSENT: usize = 150;
/// How many wait and read.
const PRESENT: usize = 20;

/// Waits for a change of all keys, on a connection that nobody reads from.
fn wait_unread(address: SocketAddr, index: u64) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("GET /v1/kv/all/?recurse&index={index}&wait=10m HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

fn wait_reading(address: SocketAddr, index: u64) -> Pending {
    let path = format!("/v1/kv/all/small?index={index}&wait=1m");
    let request = Request { method: "GET", path: &path, headers: &[], body: b"", deadline: seconds(20) };
    http::begin(&Peer::Tcp(address), &request).unwrap()
}

fn index(catalogue: &Kept, key: &str) -> u64 {
    catalogue.json(&format!("/v1/kv/{key}"))[0]["ModifyIndex"].as_u64().unwrap()
}

fn iptables(words: &[&str]) {
    let status = Command::new("iptables").args(["--wait"]).args(words).status().expect("there is iptables");
    assert!(status.success(), "iptables {words:?}: {status}");
}

/// The memory of a process, in bytes.
fn memory(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// A half-open connection for each of many watchers: those who read are served as ever, what the others
/// did not take costs once and not for each, and within two minutes they are found out.
#[test]
fn watchers_that_are_not_there_harm_nobody_and_are_let_go() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let stage = Stage::new();
    stage.join();
    let start = Start { host: "0.0.0.0", ..Start::new(home.path(), &data) };
    let mut catalogue = start.start();
    let port = catalogue.address().port();
    let (here, hole) = (SocketAddr::from(([127, 0, 0, 1], port)), SocketAddr::new(HOLE, port));
    // Far more than the system buffers for a client that does not read.
    for number in 0..16 {
        let done = catalogue.ask("PUT", &format!("/v1/kv/all/{number}"), &"x".repeat(500_000));
        assert_eq!(done.body, "true");
    }
    assert_eq!(catalogue.ask("PUT", "/v1/kv/all/small", "0").body, "true");
    let at = index(&catalogue, "all/small");
    let unread: Vec<TcpStream> = (0..ABSENT).map(|_| wait_unread(here, at)).collect();
    let vanished: Vec<TcpStream> = (0..ABSENT).map(|_| wait_unread(hole, at)).collect();
    wait_until(SOON, "all of them to wait", || {
        (catalogue.gauge("gyropilot_catalog_waiting") >= 2 * ABSENT as u64).then_some(())
    });
    for side in ["--source", "--destination"] {
        iptables(&["--append", "INPUT", side, &HOLE.to_string(), "--jump", "DROP"]);
    }
    // They end, and no word of it arrives.
    drop(vanished);

    let before = memory(catalogue.pid());
    for round in 1..=20 {
        let at = index(&catalogue, "all/small");
        let waiting: Vec<Pending> = (0..PRESENT).map(|_| wait_reading(here, at)).collect();
        let asked = Instant::now();
        assert_eq!(catalogue.ask("PUT", "/v1/kv/all/small", &round.to_string()).body, "true");
        for pending in waiting {
            assert_eq!(pending.answer().unwrap().status, 200);
        }
        assert!(asked.elapsed() < seconds(10), "round {round}: {:?}", asked.elapsed());
    }
    // The answer that nobody takes is about ten megabytes: three gigabytes if each had its own.
    let grown = memory(catalogue.pid()).saturating_sub(before);
    assert!(grown < 400 << 20, "{} MB more", grown >> 20);
    assert!(catalogue.gauge("gyropilot_catalog_connections") >= 2 * ABSENT as u64);

    wait_until(seconds(130), "them to be found out", || {
        assert!(catalogue.is_running());
        (catalogue.gauge("gyropilot_catalog_connections") < 10).then_some(())
    });
    drop(unread);
    assert_eq!(catalogue.ask("PUT", "/v1/kv/all/small", "last").body, "true");
}
