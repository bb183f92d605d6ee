//! What a process says of itself, as systemd and as s6 have it.

mod message;

use crate::waitable::waitable;
use gyropilot_model::Notice;
pub use message::parse_notices;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr, UnixCredentials, bind,
    recvmsg, setsockopt, socket, sockopt,
};
use std::collections::VecDeque;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The longest message, in bytes; longer ones are no messages. systemd's own bound.
const LONGEST: usize = 4096;

/// The socket on which one process, and what it starts, tells how it is doing:
/// the receiving side of sd_notify(3).
///
/// Its name is abstract: it needs no place to write to, is seen from any root
/// folder, and is gone with the pilot. It is given to this process alone, so
/// whoever knows it belongs to the process, dead by now or not; in a network
/// namespace shared with others, strangers are told apart by their user.
#[derive(Debug)]
pub struct NotifySocket {
    socket: AsyncFd<OwnedFd>,
    name: String,
    /// Beside root and the pilot's own.
    user: Option<u32>,
    waiting: VecDeque<Notice>,
}

/// The reading end of a descriptor on which a process tells that it is ready
/// by a line: s6's notification descriptor.
///
/// Protocol: "Service startup notifications", <https://skarnet.org/software/s6/notifywhenup.html>.
#[derive(Debug)]
pub struct ReadyPipe {
    pipe: AsyncFd<OwnedFd>,
}

// === impl NotifySocket ===

impl NotifySocket {
    /// Opens a socket that takes what root, the pilot's own user and `user` say:
    /// see [`user_of`](crate::user_of). Needs to be called within a runtime.
    ///
    /// # Errors
    /// When there is no socket or no name to be had.
    pub fn open(user: Option<u32>) -> std::io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Unix, SockType::Datagram, flags, None)?;
        setsockopt(&socket, sockopt::PassCred, &true)?;
        let name = named(&socket)?;
        let socket = waitable(socket, Interest::READABLE)?;
        Ok(Self { socket, name, user, waiting: VecDeque::new() })
    }

    /// What `NOTIFY_SOCKET` is to be for the process.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Waits for the next thing the process says. Nothing is lost when the wait is
    /// given up. What is no message, or too long, or comes from strangers, is
    /// passed over; descriptors that come along are closed, which is the answer
    /// that `BARRIER=1` waits for.
    pub async fn next(&mut self) -> Notice {
        loop {
            // A process that never stops talking does not keep the thread.
            tokio::task::consume_budget().await;
            if let Some(notice) = self.waiting.pop_front() {
                return notice;
            }
            let Ok(mut ready) = self.socket.readable().await else {
                // The runtime is going down.
                return std::future::pending().await;
            };
            let user = self.user;
            let received = ready.try_io(|socket| Ok(receive(socket.get_ref().as_raw_fd(), user)?));
            if let Ok(Ok(notices)) = received {
                self.waiting.extend(notices);
            }
        }
    }
}

