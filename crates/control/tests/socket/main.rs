//! The control socket over real sockets, with clients good and bad.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot do its work should stop")]
#![expect(
    clippy::disallowed_methods,
    reason = "one test runs a program as another user; nothing here reaps for itself"
)]

mod answers;
mod binding;
mod clients;
mod hostile;
mod pilot;

/// Runs a test on one thread, as the pilot does; it must end within a bound.
pub(crate) fn alone<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async {
        tokio::time::timeout(std::time::Duration::from_secs(60), test).await.expect("an end within a minute")
    };
    tokio::task::LocalSet::new().block_on(&runtime, bounded)
}

/// The same under paused time, which jumps to the next timer when nothing else happens.
pub(crate) fn paused<T>(test: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test)
}
