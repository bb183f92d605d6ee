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
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let text = read(pid, "smaps_rollup")?;
    Ok(Memory {
        proportional: field(&text, "Pss:").context("no Pss")?,
        anonymous: field(&text, "Anonymous:").context("no Anonymous")?,
    })
}

/// How many threads a process has.
pub(crate) fn threads(pid: u32) -> Result<u64> {
    field(&read(pid, "status")?, "Threads:").context("no Threads")
}

/// How often the threads of a process were taken from the processor or gave it
/// up: each time something woke it up, it went to sleep again once.
pub(crate) fn switches(pid: u32) -> Result<u64> {
    let count = |text: &str| {
        Some(field(text, "\nvoluntary_ctxt_switches:")? + field(text, "nonvoluntary_ctxt_switches:")?)
    };
    of_threads(pid, "status", count)
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
