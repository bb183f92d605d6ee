//! Checks for which the catalogue looks by itself, with real servers that come and go.

use super::{BOUND, ask, inside, start};
use gyropilot_catalogd::{Access, Limits, Server};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Waits, by blocking queries, until the check of a service says this.
async fn wait_until(server: &Server, name: &str, status: &str) {
    let wait = async {
        let mut index = "1".to_owned();
        loop {
            let path = format!("/v1/health/checks/{name}?index={index}&wait=10s");
            let answer = ask(server, "GET", &path, "").await;
            if answer.body.contains(&format!(r#""Status":"{status}""#)) {
                return;
            }
            let found = answer.head.lines().find_map(|line| line.strip_prefix("x-consul-index: "));
            index = found.unwrap().trim().to_owned();
        }
    };
    tokio::time::timeout(BOUND, wait).await.expect("the check to say so");
}

/// A server that gives every request this answer.
async fn serve(listener: TcpListener, answer: &'static str) {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else { return };
        let mut head = [0; 1024];
        let _ = stream.read(&mut head).await;
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

const WELL: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
const SPARE_ME: &str = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

#[test]
fn an_http_check_follows_its_server() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::task::spawn_local(serve(listener, WELL));
        let body = format!(
            r#"{{"Name":"web","Check":{{"HTTP":"http://{address}/health","Interval":"1s","Timeout":"5s"}}}}"#
        );
        assert_eq!(ask(&server, "PUT", "/v1/agent/service/register", &body).await.status, 200);
        wait_until(&server, "web", "passing").await;
        task.abort();
        let _ = task.await;
        wait_until(&server, "web", "critical").await;
        let listener = TcpListener::bind(address).await.unwrap();
        tokio::task::spawn_local(serve(listener, SPARE_ME));
        wait_until(&server, "web", "warning").await;
    });
}

#[test]
fn a_tcp_check_ends_with_its_registration() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let body = format!(r#"{{"Name":"db","Check":{{"TCP":"{address}","Interval":"1s"}}}}"#);
        assert_eq!(ask(&server, "PUT", "/v1/agent/service/register", &body).await.status, 200);
        wait_until(&server, "db", "passing").await;
        assert_eq!(ask(&server, "PUT", "/v1/agent/service/deregister/db", "").await.status, 200);
        // Nobody comes any more: those who came until now are let in, then the next would be too late.
        let mut come = 0;
        while tokio::time::timeout(Duration::from_secs(3), listener.accept()).await.is_ok() {
            come += 1;
            assert!(come < 5, "looked for after it was deregistered");
        }
        assert!(come > 0);
    });
}
