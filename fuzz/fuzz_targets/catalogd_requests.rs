//! Any bytes on a connection to the embedded catalogue, after which it still answers others.
#![no_main]

use gyropilot_catalogd::store::Identity;
use gyropilot_catalogd::{Access, Limits, Server, Settings, uuid_of};
use std::cell::RefCell;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// One catalogue for all inputs: what one leaves behind is there for the next.
struct Running {
    runtime: Runtime,
    tasks: LocalSet,
    server: Server,
}

thread_local! {
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
}

fn start() -> Running {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let tasks = LocalSet::new();
    let identity = Identity {
        datacenter: "dc1".to_owned(),
        node: "here".to_owned(),
        id: uuid_of("here"),
        address: "127.0.0.1".to_owned(),
    };
    let settings = Settings {
        identity,
        epoch: 1,
        data: None,
        http: SocketAddr::from(([127, 0, 0, 1], 0)),
        access: Access::default(),
        limits: Limits::default(),
    };
    let server = tasks.block_on(&runtime, Server::start(settings)).unwrap();
    Running { runtime, tasks, server }
}

async fn exchange(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    RUNNING.with_borrow_mut(|running| {
        let Running { runtime, tasks, server } = running.get_or_insert_with(start);
        let to = server.http();
        tasks.block_on(runtime, async {
            exchange(to, bytes).await;
            let answer = exchange(to, b"GET /v1/status/leader HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
            assert!(answer.starts_with(b"HTTP/1.1 200 "));
        });
    });
});
