//! Finding a program as `execvp` does.

use crate::SpawnError;
use rustix::fs::{Access, AtFlags, CWD};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where programs are looked for when the environment has no `PATH`: what the C
/// library's `execvp` falls back on.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// The file that `program` means: itself when it has a slash, otherwise the first
/// that may be executed in the folders of `path`, of which an empty one is the
/// working directory.
///
/// A file that may not be executed is passed over, but remembered: when nothing
/// better comes, "permission denied" helps more than "not found".
pub(crate) fn find(program: &OsStr, path: Option<&OsStr>) -> Result<PathBuf, SpawnError> {
    if program.is_empty() {
        return Err(SpawnError::NotOnPath);
    }
    if program.as_bytes().contains(&0) {
        return Err(SpawnError::ZeroByte);
    }
    if program.as_bytes().contains(&b'/') {
        let file = PathBuf::from(program);
        return match check(&file) {
            None => Ok(file),
            Some(error) => Err(error),
        };
    }
    let mut refused = SpawnError::NotOnPath;
    for folder in path.unwrap_or(OsStr::new(DEFAULT_PATH)).as_bytes().split(|byte| *byte == b':') {
        let folder = if folder.is_empty() { OsStr::new(".") } else { OsStr::from_bytes(folder) };
        let candidate = Path::new(folder).join(program);
        match check(&candidate) {
            None => return Ok(candidate),
            Some(error @ SpawnError::PermissionDenied(_)) if refused == SpawnError::NotOnPath => {
                refused = error;
            }
            Some(_) => {}
        }
    }
    Err(refused)
}

/// What stands against executing `file`, as far as its place and mode tell.
fn check(file: &Path) -> Option<SpawnError> {
    // With the rights we act with, as the kernel will; not those we came with.
    match rustix::fs::accessat(CWD, file, Access::EXEC_OK, AtFlags::EACCESS) {
        Ok(()) => file.is_dir().then(|| SpawnError::IsDirectory(file.to_owned())),
        Err(rustix::io::Errno::ACCESS) if file.is_dir() => Some(SpawnError::IsDirectory(file.to_owned())),
        Err(rustix::io::Errno::ACCESS) => Some(SpawnError::PermissionDenied(file.to_owned())),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => Some(SpawnError::NoSuchFile),
        Err(other) => Some(SpawnError::Other(std::io::Error::from(other).to_string())),
    }
}

/// Why the kernel did not execute `file` although its place and mode are good.
pub(crate) fn explain(file: &Path, error: &std::io::Error) -> SpawnError {
    match error.raw_os_error() {
        Some(libc::ENOEXEC) => SpawnError::Format(file.to_owned()),
        Some(libc::ENOENT | libc::ENOTDIR) => missing_helper(file).unwrap_or(SpawnError::NoSuchFile),
        // Also a file on a file system that is mounted `noexec`, and a script whose
        // interpreter may not be executed.
        Some(libc::EACCES) => SpawnError::PermissionDenied(file.to_owned()),
        _ if error.kind() == std::io::ErrorKind::InvalidInput => SpawnError::ZeroByte,
        _ => SpawnError::Other(error.to_string()),
    }
}

/// What a file that exists needs for its execution and is not there.
fn missing_helper(file: &Path) -> Option<SpawnError> {
    let mut head = Vec::new();
    let opened = std::fs::File::open(file).ok()?;
    // The kernel itself looks at no more than 256 bytes.
    std::io::Read::read_to_end(&mut std::io::Read::take(opened, 256), &mut head).ok()?;
    if head.starts_with(b"\x7fELF") {
        return Some(SpawnError::NoLoader(file.to_owned()));
    }
    let interpreter = interpreter(&head)?;
    Some(SpawnError::NoInterpreter { script: file.to_owned(), interpreter })
}

/// The program that the first line of a script names. A carriage return at its
/// end is left in place: it is the very reason why the program is not found.
fn interpreter(head: &[u8]) -> Option<String> {
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let word = line.split(|byte| matches!(byte, b' ' | b'\t')).find(|word| !word.is_empty())?;
    Some(String::from_utf8_lossy(word).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(folder: &Path, name: &str, mode: u32) -> PathBuf {
        std::fs::create_dir_all(folder).unwrap();
        let path = folder.join(name);
        std::fs::File::create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn on_path(program: &str, folders: &[&Path]) -> Result<PathBuf, SpawnError> {
        find(OsStr::new(program), Some(&std::env::join_paths(folders).unwrap()))
    }

    #[test]
    fn the_first_file_that_may_be_executed_wins() {
        let temp = tempfile::tempdir().unwrap();
        let (a, b, c) = (temp.path().join("a"), temp.path().join("b"), temp.path().join("c"));
        let refused = file(&a, "tool", 0o644);
        std::fs::create_dir_all(b.join("tool")).unwrap();
        let good = file(&c, "tool", 0o755);
        assert_eq!(on_path("tool", &[&a, &b, &c]), Ok(good));
        assert_eq!(on_path("tool", &[&a, &b]), Err(SpawnError::PermissionDenied(refused)));
        assert_eq!(on_path("tool", &[&b]), Err(SpawnError::NotOnPath));
        assert_eq!(on_path("no-such-tool", &[&a, &b, &c]), Err(SpawnError::NotOnPath));
    }

    #[test]
    fn an_empty_folder_is_the_working_directory() {
        // Tests of a package run in its folder, which has no executable of this name.
        assert_eq!(
            find(OsStr::new("Cargo.toml"), Some(OsStr::new("/nowhere:"))),
            Err(SpawnError::PermissionDenied("./Cargo.toml".into()))
        );
    }

    #[test]
    fn a_name_with_a_slash_is_not_looked_up() {
        let temp = tempfile::tempdir().unwrap();
        let tool = file(temp.path(), "tool", 0o700);
        assert_eq!(find(tool.as_os_str(), Some(OsStr::new("/bin"))), Ok(tool.clone()));
        assert_eq!(find(OsStr::new("./no/tool"), None), Err(SpawnError::NoSuchFile));
        assert_eq!(find(OsStr::new("/usr/"), None), Err(SpawnError::IsDirectory("/usr/".into())));
        assert_eq!(find(tool.join("x").as_os_str(), None), Err(SpawnError::NoSuchFile));
    }

    #[test]
    fn without_a_path_the_usual_places_are_searched() {
        assert!(find(OsStr::new("sh"), None).is_ok());
        assert_eq!(find(OsStr::new(""), None), Err(SpawnError::NotOnPath));
    }

    #[test]
    fn first_lines_of_scripts() {
        for (head, want) in [
            (&b"#!/bin/sh -e\nx"[..], Some("/bin/sh")),
            (b"#! \t/opt/x", Some("/opt/x")),
            (b"#!/bin/sh\r\n", Some("/bin/sh\r")),
            (b"#!", None),
            (b"#!\n/bin/sh", None),
            (b"/bin/sh", None),
        ] {
            assert_eq!(interpreter(head).as_deref(), want);
        }
    }
}
