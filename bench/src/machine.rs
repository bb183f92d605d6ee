//! What was measured on.

use std::fs;

use anyhow::{Context as _, Result};

/// Processors, memory and kernel; nothing that names the machine.
pub(crate) fn describe() -> Result<String> {
    let processors = std::thread::available_parallelism()?;
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kilobytes: u64 = memory.split_whitespace().nth(1).context("no MemTotal")?.parse()?;
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let version: String = release.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    Ok(format!(
        "{processors} processors of a virtual machine ({}), {} GB of memory, Linux {}",
        std::env::consts::ARCH,
        kilobytes.div_ceil(1_000_000),
        version.trim_end_matches('.')
    ))
}
