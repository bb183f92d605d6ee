//! Ports of loopback that nobody uses.

use std::net::TcpListener;

use anyhow::Result;

/// So many of them.
pub(crate) fn free<const COUNT: usize>() -> Result<[u16; COUNT]> {
    // All bound before any is let go, so that no two are the same.
    let sockets: Vec<TcpListener> =
        (0..COUNT).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<std::io::Result<_>>()?;
    let mut ports = [0; COUNT];
    for (port, socket) in ports.iter_mut().zip(&sockets) {
        *port = socket.local_addr()?.port();
    }
    Ok(ports)
}
