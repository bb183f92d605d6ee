//! A network of the demo's own: a bridge in a namespace of its own, and for each
//! container a namespace whose `eth0` is plugged into it.
//!
//! The bridge does not stand on the host because packet filters that are there
//! for other reasons (Docker's, a firewall's) apply to bridged traffic as well.

use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use anyhow::{Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::run;

/// Every namespace of the demo starts with this, and nothing else does.
const PREFIX: &str = "gyropilot-";
const SWITCH: &str = "gyropilot-switch";
/// The host's own plug; the page is reached through it.
const HOST_LINK: &str = "gyropilot0";

/// The address of number `host` in the demo's network, 10.213.77.0/24.
pub(crate) const fn address(host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 213, 77, host)
}

/// The network while it exists; dropping it takes it down, with every process in it.
#[derive(Debug)]
pub(crate) struct Network(());

// === impl Network ===

impl Network {
    /// Lays the network, after clearing what a killed run left.
    pub(crate) fn lay() -> Result<Self> {
        clear()?;
        let network = address(0);
        let route = ip(&format!("-4 route show root {network}/24"))?;
        if !route.trim().is_empty() {
            bail!("the demo wants {network}/24, which is in use here: {}", route.trim());
        }
        let laid = Self(());
        ip(&format!("netns add {SWITCH}"))?;
        ip(&format!("-n {SWITCH} link add bridge0 type bridge"))?;
        ip(&format!("-n {SWITCH} link set bridge0 up"))?;
        ip(&format!("link add {HOST_LINK} type veth peer name host netns {SWITCH}"))?;
        ip(&format!("-n {SWITCH} link set host master bridge0 up"))?;
        ip(&format!("address add {}/24 dev {HOST_LINK}", address(1)))?;
        ip(&format!("link set {HOST_LINK} up"))?;
        Ok(laid)
    }

    /// Adds a namespace with an `eth0`.
    pub(crate) fn plug(&self, name: &str, address: Ipv4Addr) -> Result<()> {
        let space = namespace(name);
        ip(&format!("netns add {space}"))?;
        ip(&format!("-n {SWITCH} link add {name} type veth peer name eth0 netns {space}"))?;
        ip(&format!("-n {SWITCH} link set {name} master bridge0 up"))?;
        ip(&format!("-n {space} address add {address}/24 dev eth0"))?;
        ip(&format!("-n {space} link set eth0 up"))?;
        ip(&format!("-n {space} link set lo up"))?;
        Ok(())
    }

    /// Takes a namespace away again.
    pub(crate) fn unplug(&self, name: &str) -> Result<()> {
        ip(&format!("netns del {}", namespace(name)))?;
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Once more, since the first attempt may have met what was just ending.
        if let Err(error) = clear().or_else(|_| clear()) {
            eprintln!("the network could not be taken down: {error:#}");
        }
    }
}

/// The network namespace of a container.
pub(crate) fn namespace(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// The namespaces of the demo that exist.
pub(crate) fn namespaces() -> Result<Vec<String>> {
    let listed = ip("netns list")?;
    // A line is the name, and for some its number behind it.
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    Ok(names.filter(|name| name.starts_with(PREFIX)).map(str::to_owned).collect())
}

fn clear() -> Result<()> {
    for space in namespaces()? {
        for pid in ip(&format!("netns pids {space}"))?.split_whitespace() {
            // It may be gone by now, which is as good.
            let _ = kill(Pid::from_raw(pid.parse()?), Signal::SIGKILL);
        }
        ip(&format!("netns del {space}"))?;
    }
    // A link goes with its namespace, but only some time later.
    if host_link_exists() {
        ip(&format!("link del {HOST_LINK}"))?;
    }
    Ok(())
}

/// Whether the host still has its plug.
pub(crate) fn host_link_exists() -> bool {
    Path::new("/sys/class/net").join(HOST_LINK).exists()
}

/// Runs `ip` with words that hold no spaces themselves, and gives what it says.
///
/// A Ctrl-C at the terminal is not for it: it would end half of a change, and
/// could end the clearing up.
fn ip(words: &str) -> Result<String> {
    run::collect(run::command("ip", &words.split(' ').collect::<Vec<_>>()).process_group(0))
}
