//! The metrics over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gyropilot_telemetry::MetricsServer;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BOUND: Duration = Duration::from_secs(20);

async fn server() -> MetricsServer {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    MetricsServer::bind(any, "/metrics", || "a_total 1\n".to_owned()).await.unwrap()
}

/// What comes back until the other side closes.
async fn ask(server: &MetricsServer, request: &str) -> String {
    let exchange = async {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        read_to_end(&mut stream).await
    };
    tokio::time::timeout(BOUND, exchange).await.expect("an answer within the bound")
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is reset has ended as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn the_page_is_served_to_get_and_head_alone() {
    let server = server().await;
    let page = ask(&server, "GET /metrics?x=1 HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("content-type: text/plain; version=0.0.4"), "{page}");
    assert!(page.ends_with("\r\n\r\na_total 1\n"), "{page}");
    let refused = ask(&server, "POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
    assert!(refused.starts_with("HTTP/1.1 405 ") && refused.contains("allow: GET, HEAD\r\n"), "{refused}");
    assert!(ask(&server, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.starts_with("HTTP/1.1 404 "));
    assert!(ask(&server, "GET /metrics HTTP/1.0\r\n\r\n").await.starts_with("HTTP/1.0 200 "));
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_page() {
    let server = server().await;
    let head = ask(&server, "HEAD /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-length: 10\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn a_new_path_needs_no_new_address() {
    let server = server().await;
    server.set_path("/other");
    assert!(ask(&server, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await.starts_with("HTTP/1.1 404 "));
    assert!(ask(&server, "GET /other HTTP/1.1\r\nhost: a\r\n\r\n").await.contains("200 OK"));
}

#[tokio::test]
async fn nonsense_and_excess_are_refused() {
    let server = server().await;
    assert!(ask(&server, "nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400 "));
    let long = format!("GET /metrics HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    assert!(!ask(&server, &long).await.contains("200 OK"));
    assert!(ask(&server, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await.contains("200 OK"));
}

#[tokio::test(start_paused = true)]
async fn clients_that_say_nothing_do_not_keep_others_out() {
    let server = server().await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(server.address()).await.unwrap());
    }
    // Time goes on by itself as soon as nothing else can be done.
    let page = ask(&server, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(page.contains("200 OK"), "{page}");
}

#[tokio::test]
async fn a_taken_address_is_told_in_the_words_of_the_original() {
    let first = server().await;
    let second = MetricsServer::bind(first.address(), "/metrics", String::new).await;
    let told = second.unwrap_err().to_string();
    assert_eq!(
        told,
        format!("Error serving telemetry on {}: Address already in use (os error 98)", first.address())
    );
}

#[tokio::test]
async fn with_the_server_its_address_and_connections_go() {
    let server = server().await;
    let address = server.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    // Served once before, so that the connection is surely accepted: they queue up.
    assert!(ask(&server, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await.contains("200 OK"));
    drop(server);
    let ended = tokio::time::timeout(BOUND, read_to_end(&mut open)).await.expect("an end within the bound");
    assert_eq!(ended, "");
    let again = async {
        while MetricsServer::bind(address, "/metrics", String::new).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BOUND, again).await.expect("a free address within the bound");
}
