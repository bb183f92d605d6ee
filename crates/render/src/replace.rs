//! The one way in which a file is written: whole or not at all.

mod stream;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// How a file is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplaceOptions {
    /// Permission bits, 0 to 0o7777. Default: the old file's, or else 0644.
    pub mode: Option<u32>,
    /// Make missing folders above the file, mode 0755. Default true.
    pub create_folders: bool,
    /// Do as a program that just opens and writes, where replacing differs from
    /// that: write over a file that cannot be replaced, and take the umask from
    /// the mode of a new one. Default false.
    pub plainly: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The file already had these bytes and this mode; it was not touched.
    Same,
    /// The file is new or has new contents.
    Written {
        /// The owner and group that the old file had and the new one could not be given.
        lost_owner: Option<(u32, u32)>,
    },
}

/// Why a file could not be replaced. The old one, if there was any, is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The path names a folder.
    #[error("cannot write {}: it is a directory", .0.display())]
    IsDirectory(
        /// The file.
        PathBuf,
    ),
    /// The path has no folder or no file name.
    #[error("cannot write {}: not the name of a file", .0.display())]
    NoName(
        /// The file.
        PathBuf,
    ),
    /// The file itself is a mount point.
    #[error(
        "cannot replace {}: it is a mount point\n\
         hint: a single file that is mounted into a container cannot be replaced, only written over; \
         mount the directory {} instead",
        .0.display(),
        folder_of(.0).display()
    )]
    MountPoint(
        /// The file.
        PathBuf,
    ),
    /// The file system does not take writes.
    #[error("cannot write {}: the file system is read-only", .0.display())]
    ReadOnly(
        /// The file.
        PathBuf,
    ),
    /// The folder may not be written to.
    #[error(
        "cannot write {}: no permission\n\
         hint: the file is replaced, so the directory {} must be writable for this user",
        .0.display(),
        folder_of(.0).display()
    )]
    Permission(
        /// The file.
        PathBuf,
    ),
    /// The folder is not there and was not to be made.
    #[error("cannot write {}: the directory does not exist", .0.display())]
    NoFolder(
        /// The file.
        PathBuf,
    ),
    /// Anything else.
    #[error("cannot {step} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        step: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
}

/// A file that is gone when it is dropped before it was put in place.
struct Staged {
    path: PathBuf,
    kept: bool,
}

// === impl ReplaceOptions ===

impl Default for ReplaceOptions {
    fn default() -> Self {
        Self { mode: None, create_folders: true, plainly: false }
    }
}

// === impl ReplaceError ===

impl ReplaceError {
    fn new(step: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            // EBUSY: somebody mounted something on the file. EXDEV: an overlay
            // whose lower layer holds the mount.
            io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices => Self::MountPoint(path),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            io::ErrorKind::PermissionDenied => Self::Permission(path),
            io::ErrorKind::IsADirectory => Self::IsDirectory(path),
            io::ErrorKind::NotFound => Self::NoFolder(path),
            _ => Self::Io { step, path, source },
        }
    }
}

// === impl Staged ===

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing can be done about a failure here, and the file is only litter.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Gives the file at `path` these contents in one step: whoever opens it sees
/// the old bytes or the new ones, never a part, and a crash leaves one of both.
///
/// Equal contents are not written at all. Mode, owner and group stay as they
/// were. Through a symbolic link the file it points to is replaced and the link
/// stays, also when that file does not exist yet.
///
/// # Errors
/// [`ReplaceError`]; nothing was changed then, but folders may have been made.
pub fn replace(path: &Path, contents: &[u8], options: &ReplaceOptions) -> Result<Replaced, ReplaceError> {
    // What is no file is written to and stays what it is: `/dev/null`, a named
    // pipe, `/dev/stdout`. Asked before links are followed by hand, as those
    // below /proc lead to no path.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        stream::write(path, contents).map_err(|error| ReplaceError::new("write to", path, error))?;
        return Ok(Replaced::Written { lost_owner: None });
    }
    let target = follow(path)?;
    match replace_file(target.clone(), contents, options) {
        Err(
            error @ (ReplaceError::MountPoint(_) | ReplaceError::Permission(_) | ReplaceError::ReadOnly(_)),
        ) if options.plainly => match OpenOptions::new().write(true).truncate(true).open(&target) {
            Ok(mut file) => {
                file.write_all(contents).map_err(|error| ReplaceError::new("write", &target, error))?;
                Ok(Replaced::Written { lost_owner: None })
            }
            Err(_) => Err(error),
        },
        done => done,
    }
}

