//! Namespaces: PID 1 of an own world, an own network with an own `eth0`, an
//! own file tree.

use crate::process;
use crate::wait::{SOON, wait_until};
use nix::sched::{CloneFlags, setns};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The IPv4 address of `eth0` on a [`Stage`].
pub const ETH0_INET: &str = "10.77.0.2";
/// The IPv6 address of `eth0` on a [`Stage`].
pub const ETH0_INET6: &str = "fdc6:77::2";

/// A network and mount namespace that lasts as long as this value.
///
/// Its network has `lo`, `eth0` with two addresses of each family, and
/// `br-1.5`, an interface with an awkward name.
#[derive(Debug)]
pub struct Stage {
    keeper: Child,
    pid: i32,
}

// === impl Stage ===

impl Stage {
    /// Builds it.
    ///
    /// # Panics
    /// When namespaces are not to be had.
    #[must_use]
    pub fn new() -> Self {
        let script = format!(
            "set -e
            ip link set lo up
            ip link add eth0 type veth peer name br-1.5
            ip addr add {ETH0_INET}/24 dev eth0
            ip addr add 10.77.0.9/24 dev eth0
            ip addr add {ETH0_INET6}/64 dev eth0 nodad
            ip addr add 10.78.0.2/24 dev br-1.5
            ip link set br-1.5 up
            ip link set eth0 up
            echo ready
            exec cat"
        );
        let keeper = kept(&["--net", "--mount"], &script);
        let pid = i32::try_from(keeper.id()).expect("a pid is a positive i32");
        Self { keeper, pid }
    }

    /// The command that runs another one here.
    #[must_use]
    pub fn enter(&self) -> Vec<OsString> {
        enter(&self.keeper, &["--net", "--mount"])
    }

    /// Moves the calling thread, and those that it starts, into the network of this stage. Needs root.
    ///
    /// # Panics
    /// Without root.
    pub fn join(&self) {
        join(&self.network()).expect("root may enter a namespace");
    }

    /// The file of its network namespace.
    #[must_use]
    pub fn network(&self) -> PathBuf {
        format!("/proc/{}/ns/net", self.pid).into()
    }

    /// Runs a command here and returns what it wrote, once it succeeded.
    #[must_use]
    pub fn output(&self, words: &[&str]) -> Option<String> {
        let enter = self.enter();
        let output = Command::new(&enter[0]).args(&enter[1..]).args(words).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Builds a file tree at `root` that shows this machine's programs, this
    /// workspace and `scene`, and whose /etc, /run and /var belong to the test.
    ///
    /// # Panics
    /// When it cannot be built.
    pub fn build_root(&self, root: &Path, shown: &[&Path]) {
        let mut script = format!("set -e\nmount -t tmpfs none {0}\ncd {0}\n", root.display());
        script += "mkdir -p etc proc dev run tmp var/log/nginx var/lib/nginx var/lock sys usr\n";
        script += "mount --bind /usr usr\nmount --rbind /dev dev\n";
        script += "for d in bin sbin lib lib64; do [ -L /$d ] && cp -P /$d . || { mkdir $d; mount --bind /$d $d; }; done\n";
        script += "for f in passwd group ld.so.cache ld.so.conf nsswitch.conf ssl alternatives; do\n";
        script += "  if [ -e /etc/$f ]; then cp -a /etc/$f etc/; fi; done\n";
        for path in shown {
            let path = path.display();
            script += &format!("mkdir -p .{path}\nmount --bind {path} .{path}\n");
        }
        assert!(self.output(&["sh", "-c", &script]).is_some(), "the file tree cannot be built");
    }

    /// The command that runs another one as PID 1 in the tree at `root`.
    #[must_use]
    pub fn enter_as_pid_1(&self, root: &Path) -> Vec<OsString> {
        let mut words = self.enter();
        let own_proc = format!("--mount-proc={}", root.join("proc").display());
        words.extend([
            "unshare".into(),
            "--pid".into(),
            "--fork".into(),
            "--kill-child".into(),
            own_proc.into(),
        ]);
        words.extend(["chroot".into(), root.into()]);
        words
    }

    /// A path inside the tree at `root`, as the test reaches it.
    #[must_use]
    pub fn reach(&self, root: &Path, path: &str) -> PathBuf {
        let inside = root.join(path.trim_start_matches('/'));
        PathBuf::from(format!("/proc/{}/root{}", self.pid, inside.display()))
    }
}

/// A mount namespace with a small disk, which lasts as long as this value.
#[derive(Debug)]
pub struct Disk {
    keeper: Child,
    mount: PathBuf,
}

// === impl Disk ===

impl Disk {
    /// Makes one of `size` (`4m`) at an empty folder.
    ///
    /// # Panics
    /// When namespaces are not to be had.
    #[must_use]
    pub fn new(mount: &Path, size: &str) -> Self {
        let script =
            format!("mount -t tmpfs -o size={size} none {} && echo ready && exec cat", mount.display());
        let keeper = kept(&["--mount"], &script);
        Self { keeper, mount: mount.to_owned() }
    }

