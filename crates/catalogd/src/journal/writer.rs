//! Puts records on the disk, in the order in which they were appended. Runs on the
//! thread that may wait for the disk; knows nothing of threads itself.

use super::disk::{Disk, Output};
use super::format::{Batch, HEADER, Header, Kind};
use super::recover::{PART, Position, Recovered, name, read, tidy};
use super::{JournalError, WriteError};
use std::io;
use std::path::{Path, PathBuf};
use tokio::sync::{oneshot, watch};

/// How much of a snapshot is written before it is synchronised: the records that are
/// appended in the meantime wait for no more than this, in bytes.
const SYNC_EVERY: u64 = 1 << 20;

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Make these durable together.
    Append(Batch),
    /// Begin a snapshot of all that was appended before.
    Begin,
    /// Put these into the snapshot.
    Put(Batch, oneshot::Sender<Result<(), WriteError>>),
    /// Let the snapshot take the place of what was written before it was begun.
    Finish(oneshot::Sender<Result<(), WriteError>>),
    /// Forget the snapshot.
    Abandon,
}

/// How far the writer has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// So many records are durable.
    pub(super) durable: u64,
    /// So many records are durable or, but for a later snapshot, never will be.
    pub(super) settled: u64,
    /// Why nothing can be written at present.
    pub(super) failure: Option<WriteError>,
    /// How long the logs are that a start would read, in bytes.
    pub(super) log_bytes: u64,
    /// How long the snapshot is, in bytes.
    pub(super) snapshot_bytes: u64,
}

pub(super) struct Writer {
    disk: Box<dyn Disk>,
    dir: PathBuf,
    /// The highest number that was used.
    number: u64,
    /// How many records were appended.
    next: u64,
    /// The log that is written to; none after a failure: what the system holds of it can be
    /// anything, and a synchronisation that is tried again says that all is well without having
    /// written what the first could not.
    log: Option<Box<dyn Output>>,
    half: Option<Half>,
    /// What was appended since a snapshot was begun that is to end a failure.
    held: Vec<Batch>,
    progress: watch::Sender<Progress>,
}

/// A snapshot that is being written.
struct Half {
    number: u64,
    /// How many records were appended before it was begun.
    first: u64,
    /// How many bytes of log it makes superfluous.
    replaces: u64,
    count: u64,
    bytes: u64,
    unsynced: u64,
    output: Result<Box<dyn Output>, WriteError>,
    /// Whether it is to end a failure.
    is_cure: bool,
}

// === impl Writer ===

impl Writer {
    /// Reads what was kept and goes on behind it.
    pub(super) fn open(
        disk: Box<dyn Disk>,
        dir: &Path,
        progress: watch::Sender<Progress>,
    ) -> Result<(Self, Recovered), JournalError> {
        let (recovered, position) = read(disk.as_ref(), dir)?;
        let failed = |path: PathBuf| |error| JournalError::Folder { path, error };
        // The last writer may have been killed between a new name and this.
        disk.sync().map_err(failed(dir.to_owned()))?;
        tidy(disk.as_ref(), recovered.begin());
        let Position { number, length, next, log_bytes, snapshot_bytes } = position;
        let (dir, held) = (dir.to_owned(), Vec::new());
        let mut writer = Self { disk, dir, number, next, log: None, half: None, held, progress };
        let file = name(Kind::Log, number);
        let log = match length {
            Some(length) => writer.disk.resume(&file, length),
            None => writer.begin_log(number, next),
        };
        writer.log = Some(log.map_err(failed(writer.dir.join(&file)))?);
        let (durable, settled) = (next, next);
        writer.progress.send_replace(Progress { durable, settled, failure: None, log_bytes, snapshot_bytes });
        Ok((writer, recovered))
    }

    pub(super) fn work(&mut self, job: Job) {
        match job {
            Job::Append(batch) => self.append(batch),
            Job::Begin => self.begin(),
            // One who no longer waits for the answer has abandoned the snapshot.
            Job::Put(batch, done) => drop(done.send(self.put(batch))),
            Job::Finish(done) => drop(done.send(self.finish())),
            Job::Abandon => self.abandon(),
        }
    }

    fn append(&mut self, batch: Batch) {
        let first = self.next;
        self.next += batch.count();
        if self.log.is_some() {
            self.write(batch, first);
        } else if self.half.as_ref().is_some_and(|half| half.is_cure && half.output.is_ok()) {
            self.held.push(batch);
        } else {
            self.give_up();
        }
    }

    fn write(&mut self, mut batch: Batch, first: u64) {
        let Some(log) = &mut self.log else { return };
        let count = batch.count();
        let written = batch.frame(first).and_then(|frame| {
            log.write(frame)?;
            log.sync()?;
            Ok(frame.len() as u64)
        });
        match written {
            Ok(bytes) => self.progress.send_modify(|progress| {
                progress.durable = first + count;
                progress.settled = progress.settled.max(progress.durable);
                progress.log_bytes += bytes;
            }),
            Err(error) => self.fail(&name(Kind::Log, self.number), &error),
        }
    }

