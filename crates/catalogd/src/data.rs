//! What the catalogue keeps beyond its own end: its records in a journal.

use crate::catalogue::Catalogue;
use crate::journal::{Cut, Due, Journal, JournalError, Options, Usage, WriteError};
use crate::store::{Identity, Index, Record, Refusal, Store};
use gyropilot_model::Time;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// After an attempt to write that failed, the first pause before the next one; it doubles up to
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// this.
const LAST_PAUSE: Duration = Duration::from_secs(8);

/// Why what was kept cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The folder, or a file in it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record is not one that this program knows.
    #[error("{}: record {number} is none of a catalogue: {error}", path.display())]
    Record {
        /// The folder.
        path: PathBuf,
        /// Counted from 1, the snapshot first.
        number: usize,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

/// Something that the people who run the catalogue should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A write that nobody was promised broke off when the catalogue ended last.
    Cut(Cut),
    /// Nothing can be kept at present, so that nothing new is accepted.
    Failing(WriteError),
    /// Everything is kept again.
    Recovered,
}

/// The journal, and how the catalogue uses it.
#[derive(Debug)]
pub(crate) struct Data {
    journal: Journal,
}

// === impl DataError ===

impl DataError {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Journal(error) => error.hint(),
            Self::Record { .. } => {
                Some("a later release of Gyropilot may have written it: use that one".to_owned())
            }
        }
    }
}

// === impl Notice ===

impl Notice {
    /// How bad it is, as a word for the beginning of a line.
    #[must_use]
    pub fn severity(&self) -> &'static str {
        match self {
            Self::Cut(_) | Self::Recovered => "note",
            Self::Failing(_) => "error",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(Cut { path, offset, bytes }) => write!(
                f,
                "the last {bytes} bytes of {} were not written to their end and are cut off at byte {offset}",
                path.display()
            ),
            Self::Failing(error) => write!(f, "{error}; until this can be done, changes are refused"),
            Self::Recovered => f.write_str("the data can be written again; changes are accepted"),
        }
    }
}

// === impl Data ===

impl Data {
    /// Makes the catalogue of what was kept in the folder.
    pub(crate) fn open(
        dir: &Path,
        identity: Identity,
        epoch: Index,
        now: Time,
    ) -> Result<(Self, Store, Option<Notice>), DataError> {
        let (journal, recovered) = Journal::open(dir, Options::default())?;
        let mut unknown = None;
        let records = recovered.records().enumerate().map_while(|(position, record)| {
            let read = serde_json::from_slice(record);
            read.map_err(|error| unknown = Some((position + 1, error))).ok()
        });
        let store = Store::restore(identity, epoch, records, now);
        if let Some((number, error)) = unknown {
            return Err(DataError::Record { path: dir.to_owned(), number, error });
        }
        let data = Self { journal };
        Ok((data, store, recovered.cut.map(Notice::Cut)))
    }

    /// Keeps what has changed.
    pub(crate) fn keep(&self, store: &mut Store) {
        let records = store.take_records();
        if !records.is_empty() {
            self.journal.append(records.iter().filter_map(written));
        }
    }

    /// How many changes were made so far.
    pub(crate) fn changes(&self) -> crate::journal::Sequence {
        self.journal.appended()
    }

    /// Returns when all that was changed so far would survive a crash.
    pub(crate) async fn settled(&self) -> Result<(), WriteError> {
        self.journal.durable(self.journal.appended()).await
    }

    /// Why nothing can be kept at present, if so.
    pub(crate) fn failure(&self) -> Option<WriteError> {
        self.journal.failure()
    }

    pub(crate) fn usage(&self) -> Usage {
        self.journal.usage()
    }
}

/// A record as JSON. All of them have that form: they are made of texts, numbers and lists.
fn written(record: &Record) -> Option<Vec<u8>> {
    serde_json::to_vec(record).ok()
}

// === impl Catalogue ===

impl Catalogue {
    /// Writes a snapshot whenever the log has become long or cannot be used any more, for ever.
    pub(crate) async fn keep_short(self: Rc<Self>, notices: UnboundedSender<Notice>) {
        let Some(data) = &self.data else { return std::future::pending().await };
        let (mut pause, mut is_failing) = (FIRST_PAUSE, false);
        loop {
            let due = data.journal.snapshot_due().await;
            if let (Due::Failed, false, Some(error)) = (due, is_failing, data.failure()) {
                is_failing = true;
                let _ = notices.send(Notice::Failing(error));
            }
            // Nothing can come between these two: every change is in the one or behind the other.
            let Some(snapshot) = data.journal.snapshot() else { continue };
            let records = self.read(Store::snapshot);
            match snapshot.write(records.into_iter().filter_map(|record| written(&record))).await {
                Ok(()) => {
                    pause = FIRST_PAUSE;
                    if std::mem::take(&mut is_failing) {
                        let _ = notices.send(Notice::Recovered);
                    }
                }
                Err(_) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LAST_PAUSE);
                }
            }
        }
    }
}

impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        Self::failed(format!("the catalogue cannot keep changes: {error}"))
    }
}
