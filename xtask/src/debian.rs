//! Debian's packages, unpacked into a folder instead of installed.
//!
//! Nothing of the machine's own package state is read or written and no
//! maintainer script runs, so no service starts and no root is needed. apt does
//! the verifying: the index is signed, each package is hashed in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{run, workspace};

/// A release of Debian to take packages from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    /// Debian 12.
    Bookworm,
    /// Debian 11, the last with Consul.
    Bullseye,
}

/// What to take along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The named packages only; the machine has the libraries.
    Named,
    /// Everything they depend on as well, enough for a root filesystem.
    Closure,
}

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// Names an archive of Debian, without `/debian` at its end, where the machine's
/// own sources have none or not the release that is wanted.
const ARCHIVE: &str = "GYROPILOT_DEBIAN_ARCHIVE";

/// Unpacks packages into `folder`, which is replaced, unless an earlier call left
/// the very same packages there. True when something was unpacked.
pub(crate) fn unpack(suite: Suite, packages: &[&str], depth: Depth, folder: &Path) -> Result<bool> {
    let stamp = folder.join(".packages");
    let wanted = format!("{suite:?} {depth:?} {}\n", packages.join(" "));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(false);
    }
    let apt = Apt::new(suite)?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for package in apt.download(packages, depth)? {
        run::output("dpkg", &[Path::new("-x"), &package, folder])?;
    }
    // Written last: a folder without it is not whole.
    fs::write(stamp, wanted)?;
    Ok(true)
}

/// apt with a state of its own.
struct Apt {
    state: PathBuf,
}

// === impl Apt ===

impl Apt {
    fn new(suite: Suite) -> Result<Self> {
        let state = workspace::tools().join(".apt").join(suite.name());
        for folder in ["lists/partial", "archives/partial", "download"] {
            fs::create_dir_all(state.join(folder))?;
        }
        // As on a machine without any package: the closure is everything.
        fs::write(state.join("status"), "")?;
        let apt = Self { state };
        if !Path::new(KEYRING).is_file() {
            bail!("no {KEYRING}\nhint: this needs a Debian; apt-get install debian-archive-keyring");
        }
        let mut failure = None;
        for archive in archives()? {
            fs::write(apt.state.join("sources.list"), suite.sources(&archive))?;
            match run::collect(apt.get().arg("update").args(["-o", "APT::Update::Error-Mode=any"])) {
                Ok(_) => return Ok(apt),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(failure.context("no archive to ask")?.context("the index of packages cannot be fetched"))
    }

    fn get(&self) -> Command {
        let mut command = run::command("apt-get", &["-q", "-y", "--no-install-recommends"]);
        let state = self.state.display();
        for option in [
            format!("Dir::Etc::sourcelist={state}/sources.list"),
            "Dir::Etc::sourceparts=/dev/null".to_owned(),
            format!("Dir::State={state}"),
            format!("Dir::State::lists={state}/lists"),
            format!("Dir::State::status={state}/status"),
            format!("Dir::Cache={state}"),
            format!("Dir::Cache::archives={state}/archives"),
            // The folder belongs to whoever runs this, and nobody else looks at it.
            "APT::Sandbox::User=root".to_owned(),
            "Debug::NoLocking=1".to_owned(),
            // An archived release keeps its last signature, whose date has passed.
            "Acquire::Check-Valid-Until=false".to_owned(),
            "Acquire::Languages=none".to_owned(),
            "Acquire::Retries=3".to_owned(),
        ] {
            command.arg("-o").arg(option);
        }
        command
    }

    /// Fetches packages; gives the paths of the files.
    fn download(&self, packages: &[&str], depth: Depth) -> Result<Vec<PathBuf>> {
        let folder = match depth {
            Depth::Named => self.state.join("download"),
            Depth::Closure => self.state.join("archives"),
        };
        for old in archives_in(&folder)? {
            fs::remove_file(old)?;
        }
        let mut apt = self.get();
        match depth {
            Depth::Named => apt.arg("download").current_dir(&folder),
            Depth::Closure => apt.args(["install", "--download-only"]),
        };
        run::collect(apt.args(packages))?;
        archives_in(&folder)
    }
}

/// The archives of Debian that this machine is set up to use, the one that the
/// user names first.
fn archives() -> Result<Vec<String>> {
    let mut archives: Vec<String> = std::env::var(ARCHIVE).into_iter().collect();
    let configured = run::output("apt-get", &["indextargets", "--format", "$(REPO_URI)"])?;
    for uri in configured.lines() {
        if let Some(archive) = uri.trim_end_matches('/').strip_suffix("/debian")
            && !archives.iter().any(|known| known == archive)
        {
            archives.push(archive.to_owned());
        }
    }
    if archives.is_empty() {
        bail!("apt knows no archive of Debian\nhint: on Ubuntu, name one in {ARCHIVE}");
    }
    Ok(archives)
}

fn archives_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            found.push(path);
        }
    }
    Ok(found)
}

// === impl Suite ===

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Bullseye => "bullseye",
        }
    }

    fn sources(self, archive: &str) -> String {
        let name = self.name();
        format!(
            "deb [signed-by={KEYRING}] {archive}/debian {name} main\n\
             deb [signed-by={KEYRING}] {archive}/debian-security {name}-security main\n"
        )
    }
}