    /// Nothing that is written to the log counts any longer.
    fn fail(&mut self, file: &str, error: &io::Error) {
        let error = self.error(file, error);
        self.log = None;
        self.progress.send_modify(|progress| progress.failure = Some(error));
        self.give_up();
    }

    /// Whoever waits for a record is told that it is not durable.
    fn give_up(&mut self) {
        self.held.clear();
        self.progress.send_modify(|progress| progress.settled = self.next);
    }

    fn begin(&mut self) {
        self.abandon();
        self.number = self.number.saturating_add(1);
        let (number, first) = (self.number, self.next);
        let is_cure = self.log.is_none();
        if !is_cure {
            // What comes now is not in the snapshot; what came before is safe in the log that ends here.
            match self.begin_log(number, first) {
                Ok(log) => self.log = Some(log),
                Err(error) => self.fail(&name(Kind::Log, number), &error),
            }
        }
        let file = name(Kind::Snapshot, number) + PART;
        let output = match self.progress.borrow().failure.clone().filter(|_| !is_cure) {
            Some(error) => Err(error),
            None => {
                let header = Header { kind: Kind::Snapshot, number, first };
                self.start(&file, header).map_err(|error| self.error(&file, &error))
            }
        };
        let replaces = self.progress.borrow().log_bytes;
        let bytes = HEADER as u64;
        self.half = Some(Half { number, first, replaces, count: 0, bytes, unsynced: bytes, output, is_cure });
    }

    fn put(&mut self, mut batch: Batch) -> Result<(), WriteError> {
        let Some(half) = &mut self.half else { return Err(self.nothing_begun()) };
        let output = half.output.as_mut().map_err(|error| error.clone())?;
        let count = batch.count();
        let written = batch.frame(half.count).and_then(|frame| {
            output.write(frame)?;
            half.bytes += frame.len() as u64;
            half.unsynced += frame.len() as u64;
            half.count += count;
            if half.unsynced >= SYNC_EVERY {
                output.sync()?;
                half.unsynced = 0;
            }
            Ok(())
        });
        written.map_err(|error| self.spoil(&error))
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        self.put(Batch::default())?;
        let Some(half) = &mut self.half else { return Err(self.nothing_begun()) };
        let output = half.output.as_mut().map_err(|error| error.clone())?;
        let whole = name(Kind::Snapshot, half.number);
        let finished = output
            .sync()
            .and_then(|()| self.disk.rename(&(whole.clone() + PART), &whole))
            .and_then(|()| self.disk.sync());
        if let Err(error) = finished {
            return Err(self.spoil(&error));
        }
        let Some(half) = self.half.take() else { return Err(self.nothing_begun()) };
        self.progress.send_modify(|progress| {
            progress.snapshot_bytes = half.bytes;
            progress.log_bytes = progress.log_bytes.saturating_sub(half.replaces);
            progress.durable = progress.durable.max(half.first);
        });
        if half.is_cure {
            match self.begin_log(half.number, half.first) {
                Ok(log) => self.log = Some(log),
                Err(error) => {
                    self.fail(&name(Kind::Log, half.number), &error);
                    return Err(self.error(&name(Kind::Log, half.number), &error));
                }
            }
            self.progress.send_modify(|progress| progress.failure = None);
            let mut first = half.first;
            for batch in std::mem::take(&mut self.held) {
                let count = batch.count();
                self.write(batch, first);
                first += count;
            }
        }
        tidy(self.disk.as_ref(), half.number);
        Ok(())
    }

    /// The snapshot could not be written. The log is as good as before.
    fn spoil(&mut self, error: &io::Error) -> WriteError {
        let Some(half) = &mut self.half else { return self.nothing_begun() };
        let file = name(Kind::Snapshot, half.number) + PART;
        let error = WriteError { path: self.dir.join(&file), reason: error.to_string() };
        half.output = Err(error.clone());
        let _ = self.disk.remove(&file);
        if half.is_cure {
            self.give_up();
        }
        error
    }

    fn abandon(&mut self) {
        if let Some(half) = self.half.take() {
            let _ = self.disk.remove(&(name(Kind::Snapshot, half.number) + PART));
            if half.is_cure {
                self.give_up();
            }
        }
    }

    fn begin_log(&self, number: u64, first: u64) -> io::Result<Box<dyn Output>> {
        let mut log = self.start(&name(Kind::Log, number), Header { kind: Kind::Log, number, first })?;
        log.sync()?;
        self.disk.sync()?;
        Ok(log)
    }

    fn start(&self, file: &str, header: Header) -> io::Result<Box<dyn Output>> {
        let mut output = self.disk.create(file)?;
        output.write(&header.encode())?;
        Ok(output)
    }

    fn error(&self, file: &str, error: &io::Error) -> WriteError {
        WriteError { path: self.dir.join(file), reason: error.to_string() }
    }

    fn nothing_begun(&self) -> WriteError {
        WriteError { path: self.dir.clone(), reason: "no snapshot was begun".to_owned() }
    }
}
