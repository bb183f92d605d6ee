//! The processes below us.

use crate::Pid;
use std::collections::{BTreeMap, BTreeSet};

/// All living processes below `root`, by a walk over `/proc`; none when that is
/// not mounted. Those that ended but were not reaped yet are left out.
pub(crate) fn descendants(root: u32) -> Vec<Pid> {
    let mut children: BTreeMap<u32, Vec<(u32, bool)>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // Gone since the folder was read: not a descendant any more.
        let Ok(stat) = std::fs::read(entry.path().join("stat")) else { continue };
        if let Some((parent, alive)) = parse_stat(&stat) {
            children.entry(parent).or_default().push((pid, alive));
        }
    }
    below(root, &children).into_iter().filter_map(Pid::new).collect()
}

/// The living among everything below `root`. A snapshot of the process table that
/// was taken while it changed may hold a circle; each id is visited once.
fn below(root: u32, children: &BTreeMap<u32, Vec<(u32, bool)>>) -> BTreeSet<u32> {
    let mut seen = BTreeSet::from([root]);
    let mut living = BTreeSet::new();
    let mut to_visit = vec![root];
    while let Some(parent) = to_visit.pop() {
        for (child, alive) in children.get(&parent).into_iter().flatten() {
            if seen.insert(*child) {
                to_visit.push(*child);
                if *alive {
                    living.insert(*child);
                }
            }
        }
    }
    living
}

/// The parent's process id and "is alive" from a line of `/proc/PID/stat`.
///
/// The format is that of proc(5): `pid (name) state ppid …`, where the name is
/// arbitrary bytes, brackets and line ends included.
#[must_use]
pub fn parse_stat(stat: &[u8]) -> Option<(u32, bool)> {
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let after = std::str::from_utf8(stat.get(name_end + 1..)?).ok()?;
    let mut fields = after.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    Some((parent, !matches!(state, "Z" | "X" | "x")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        assert_eq!(parse_stat(b"7 (a) S 1 \n) Z 3 4 5"), Some((3, false)));
        assert_eq!(parse_stat(b"7 (sh) S 42 7 7"), Some((42, true)));
        for broken in [&b""[..], b"7 sh S 1", b"7 (sh)", b"7 (sh) S", b"7 (sh) S x", b"7 (sh) \xff 1"] {
            assert_eq!(parse_stat(broken), None);
        }
    }

    #[test]
    fn a_circle_in_the_table_ends() {
        let table =
            BTreeMap::from([(1, vec![(2, true)]), (2, vec![(3, true), (1, true)]), (3, vec![(2, true)])]);
        assert_eq!(below(1, &table), BTreeSet::from([2, 3]));
    }

    #[test]
    fn the_living_below_the_dead_are_found() {
        let table = BTreeMap::from([(1, vec![(2, false)]), (2, vec![(3, true)])]);
        assert_eq!(below(1, &table), BTreeSet::from([3]));
    }
}
