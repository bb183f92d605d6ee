//! What survives a crash: an append-only log of records, and from time to time a snapshot
//! that takes its place.
//!
//! A record is bytes; what they mean is the store's affair. [`Journal::append`] takes records
//! and [`Journal::durable`] tells when they would survive a loss of power. A thread writes: all
//! that is appended while the disk is busy goes out together, with one synchronisation.
//!
//! What cannot be written is never papered over. After a failure nothing is appended to the log
//! any more, who waits is told so, and the journal asks for a snapshot
//! ([`Journal::snapshot_due`]): with one, and a new log behind it, it goes on.

mod disk;
mod error;
mod format;
mod recover;
#[cfg(test)]
mod tests;
mod writer;

pub use error::{JournalError, WriteError};
pub use format::{Content, FORMAT, Fault, Header, Kind, Wrong};
pub use recover::{Cut, Recovered};

use disk::{Folder, Unavailable};
use format::Batch;
use std::cell::Cell;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{Notify, oneshot, watch};
use writer::{Job, Progress, Writer};

/// Records of up to so many bytes go out together.
const BATCH: usize = 4 << 20;
/// How much of a snapshot is made at a time, in bytes: little enough that the
/// loop does not notice.
const PIECE: usize = 64 << 10;

/// How a journal behaves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A snapshot is due when the logs are longer than this and than twice the last
    /// snapshot, in bytes.
    pub log_bytes: u64,
}

/// So many records were appended, since the folder was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(u64);

/// Why a snapshot is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The log has become long.
    Long,
    /// The log cannot be written to any more.
    Failed,
}

/// How much there is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// How long the logs are that a start would read, in bytes.
    pub log_bytes: u64,
    /// How long the snapshot is, in bytes.
    pub snapshot_bytes: u64,
}

/// A folder that is written to. What was appended is written before it is dropped.
#[derive(Debug)]
pub struct Journal {
    queue: Arc<Queue>,
    progress: watch::Receiver<Progress>,
    appended: Cell<u64>,
    options: Options,
    has_snapshot_ended: Notify,
    is_snapshot_under_way: Cell<bool>,
    thread: Option<JoinHandle<()>>,
}

/// A snapshot of all that was appended before it was begun.
#[derive(Debug)]
pub struct Snapshot<'a> {
    journal: &'a Journal,
    is_finished: bool,
}

/// What the thread has to do.
#[derive(Debug, Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    is_closed: bool,
}

// === impl Options ===

impl Default for Options {
    fn default() -> Self {
        Self { log_bytes: 4 << 20 }
    }
}

// === impl Journal ===

