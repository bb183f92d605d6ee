//! The state of our own process that children inherit.
#![allow(unsafe_code)]

/// Is this the first process of its pid namespace, as it is in a container?
#[must_use]
pub fn is_pid1() -> bool {
    std::process::id() == 1
}

/// Readies this process to be a parent; to be called first, before any runtime.
///
/// - No signal is blocked, and none ignored that our own parent (`nohup`, a shell
///   without job control) ignored: children inherit both, and one that never sees
///   `SIGTERM` cannot be stopped in good order.
/// - Orphans among our descendants become our children, as they do with pid 1.
///
/// # Errors
/// When the kernel knows no sub-reapers (Linux before 3.4).
pub fn start() -> std::io::Result<()> {
    use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?;
    stop_ignoring();
    if !is_pid1() {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    }
    Ok(())
}

/// Restores the default effect of every ignored signal but `SIGPIPE`, which Rust
/// itself ignores in us and restores in each child.
fn stop_ignoring() {
    for number in (1..=libc::SIGRTMAX()).filter(|number| *number != libc::SIGPIPE) {
        // SAFETY: `sigaction` is plain data for which all zeroes is a valid value
        // (an empty mask, no flags, SIG_DFL).
        let mut current: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: a null new action only asks; `current` outlives the call. The
        // numbers that libc keeps for itself give an error, which leaves SIG_DFL.
        let asked = unsafe { libc::sigaction(number, std::ptr::null(), &raw mut current) };
        if asked == 0 && current.sa_sigaction == libc::SIG_IGN {
            current.sa_sigaction = libc::SIG_DFL;
            // SAFETY: `current` is what the kernel just returned, but for the
            // action, which is the default one: no handler of ours is involved.
            unsafe { libc::sigaction(number, &raw const current, std::ptr::null_mut()) };
        }
    }
}