/// Binds to a name that nobody has, and gives it as `NOTIFY_SOCKET` wants it.
fn named(socket: &OwnedFd) -> nix::Result<String> {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    loop {
        // Unique within this pilot, and among all those with another process id;
        // pilots in two containers that share a network may have the same.
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("gyropilot/{}/notify/{count}", std::process::id());
        match bind(socket.as_raw_fd(), &UnixAddr::new_abstract(name.as_bytes())?) {
            Ok(()) => return Ok(format!("@{name}")),
            Err(Errno::EADDRINUSE) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Takes one datagram.
fn receive(socket: RawFd, user: Option<u32>) -> nix::Result<Vec<Notice>> {
    let mut room = [0; LONGEST];
    // So many the kernel passes on at most: SCM_MAX_FD.
    let mut control = nix::cmsg_space!(UnixCredentials, [RawFd; 253]);
    let mut parts = [IoSliceMut::new(&mut room)];
    let received = recvmsg::<()>(socket, &mut parts, Some(&mut control), MsgFlags::MSG_CMSG_CLOEXEC)?;
    let mut sender = None;
    for message in received.cmsgs().into_iter().flatten() {
        match message {
            ControlMessageOwned::ScmCredentials(credentials) => sender = Some(credentials),
            ControlMessageOwned::ScmRights(passed) => passed.into_iter().for_each(|fd| {
                // Closing is all that is ever done with it.
                let _ = nix::unistd::close(fd);
            }),
            _ => {}
        }
    }
    let own = rustix::process::geteuid().as_raw();
    let is_known = |uid: u32| uid == 0 || uid == own || Some(uid) == user;
    // A sender without a number lives outside of our container.
    let is_ours = sender.is_some_and(|sender| sender.pid() > 0 && is_known(sender.uid()));
    let is_whole = !received.flags.contains(MsgFlags::MSG_TRUNC);
    let length = received.bytes;
    Ok(match room.get(..length) {
        Some(message) if is_ours && is_whole => parse_notices(message),
        _ => Vec::new(),
    })
}

// === impl ReadyPipe ===

impl ReadyPipe {
    /// A pipe and its writing end, for [`SpawnSpec::descriptors`](crate::SpawnSpec::descriptors).
    /// Needs to be called within a runtime.
    ///
    /// # Errors
    /// When there is no pipe to be had.
    pub fn open() -> std::io::Result<(Self, OwnedFd)> {
        let (reader, writer) = std::io::pipe()?;
        let reader = OwnedFd::from(reader);
        rustix::io::ioctl_fionbio(&reader, true)?;
        Ok((Self { pipe: waitable(reader, Interest::READABLE)? }, writer.into()))
    }

    /// Waits until the process is ready: `false` when it has closed the descriptor
    /// without saying so, and never will. The writing end in the pilot's own hands
    /// must be dropped for that. Nothing is lost when the wait is given up.
    pub async fn ready(&mut self) -> bool {
        let mut room = [0; 512];
        loop {
            let Ok(mut ready) = self.pipe.readable().await else {
                return std::future::pending().await;
            };
            match ready.try_io(|pipe| Ok(rustix::io::read(pipe.get_ref(), &mut room)?)) {
                Ok(Ok(0)) => return false,
                Ok(Ok(length)) if room.get(..length).is_some_and(|read| read.contains(&b'\n')) => {
                    return true;
                }
                Ok(_) | Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::fd::AsFd;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    fn speaker(socket: &NotifySocket) -> UnixDatagram {
        let name = socket.name().strip_prefix('@').unwrap();
        let speaker = UnixDatagram::unbound().unwrap();
        speaker.connect_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
        speaker
    }

    async fn soon<T>(what: impl Future<Output = T>) -> T {
        tokio::time::timeout(std::time::Duration::from_secs(30), what).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_no_message_is_passed_over() {
        let mut socket = NotifySocket::open(None).unwrap();
        let other = NotifySocket::open(None).unwrap();
        assert_ne!(socket.name(), other.name());
        let speaker = speaker(&socket);
        let mut long = b"READY=1\nSTATUS=".to_vec();
        long.resize(LONGEST + 1, b'x');
        for message in [&long[..], b"", b"\xff\0=", b"STATUS=one\nWATCHDOG=1"] {
            speaker.send(message).unwrap();
        }
        assert_eq!(soon(socket.next()).await, Notice::Status("one".into()));
        assert_eq!(soon(socket.next()).await, Notice::Watchdog);
        long.truncate(LONGEST);
        speaker.send(&long).unwrap();
        assert!(matches!(soon(socket.next()).await, Notice::Status(status) if status.len() == LONGEST - 15));
        assert_eq!(soon(socket.next()).await, Notice::Ready);
    }

    #[tokio::test]
    async fn a_barrier_is_lifted_when_all_before_it_was_read() {
        let mut socket = NotifySocket::open(None).unwrap();
        let speaker = speaker(&socket);
        let (mut waits, barrier) = std::io::pipe().unwrap();
        let space = &mut [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(200))];
        let mut control = rustix::net::SendAncillaryBuffer::new(space);
        let copies = vec![barrier.as_fd(); 200];
        assert!(control.push(rustix::net::SendAncillaryMessage::ScmRights(&copies)));
        let message = [std::io::IoSlice::new(b"BARRIER=1")];
        let flags = rustix::net::SendFlags::empty();
        rustix::net::sendmsg(&speaker, &message, &mut control, flags).unwrap();
        drop(barrier);
        speaker.send(b"READY=1").unwrap();
        assert_eq!(soon(socket.next()).await, Notice::Ready);
        // Every copy of the other end is closed: this does not block.
        assert_eq!(waits.read(&mut [0]).unwrap(), 0);
    }

    #[tokio::test]
    async fn the_first_line_end_means_ready_and_nothing_else_does() {
        let (mut pipe, writer) = ReadyPipe::open().unwrap();
        let mut writer = std::io::PipeWriter::from(writer);
        writer.write_all(b"warming").unwrap();
        let mut ready = Box::pin(pipe.ready());
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), &mut ready).await.is_err());
        writer.write_all(b" up\n").unwrap();
        assert!(soon(ready).await);
        drop(writer);
        assert!(!soon(pipe.ready()).await);
    }
}
