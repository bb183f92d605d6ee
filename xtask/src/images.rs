//! The storefront's container images, for Docker.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::{release, run, workspace};

/// What the Dockerfiles build upon; made here where no registry gives it.
const BASE: &str = "debian:bookworm-slim";
const SUITE: &str = "bookworm";
/// How long a daemon that was just started may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Each image: its tag, its folder, and the version that it says it is.
const IMAGES: &[(&str, &str, &str)] = &[
    ("storefront/catalogue:1", "catalogue", "1"),
    ("storefront/nginx:1", "nginx", "1"),
    ("storefront/nginx:2", "nginx", "2"),
    ("storefront/customers:1", "customers", "1"),
    ("storefront/customers:2", "customers", "2"),
    ("storefront/sales:1", "sales", "1"),
    ("storefront/sales:2", "sales", "2"),
];

/// Builds them all with the release binary; what has not changed is taken from Docker's cache.
pub(crate) fn build() -> Result<()> {
    let binary = release::build()?;
    run::ensure(&[("docker", "docker.io")])?;
    answer()?;
    base()?;
    let context = workspace::root().join("examples/storefront");
    place(&binary, &context.join("gyropilot"))?;
    for (tag, folder, version) in IMAGES {
        let mut docker = run::command("docker", &["build", "--quiet", "--tag", tag]);
        docker.arg("--file").arg(context.join(folder).join("Dockerfile"));
        if *folder != "catalogue" {
            docker.arg("--build-arg").arg(format!("VERSION={version}"));
        }
        docker.arg(&context).env("DOCKER_BUILDKIT", "0");
        run::collect(&mut docker)?;
        println!("{tag}");
    }
    Ok(())
}

/// Hands them to Podman, which keeps its own.
pub(crate) fn share_with_podman() -> Result<()> {
    run::ensure(&[
        ("podman", "podman"),
        ("/usr/lib/podman/netavark", "netavark"),
        ("/usr/lib/podman/aardvark-dns", "aardvark-dns"),
        ("catatonit", "catatonit"),
    ])?;
    let archive = workspace::build_output().join("images.tar");
    let path = archive.to_string_lossy().into_owned();
    let tags = IMAGES.iter().map(|(tag, ..)| *tag);
    let words: Vec<&str> = ["save", "--output", &path].into_iter().chain(tags).collect();
    run::output("docker", &words)?;
    run::output("podman", &["load", "--quiet", "--input", &path])?;
    fs::remove_file(&archive).with_context(|| archive.display().to_string())
}

/// Starts a daemon where none answers, as on a machine where Docker was just installed.
fn answer() -> Result<()> {
    let answers = || run::output("docker", &["version", "--format", "{{.Server.Version}}"]).is_ok();
    if answers() {
        return Ok(());
    }
    let log = workspace::build_output().join("dockerd.log");
    let file = fs::File::create(&log).with_context(|| log.display().to_string())?;
    let mut daemon = run::command("dockerd", &[] as &[&str]);
    daemon.stdout(file.try_clone()?).stderr(file).stdin(Stdio::null());
    daemon.spawn().context("dockerd cannot be started")?;
    let started = Instant::now();
    while !answers() {
        if started.elapsed() > PATIENCE {
            bail!("dockerd does not answer\nhint: see {}", log.display());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Has the base image at hand: what is there already, or a registry's, or one made of Debian's packages.
fn base() -> Result<()> {
    if run::output("docker", &["image", "inspect", "--format", "{{.Id}}", BASE]).is_ok()
        || run::output("docker", &["pull", "--quiet", BASE]).is_ok()
    {
        return Ok(());
    }
    run::ensure(&[("mmdebstrap", "mmdebstrap")])?;
    println!("making {BASE} of Debian's packages, since no registry has it");
    let archive = workspace::build_output().join("base.tar");
    let path = archive.to_string_lossy().into_owned();
    run::output("mmdebstrap", &["--variant=minbase", SUITE, &path])?;
    run::output("docker", &["import", &path, BASE])?;
    fs::remove_file(&archive).with_context(|| archive.display().to_string())
}

/// Copies the binary, unless the same is there: its time is part of what Docker's cache looks at.
fn place(binary: &Path, to: &Path) -> Result<()> {
    let new = fs::read(binary).with_context(|| binary.display().to_string())?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::copy(binary, to).map(drop).with_context(|| to.display().to_string())
}
