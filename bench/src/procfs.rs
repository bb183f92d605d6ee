//! What `/proc` tells about a process.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

/// The memory of a process, in kB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Proportional set: shared pages count by their share.
    pub(crate) proportional: u64,
    /// Of it, pages that stand in no file.
    pub(crate) anonymous: u64,
}

/// The memory of a process, from `smaps_rollup`.
fn memory(pid: u32) -> Result<Memory> {
    let text = read(pid, "smaps_rollup")?;
    Ok(Memory {
        proportional: field(&text, "Pss:").context("no Pss")?,
        anonymous: field(&text, "Anonymous:").context("no Anonymous")?,
    })
}

/// How many of these processes there still are, and their memory.
pub(crate) fn memory_of(pids: &[u32]) -> (usize, Memory) {
    // One that has ended in between is no longer of interest.
    let there: Vec<Memory> = pids.iter().filter_map(|pid| memory(*pid).ok()).collect();
    let sum = |of: fn(&Memory) -> u64| there.iter().map(of).sum();
    let whole = Memory { proportional: sum(|it| it.proportional), anonymous: sum(|it| it.anonymous) };
    (there.len(), whole)
}

/// How many threads a process has.
pub(crate) fn threads(pid: u32) -> Result<u64> {
    field(&read(pid, "status")?, "Threads:").context("no Threads")
}

/// How often the threads of a process left the processor.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Switches {
    /// They gave it up: each time something woke one up, it went to sleep again once.
    pub(crate) slept: u64,
    /// It was taken from them for another.
    pub(crate) forced: u64,
}

/// How often a process has slept and was interrupted so far.
pub(crate) fn switches(pid: u32) -> Result<Switches> {
    Ok(Switches {
        slept: of_threads(pid, "status", |text| field(text, "\nvoluntary_ctxt_switches:"))?,
        forced: of_threads(pid, "status", |text| field(text, "nonvoluntary_ctxt_switches:"))?,
    })
}

/// The processor time of a process in nanoseconds, user and system; not that of
/// children, whether waited for or not.
pub(crate) fn processor(pid: u32) -> Result<u64> {
    of_threads(pid, "schedstat", |text| text.split_whitespace().next()?.parse().ok())
}

/// A process and everything below it, parents first.
pub(crate) fn tree(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(text) = read(pid, "status") else { continue };
        if let Some(parent) = field(&text, "PPid:").and_then(|parent| u32::try_from(parent).ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = vec![root];
    let mut at = 0;
    while let Some(pid) = found.get(at) {
        found.extend(children.remove(pid).unwrap_or_default());
        at += 1;
    }
    found
}

/// A process and everything below it but the applications: those that serve, and
/// whatever is below them.
pub(crate) fn helpers(root: u32) -> Vec<u32> {
    let serves = |pid: u32| {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).any(|word| word == b"serve")
    };
    // The supervisor's own command line may name the application too.
    tree(root).into_iter().filter(|pid| *pid == root || !serves(*pid)).collect()
}

fn of_threads(pid: u32, file: &str, count: impl Fn(&str) -> Option<u64>) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = entry?.path().join(file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        sum += count(&text).with_context(|| format!("{} has another form", path.display()))?;
    }
    Ok(sum)
}

fn read(pid: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).with_context(|| path.clone())
}

fn field(text: &str, name: &str) -> Option<u64> {
    text.split_once(name)?.1.split_whitespace().next()?.parse().ok()
}
