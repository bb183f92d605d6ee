//! A container: namespaces, a layered root, and one program as its PID 1.
//!
//! Made of what every Debian has (util-linux, iproute2), so that the demo runs
//! wherever there is a root user, without a daemon and without images to pull.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::network::{self, Network};
use crate::{interrupt, run};

/// After this a stop is no longer a request. Longer than a shop takes to drain.
const GRACE: Duration = Duration::from_secs(15);

/// What a container is made of.
pub(crate) struct Recipe<'a> {
    /// Its host name, too.
    pub(crate) name: &'a str,
    /// Of its `eth0`.
    pub(crate) address: Ipv4Addr,
    /// Folders that together are the root filesystem, the uppermost first.
    pub(crate) layers: &'a [PathBuf],
    /// The whole environment but PATH.
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// Program and arguments.
    pub(crate) command: &'a [&'a str],
}

/// A container that was started.
#[derive(Debug)]
pub(crate) struct Container {
    name: String,
    child: Child,
    /// Its PID 1, as the host numbers it.
    init: Pid,
    ended: Option<ExitStatus>,
}

// === impl Container ===

impl Container {
    /// Starts one; what it writes goes to `NAME.log` in `folder`.
    pub(crate) fn start(network: &Network, folder: &Path, recipe: &Recipe<'_>) -> Result<Self> {
        let Recipe { name, address, .. } = *recipe;
        network.plug(name, address)?;
        let log = File::create(folder.join(format!("{name}.log")))?;
        let place = folder.join("mount");
        fs::create_dir_all(&place)?;
        let layers: Vec<_> = recipe.layers.iter().map(|layer| layer.to_string_lossy()).collect();

        // Each of these becomes the next by exec; unshare alone forks, and takes
        // the container with it when it dies, as it does when xtask dies.
        let mut command = run::command("setpriv", &["--pdeathsig", "KILL", "--"]);
        command.args(["ip", "netns", "exec", &network::namespace(name)]);
        command.args(["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child=KILL"]);
        command.args(["sh", "xtask/src/demo/enter.sh"]).arg(place).args([&layers.join(":"), name]);
        command.args(recipe.command);
        command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.envs(recipe.environment.iter().copied());
        command.stdout(log.try_clone()?).stderr(log);
        // A Ctrl-C at the terminal is for xtask, which stops things in order.
        command.process_group(0);
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;

        // Until the shell has changed the root, which is its last deed before it
        // becomes the program, a signal would be lost: the kernel keeps from a
        // PID 1 what it does not handle.
        let parent = Pid::from_raw(i32::try_from(child.id())?);
        let found = interrupt::wait_for(&format!("start of {name}"), Duration::from_secs(10), || {
            if let Ok(Some(status)) = child.try_wait() {
                return Some(Err(status));
            }
            let init = *children(parent).first()?;
            let root = fs::read_link(format!("/proc/{init}/root")).ok()?;
            (root != Path::new("/")).then_some(Ok(init))
        });
        match found {
            Ok(Ok(init)) => Ok(Self { name: name.to_owned(), child, init, ended: None }),
            Ok(Err(status)) => {
                bail!("{name} ended at once with {status}\n{}", tail(folder, name))
            }
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Asks it to stop, as a scheduler does.
    pub(crate) fn ask_to_stop(&mut self) {
        if self.ended().is_none() {
            // The worst that can be is that it ended in between.
            let _ = kill(self.init, Signal::SIGTERM);
        }
    }

    /// Waits until it has stopped, and makes it stop when it takes too long or
    /// when there are more interruptions than `known`: then somebody insists.
    pub(crate) fn wait(&mut self, known: usize) -> Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            let insisted = interrupt::count() > known;
            if insisted || start.elapsed() > GRACE {
                if !insisted {
                    println!("{} does not stop within {} s: killed", self.name, GRACE.as_secs());
                }
                self.child.kill()?;
                self.child.wait()?;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills the program that the pilot runs, as a crash would.
    pub(crate) fn crash_application(&self) -> Result<()> {
        let application = *children(self.init).first().context("nothing runs under the pilot")?;
        kill(application, Signal::SIGKILL)?;
        Ok(())
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if self.ended().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The last lines that a container wrote.
pub(crate) fn tail(folder: &Path, name: &str) -> String {
    let text = fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(20)..];
    format!("the last lines of {name}:\n  {}", last.join("\n  "))
}

/// The children of a process, the oldest first.
fn children(parent: Pid) -> Vec<Pid> {
    let listed = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).map(Pid::from_raw).collect()
}
