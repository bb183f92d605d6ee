//! From an address to an open byte stream.

use crate::target::Target;
use gyropilot_tls::Tls;
use std::cell::Cell;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Anything bytes go over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Opens one connection, and notes that it did.
pub(crate) struct Dialer<'a> {
    pub(crate) connected: &'a Cell<bool>,
}

// === impl Dialer ===

impl Dialer<'_> {
    pub(crate) async fn open(&self, target: &Target, tls: &Tls) -> Result<Box<dyn Stream>, String> {
        match target {
            Target::Unix { socket, .. } => match UnixStream::connect(socket).await {
                Ok(stream) => {
                    self.connected.set(true);
                    Ok(Box::new(stream))
                }
                Err(error) => Err(refusal(&socket.display().to_string(), &error)),
            },
            Target::Tcp { host, port, tls: false, .. } => Ok(Box::new(self.tcp(host, *port).await?)),
            Target::Tcp { host, port, tls: true, .. } => {
                let stream = self.tcp(host, *port).await?;
                let secure = tls.connect(host, stream).await;
                Ok(Box::new(secure.map_err(|error| format!("{target}: {error}"))?))
            }
        }
    }

    /// The first of the host's addresses that takes a connection.
    pub(crate) async fn tcp(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        let mut refused = format!("there is no address for {host}");
        for address in resolve(host, port).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    self.connected.set(true);
                    return Ok(stream);
                }
                // The first reason is the one of the address that is meant most often.
                Err(error) if refused.starts_with("there is no") => {
                    refused = refusal(&address.to_string(), &error);
                }
                Err(_) => {}
            }
        }
        Err(refused)
    }
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let at = |ip: IpAddr| SocketAddr::new(ip, port);
    if let Ok(ip) = host.parse() {
        return Ok(vec![at(ip)]);
    }
    // The name is the machine's own by RFC 6761; most checks ask there, and a
    // lookup would borrow a thread each time.
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![at(Ipv4Addr::LOCALHOST.into()), at(Ipv6Addr::LOCALHOST.into())]);
    }
    let found = tokio::net::lookup_host((host, port)).await;
    Ok(found.map_err(|error| format!("cannot find the host {host}: {error}"))?.collect())
}

fn refusal(whom: &str, error: &Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => format!("connection refused by {whom}"),
        ErrorKind::NotFound => format!("there is no {whom}"),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => format!("there is no way to {whom}"),
        ErrorKind::TimedOut => format!("no connection to {whom}: it does not answer"),
        ErrorKind::PermissionDenied => format!("not permitted to connect to {whom}"),
        _ => format!("no connection to {whom}: {error}"),
    }
}
