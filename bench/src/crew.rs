//! Whoever keeps many programs running: one supervisor or fifty.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use crate::contender::{Contender, script};
use crate::procfs::{self, Memory, Switches};
use crate::running::Running;
use crate::stage::Stage;

/// How many programs there are in the figures that have many.
pub(crate) const MANY: usize = 50;

/// Supervisors that are running, with the loops below them and without the applications.
pub(crate) struct Crew {
    running: Vec<Running>,
}

/// What each process had used up at one moment.
pub(crate) struct Account {
    processor: BTreeMap<u32, u64>,
    switches: BTreeMap<u32, Switches>,
}

// === impl Crew ===

impl Crew {
    /// Starts them.
    pub(crate) fn start(contenders: &[Contender]) -> Result<Self> {
        let running = contenders.iter().map(|contender| Running::start(&mut contender.command()));
        Ok(Self { running: running.collect::<Result<_>>()? })
    }

    /// The first of them.
    pub(crate) fn first(&mut self) -> Option<&mut Running> {
        self.running.first_mut()
    }

    /// Its processes now.
    fn pids(&self) -> Vec<u32> {
        self.running.iter().flat_map(|running| procfs::helpers(running.id())).collect()
    }

    /// How many processes it is, and their memory.
    pub(crate) fn memory(&self) -> (usize, Memory) {
        procfs::memory_of(&self.pids())
    }

    /// What it has used up so far.
    pub(crate) fn account(&self) -> Account {
        let pids = self.pids();
        // One that has ended in between is in no account.
        Account {
            processor: pids.iter().filter_map(|pid| Some((*pid, procfs::processor(*pid).ok()?))).collect(),
            switches: pids.iter().filter_map(|pid| Some((*pid, procfs::switches(*pid).ok()?))).collect(),
        }
    }
}

// === impl Account ===

impl Account {
    /// Processor time of all there are, since each began, in ns.
    pub(crate) fn processor(&self) -> u64 {
        self.processor.values().sum()
    }

    /// Processor time since an earlier account, in ns, of those that were there
    /// then and are now: the programs that a loop starts have come and gone.
    pub(crate) fn processor_since(&self, before: &Self) -> u64 {
        let used = self.processor.iter().filter_map(|(pid, now)| Some(now - before.processor.get(pid)?));
        used.sum()
    }

    /// Context switches since then, of the same.
    pub(crate) fn switches_since(&self, before: &Self) -> Switches {
        let mut sum = Switches::default();
        for (pid, now) in &self.switches {
            if let Some(then) = before.switches.get(pid) {
                sum.slept += now.slept - then.slept;
                sum.forced += now.forced - then.forced;
            }
        }
        sum
    }
}

/// A job of the pilot with a program.
pub(crate) fn job(at: usize, exec: &[String]) -> Value {
    json!({ "name": format!("job-{at}"), "exec": exec })
}

/// The same with more keys.
pub(crate) fn with(mut whole: Value, more: &Value) -> Value {
    if let (Some(whole), Some(more)) = (whole.as_object_mut(), more.as_object()) {
        whole.extend(more.clone());
    }
    whole
}

/// s6-supervise for each of some programs. They are shell scripts, as mostly.
pub(crate) fn s6(stage: &Stage, programs: &[Vec<String>]) -> Result<Vec<Contender>> {
    programs.iter().map(|program| Contender::s6(stage, program)).collect()
}

/// A loop that runs each of some commands every so many seconds, one after another.
pub(crate) fn every(path: &Path, seconds: u32, commands: &[String]) -> Result<()> {
    script(path, &format!("while sleep {seconds}; do\n{}\ndone\n", commands.join("\n")))
}
