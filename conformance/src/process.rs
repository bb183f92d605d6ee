//! What `/proc` tells about processes.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A process, as `/proc/PID/stat` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number, in the namespace of the test.
    pub pid: i32,
    /// Its parent's number.
    pub parent: i32,
    /// The number of its process group.
    pub group: i32,
    /// One letter: `R`, `S`, `D`, `Z`, `T`…
    pub state: char,
    /// Its short name.
    pub name: String,
}

/// Looks one process up; none when it is gone.
#[must_use]
pub fn look(pid: i32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (head, tail) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let mut fields = tail.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Process { pid, parent, group, state, name })
}

/// All processes.
#[must_use]
pub fn all() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| look(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// The children of one process, dead ones that nobody waited for included.
#[must_use]
pub fn children(parent: i32) -> Vec<Process> {
    all().into_iter().filter(|process| process.parent == parent).collect()
}

/// Is it there, and not merely waiting to be reaped?
#[must_use]
pub fn alive(pid: i32) -> bool {
    look(pid).is_some_and(|process| process.state != 'Z')
}

/// The living processes whose environment holds `entry` (`NAME=value`).
#[must_use]
pub fn marked(entry: &str) -> Vec<Process> {
    all()
        .into_iter()
        .filter(|process| process.state != 'Z')
        .filter(|process| {
            std::fs::read(format!("/proc/{}/environ", process.pid))
                .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|e| e == entry.as_bytes()))
        })
        .collect()
}

/// Sends a signal; that the process is gone already is no error.
pub fn signal(pid: i32, signal: Signal) {
    let _ = kill(Pid::from_raw(pid), signal);
}
