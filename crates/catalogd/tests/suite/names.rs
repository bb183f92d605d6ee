//! Names, asked over sockets, by clients good and bad.

use crate::{BOUND, ask, inside, start};
use gyropilot_catalogd::{Access, Limits, Server};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// How many clients may come from one address.
const MOST_OF_ONE: usize = 32;

/// A question for the address of `web.service.consul`.
fn question(id: u8) -> Vec<u8> {
    let mut packet = vec![0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in ["web", "service", "consul", ""] {
        packet.push(u8::try_from(label.len()).unwrap());
        packet.extend(label.bytes());
    }
    packet.extend([0, 1, 0, 1]);
    packet
}

/// Whether this answers it, with one address.
fn assert_answers(answer: &[u8], id: u8) {
    assert_eq!(answer[..8], [0, id, 0x85, 0, 0, 1, 0, 1]);
    assert!(answer.ends_with(&[10, 1, 2, 3]), "{answer:?}");
}

async fn stand() -> (Server, SocketAddr) {
    let server = start(Access::default(), Limits::default()).await;
    let service = r#"{"Name": "web", "Address": "10.1.2.3", "Port": 80}"#;
    assert_eq!(ask(&server, "PUT", "/v1/agent/service/register", service).await.status, 200);
    let address = server.dns().unwrap();
    (server, address)
}

async fn ask_by_datagram(address: SocketAddr, id: u8) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(address).await.unwrap();
    socket.send(&question(id)).await.unwrap();
    let mut answer = [0; 512];
    let length = timeout(BOUND, socket.recv(&mut answer)).await.expect("an answer in time").unwrap();
    assert_answers(&answer[..length], id);
}

async fn ask_on(stream: &mut TcpStream, ids: std::ops::Range<u8>) {
    for id in ids.clone() {
        let question = question(id);
        stream.write_u16(u16::try_from(question.len()).unwrap()).await.unwrap();
        stream.write_all(&question).await.unwrap();
    }
    for id in ids {
        let length = timeout(BOUND, stream.read_u16()).await.expect("an answer in time").unwrap();
        let mut answer = vec![0; usize::from(length)];
        stream.read_exact(&mut answer).await.unwrap();
        assert_answers(&answer, id);
    }
}

#[test]
fn names_over_both_transports_on_one_port() {
    inside(async {
        let (_server, address) = stand().await;
        ask_by_datagram(address, 1).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask_on(&mut stream, 0..100).await;
    });
}

#[test]
fn noise_is_passed_over() {
    inside(async {
        let (_server, address) = stand().await;
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for noise in [&b""[..], &[0; 11], &[255; 600], &question(1)[..20], &[0; 5000]] {
            socket.send_to(noise, address).await.unwrap();
        }
        ask_by_datagram(address, 2).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&[0, 4, 255, 255, 255, 255]).await.unwrap();
        let closed = timeout(BOUND, stream.read(&mut [0; 16])).await.expect("an end in time");
        assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    });
}

#[test]
fn slow_clients_hold_up_nobody_and_leave_room_for_others() {
    inside(async {
        let (_server, address) = stand().await;
        let mut slow = Vec::new();
        for _ in 0..MOST_OF_ONE - 1 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&[0, 40, 1]).await.unwrap();
            slow.push(stream);
        }
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask_on(&mut stream, 0..3).await;
        ask_by_datagram(address, 9).await;
        let mut beyond = TcpStream::connect(address).await.unwrap();
        let closed = timeout(BOUND, beyond.read(&mut [0; 16])).await.expect("an end in time");
        assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
        // One that does not read its answers is not read from either.
        let mut greedy = question(7);
        greedy.splice(0..0, [0, u8::try_from(greedy.len()).unwrap()]);
        let flood = greedy.repeat(1 << 16);
        let stuffed = async { slow[0].write_all(&[[0; 37].as_slice(), &flood].concat()).await };
        tokio::select! {
            _ = stuffed => {}
            () = ask_by_datagram(address, 10) => {}
        }
        ask_on(&mut stream, 3..6).await;
    });
}

#[test]
fn a_silent_client_is_let_go() {
    inside(async {
        let (_server, address) = stand().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask_on(&mut stream, 0..1).await;
        // From here on time passes as fast as nothing happens.
        tokio::time::pause();
        let closed = stream.read(&mut [0; 16]).await;
        assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    });
}
