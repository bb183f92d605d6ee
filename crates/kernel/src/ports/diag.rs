//! The quick way: the kernel's socket diagnostics.
//!
//! Protocol: sock_diag(7) and netlink(7); `struct inet_diag_req_v2` and
//! `struct inet_diag_msg` of `include/uapi/linux/inet_diag.h`.

use super::State;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};
use std::os::fd::OwnedFd;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const DUMP: u16 = 1 | 0x300;
const HEADER: usize = 16;
const REQUEST: usize = HEADER + 56;

/// How many sockets have this local port and are in this state.
pub(super) fn count(port: u16, state: State) -> std::io::Result<usize> {
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(netlink::SOCK_DIAG))?;
    let families = [libc::AF_INET, libc::AF_INET6];
    families.into_iter().map(|family| ask(&socket, family as u8, port, state)).sum()
}

fn ask(socket: &OwnedFd, family: u8, port: u16, state: State) -> std::io::Result<usize> {
    send(socket, &request(family, port, state), SendFlags::empty())?;
    let mut room = vec![0; 32 * 1024];
    let mut found = 0;
    loop {
        // Answers are made while they are read: where there is none, there never will be.
        let (length, _) = recv(socket, &mut room[..], RecvFlags::DONTWAIT)?;
        let mut rest = room.get(..length).unwrap_or_default();
        if rest.is_empty() {
            return Err(Errno::PROTO.into());
        }
        while let Some((kind, body, next)) = message(rest) {
            match kind {
                NLMSG_DONE => return Ok(found),
                NLMSG_ERROR => return Err(Errno::NOTSUP.into()),
                // Older kernels do not look at the port; the fifth and sixth byte are it.
                SOCK_DIAG_BY_FAMILY if body.get(4..6) == Some(&port.to_be_bytes()) => found += 1,
                _ => {}
            }
            rest = next;
        }
    }
}

fn request(family: u8, port: u16, state: State) -> [u8; REQUEST] {
    let mut request = [0; REQUEST];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = request.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(0, &(REQUEST as u32).to_ne_bytes());
    put(4, &SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    put(6, &DUMP.to_ne_bytes());
    put(HEADER, &[family, libc::IPPROTO_TCP as u8]);
    put(HEADER + 4, &state.mask().to_ne_bytes());
    put(HEADER + 8, &port.to_be_bytes());
    request
}

/// The kind and the content of the first message, and what follows it.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let kind = u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?);
    let body = bytes.get(HEADER..length)?;
    let next = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((kind, body, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_messages_are_none() {
        for broken in [&[][..], &[1, 0, 0, 0], &[0; 16], &[255; 40]] {
            assert_eq!(message(broken), None);
        }
    }
}
