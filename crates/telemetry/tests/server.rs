//! The metrics over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gyropilot_model::{Event, PilotStatus};
use gyropilot_telemetry::{Format, MetricsServer, Source, Standing};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BOUND: Duration = Duration::from_secs(20);

/// Shows one metric, and a status where there is one.
#[derive(Clone, Default)]
struct Shown(Option<Standing>);

impl Source for Shown {
    async fn metrics(&self, format: Format) -> String {
        match format {
            Format::Prometheus => "a_total 1\n".to_owned(),
            Format::OpenMetrics => "a_total 1\n# EOF\n".to_owned(),
        }
    }

    async fn status(&self) -> Option<Standing> {
        self.0.clone()
    }
}

/// Runs a test as the pilot runs: one thread, one local set.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

/// The same with a clock that jumps to the next timer when all is quiet.
fn run_paused(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

async fn server() -> MetricsServer {
    serving(Shown::default()).await
}

async fn serving(shown: Shown) -> MetricsServer {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    MetricsServer::bind(any, "/metrics", shown).await.unwrap()
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

#[test]
fn the_page_is_served_to_get_and_head_alone() {
    run(async {
        let server = server().await;
        let page = ask(&server, "GET /metrics?x=1 HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(page.contains("content-type: text/plain; version=0.0.4"), "{page}");
        assert!(page.ends_with("\r\n\r\na_total 1\n"), "{page}");
        let refused = ask(&server, "POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
        assert!(
            refused.starts_with("HTTP/1.1 405 ") && refused.contains("allow: GET, HEAD\r\n"),
            "{refused}"
        );
        assert!(ask(&server, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.starts_with("HTTP/1.1 404 "));
        assert!(ask(&server, "GET /metrics HTTP/1.0\r\n\r\n").await.starts_with("HTTP/1.0 200 "));
    });
}

#[test]
fn head_is_answered_as_get_without_the_page() {
    run(async {
        let server = server().await;
        let head = ask(&server, "HEAD /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("content-length: 10\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    });
}

#[test]
fn a_new_path_needs_no_new_address() {
    run(async {
        let server = server().await;
        server.set_path("/other");
        assert!(ask(&server, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await.starts_with("HTTP/1.1 404 "));
        assert!(ask(&server, "GET /other HTTP/1.1\r\nhost: a\r\n\r\n").await.contains("200 OK"));
    });
}

#[test]
fn nonsense_and_excess_are_refused() {
    run(async {
        let server = server().await;
        assert!(ask(&server, "nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400 "));
        let long = format!("GET /metrics HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100_000));
        assert!(!ask(&server, &long).await.contains("200 OK"));
        assert!(ask(&server, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await.contains("200 OK"));
    });
}

#[test]
fn clients_that_say_nothing_do_not_keep_others_out() {
    run_paused(async {
        let server = server().await;
        let mut silent = Vec::new();
        for _ in 0..40 {
            silent.push(TcpStream::connect(server.address()).await.unwrap());
        }
        // Time goes on by itself as soon as nothing else can be done.
        let page = ask(&server, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(page.contains("200 OK"), "{page}");
    });
}

#[test]
fn a_taken_address_is_told_in_the_words_of_the_original() {
    run(async {
        let first = server().await;
        let second = MetricsServer::bind(first.address(), "/metrics", Shown::default()).await;
        let told = second.unwrap_err().to_string();
        assert_eq!(
            told,
            format!("Error serving telemetry on {}: Address already in use (os error 98)", first.address())
        );
    });
}

#[test]
fn with_the_server_its_address_and_connections_go() {
    run(async {
        let server = server().await;
        let address = server.address();
        let mut open = TcpStream::connect(address).await.unwrap();
        // Served once before, so that the connection is surely accepted: they queue up.
        assert!(ask(&server, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await.contains("200 OK"));
        drop(server);
        let ended =
            tokio::time::timeout(BOUND, read_to_end(&mut open)).await.expect("an end within the bound");
        assert_eq!(ended, "");
        let again = async {
            while MetricsServer::bind(address, "/metrics", Shown::default()).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(BOUND, again).await.expect("a free address within the bound");
    });
}

#[test]
fn openmetrics_is_for_those_who_ask_for_it() {
    run(async {
        let server = server().await;
        let accept = "accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
        let page = ask(&server, &format!("GET /metrics HTTP/1.1\r\nhost: a\r\n{accept}\r\n\r\n")).await;
        assert!(page.contains("content-type: application/openmetrics-text; version=1.0.0"), "{page}");
        assert!(page.contains("vary: accept\r\n") && page.ends_with("# EOF\n"), "{page}");
    });
}

#[test]
fn the_status_is_served_where_there_is_one() {
    run(async {
        let ask_status = "GET /status HTTP/1.1\r\nhost: a\r\n\r\n";
        assert!(ask(&server().await, ask_status).await.starts_with("HTTP/1.1 404 "));
        let status = PilotStatus {
            pid: 1,
            uptime_ms: 5,
            stopping: false,
            maintenance: false,
            jobs: vec![],
            watches: vec![],
        };
        let server = serving(Shown(Some(Standing { status, others: vec![] }))).await;
        let page = ask(&server, ask_status).await;
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("application/json"), "{page}");
        assert!(page.contains("\"Jobs\":null"), "{page}");
        let refused = ask(&server, "POST /status HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
        assert!(
            refused.starts_with("HTTP/1.1 405 ") && refused.ends_with("Method Not Allowed\n"),
            "{refused}"
        );
    });
}

type Told = Rc<RefCell<Vec<Event>>>;

async fn patient(address: SocketAddr) -> (MetricsServer, Told) {
    let told = Told::default();
    let say = {
        let told = Rc::clone(&told);
        move |event| told.borrow_mut().push(event)
    };
    (MetricsServer::bind_patiently(address, "/metrics", Shown::default(), say).await, told)
}

#[test]
fn a_taken_address_is_waited_for() {
    run_paused(async {
        let first = server().await;
        let (second, told) = patient(first.address()).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(first);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(ask(&second, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await.contains("200 OK"));
        assert!(matches!(&told.borrow()[..], [Event::TelemetryUnavailable { given_up: false, .. }]));
        assert!(!second.has_given_up());
    });
}

/// A job that starts right after may ask at once.
#[test]
fn an_address_that_is_free_listens_at_once() {
    run_paused(async {
        let address = server().await.address();
        let (_server, told) = patient(address).await;
        assert!(std::net::TcpStream::connect(address).is_ok());
        assert!(told.borrow().is_empty());
    });
}

#[test]
fn an_address_that_stays_taken_is_given_up() {
    run_paused(async {
        let first = server().await;
        let (second, told) = patient(first.address()).await;
        tokio::time::sleep(Duration::from_secs(11)).await;
        let given_up: Vec<bool> = told
            .borrow()
            .iter()
            .map(|event| matches!(event, Event::TelemetryUnavailable { given_up: true, .. }))
            .collect();
        assert_eq!(given_up, [false, true]);
        assert!(second.has_given_up());
    });
}
