//! Descriptors that the runtime waits on.
#![allow(unsafe_code)]

use std::os::fd::OwnedFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Hands a descriptor of our own to the runtime, to be waited on.
///
/// # Errors
/// When the descriptor is of a kind that cannot be waited on, such as a file.
pub(crate) fn waitable(fd: OwnedFd, interest: Interest) -> std::io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` gives the same open descriptor each time it is asked and
    // keeps it open until it is dropped, which the `AsyncFd` that owns it does last.
    unsafe { AsyncFd::register_with_interest(fd, interest) }.map_err(|refused| refused.into_parts().1)
}
