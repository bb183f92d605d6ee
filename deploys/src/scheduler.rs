//! Who starts and stops containers here: the very scripts that the examples give to users.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sched::{CloneFlags, setns};

/// Everything of this program's containers has this in its name.
const NAME: &str = "gyropilot-deploys";
const CATALOGUE_PORT: u16 = 8500;
/// How long a script may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// What Podman is told: it asks for more descriptors than a machine may give, and for a systemd.
const PODMAN: &str = "\
[containers]
default_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]
log_driver = \"k8s-file\"
[engine]
cgroup_manager = \"cgroupfs\"
events_logger = \"file\"
";

/// One scheduler, by the name of its folder in `examples/storefront/deploy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheduler {
    Docker,
    Compose,
    Swarm,
    /// The Kubernetes files, played by Podman.
    Podman,
}

/// Variables for a script.
pub(crate) type Words<'a> = &'a [(&'a str, &'a str)];

/// A storefront that is up; it is ended when dropped.
#[derive(Debug)]
pub(crate) struct Storefront {
    scheduler: Scheduler,
    /// Where this program is meanwhile.
    within: Option<Within>,
}

/// This thread is in the network of a container, which the machine itself is not on.
#[derive(Debug)]
struct Within {
    own: File,
}

// === impl Scheduler ===

impl Scheduler {
    pub(crate) const ALL: [Self; 4] = [Self::Docker, Self::Compose, Self::Swarm, Self::Podman];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Compose => "compose",
            Self::Swarm => "swarm",
            Self::Podman => "podman",
        }
    }

    /// As people call it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Docker => "docker run",
            Self::Compose => "Docker Compose",
            Self::Swarm => "Docker Swarm",
            Self::Podman => "Kubernetes files, Podman",
        }
    }

    /// Starts the storefront, after whatever an earlier run has left.
    pub(crate) fn up(self, words: Words<'_>) -> Result<Storefront> {
        match self {
            Self::Swarm if docker(&["info", "--format", "{{.Swarm.LocalNodeState}}"])?.trim() != "active" => {
                docker(&["swarm", "init", "--advertise-addr", "127.0.0.1"])?;
            }
            Self::Podman => {
                let path = podman_settings();
                std::fs::write(&path, PODMAN).with_context(|| path.display().to_string())?;
            }
            _ => {}
        }
        self.down()?;
        let mut storefront = Storefront { scheduler: self, within: None };
        self.run("up", &[], words)?;
        if self == Self::Swarm {
            storefront.within = Some(Within::enter(&storefront.containers("catalogue")?)?);
        }
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
        command.env("STOREFRONT", NAME).env("CONTAINERS_CONF", podman_settings());
        command.envs(words.iter().copied());
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
        let form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
        let address = match self.scheduler {
            Scheduler::Swarm => "127.0.0.1".to_owned(),
            Scheduler::Podman => {
                let pod = format!("{NAME}-catalogue-pod-0");
                let infra = podman(&["pod", "inspect", "--format", "{{.InfraContainerID}}", &pod])?;
                podman(&["inspect", "--format", form, infra.trim()])?
            }
            Scheduler::Docker | Scheduler::Compose => {
                let containers = self.containers("catalogue")?;
                docker(&["inspect", "--format", form, containers.first().context("there is no catalogue")?])?
            }
        };
        let ip = address.split_whitespace().next().context("the catalogue has no address")?;
        Ok(SocketAddr::new(ip.parse().with_context(|| address.clone())?, CATALOGUE_PORT))
    }

    /// The running containers of a service, the newest first.
    pub(crate) fn containers(&self, service: &str) -> Result<Vec<String>> {
        let label = match self.scheduler {
            Scheduler::Swarm => format!("label=com.docker.swarm.service.name={NAME}_{service}"),
            _ => format!("label={NAME}={service}"),
        };
        let of_project = format!("label=com.docker.compose.project={NAME}");
        let of_service = format!("label=com.docker.compose.service={service}");
        let words = match self.scheduler {
            Scheduler::Compose => vec!["--filter", &of_project, "--filter", &of_service],
            _ => vec!["--filter", &label],
        };
        let words = [vec!["ps", "--quiet", "--no-trunc"], words].concat();
        Ok(docker(&words)?.split_whitespace().map(str::to_owned).collect())
    }

    /// The network of plain Docker that everything is on.
    pub(crate) const fn network() -> &'static str {
        NAME
    }
}

impl Drop for Storefront {
    fn drop(&mut self) {
        drop(self.within.take());
        if let Err(error) = self.scheduler.down() {
            eprintln!("the storefront is not ended: {error:#}");
        }
    }
}

// === impl Within ===

impl Within {
    /// Enters the network of the first of these containers.
    fn enter(containers: &[String]) -> Result<Self> {
        let id = containers.first().context("there is no container")?;
        let pid = docker(&["inspect", "--format", "{{.State.Pid}}", id])?;
        let own = File::open("/proc/thread-self/ns/net")?;
        let path = format!("/proc/{}/ns/net", pid.trim());
        let other = File::open(&path).with_context(|| path.clone())?;
        setns(other, CloneFlags::CLONE_NEWNET)
            .context("the network of the container is not to be entered")?;
        Ok(Self { own })
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        if let Err(error) = setns(&self.own, CloneFlags::CLONE_NEWNET) {
            eprintln!("the way back from the network of a container is barred: {error}");
        }
    }
}

/// Asks Docker something.
pub(crate) fn docker(words: &[&str]) -> Result<String> {
    asked("docker", words)
}

fn podman(words: &[&str]) -> Result<String> {
    asked("podman", words)
}

fn asked(program: &str, words: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    command.args(words).env("CONTAINERS_CONF", podman_settings()).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("{program} cannot be run"))?;
    said(&output).with_context(|| format!("{program} {}", words.join(" ")))
}

fn podman_settings() -> PathBuf {
    root().join("target/containers.conf")
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
