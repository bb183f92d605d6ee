//! What was kept, when a catalogue starts.

use super::JournalError;
use super::disk::Disk;
use super::format::{Content, Fault, HEADER, Kind, Wrong};
use std::io;
use std::path::{Path, PathBuf};

/// What a file is called while it is no snapshot yet.
pub(super) const PART: &str = ".part";

/// What was kept.
#[derive(Debug, Default)]
pub struct Recovered {
    contents: Vec<Content>,
    /// What was under way when writing ended, and was cut off.
    pub cut: Option<Cut>,
}

/// The end of a log that was not written to its end, and that nobody was told was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The log.
    pub path: PathBuf,
    /// Where it was cut, in bytes.
    pub offset: u64,
    /// How much was cut off, in bytes.
    pub bytes: u64,
}

/// Where to go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// The number of the log to go on in.
    pub(super) number: u64,
    /// How long it is; none when it has to be begun.
    pub(super) length: Option<u64>,
    /// How many records were appended before.
    pub(super) next: u64,
    /// How long the logs are together, in bytes.
    pub(super) log_bytes: u64,
    /// How long the snapshot is, in bytes.
    pub(super) snapshot_bytes: u64,
}

// === impl Recovered ===

impl Recovered {
    /// The records of the snapshot and then those appended since.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.contents.iter().flat_map(Content::records)
    }

    /// The number of the first file that counts.
    pub(super) fn begin(&self) -> u64 {
        self.contents.first().and_then(Content::header).map_or(0, |header| header.number)
    }
}

// === names ===

pub(super) fn name(kind: Kind, number: u64) -> String {
    match kind {
        Kind::Log => format!("log-{number:010}"),
        Kind::Snapshot => format!("snapshot-{number:010}"),
    }
}

fn number(kind: Kind, file: &str) -> Option<u64> {
    let digits = file.rsplit_once('-')?.1;
    digits.parse().ok().filter(|number| name(kind, *number) == file)
}

/// The numbers of the files of a kind, in order.
fn numbers(kind: Kind, names: &[String]) -> Vec<u64> {
    let mut numbers: Vec<u64> = names.iter().filter_map(|file| number(kind, file)).collect();
    numbers.sort_unstable();
    numbers
}

// === reading ===

/// Reads what is in the folder. Changes nothing.
pub(super) fn read(disk: &dyn Disk, dir: &Path) -> Result<(Recovered, Position), JournalError> {
    let names = disk.names().map_err(|error| JournalError::Folder { path: dir.to_owned(), error })?;
    let file = |kind, number| {
        let path = dir.join(name(kind, number));
        match disk.read(&name(kind, number)) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(JournalError::Missing { path }),
            Err(error) => Err(JournalError::Folder { path, error }),
        }
    };
    let damaged = |kind, number, fault| JournalError::Damaged { path: dir.join(name(kind, number)), fault };
    let mut recovered = Recovered::default();
    let snapshot = numbers(Kind::Snapshot, &names).last().copied();
    let begin = snapshot.unwrap_or(1);
    let mut position = Position { number: begin, length: None, next: 0, log_bytes: 0, snapshot_bytes: 0 };
    if let Some(number) = snapshot {
        let bytes = file(Kind::Snapshot, number)?;
        position.snapshot_bytes = bytes.len() as u64;
        let content =
            Content::snapshot(number, bytes).map_err(|fault| damaged(Kind::Snapshot, number, fault))?;
        position.next = content.next();
        recovered.contents.push(content);
    }
    let Some(last) = numbers(Kind::Log, &names).last().copied().filter(|last| *last >= begin) else {
        // A snapshot is enough: it may be all there was time for. Logs that are older are in it.
        return match snapshot.is_some() || numbers(Kind::Log, &names).is_empty() {
            true => Ok((recovered, position)),
            false => Err(JournalError::Missing { path: dir.join(name(Kind::Log, begin)) }),
        };
    };
    for number in begin..=last {
        let bytes = file(Kind::Log, number)?;
        let content =
            Content::log(number, bytes, number == last).map_err(|fault| damaged(Kind::Log, number, fault))?;
        if content.torn() > 0 {
            recovered.cut = Some(Cut {
                path: dir.join(name(Kind::Log, number)),
                offset: content.end() as u64,
                bytes: content.torn() as u64,
            });
        }
        position.number = number;
        let Some(header) = content.header() else { continue };
        if header.first != position.next {
            return Err(damaged(Kind::Log, number, Fault { offset: 0, what: Wrong::Order }));
        }
        position.length = (number == last).then_some(content.end() as u64);
        position.next = content.next();
        position.log_bytes += (content.end() - HEADER) as u64;
        recovered.contents.push(content);
    }
    Ok((recovered, position))
}

/// Removes what a snapshot has made superfluous, and snapshots that were not finished. What
/// cannot be removed does no harm, and is tried again with the next snapshot.
pub(super) fn tidy(disk: &dyn Disk, begin: u64) {
    for file in disk.names().unwrap_or_default() {
        let is_old = [Kind::Log, Kind::Snapshot]
            .into_iter()
            .any(|kind| number(kind, &file).is_some_and(|number| number < begin));
        let is_part = file.strip_suffix(PART).is_some_and(|whole| number(Kind::Snapshot, whole).is_some());
        if is_old || is_part {
            let _ = disk.remove(&file);
        }
    }
}