impl Journal {
    /// Takes the folder, which is made when there is none, and gives back what was kept in it.
    ///
    /// # Errors
    /// When the folder is not to be had, or what is in it is not what was written. Nothing
    /// was changed then.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, Recovered), JournalError> {
        let disk = Folder::open(dir).map_err(|unavailable| match unavailable {
            Unavailable::Locked => JournalError::Locked { path: dir.to_owned() },
            Unavailable::Failed(error) => JournalError::Folder { path: dir.to_owned(), error },
        })?;
        let (sender, progress) = watch::channel(Progress::default());
        let (writer, recovered) = Writer::open(Box::new(disk), dir, sender)?;
        let appended = Cell::new(progress.borrow().durable);
        let queue = Arc::new(Queue::default());
        let theirs = Arc::clone(&queue);
        // The one thread of its own: a disk cannot be waited for in any other way.
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || theirs.work_off(writer))
            .map_err(JournalError::Thread)?;
        let journal = Self {
            queue,
            progress,
            appended,
            options,
            has_snapshot_ended: Notify::new(),
            is_snapshot_under_way: Cell::new(false),
            thread: Some(thread),
        };
        Ok((journal, recovered))
    }

    /// Appends records that become durable together or not at all.
    pub fn append<R: AsRef<[u8]>>(&self, records: impl IntoIterator<Item = R>) -> Sequence {
        let mut jobs = self.queue.lock();
        let before = match jobs.waiting.back_mut() {
            Some(Job::Append(batch)) if batch.len() < BATCH => extend(batch, records),
            _ => {
                let mut batch = Batch::default();
                let count = extend(&mut batch, records);
                if !batch.is_empty() {
                    jobs.waiting.push_back(Job::Append(batch));
                }
                count
            }
        };
        drop(jobs);
        self.queue.arrived.notify_one();
        self.appended.set(self.appended.get() + before);
        self.appended()
    }

    /// All that was appended so far.
    #[must_use]
    pub fn appended(&self) -> Sequence {
        Sequence(self.appended.get())
    }

    /// Returns when everything up to `sequence` would survive a loss of power.
    ///
    /// # Errors
    /// When it could not be written. A snapshot that succeeds later may still make it durable.
    pub async fn durable(&self, sequence: Sequence) -> Result<(), WriteError> {
        let Sequence(wanted) = sequence;
        if self.progress.borrow().durable >= wanted {
            return Ok(());
        }
        let mut progress = self.progress.clone();
        match progress.wait_for(|progress| progress.settled >= wanted).await {
            Ok(progress) if progress.durable >= wanted => Ok(()),
            Ok(progress) => Err(progress.failure.clone().unwrap_or_else(WriteError::closed)),
            Err(_) => Err(WriteError::closed()),
        }
    }

    /// Why nothing can be written at present, if so.
    #[must_use]
    pub fn failure(&self) -> Option<WriteError> {
        self.progress.borrow().failure.clone()
    }

    /// How much there is on the disk.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let progress = self.progress.borrow();
        Usage { log_bytes: progress.log_bytes, snapshot_bytes: progress.snapshot_bytes }
    }

    /// Returns when a snapshot is due and none is under way.
    pub async fn snapshot_due(&self) -> Due {
        let mut progress = self.progress.clone();
        loop {
            while self.is_snapshot_under_way.get() {
                self.has_snapshot_ended.notified().await;
            }
            let most =
                |progress: &Progress| self.options.log_bytes.max(progress.snapshot_bytes.saturating_mul(2));
            let is_due =
                |progress: &Progress| progress.failure.is_some() || progress.log_bytes > most(progress);
            match progress.wait_for(is_due).await {
                Ok(progress) if progress.failure.is_some() => return Due::Failed,
                Ok(_) if self.is_snapshot_under_way.get() => {}
                Ok(_) => return Due::Long,
                // The thread has ended, which it does when this is dropped.
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// Begins a snapshot. It has to be of exactly what was appended before this call. None
    /// while another is under way.
    pub fn snapshot(&self) -> Option<Snapshot<'_>> {
        if self.is_snapshot_under_way.replace(true) {
            return None;
        }
        self.queue.push(Job::Begin);
        Some(Snapshot { journal: self, is_finished: false })
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.arrived.notify_one();
        if let Some(thread) = self.thread.take() {
            // It ends when all is written.
            let _ = thread.join();
        }
    }
}

// === impl Snapshot ===

impl Snapshot<'_> {
    /// Writes it, a piece at a time, and lets it take the place of what was written before.
    ///
    /// # Errors
    /// When it could not be written. What was written before stays in place then.
    pub async fn write<R: AsRef<[u8]>>(
        mut self,
        records: impl IntoIterator<Item = R>,
    ) -> Result<(), WriteError> {
        let mut batch = Batch::default();
        for record in records {
            batch.push(record.as_ref());
            if batch.len() >= PIECE {
                let piece = std::mem::take(&mut batch);
                self.ask(|done| Job::Put(piece, done)).await?;
            }
        }
        if !batch.is_empty() {
            self.ask(|done| Job::Put(batch, done)).await?;
        }
        self.ask(Job::Finish).await?;
        self.is_finished = true;
        Ok(())
    }

    async fn ask(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<(), WriteError>>) -> Job,
    ) -> Result<(), WriteError> {
        let (done, is_done) = oneshot::channel();
        self.journal.queue.push(job(done));
        is_done.await.unwrap_or_else(|_| Err(WriteError::closed()))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        if !self.is_finished {
            self.journal.queue.push(Job::Abandon);
        }
        self.journal.is_snapshot_under_way.set(false);
        self.journal.has_snapshot_ended.notify_waiters();
    }
}

// === impl Queue ===

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job) {
        self.lock().waiting.push_back(job);
        self.arrived.notify_one();
    }

    /// Does what there is to do until the queue is closed and empty.
    fn work_off(&self, mut writer: Writer) {
        loop {
            let jobs = {
                let jobs = self.lock();
                let wait = |jobs: &mut Jobs| jobs.waiting.is_empty() && !jobs.is_closed;
                let mut jobs = self.arrived.wait_while(jobs, wait).unwrap_or_else(PoisonError::into_inner);
                std::mem::take(&mut jobs.waiting)
            };
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                writer.work(job);
            }
        }
    }
}

fn extend<R: AsRef<[u8]>>(batch: &mut Batch, records: impl IntoIterator<Item = R>) -> u64 {
    let before = batch.count();
    for record in records {
        batch.push(record.as_ref());
    }
    batch.count() - before
}
