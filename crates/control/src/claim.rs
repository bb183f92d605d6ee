//! A name in the file system for a socket of our own, and of nobody else's.
//!
//! A socket that somebody answers on is never taken over; one that nobody
//! answers on was left by a pilot that was killed, and is removed. Two pilots
//! that start at the same moment take turns by a lock on the folder, because a
//! socket that is bound and not yet listening looks like one that was left.

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, listen, socket_with,
};
use std::fs::Metadata;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many connections the system keeps for us until we take them.
const BACKLOG: i32 = 128;
/// How long to wait before the lock is tried again.
const TURN: Duration = Duration::from_millis(10);
/// How often it is tried. Whoever holds it for longer is no pilot that starts.
const TURNS: u32 = 100;

/// A socket file of our own, removed when it is dropped unless somebody has put another in its place.
#[derive(Debug)]
pub(crate) struct Claim {
    path: PathBuf,
    /// Device and number of the file, which tell it from any other.
    identity: (u64, u64),
}

/// Why a socket's name cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClaimError {
    /// Somebody answers on it.
    #[error("another pilot answers there; give each a `control.socket` of its own")]
    InUse,
    /// Something else has the name.
    #[error("a file is there that is no socket; remove it, or set `control.socket` to another path")]
    NotASocket,
    /// The name does not fit into an address.
    #[error("the path is longer than 107 bytes")]
    TooLong,
    /// What the operating system says.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// Whom a name belongs to.
enum Holder {
    Nobody,
    /// A pilot that has gone.
    Left,
}

// === impl Claim ===

impl Claim {
    /// Listens at `path`, never for a moment with more permissions than `mode`;
    /// missing folders are made.
    ///
    /// # Errors
    /// [`ClaimError`]; what was there before is untouched then.
    pub(crate) async fn take(path: &Path, mode: u32) -> Result<(Self, OwnedFd), ClaimError> {
        let address = address(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let turn = take_turn(folder).await;
        if let Holder::Left = holder(path, &address)? {
            std::fs::remove_file(path)?;
        }
        let socket = socket()?;
        // Linux gives the file the permissions that the socket has, less the umask.
        rustix::fs::fchmod(&socket, Mode::from_raw_mode(mode)).map_err(std::io::Error::from)?;
        bind(&socket, &address).map_err(std::io::Error::from)?;
        let metadata = std::fs::symlink_metadata(path)?;
        let claim = Self { path: path.to_owned(), identity: identity(&metadata) };
        listen(&socket, BACKLOG).map_err(std::io::Error::from)?;
        // What the umask has taken away.
        claim.set_mode(mode)?;
        drop(turn);
        Ok((claim, socket))
    }

    /// Gives the file these permissions.
    ///
    /// # Errors
    /// When the file is not ours any more, or the operating system refuses.
    pub(crate) fn set_mode(&self, mode: u32) -> std::io::Result<()> {
        let metadata = std::fs::symlink_metadata(&self.path)?;
        if metadata.permissions().mode() & 0o7777 == mode {
            return Ok(());
        }
        if identity(&metadata) != self.identity {
            return Err(std::io::Error::other("somebody has put another file in its place"));
        }
        std::fs::set_permissions(&self.path, std::fs::Permissions::from_mode(mode))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // another's socket stays. While we listen, no other pilot takes the name in between.
        if std::fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn address(path: &Path) -> Result<SocketAddrUnix, ClaimError> {
    SocketAddrUnix::new(path).map_err(|errno| match errno {
        Errno::NAMETOOLONG => ClaimError::TooLong,
        other => ClaimError::System(other.into()),
    })
}

fn socket() -> std::io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?)
}

/// A lock that keeps other pilots from looking while we are half done. Nothing
/// is lost without it but the protection from one that starts at the same moment.
async fn take_turn(folder: &Path) -> Option<OwnedFd> {
    let folder = open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    for _ in 0..TURNS {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Some(folder),
            Err(Errno::WOULDBLOCK) => tokio::time::sleep(TURN).await,
            Err(_) => return None,
        }
    }
    None
}

fn holder(path: &Path, address: &SocketAddrUnix) -> Result<Holder, ClaimError> {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Holder::Nobody),
        Err(error) => return Err(error.into()),
    };
    if !metadata.file_type().is_socket() {
        return Err(ClaimError::NotASocket);
    }
    match connect(&socket()?, address) {
        Err(Errno::CONNREFUSED) => Ok(Holder::Left),
        Err(Errno::NOENT) => Ok(Holder::Nobody),
        // Its queue is full, which somebody has to work on.
        Ok(()) | Err(Errno::AGAIN) => Err(ClaimError::InUse),
        Err(other) => Err(ClaimError::System(other.into())),
    }
}
