//! Finding a program as `execvp` does.

use crate::SpawnError;
use rustix::fs::{Access, AtFlags, CWD};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Where programs are looked for when the environment has no `PATH`: what the C
/// library's `execvp` falls back on.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// The file that `program` means: itself when it has a slash, otherwise the first
/// that may be executed in the folders of `path`, of which an empty one is the
/// working directory.
///
/// Relative paths begin at `base`, by default at the pilot's working directory.
///
/// A file that may not be executed is passed over, but remembered: when nothing
/// better comes, "permission denied" helps more than "not found".
pub(crate) fn find(
    program: &OsStr,
    path: Option<&OsStr>,
    base: Option<&Path>,
) -> Result<PathBuf, SpawnError> {
    let from_base = |file: PathBuf| base.map_or_else(|| file.clone(), |base| base.join(&file));
    if program.is_empty() {
        return Err(SpawnError::NotOnPath);
    }
    if program.as_bytes().contains(&0) {
        return Err(SpawnError::ZeroByte);
    }
    if program.as_bytes().contains(&b'/') {
        let file = from_base(PathBuf::from(program));
        return match check(&file) {
            None => Ok(file),
            Some(error) => Err(error),
        };
    }
    let mut refused = SpawnError::NotOnPath;
    for folder in path.unwrap_or(OsStr::new(DEFAULT_PATH)).as_bytes().split(|byte| *byte == b':') {
        let folder = if folder.is_empty() { OsStr::new(".") } else { OsStr::from_bytes(folder) };
        let candidate = from_base(Path::new(folder).join(program));
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
    reason(file, error, Path::new("/dev/null"))
}

/// The same with the file that was to be the program's input. Only when that can
/// be opened the program itself was ever asked for.
fn reason(file: &Path, error: &std::io::Error, input: &Path) -> SpawnError {
    if let Err(error) = std::fs::File::open(input) {
        return SpawnError::NoInput(error.to_string());
    }
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
    std::io::Read::read_to_end(&mut std::io::Read::take(&opened, 256), &mut head).ok()?;
    if head.starts_with(b"\x7fELF") {
        let is_missing = !loader(&opened)?.exists();
        return is_missing.then(|| SpawnError::NoLoader(file.to_owned()));
    }
    let interpreter = interpreter(&head)?;
    Some(SpawnError::NoInterpreter { script: file.to_owned(), interpreter })
}

/// The dynamic loader that a binary asks for; a static one asks for none.
///
/// Format: "System V Application Binary Interface", chapters 4 (object files) and
/// 5 (program loading): the program header of type `PT_INTERP`.
fn loader(binary: &std::fs::File) -> Option<PathBuf> {
    const PT_INTERP: u64 = 3;
    let is_64_bit = number(binary, 4, 1, false)? == 2;
    let is_big_endian = number(binary, 5, 1, false)? == 2;
    let field = |at: u64, width| number(binary, at, width, is_big_endian);
    let (table, size, count) = if is_64_bit {
        (field(32, 8)?, field(54, 2)?, field(56, 2)?)
    } else {
        (field(28, 4)?, field(42, 2)?, field(44, 2)?)
    };
    for index in 0..count {
        let entry = table.checked_add(index * size)?;
        if field(entry, 4)? != PT_INTERP {
            continue;
        }
        let (start, length) = if is_64_bit {
            (field(entry.checked_add(8)?, 8)?, field(entry.checked_add(32)?, 8)?)
        } else {
            (field(entry.checked_add(4)?, 4)?, field(entry.checked_add(16)?, 4)?)
        };
        // No path is longer.
        let mut path = vec![0; usize::try_from(length.min(4096)).ok()?];
        binary.read_exact_at(&mut path, start).ok()?;
        let name = path.split(|byte| *byte == 0).next()?;
        return Some(PathBuf::from(OsStr::from_bytes(name)));
    }
    None
}

/// The number of up to eight bytes at a place in a file.
fn number(file: &std::fs::File, at: u64, width: usize, is_big_endian: bool) -> Option<u64> {
    let mut room = [0; 8];
    let bytes = room.get_mut(..width)?;
    file.read_exact_at(bytes, at).ok()?;
    if is_big_endian {
        bytes.reverse();
    }
    Some(u64::from_le_bytes(room))
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
        find(OsStr::new(program), Some(&std::env::join_paths(folders).unwrap()), None)
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
            find(OsStr::new("Cargo.toml"), Some(OsStr::new("/nowhere:")), None),
            Err(SpawnError::PermissionDenied("./Cargo.toml".into()))
        );
    }

    #[test]
    fn a_name_with_a_slash_is_not_looked_up() {
        let temp = tempfile::tempdir().unwrap();
        let tool = file(temp.path(), "tool", 0o700);
        assert_eq!(find(tool.as_os_str(), Some(OsStr::new("/bin")), None), Ok(tool.clone()));
        assert_eq!(find(OsStr::new("./no/tool"), None, None), Err(SpawnError::NoSuchFile));
        assert_eq!(find(OsStr::new("/usr/"), None, None), Err(SpawnError::IsDirectory("/usr/".into())));
        assert_eq!(find(tool.join("x").as_os_str(), None, None), Err(SpawnError::NoSuchFile));
    }

    #[test]
    fn without_a_path_the_usual_places_are_searched() {
        assert!(find(OsStr::new("sh"), None, None).is_ok());
        assert_eq!(find(OsStr::new(""), None, None), Err(SpawnError::NotOnPath));
    }

    /// A binary with one program header, which asks for `loader` when there is one.
    fn binary(is_64_bit: bool, is_big_endian: bool, loader: Option<&str>) -> Vec<u8> {
        let mut bytes = vec![0; 512];
        let mut put = |at: usize, width: usize, value: u64| {
            let mut field = value.to_le_bytes()[..width].to_vec();
            if is_big_endian {
                field.reverse();
            }
            bytes[at..at + width].copy_from_slice(&field);
        };
        let kind = if loader.is_some() { 3 } else { 1 };
        let length = loader.unwrap_or_default().len() as u64 + 1;
        let fields: &[(usize, usize, u64)] = if is_64_bit {
            &[(32, 8, 64), (54, 2, 56), (56, 2, 1), (64, 4, kind), (72, 8, 300), (96, 8, length)]
        } else {
            &[(28, 4, 64), (42, 2, 32), (44, 2, 1), (64, 4, kind), (68, 4, 300), (80, 4, length)]
        };
        fields.iter().for_each(|(at, width, value)| put(*at, *width, *value));
        bytes[..4].copy_from_slice(b"\x7fELF");
        bytes[4] = 1 + u8::from(is_64_bit);
        bytes[5] = 1 + u8::from(is_big_endian);
        let loader = loader.unwrap_or_default().as_bytes();
        bytes[300..300 + loader.len()].copy_from_slice(loader);
        bytes
    }

    #[test]
    fn a_static_binary_is_not_said_to_need_a_loader() {
        let temp = tempfile::tempdir().unwrap();
        let path = file(temp.path(), "binary", 0o755);
        let not_found = std::io::Error::from_raw_os_error(libc::ENOENT);
        for (is_64_bit, is_big_endian) in [(true, false), (true, true), (false, false), (false, true)] {
            for (loader, want) in [
                (None, SpawnError::NoSuchFile),
                (Some("/dev/null"), SpawnError::NoSuchFile),
                (Some("/no/such/loader"), SpawnError::NoLoader(path.clone())),
            ] {
                let mut content = binary(is_64_bit, is_big_endian, loader);
                std::fs::File::create(&path).and_then(|file| file.write_all_at(&content, 0)).unwrap();
                assert_eq!(explain(&path, &not_found), want, "{is_64_bit} {is_big_endian} {loader:?}");
                // Cut off anywhere it asks for nothing, or for the same.
                while content.pop().is_some() {
                    std::fs::File::create(&path).and_then(|file| file.write_all_at(&content, 0)).unwrap();
                    let told = explain(&path, &not_found);
                    assert!(told == want || told == SpawnError::NoSuchFile, "{told:?}");
                }
            }
        }
    }

    #[test]
    fn a_missing_dev_null_is_not_blamed_on_the_program() {
        let temp = tempfile::tempdir().unwrap();
        let path = file(temp.path(), "binary", 0o755);
        let not_found = std::io::Error::from_raw_os_error(libc::ENOENT);
        let told = reason(&path, &not_found, &temp.path().join("null")).to_string();
        assert_eq!(told, "cannot open /dev/null: No such file or directory (os error 2)");
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
