//! The sockets of the name server.

use super::packet::{Transport, respond};
use super::zone::StoreZone;
use crate::catalogue::Catalogue;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, sleep, timeout};

/// The domain of all names.
const DOMAIN: &str = "consul";
/// The longest question in a datagram; what is longer is cut, and then unreadable.
const LONGEST_QUESTION: usize = 4096;
/// For how long a client over TCP may send nothing, or take nothing.
const IDLE: Duration = Duration::from_secs(10);
/// How many clients may be connected at once.
const MOST_CLIENTS: usize = 256;
/// How many of them may have the same address.
const MOST_OF_ONE: usize = 32;
/// When the system has no descriptor left, it is asked again after this.
const BREATH: Duration = Duration::from_millis(100);
/// How often a port is looked for that is free for both.
const ATTEMPTS: u8 = 16;

/// The two sockets, on the same port.
#[derive(Debug)]
pub(crate) struct Sockets {
    address: SocketAddr,
    udp: UdpSocket,
    tcp: TcpListener,
}

/// What tasks share.
struct Desk {
    catalogue: Rc<Catalogue>,
    /// When it was started, in seconds since 1970 and by the clock that goes on.
    since: (u64, Instant),
    clients: RefCell<BTreeMap<IpAddr, usize>>,
    count: Cell<usize>,
}

// === impl Sockets ===

impl Sockets {
    /// Takes both sockets; port 0 takes one that is free for both.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) async fn bind(wanted: SocketAddr) -> io::Result<Self> {
        let mut attempts = ATTEMPTS;
        loop {
            let udp = UdpSocket::bind(wanted).await?;
            let address = udp.local_addr()?;
            match TcpListener::bind(address).await {
                Ok(tcp) => return Ok(Self { address, udp, tcp }),
                Err(error) if wanted.port() != 0 || attempts == 0 => return Err(error),
                Err(_) => attempts -= 1,
            }
        }
    }

    /// Where they listen.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers, for ever. Needs a `LocalSet`. `epoch` is now, in seconds since 1970.
    pub(crate) async fn serve(self, catalogue: Rc<Catalogue>, epoch: u64) {
        let desk = Rc::new(Desk {
            catalogue,
            since: (epoch, Instant::now()),
            clients: RefCell::default(),
            count: Cell::new(0),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn_local(datagrams(self.udp, Rc::clone(&desk)));
        tasks.spawn_local(connections(self.tcp, desk));
        tasks.join_next().await;
    }
}

// === impl Desk ===

impl Desk {
    fn respond(&self, packet: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let (epoch, started) = self.since;
        // The serial number of a zone is counted modulo 2³².
        let now = (epoch.wrapping_add(started.elapsed().as_secs()) & u64::from(u32::MAX)) as u32;
        let mut shuffle = |below: usize| fastrand::usize(..below.max(1));
        self.catalogue
            .read(|store| respond(packet, transport, &StoreZone { store, domain: DOMAIN }, now, &mut shuffle))
    }

    /// A place for a client, if there is one.
    fn admit(self: &Rc<Self>, client: IpAddr) -> Option<Place> {
        let mut clients = self.clients.borrow_mut();
        let of_one = clients.get(&client).copied().unwrap_or_default();
        if self.count.get() == MOST_CLIENTS || of_one == MOST_OF_ONE {
            return None;
        }
        clients.insert(client, of_one + 1);
        self.count.set(self.count.get() + 1);
        Some(Place { desk: Rc::clone(self), client })
    }
}

/// A client's place, until it is dropped.
struct Place {
    desk: Rc<Desk>,
    client: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut clients = self.desk.clients.borrow_mut();
        if let Some(count) = clients.get_mut(&self.client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                clients.remove(&self.client);
            }
        }
        self.desk.count.set(self.desk.count.get().saturating_sub(1));
    }
}

async fn datagrams(socket: UdpSocket, desk: Rc<Desk>) {
    let mut packet = vec![0; LONGEST_QUESTION];
    loop {
        // What fails here is an answer that reached nobody, of which the system tells late.
        let Ok((length, client)) = socket.recv_from(&mut packet).await else {
            yield_now().await;
            continue;
        };
        if let Some(answer) = desk.respond(&packet[..length], Transport::Udp) {
            // Nobody waits here: who is not there to take it asks again. The next question is read at once.
            let _ = socket.try_send_to(&answer, client);
        }
        // However many questions come, everybody else has a turn between two of them.
        yield_now().await;
    }
}

async fn connections(listener: TcpListener, desk: Rc<Desk>) {
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                // Whoever finds no place is turned away at once.
                Ok((stream, client)) => if let Some(place) = desk.admit(client.ip()) {
                    clients.spawn_local(converse(stream, place));
                },
                Err(_) => sleep(BREATH).await,
            },
            Some(_) = clients.join_next() => {}
        }
    }
}

/// Answers one question after the other. The next one is read when the answer is taken, so that nobody can pile up
/// more than one.
async fn converse(mut stream: TcpStream, place: Place) {
    let mut packet = Vec::new();
    while let Ok(Ok(())) = timeout(IDLE, read(&mut stream, &mut packet)).await {
        let Some(answer) = place.desk.respond(&packet, Transport::Tcp) else { return };
        let Ok(length) = u16::try_from(answer.len()) else { return };
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend(answer);
        if !matches!(timeout(IDLE, stream.write_all(&framed)).await, Ok(Ok(()))) {
            return;
        }
        yield_now().await;
    }
}

async fn read(stream: &mut TcpStream, packet: &mut Vec<u8>) -> io::Result<()> {
    let length = stream.read_u16().await?;
    packet.clear();
    packet.resize(usize::from(length), 0);
    stream.read_exact(packet).await?;
    Ok(())
}