fn replace_file(
    target: PathBuf,
    contents: &[u8],
    options: &ReplaceOptions,
) -> Result<Replaced, ReplaceError> {
    let old = match fs::metadata(&target) {
        Ok(metadata) if metadata.is_dir() => return Err(ReplaceError::IsDirectory(target)),
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(ReplaceError::new("look at", &target, error)),
    };
    let old_mode = old.as_ref().map(|metadata| metadata.permissions().mode() & 0o7777);
    let mode = options.mode.or(old_mode).unwrap_or(0o644) & 0o7777;
    if let Some(metadata) = &old
        && old_mode == Some(mode)
        && u64::try_from(contents.len()).is_ok_and(|len| len == metadata.len())
        && fs::read(&target).is_ok_and(|bytes| bytes == contents)
    {
        return Ok(Replaced::Same);
    }
    if target.file_name().is_none() {
        return Err(ReplaceError::NoName(target));
    }
    let folder = folder_of(&target);
    if options.create_folders {
        fs::create_dir_all(folder)
            .map_err(|error| ReplaceError::new("make the folder of", &target, error))?;
    }
    let by_umask = options.plainly && options.mode.or(old_mode).is_none();
    let (mut file, mut staged) = stage(folder, &target, if by_umask { 0o644 } else { 0o600 })?;
    let failed = |step| {
        let target = &target;
        move |error| ReplaceError::new(step, target, error)
    };
    file.write_all(contents).map_err(failed("write"))?;
    let lost_owner = match &old {
        Some(metadata) => keep_owner(&file, metadata).map_err(failed("look at"))?,
        None => None,
    };
    // After the owner, because a change of owner clears set-user-id bits.
    if !by_umask {
        file.set_permissions(Permissions::from_mode(mode)).map_err(failed("set the mode of"))?;
    }
    file.sync_all().map_err(failed("sync"))?;
    fs::rename(&staged.path, &target).map_err(failed("replace"))?;
    staged.kept = true;
    // Makes the rename itself last. Some file systems cannot sync a folder; the
    // new file is in place all the same.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(Replaced::Written { lost_owner })
}

/// The folder that a file is in; `.` for a name alone.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("/"),
    }
}

/// Where a path leads when all links in its last part are followed; it need not exist.
fn follow(path: &Path) -> Result<PathBuf, ReplaceError> {
    let mut at = path.to_owned();
    // As many as the kernel follows.
    for _ in 0..40 {
        match fs::read_link(&at) {
            Ok(to) => at = at.parent().unwrap_or(Path::new("/")).join(to),
            // Not a link (EINVAL), or nothing there.
            Err(_) => return Ok(at),
        }
    }
    Err(ReplaceError::Io {
        step: "follow the links of",
        path: path.to_owned(),
        source: io::Error::other("there are too many of them"),
    })
}

/// A new empty file beside the target. Its name starts with a dot and ends in
/// `.tmp`, so that nobody who reads `*.conf` meets it.
fn stage(folder: &Path, target: &Path, mode: u32) -> Result<(File, Staged), ReplaceError> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    // Long names are cut, as a file name has 255 bytes at most.
    let name: String = name.chars().take(50).collect();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..1000_u32 {
        let path = folder.join(format!(".{name}.{}-{number}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
            Ok(file) => return Ok((file, Staged { path, kept: false })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(ReplaceError::new("write", target, error)),
        }
    }
    Err(ReplaceError::Io { step: "write", path: target.to_owned(), source: last })
}

/// Gives the new file the old one's owner and group, or tells which it could not have.
fn keep_owner(file: &File, old: &fs::Metadata) -> io::Result<Option<(u32, u32)>> {
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(None);
    }
    Ok(fchown(file, Some(old.uid()), Some(old.gid())).err().map(|_| (old.uid(), old.gid())))
}

#[cfg(test)]
mod tests;
