//! The folder, as the journal needs it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Whose lock says that the folder is in use.
const LOCK: &str = "lock";

/// A folder of files.
pub(super) trait Disk: Send {
    /// The names of all that is in it.
    fn names(&self) -> io::Result<Vec<String>>;
    /// What is in a file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// A new, empty file; an old one of that name is emptied.
    fn create(&self, name: &str) -> io::Result<Box<dyn Output>>;
    /// A file, cut to `length` bytes, to go on after them.
    fn resume(&self, name: &str, length: u64) -> io::Result<Box<dyn Output>>;
    /// Gives a file another name, of which there may be one already.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Returns when names that were made and changed would survive a loss of power.
    fn sync(&self) -> io::Result<()>;
}

/// A file that is written from one end to the other.
pub(super) trait Output: Send {
    /// Writes all of `bytes`, or some of them when it fails.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when what was written would survive a loss of power.
    fn sync(&mut self) -> io::Result<()>;
}

/// A folder of the operating system. It is locked as long as this lives.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// Why a folder is not to be had.
#[derive(Debug)]
pub(super) enum Unavailable {
    /// Somebody else has it.
    Locked,
    /// The system says so.
    Failed(io::Error),
}

// === impl Folder ===

impl Folder {
    /// Makes the folder, if there is none, and takes it.
    pub(super) fn open(path: &Path) -> Result<Self, Unavailable> {
        let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        for parent in missing.into_iter().filter_map(Path::parent) {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            File::open(parent)?.sync_all()?;
        }
        let lock = file().create(true).truncate(false).open(path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(Unavailable::Locked),
            Err(std::fs::TryLockError::Error(error)) => Err(Unavailable::Failed(error)),
        }
    }
}

impl Disk for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        let names = self.path.read_dir()?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.path.join(name))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(file().create(true).truncate(true).open(self.path.join(name))?))
    }

    fn resume(&self, name: &str, length: u64) -> io::Result<Box<dyn Output>> {
        let file = file().append(true).open(self.path.join(name))?;
        if file.metadata()?.len() > length {
            file.set_len(length)?;
        }
        // The last writer may have been killed before it came to this.
        file.sync_data()?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

impl Output for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

impl From<io::Error> for Unavailable {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

fn file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}
