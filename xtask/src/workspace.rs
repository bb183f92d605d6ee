//! Where things stand.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::run;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// What xtask keeps between runs; independent of `CARGO_TARGET_DIR`, since
/// tests look for their tools here.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// Where cargo puts what it builds.
pub(crate) fn build_output() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(path) => root().join(path),
        None => root().join("target"),
    }
}

/// The triple of this machine, as rustc names it.
pub(crate) fn host_triple() -> Result<String> {
    let version = run::output("rustc", &["-vV"])?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("`rustc -vV` names no host")
}
