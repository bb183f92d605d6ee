//! A store of numbered records on a journal, without a thread.

use super::simulated::{Crash, Simulated};
use crate::journal::format::Batch;
use crate::journal::writer::{Job, Progress, Writer};
use crate::journal::{JournalError, WriteError};
use std::path::Path;
use tokio::sync::{oneshot, watch};

/// What the store does next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Change so many things at once.
    Append(usize),
    /// Begin a snapshot.
    Begin,
    /// Put the next things into it.
    Put(usize),
    /// Put the rest into it and finish it.
    Finish,
    /// Forget it.
    Abandon,
    /// Somebody makes space on the disk.
    MakeSpace,
}

pub(super) struct Rig {
    pub(super) disk: Simulated,
    writer: Writer,
    progress: watch::Receiver<Progress>,
    /// All records, those that were not written included: the store has them.
    memory: Vec<u64>,
    /// After which of them a change ended.
    ends: Vec<usize>,
    /// What the snapshot that is under way still lacks.
    lacks: Option<Vec<u64>>,
}

// === impl Rig ===

impl Rig {
    pub(super) fn start(disk: Simulated) -> Result<Self, JournalError> {
        let (sender, progress) = watch::channel(Progress::default());
        let (writer, recovered) = Writer::open(Box::new(disk.clone()), Path::new("data"), sender)?;
        let memory: Vec<u64> =
            recovered.records().map(|record| u64::from_le_bytes(record[..8].try_into().unwrap())).collect();
        assert_eq!(memory.len() as u64, progress.borrow().durable, "records are counted");
        let ends = vec![memory.len()];
        Ok(Self { disk, writer, progress, memory, ends, lacks: None })
    }

    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Append(count) => {
                let next = self.memory.len() as u64;
                let new: Vec<u64> = (next..next + *count as u64).collect();
                self.memory.extend(&new);
                self.ends.push(self.memory.len());
                self.writer.work(Job::Append(batch(&new)));
            }
            Step::Begin => {
                self.lacks = Some(self.memory.clone());
                self.writer.work(Job::Begin);
            }
            Step::Put(count) => {
                if let Some(lacks) = &mut self.lacks {
                    let rest = lacks.split_off((*count).min(lacks.len()));
                    let piece = std::mem::replace(lacks, rest);
                    if !piece.is_empty() {
                        let _ = self.ask(|done| Job::Put(batch(&piece), done));
                    }
                }
            }
            Step::Finish => {
                self.step(&Step::Put(usize::MAX));
                if self.lacks.take().is_some() {
                    let _ = self.ask(Job::Finish);
                }
            }
            Step::Abandon => {
                self.lacks = None;
                self.writer.work(Job::Abandon);
            }
            Step::MakeSpace => self.disk.make_space(),
        }
        let progress = self.progress.borrow();
        assert!(progress.durable <= progress.settled);
        let is_held = self.lacks.is_some();
        assert!(
            progress.settled == self.memory.len() as u64 || is_held,
            "nobody waits in vain: {progress:?}"
        );
    }

    pub(super) fn durable(&self) -> usize {
        usize::try_from(self.progress.borrow().durable).unwrap()
    }

    pub(super) fn failure(&self) -> Option<WriteError> {
        self.progress.borrow().failure.clone()
    }

    /// Crashes, starts again, and looks at what is there: all that was durable, in order, and of the
    /// rest whole changes without a gap.
    pub(super) fn crash(&self, crash: Crash) -> Self {
        let after = Self::start(self.disk.after(crash)).unwrap_or_else(|error| panic!("{crash:?}: {error}"));
        let (kept, durable) = (after.memory.len(), self.durable());
        assert!(kept >= durable, "{crash:?}: {durable} were durable, {kept} are there");
        assert_eq!(after.memory, self.memory[..kept], "{crash:?}");
        assert!(self.ends.contains(&kept), "{crash:?}: a change was kept in part");
        after
    }

    /// What the server does when a snapshot is due.
    pub(super) fn cure(&mut self) {
        self.step(&Step::MakeSpace);
        self.step(&Step::Begin);
        self.step(&Step::Finish);
    }

    fn ask(
        &mut self,
        job: impl FnOnce(oneshot::Sender<Result<(), WriteError>>) -> Job,
    ) -> Result<(), WriteError> {
        let (done, mut is_done) = oneshot::channel();
        self.writer.work(job(done));
        is_done.try_recv().unwrap()
    }
}

fn batch(records: &[u64]) -> Batch {
    let mut batch = Batch::default();
    for record in records {
        // Of different lengths, so that frames begin anywhere.
        let mut bytes = record.to_le_bytes().to_vec();
        bytes.extend(std::iter::repeat_n(b'x', usize::try_from(record % 29).unwrap()));
        batch.push(&bytes);
    }
    batch
}
