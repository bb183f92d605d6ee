//! Many who wait, some of whom do not behave.

use super::{Answer, BOUND, ask, ask_on, inside, start};
use gyropilot_catalogd::{Access, Limits, Server};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn register(server: &Server, name: &str, count: usize) {
    for number in 0..count {
        let body = format!(
            r#"{{"ID":"{name}-{number}","Name":"{name}","Check":{{"TTL":"1h","Status":"passing"}}}}"#
        );
        assert_eq!(ask(server, "PUT", "/v1/agent/service/register", &body).await.status, 200);
    }
}

fn index(answer: &Answer) -> u64 {
    answer.head.lines().find_map(|line| line.strip_prefix("x-consul-index: ")).unwrap().parse().unwrap()
}

async fn index_of(server: &Server, name: &str) -> u64 {
    index(&ask(server, "GET", &format!("/v1/health/service/{name}"), "").await)
}

/// Waits until so many wait.
async fn await_waiting(server: &Server, count: usize) {
    let wanted = format!("gyropilot_catalog_waiting {count}\n");
    let wait = async {
        while !ask(server, "GET", "/v1/agent/metrics?format=prometheus", "").await.body.contains(&wanted) {}
    };
    tokio::time::timeout(BOUND, wait).await.expect("them to wait");
}

/// One besides those who came: the catalogue itself waits for checks that it is to look after.
const ITSELF: usize = 1;

#[test]
fn only_those_are_woken_whose_service_changed() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        register(&server, "web", 1).await;
        register(&server, "db", 1).await;
        let (web, db) = (index_of(&server, "web").await, index_of(&server, "db").await);
        let wait = |name: &'static str, index: u64| {
            let address = server.http();
            tokio::task::spawn_local(async move {
                let stream = TcpStream::connect(address).await.unwrap();
                let path = format!("/v1/health/service/{name}?index={index}&wait=25s");
                ask_on(stream, "GET", &path, "", "").await.unwrap()
            })
        };
        let (of_web, of_db) = (wait("web", web), wait("db", db));
        await_waiting(&server, 2 + ITSELF).await;
        ask(&server, "PUT", "/v1/agent/check/warn/service:web-0", "").await;
        let answer = tokio::time::timeout(BOUND, of_web).await.unwrap().unwrap();
        assert!(index(&answer) > web && answer.body.contains(r#""Status":"warning""#));
        await_waiting(&server, 1 + ITSELF).await;
        assert!(!of_db.is_finished());
    });
}

#[test]
fn a_burst_is_told_as_a_few_changes() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        register(&server, "web", 100).await;
        let mut told: u128 = 0;
        let mut known = index_of(&server, "web").await;
        let change = async {
            // All at once, as far as the catalogue can tell.
            let puts = (0..100).map(|number| {
                let address = server.http();
                let path = format!("/v1/agent/check/warn/service:web-{number}");
                tokio::task::spawn_local(async move {
                    let stream = TcpStream::connect(address).await.unwrap();
                    ask_on(stream, "PUT", &path, "", "").await.unwrap()
                })
            });
            for put in puts.collect::<Vec<_>>() {
                assert_eq!(put.await.unwrap().status, 200);
            }
        };
        let read = async {
            loop {
                let path = format!("/v1/health/service/web?index={known}&wait=25s");
                let answer = ask(&server, "GET", &path, "").await;
                (told, known) = (told + 1, index(&answer));
                if answer.body.matches(r#""Status":"warning""#).count() == 100 {
                    return;
                }
            }
        };
        let began = tokio::time::Instant::now();
        let ((), ()) = tokio::join!(change, read);
        // Once at first, then at most every 10 ms, however slow the machine is.
        let most = 2 + began.elapsed().as_millis() / 10;
        assert!(told <= most, "told {told} times of 100 changes, in which {most} were due");
    });
}

#[test]
fn those_who_do_not_read_hold_up_nobody() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        register(&server, "web", 200).await;
        let known = index_of(&server, "web").await;
        let path = format!("/v1/health/service/web?index={known}&wait=25s");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        let mut deaf = Vec::new();
        for _ in 0..50 {
            let mut stream = TcpStream::connect(server.http()).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            // Once more, so that a second answer waits behind the first, which nobody reads.
            stream.write_all(request.as_bytes()).await.unwrap();
            deaf.push(stream);
        }
        let reader = TcpStream::connect(server.http()).await.unwrap();
        let reader = tokio::task::spawn_local(async move { ask_on(reader, "GET", &path, "", "").await });
        await_waiting(&server, 51 + ITSELF).await;
        ask(&server, "PUT", "/v1/agent/check/warn/service:web-0", "").await;
        let answer = tokio::time::timeout(BOUND, reader).await.unwrap().unwrap().unwrap();
        assert!(answer.body.contains(r#""Status":"warning""#));
        assert_eq!(ask(&server, "PUT", "/v1/kv/a", "1").await.status, 200);
        drop(deaf);
    });
}

#[test]
fn who_hangs_up_waits_no_longer() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        let known = index(&ask(&server, "GET", "/v1/kv/a", "").await);
        let mut gone = Vec::new();
        for number in 0..20 {
            let mut stream = TcpStream::connect(server.http()).await.unwrap();
            let request = format!("GET /v1/kv/{number}?index={known}&wait=10m HTTP/1.1\r\nhost: x\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            gone.push(stream);
        }
        await_waiting(&server, 20 + ITSELF).await;
        drop(gone);
        await_waiting(&server, ITSELF).await;
    });
}

#[test]
fn an_index_from_another_life_is_answered_at_once() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        let answer =
            ask(&server, "GET", &format!("/v1/health/service/web?index={}&wait=10m", u64::MAX), "").await;
        assert!(index(&answer) < u64::MAX, "and its reader begins anew");
    });
}

#[test]
fn bodies_that_do_not_come_hold_up_no_short_ones() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        let mut slow = Vec::new();
        // More than are read at the same time.
        for _ in 0..200 {
            let mut stream = TcpStream::connect(server.http()).await.unwrap();
            stream
                .write_all(b"PUT /v1/kv/slow HTTP/1.1\r\nhost: x\r\ncontent-length: 524288\r\n\r\nx")
                .await
                .unwrap();
            slow.push(stream);
        }
        assert_eq!(ask(&server, "PUT", "/v1/kv/a", "1").await.status, 200);
        assert_eq!(ask(&server, "GET", "/v1/kv/a?raw", "").await.body, "1");
        drop(slow);
        let long = "x".repeat(512 * 1024);
        assert_eq!(ask(&server, "PUT", "/v1/kv/a", &long).await.status, 200, "there is room again");
    });
}
