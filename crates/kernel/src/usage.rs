//! What processes take of the machine.

use crate::Pid;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a process and everything below it takes of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time in user and kernel, of children that were waited for, too.
    pub cpu: Duration,
    /// Resident memory, in bytes; what is shared counts for each.
    pub memory: u64,
    /// How many processes there are, those that ended but were not waited for left out.
    pub processes: u64,
}

/// One line of the process table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    parent: u32,
    group: u32,
    alive: bool,
    ticks: u64,
    pages: u64,
}

/// What each of these processes takes, with everything below it and with those of its
/// group that have lost their parent. Costs a walk over `/proc`; nothing is known
/// where that is not mounted.
#[must_use]
pub fn usage(roots: &[Pid]) -> Vec<Usage> {
    if roots.is_empty() {
        return Vec::new();
    }
    let mut table = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // Gone since the folder was read: it takes nothing any more.
        let Ok(stat) = std::fs::read(entry.path().join("stat")) else { continue };
        if let Some(process) = parse(&stat) {
            table.insert(pid, process);
        }
    }
    let (ticks, page) = (rustix::param::clock_ticks_per_second(), rustix::param::page_size() as u64);
    let owners = owners(roots, &table);
    let sum = |root: &Pid| {
        let own = table.iter().filter(|(pid, _)| owners.get(pid) == Some(&root.get()));
        let (mut total, mut usage) = (0_u64, Usage::default());
        for (_, process) in own {
            total = total.saturating_add(process.ticks);
            usage.memory = usage.memory.saturating_add(process.pages.saturating_mul(page));
            usage.processes += u64::from(process.alive);
        }
        usage.cpu = Duration::from_secs(total) / u32::try_from(ticks).unwrap_or(100).max(1);
        usage
    };
    roots.iter().map(sum).collect()
}

/// To which of `roots` each process belongs.
fn owners(roots: &[Pid], table: &BTreeMap<u32, Process>) -> BTreeMap<u32, u32> {
    let is_root = |pid: u32| roots.iter().any(|root| root.get() == pid);
    let owner = |pid: u32| {
        let mut at = pid;
        // A table that was read while it changed may hold a circle.
        for _ in 0..table.len() {
            if is_root(at) {
                return Some(at);
            }
            let Some(process) = table.get(&at) else { break };
            at = process.parent;
        }
        table.get(&pid).map(|process| process.group).filter(|group| is_root(*group))
    };
    table.keys().filter_map(|pid| Some((*pid, owner(*pid)?))).collect()
}

/// A line of `/proc/PID/stat`; the format is that of proc(5).
fn parse(stat: &[u8]) -> Option<Process> {
    let (parent, alive) = crate::parse_stat(stat)?;
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let after = std::str::from_utf8(stat.get(name_end + 1..)?).ok()?;
    let fields: Vec<&str> = after.split_ascii_whitespace().collect();
    // Counted as proc(5) does, where the state is number 3.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let times = [field(14)?, field(15)?, field(16)?, field(17)?];
    Some(Process {
        parent,
        group: u32::try_from(field(5)?).ok()?,
        alive,
        ticks: times.into_iter().fold(0, u64::saturating_add),
        pages: field(24)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid(number: u32) -> Pid {
        Pid::new(number).unwrap()
    }

    #[test]
    fn a_line_of_the_table_is_read() {
        let line = b"42 (a) b) S 7 40 40 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 99 1000 256 18446744";
        let want = Process { parent: 7, group: 40, alive: true, ticks: 100, pages: 256 };
        assert_eq!(parse(line), Some(want));
        for broken in [&b""[..], b"7 (sh) S 1", b"42 (a) S 7 -1 0 0 0 0 0 0 0 0 1 1 1 1 0 0 0 0 0 0 9"] {
            assert_eq!(parse(broken), None);
        }
    }

    #[test]
    fn a_process_belongs_to_the_nearest_job_above_it_or_to_its_groups() {
        let process = |parent, group| Process { parent, group, alive: true, ticks: 0, pages: 0 };
        let table = BTreeMap::from([
            (1, process(0, 1)),
            (10, process(1, 10)),
            // Went to a group of its own, is still below.
            (11, process(10, 11)),
            // An orphan that came to the pilot.
            (12, process(1, 10)),
            (20, process(10, 20)),
            (21, process(20, 20)),
            (30, process(31, 30)),
            (31, process(30, 30)),
        ]);
        let owners = owners(&[pid(10), pid(20)], &table);
        assert_eq!(owners, BTreeMap::from([(10, 10), (11, 10), (12, 10), (20, 20), (21, 20)]));
    }

    #[test]
    fn this_process_takes_something() {
        let own = usage(&[pid(std::process::id())]);
        assert!(own[0].memory > 0 && own[0].processes >= 1, "{own:?}");
        assert_eq!(usage(&[]), []);
    }
}
