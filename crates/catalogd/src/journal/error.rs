//! What can go wrong with the folder.

use super::format::{FORMAT, Fault, Wrong};
use std::io;
use std::path::PathBuf;

/// Why a folder cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system does not let us.
    #[error("{}: {error}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another catalogue has it.
    #[error("{}: another catalogue keeps its data here", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not as it was written.
    #[error("{}, byte {}: {}", path.display(), fault.offset, fault.what)]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        fault: Fault,
    },
    /// A file that the others go on from is not there.
    #[error("{}: this file is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The thread that writes cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// Why a record is not durable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot write {}: {reason}", path.display())]
pub struct WriteError {
    /// The file that could not be written.
    pub path: PathBuf,
    /// What the system says.
    pub reason: String,
}

// === impl JournalError ===

impl JournalError {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Locked { .. } => Some("each catalogue needs a folder of its own, or stop the other one".to_owned()),
            Self::Damaged { fault: Fault { what: Wrong::Version(version), .. }, .. } if *version > FORMAT => {
                Some("a later release of Gyropilot wrote it: use that release".to_owned())
            }
            Self::Damaged { .. } | Self::Missing { .. } => Some(
                "nothing was changed; bring the folder back from a copy, or move it away to begin with nothing"
                    .to_owned(),
            ),
            Self::Folder { .. } | Self::Thread(_) => None,
        }
    }
}

// === impl WriteError ===

impl WriteError {
    /// The journal has ended.
    pub(super) fn closed() -> Self {
        Self { path: PathBuf::new(), reason: "the journal is closed".to_owned() }
    }
}
