//! The arguments and the environment of a program, as execve(2) takes them.
#![allow(unsafe_code)]

use crate::SpawnError;
use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, OsString, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A program ready to take the place of a process, without any allocation more.
///
/// The standard library's own way after a fork is `execvp`, which hands a file
/// that is no program to a shell. The plain way of starting does not, and no
/// program shall depend on which of the two was taken.
pub(crate) struct Image {
    file: CString,
    args: Words,
    env: Words,
}

struct Words {
    /// Into `_text`, with a null at the end.
    pointers: Vec<*const c_char>,
    _text: Vec<CString>,
}

// SAFETY: the pointers lead into text that the value itself owns, on the heap, and
// that nobody changes: they are as good on one thread as on another.
unsafe impl Send for Words {}
// SAFETY: as above; there is no way to change anything through a shared reference.
unsafe impl Sync for Words {}

// === impl Image ===

impl Image {
    pub(crate) fn new<'a>(
        file: &Path,
        args: impl Iterator<Item = &'a OsString>,
        env: &BTreeMap<OsString, OsString>,
    ) -> Result<Self, SpawnError> {
        let assigned = env.iter().map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat());
        Ok(Self {
            file: text(file.as_os_str().as_bytes())?,
            args: Words::new(args.map(|arg| OsStr::as_bytes(arg).to_vec()))?,
            env: Words::new(assigned)?,
        })
    }

    /// Becomes the program; returns the system's error when it does not.
    pub(crate) fn execute(&self) -> i32 {
        // SAFETY: all three are text with a zero at the end, the latter two lists of
        // it with a null at the end; `self` owns them beyond the call.
        unsafe {
            libc::execve(self.file.as_ptr(), self.args.pointers.as_ptr(), self.env.pointers.as_ptr());
            *libc::__errno_location()
        }
    }
}

// === impl Words ===

impl Words {
    fn new(words: impl Iterator<Item = Vec<u8>>) -> Result<Self, SpawnError> {
        let text = words.map(text).collect::<Result<Vec<_>, _>>()?;
        let pointers = text.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect();
        Ok(Self { pointers, _text: text })
    }
}

fn text(bytes: impl Into<Vec<u8>>) -> Result<CString, SpawnError> {
    CString::new(bytes).map_err(|_| SpawnError::ZeroByte)
}
