//! The one thread that everything runs on.

use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How long the thread that looked up a host name lives on. The system's
/// resolver can only be waited for by a thread of its own; it is rarely needed
/// twice in a row.
const RESOLVER: Duration = Duration::from_millis(10);

/// A runtime of one thread with sockets and timers.
pub(crate) fn build() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().thread_keep_alive(RESOLVER).build()
}
