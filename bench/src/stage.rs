//! What all figures stand on: the pilot to be measured, the peers, folders.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::consul::Agent;

/// Peers and Consul, as `cargo xtask tools` calls them.
const TOOLS: [&str; 9] =
    ["consul", "tini", "dumb-init", "s6", "supervisor", "nginx", "redis", "mariadb", "systemd"];

/// Set once, before the first figure.
pub(crate) struct Stage {
    pilot: PathBuf,
    /// Fewer runs and shorter waits.
    pub(crate) quick: bool,
    folder: TempDir,
    folders: Cell<u32>,
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

// === impl Stage ===

impl Stage {
    /// Builds the pilot, unless one is given, and unpacks the peers.
    pub(crate) fn set(binary: Option<&str>, quick: bool) -> Result<Self> {
        let pilot = match binary {
            Some(path) => std::fs::canonicalize(path).with_context(|| path.to_owned())?,
            None => built()?,
        };
        chore(&[["tools"].as_slice(), &TOOLS].concat())?;
        Ok(Self { pilot, quick, folder: tempfile::tempdir()?, folders: Cell::new(0) })
    }

    /// The pilot's path.
    pub(crate) fn pilot(&self) -> String {
        self.pilot.display().to_string()
    }

    /// The size of the pilot's file.
    pub(crate) fn binary_bytes(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.pilot)?.len())
    }

    /// A program of a tool.
    pub(crate) fn tool(&self, path: &str) -> String {
        root().join("target/tools").join(path).display().to_string()
    }

    /// Where a tool keeps its shared libraries.
    pub(crate) fn libraries(&self, tool: &str) -> String {
        self.tool(&format!("{tool}/usr/lib/{}-linux-gnu", std::env::consts::ARCH))
    }

    /// This program with the words of one of its small roles.
    pub(crate) fn role(&self, words: &[&str]) -> Result<Vec<String>> {
        self.application(&[[crate::application::WORD].as_slice(), words].concat())
    }

    /// This program with words.
    pub(crate) fn application(&self, words: &[impl AsRef<str>]) -> Result<Vec<String>> {
        let own = std::env::current_exe()?.display().to_string();
        Ok(std::iter::once(own).chain(words.iter().map(|word| word.as_ref().to_owned())).collect())
    }

    /// A new, empty folder.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        let number = self.folders.replace(self.folders.get() + 1);
        let path = self.folder.path().join(number.to_string());
        std::fs::create_dir(&path)?;
        Ok(path)
    }

    /// A Consul agent of its own, which knows nothing yet.
    pub(crate) fn consul(&self) -> Result<Agent> {
        Agent::start(&self.tool("consul/usr/bin/consul"))
    }

    /// `whole` runs, or a tenth of them.
    pub(crate) fn runs(&self, whole: usize) -> usize {
        if self.quick { whole.div_ceil(10) } else { whole }
    }

    /// May this process open pid namespaces?
    pub(crate) fn is_root(&self) -> bool {
        rustix::process::geteuid().is_root()
    }
}

/// The static release binary, as `cargo xtask build` leaves it.
fn built() -> Result<PathBuf> {
    chore(&["build"])?;
    let output = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(path) => root().join(path),
        None => root().join("target"),
    };
    let path = output.join(format!("{}-unknown-linux-gnu/release/gyropilot", std::env::consts::ARCH));
    if !path.is_file() {
        bail!("`cargo xtask build` left nothing at {}", path.display());
    }
    Ok(path)
}

fn chore(words: &[&str]) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "-q", "-p", "xtask", "--"]).args(words).current_dir(root()).stdin(Stdio::null());
    let status = cargo.status().context("cargo cannot be run")?;
    if !status.success() {
        bail!("`cargo xtask {}` ended with {status}", words.join(" "));
    }
    Ok(())
}
