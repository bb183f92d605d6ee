//! The shell loops that people write where no pilot is: the peers of its catalogue side.

use std::path::Path;

use anyhow::Result;

use crate::contender::{quoted, script};

/// Reads a service every so many seconds and runs a command when the answer is another.
pub(crate) fn poll_loop(
    path: &Path,
    consul: u16,
    service: &str,
    seconds: u32,
    command: &[String],
) -> Result<()> {
    let text = format!(
        "url='http://127.0.0.1:{consul}/v1/health/service/{service}?passing'\n\
         old=$(curl -s \"$url\")\n\
         while sleep {seconds}; do\n\
         \x20   new=$(curl -s \"$url\")\n\
         \x20   [ \"$new\" = \"$old\" ] && continue\n\
         \x20   old=$new\n\
         \x20   {}\n\
         done\n",
        quoted(command)
    );
    script(path, &text)
}

/// The same with blocking queries, as a careful author would write it.
pub(crate) fn blocking_loop(path: &Path, consul: u16, service: &str, command: &[String]) -> Result<()> {
    let text = format!(
        "url='http://127.0.0.1:{consul}/v1/health/service/{service}?passing&wait=60s'\n\
         ask() {{ curl -s -o /dev/null -w '%header{{x-consul-index}}' \"$url&index=$1\"; }}\n\
         index=$(ask 0)\n\
         while next=$(ask \"$index\"); do\n\
         \x20   [ \"$next\" = \"$index\" ] && continue\n\
         \x20   index=$next\n\
         \x20   {}\n\
         done\n",
        quoted(command)
    );
    script(path, &text)
}

/// Registers a service, then reports its health with each check.
pub(crate) fn registration(
    path: &Path,
    consul: u16,
    service: &str,
    seconds: u32,
    ttl: u32,
    health: &[String],
) -> Result<()> {
    let text = format!(
        "agent='http://127.0.0.1:{consul}/v1/agent'\n\
         curl -s -X PUT -d '{{\"Name\":\"{service}\",\"Port\":80,\"Address\":\"127.0.0.1\",\"Check\":{{\"TTL\":\"{ttl}s\"}}}}' \
         \"$agent/service/register\"\n\
         while :; do\n\
         \x20   if {}; then state=pass; else state=fail; fi\n\
         \x20   curl -s -X PUT \"$agent/check/$state/service:{service}\"\n\
         \x20   sleep {seconds}\n\
         done\n",
        quoted(health)
    );
    script(path, &text)
}
