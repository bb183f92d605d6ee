//! The binary that users get: one file, static, small.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{run, workspace};

/// The promise to users; a reason to look at what was added, not a limit of anything.
const MOST_BYTES: u64 = 10_000_000;

/// Builds the static release binary, checks it, and gives its path.
pub(crate) fn build() -> Result<PathBuf> {
    let triple = workspace::host_triple()?;
    let mut cargo = run::command("cargo", &["build", "--release", "--package", "gyropilot"]);
    // The target is named although it is the host: without it the flags would
    // reach procedural macros too, and a macro cannot be a static library.
    cargo.args(["--target", &triple]);
    // getrandom asks libc by default, which keeps a second way to random bytes
    // alive in a static binary; the system call is all that is needed.
    // Wherever the binary is loaded it begins by correcting 14,000 addresses in
    // itself. Packed (DT_RELR, known to glibc since 2.36) their list takes 5 kB
    // instead of 330, all of which would be read once and then stay in memory.
    cargo.env(
        "RUSTFLAGS",
        "-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs \
         --cfg getrandom_backend=\"linux_raw\"",
    );
    // What -version names; a source tree without its history is built as well.
    if let Ok(commit) = run::output("git", &["rev-parse", "--short=12", "HEAD"]) {
        cargo.env("GYROPILOT_GIT_HASH", commit.trim());
    }
    run::finish(&mut cargo)?;
    let path = workspace::build_output().join(&triple).join("release/gyropilot");
    let bytes = fs::metadata(&path).with_context(|| path.display().to_string())?.len();
    println!("{}: {bytes} bytes", path.display());
    if bytes > MOST_BYTES {
        bail!("the binary has {bytes} bytes, {MOST_BYTES} are promised");
    }
    runs_alone(&path)?;
    Ok(path)
}

/// Runs the binary in a root that holds nothing else, as in an image made
/// `FROM scratch`: no loader, no library, no shell, not even /proc.
fn runs_alone(binary: &Path) -> Result<()> {
    let root = workspace::build_output().join("scratch-root");
    fs::create_dir_all(&root)?;
    fs::copy(binary, root.join("gyropilot"))?;
    let mut unshare = run::command("unshare", &["--user", "--map-root-user", "--pid", "--fork"]);
    // A root user may have no user namespaces, and needs none.
    if nix::unistd::geteuid().is_root() {
        unshare = run::command("unshare", &["--pid", "--fork"]);
    }
    unshare.arg("--root").arg(&root).args(["/gyropilot", "-version"]);
    let version = run::collect(&mut unshare).context("the binary does not run in an empty root")?;
    println!("runs in an empty root: {}", version.lines().next().unwrap_or_default());
    fs::remove_dir_all(root)?;
    Ok(())
}
