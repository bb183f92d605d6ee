//! Who starts and stops containers here: the very scripts that the examples give to users.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Everything of this program's containers has this in its name.
const NAME: &str = "gyropilot-deploys";
const CATALOGUE_PORT: u16 = 8500;
/// How long a script may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// One scheduler, by the name of its folder in `examples/storefront/deploy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheduler {
    Docker,
    Compose,
}

/// Variables for a script.
pub(crate) type Words<'a> = &'a [(&'a str, &'a str)];

/// A storefront that is up; it is ended when dropped.
#[derive(Debug)]
pub(crate) struct Storefront {
    scheduler: Scheduler,
}

// === impl Scheduler ===

impl Scheduler {
    pub(crate) const ALL: [Self; 2] = [Self::Docker, Self::Compose];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Compose => "compose",
        }
    }

    /// As people call it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Docker => "docker run",
            Self::Compose => "Docker Compose",
        }
    }

    /// Starts the storefront, after whatever an earlier run has left.
    pub(crate) fn up(self, words: Words<'_>) -> Result<Storefront> {
        self.down()?;
        let storefront = Storefront { scheduler: self };
        self.run("up", &[], words)?;
        Ok(storefront)
    }

    /// Ends what there is of it.
    pub(crate) fn down(self) -> Result<()> {
        self.run("down", &[], &[]).map(drop)
    }

    fn folder(self) -> PathBuf {
        root().join("examples/storefront/deploy").join(self.name())
    }

    /// Runs one of its scripts to the end; what it said is the error when it fails.
    fn run(self, script: &str, arguments: &[&str], words: Words<'_>) -> Result<String> {
        let mut command = Command::new("timeout");
        command.arg(PATIENCE.as_secs().to_string());
        command.arg(self.folder().join(format!("{script}.sh"))).args(arguments);
        command.env("STOREFRONT", NAME).envs(words.iter().copied());
        let output =
            command.stdin(Stdio::null()).output().with_context(|| format!("{script} cannot be run"))?;
        said(&output).with_context(|| format!("{}: {script}.sh {}", self.name(), arguments.join(" ")))
    }
}

// === impl Storefront ===

impl Storefront {
    /// Runs a script of the scheduler's to its end, beside everything else; how long it took.
    pub(crate) async fn run(
        &self,
        script: &'static str,
        arguments: &[&'static str],
        words: &[(&'static str, &'static str)],
    ) -> Result<Duration> {
        let (scheduler, arguments, words) = (self.scheduler, arguments.to_vec(), words.to_vec());
        let started = Instant::now();
        tokio::task::spawn_blocking(move || scheduler.run(script, &arguments, &words)).await??;
        Ok(started.elapsed())
    }

    /// Where the catalogue is.
    pub(crate) fn catalogue(&self) -> Result<SocketAddr> {
        let containers = self.containers("catalogue")?;
        let id = containers.first().context("there is no catalogue")?;
        let form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
        let address = docker(&["inspect", "--format", form, id])?;
        let ip = address.split_whitespace().next().context("the catalogue has no address")?;
        Ok(SocketAddr::new(ip.parse().with_context(|| address.clone())?, CATALOGUE_PORT))
    }

    /// The running containers of a service, the newest first.
    pub(crate) fn containers(&self, service: &str) -> Result<Vec<String>> {
        let label = match self.scheduler {
            Scheduler::Docker => format!("label={NAME}={service}"),
            Scheduler::Compose => format!("label=com.docker.compose.service={service}"),
        };
        let of_project = format!("name={NAME}");
        let mut words = vec!["ps", "--quiet", "--no-trunc", "--filter", &label];
        if self.scheduler == Scheduler::Compose {
            words.extend(["--filter", &of_project]);
        }
        Ok(docker(&words)?.split_whitespace().map(str::to_owned).collect())
    }

    /// The network that everything is on.
    pub(crate) fn network(&self) -> String {
        match self.scheduler {
            Scheduler::Docker => NAME.to_owned(),
            Scheduler::Compose => format!("{NAME}_default"),
        }
    }
}

impl Drop for Storefront {
    fn drop(&mut self) {
        if let Err(error) = self.scheduler.down() {
            eprintln!("the storefront is not ended: {error:#}");
        }
    }
}

/// Asks Docker something.
pub(crate) fn docker(words: &[&str]) -> Result<String> {
    let output = Command::new("docker").args(words).stdin(Stdio::null()).output();
    said(&output.context("docker cannot be run")?).with_context(|| format!("docker {}", words.join(" ")))
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package.parent().map_or(package.clone(), PathBuf::from)
}

fn said(output: &Output) -> Result<String> {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        bail!("ended with {}\n{out}{err}", output.status);
    }
    Ok(out.into_owned())
}