    /// The command that runs another one where the disk is.
    #[must_use]
    pub fn enter(&self) -> Vec<OsString> {
        enter(&self.keeper, &["--mount"])
    }

    /// Gives it another size.
    ///
    /// # Panics
    /// When that is refused.
    pub fn grow(&self, size: &str) {
        let mut words = self.enter();
        words.extend([
            "mount".into(),
            "-o".into(),
            format!("remount,size={size}").into(),
            self.mount.clone().into(),
        ]);
        let status = Command::new(&words[0]).args(&words[1..]).status().expect("util-linux has nsenter");
        assert!(status.success(), "the disk does not grow: {status}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// Moves the calling thread, and those that it starts, into a network namespace.
pub(crate) fn join(network: &Path) -> std::io::Result<()> {
    Ok(setns(File::open(network)?, CloneFlags::CLONE_NEWNET)?)
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

/// Namespaces of these kinds, built by a script that ends with `echo ready` and `exec cat`.
fn kept(kinds: &[&str], script: &str) -> Child {
    let mut command = Command::new("unshare");
    command.args(user()).args(kinds).args(["sh", "-c", script]);
    // The keeper reads until the test ends, however it ends.
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut keeper = command.spawn().expect("util-linux has unshare");
    let mut line = [0; 6];
    let answer = keeper.stdout.as_mut().map(|out| std::io::Read::read_exact(out, &mut line));
    assert!(matches!(answer, Some(Ok(()))) && &line == b"ready\n", "no namespace could be built");
    keeper
}

/// The command that runs another one in the namespaces of a keeper.
fn enter(keeper: &Child, kinds: &[&str]) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["nsenter".into(), "--target".into(), keeper.id().to_string().into()];
    if !root() {
        words.extend(["--user".into(), "--preserve-credentials".into()]);
    }
    words.extend(kinds.iter().map(Into::into));
    words
}

/// The command that runs another one as PID 1.
#[must_use]
pub fn as_pid_1() -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["unshare".into()];
    words.extend(user());
    words.extend(["--pid", "--fork", "--mount-proc", "--kill-child"].map(Into::into));
    words
}

/// The pilot behind a command that entered namespaces: such a command execs
/// what follows, or forks and stays its only parent.
#[must_use]
pub(crate) fn innermost(leader: i32) -> i32 {
    const DOORS: [&str; 3] = ["unshare", "nsenter", "chroot"];
    wait_until(SOON, "the command inside the namespace to start", || {
        let mut pid = leader;
        loop {
            let here = process::look(pid)?;
            if here.state == 'Z' || !DOORS.contains(&here.name.as_str()) {
                return Some(pid);
            }
            pid = process::children(pid).first()?.pid;
        }
    })
}

fn root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Without root, a user namespace gives the rights that the others need.
fn user() -> Vec<OsString> {
    if root() { Vec::new() } else { vec!["--user".into(), "--map-root-user".into()] }
}
