//! Secrets that processes are given without them standing in an environment or a file.
#![allow(unsafe_code)]

use crate::SpawnSpec;
use gyropilot_model::{Secret, SecretSource};
use rustix::fs::{MemfdFlags, SealFlags};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::sync::Arc;

/// The longest secret, in bytes: 1 MiB, the most that Kubernetes gives.
const LONGEST: u64 = 1024 * 1024;

/// How long a descriptor is waited for that another process writes to, in seconds.
const PATIENCE: i64 = 5;

/// Where the numbers begin at which processes find their secrets: below are those
/// that shells and scripts use for themselves.
const FIRST: u32 = 20;

/// Secrets by name, each in memory that nobody can change, not even its owner.
///
/// A process that is given one inherits a descriptor of it and finds its path, of
/// the form `/proc/self/fd/N`, in the variable `NAME_FILE`.
#[derive(Clone, Debug, Default)]
pub struct SealedSecrets {
    sealed: BTreeMap<String, Sealed>,
    /// What was read from descriptors, which can be read only once.
    read: BTreeMap<u32, Sealed>,
}

#[derive(Clone, Debug)]
struct Sealed {
    memory: Arc<OwnedFd>,
    /// As far as it is text.
    text: Secret,
}

/// Why a secret cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It cannot be read where it should be.
    #[error("the secret \"{name}\" cannot be read: {reason}")]
    Unreadable {
        /// Its name.
        name: String,
        /// Where it should be, and what is there instead.
        reason: String,
    },
    /// There is none of that name.
    #[error("there is no secret \"{0}\"")]
    Unknown(String),
}

// === impl SealedSecrets ===

impl SealedSecrets {
    /// Reads all of these, which then replace those that were read before. A
    /// descriptor is read and closed the first time; afterwards it keeps its
    /// content. Waits up to 5 s for a descriptor that nobody writes to.
    ///
    /// # Errors
    /// The first that cannot be read; nothing has changed then.
    pub fn load(&mut self, sources: &BTreeMap<String, SecretSource>) -> Result<(), SecretError> {
        let mut sealed = BTreeMap::new();
        for (name, source) in sources {
            let found = self.read(name, source);
            let unreadable = |reason| SecretError::Unreadable { name: name.clone(), reason };
            sealed.insert(name.clone(), found.map_err(unreadable)?);
        }
        self.sealed = sealed;
        Ok(())
    }

    /// Has the process to be started inherit these, at numbers from 20 that are free.
    ///
    /// # Errors
    /// [`SecretError::Unknown`] for one that was not loaded.
    pub fn give(&self, names: &[String], spec: &mut SpawnSpec) -> Result<(), SecretError> {
        for name in names {
            let sealed = self.sealed.get(name).ok_or_else(|| SecretError::Unknown(name.clone()))?;
            let is_taken = |number: &u32| spec.descriptors.iter().any(|(taken, _)| taken == number);
            let Some(number) = (FIRST..).find(|number| !is_taken(number)) else { continue };
            spec.descriptors.push((number, Arc::clone(&sealed.memory)));
            let variable = OsString::from(format!("{}_FILE", name.to_ascii_uppercase()));
            spec.env.insert(variable, format!("/proc/self/fd/{number}").into());
        }
        Ok(())
    }

    /// What is never to be shown.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.sealed.values().map(|sealed| sealed.text.reveal())
    }

    fn read(&mut self, name: &str, source: &SecretSource) -> Result<Sealed, String> {
        match source {
            SecretSource::Given(secret) => seal(name, secret.reveal().as_bytes()),
            SecretSource::File(path) => {
                let told = |error: std::io::Error| format!("{}: {error}", path.display());
                let content = File::open(path).and_then(whole).map_err(told)?;
                seal(name, content.strip_suffix(b"\n").unwrap_or(&content))
            }
            SecretSource::Descriptor(number) => {
                if let Some(known) = self.read.get(number) {
                    return Ok(known.clone());
                }
                let told = |error: std::io::Error| format!("descriptor {number}: {error}");
                let content = inherited(*number).map_err(told)?;
                let sealed = seal(name, content.strip_suffix(b"\n").unwrap_or(&content))?;
                self.read.insert(*number, sealed.clone());
                Ok(sealed)
            }
        }
    }
}

/// All that can be read, in bounds.
fn whole(source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    source.take(LONGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LONGEST {
        return Err(std::io::Error::other("it is longer than 1 MiB"));
    }
    Ok(content)
}

/// All that can be read from a descriptor that came from our own parent.
fn inherited(number: u32) -> std::io::Result<Vec<u8>> {
    let raw = i32::try_from(number).map_err(std::io::Error::other)?;
    // SAFETY: asks for the flags of whatever is there, and changes nothing.
    let flags = unsafe { libc::fcntl(raw, libc::F_GETFD) };
    // All of the pilot's own are closed on exec, and one that is not was never its own.
    if raw < 3 || flags < 0 || flags & libc::FD_CLOEXEC != 0 {
        return Err(std::io::Error::other("the pilot has inherited no such descriptor"));
    }
    // SAFETY: it is open, as the call above has shown, and nobody else in this
    // process knows of it: what the pilot opens itself has the flag that it lacks.
    let source = unsafe { OwnedFd::from_raw_fd(raw) };
    // Whatever happens here, no child gets it.
    rustix::io::fcntl_setfd(&source, rustix::io::FdFlags::CLOEXEC)?;
    whole(Patient(File::from(source)))
}

/// Reads, but not from somebody who keeps silent.
struct Patient(File);

impl Read for Patient {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let patience = Timespec { tv_sec: PATIENCE, tv_nsec: 0 };
        let mut asked = [PollFd::from_borrowed_fd(self.0.as_fd(), PollFlags::IN)];
        if poll(&mut asked, Some(&patience))? == 0 {
            return Err(std::io::Error::other("its other end is open, and nothing comes from there"));
        }
        self.0.read(room)
    }
}

fn seal(name: &str, content: &[u8]) -> Result<Sealed, String> {
    let memory = sealed_memory(&format!("secret:{name}"), content)
        .map_err(|error| format!("no memory to keep it in: {error}"))?;
    let text = Secret::new(String::from_utf8_lossy(content).into_owned());
    Ok(Sealed { memory: Arc::new(memory), text })
}

/// Memory with this content, which nobody can change any more, to be read from
/// its beginning. `name` is what `/proc` shows of it.
///
/// # Errors
/// When there is not enough memory, or the kernel has no such thing (Linux before 3.17).
pub fn sealed_memory(name: &str, content: &[u8]) -> std::io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Not to be executed, which Linux before 6.3 has no word for.
    let memory = rustix::fs::memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL)
        .or_else(|_| rustix::fs::memfd_create(name, flags))?;
    let mut file = File::from(memory);
    file.write_all(content)?;
    std::io::Seek::rewind(&mut file)?;
    let all = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    rustix::fs::fcntl_add_seals(&file, all)?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::{AsRawFd, IntoRawFd};

    fn loaded(secrets: &mut SealedSecrets, source: SecretSource) -> Result<String, String> {
        let sources = BTreeMap::from([("db".to_owned(), source)]);
        secrets.load(&sources).map_err(|error| error.to_string())?;
        Ok(secrets.texts().collect::<Vec<_>>().join(","))
    }

    #[test]
    fn a_file_is_read_whole_but_for_its_last_line_end() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("password");
        let mut secrets = SealedSecrets::default();
        for (content, want) in [("a\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("", ""), (" a ", " a ")] {
            File::create(&path).unwrap().write_all(content.as_bytes()).unwrap();
            assert_eq!(loaded(&mut secrets, SecretSource::File(path.clone())), Ok(want.to_owned()));
        }
        assert!(!format!("{secrets:?}").contains(" a "));
        File::create(&path).unwrap().write_all(&vec![b'x'; 1 << 21]).unwrap();
        let refused = loaded(&mut secrets, SecretSource::File(path.clone())).unwrap_err();
        assert!(refused.ends_with("password: it is longer than 1 MiB"), "{refused}");
        // What was there before still is.
        assert_eq!(secrets.texts().collect::<Vec<_>>(), [" a "]);
    }

    #[test]
    fn a_descriptor_is_read_once_and_kept() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let number = reader.into_raw_fd();
        let source = || SecretSource::Descriptor(number.unsigned_abs());
        let mut secrets = SealedSecrets::default();
        // Closed on exec: opened by ourselves, and not to be touched.
        let refused =
            "the secret \"db\" cannot be read: descriptor N: the pilot has inherited no such descriptor";
        let told = loaded(&mut secrets, source()).unwrap_err();
        assert_eq!(told.replace(&number.to_string(), "N"), refused);
        // SAFETY: clears a flag of a descriptor that this test has just made.
        assert_eq!(unsafe { libc::fcntl(number, libc::F_SETFD, 0) }, 0);
        writer.write_all(b"s3cr3t\n").unwrap();
        drop(writer);
        assert_eq!(loaded(&mut secrets, source()), Ok("s3cr3t".to_owned()));
        assert_eq!(loaded(&mut secrets, source()), Ok("s3cr3t".to_owned()));
        assert!(loaded(&mut secrets, SecretSource::Descriptor(0)).is_err());
    }

    #[test]
    fn sealed_memory_does_not_change() {
        let mut secrets = SealedSecrets::default();
        loaded(&mut secrets, SecretSource::Given(Secret::new("s3cr3t".to_owned()))).unwrap();
        let mut spec = SpawnSpec::new("app");
        let taken = secrets.sealed.get("db").unwrap().memory.clone();
        spec.descriptors.push((FIRST, taken));
        secrets.give(&["db".to_owned()], &mut spec).unwrap();
        let path = spec.env.get(std::ffi::OsStr::new("DB_FILE")).unwrap();
        assert_eq!(path, "/proc/self/fd/21");
        let memory = &spec.descriptors.last().unwrap().1;
        let own = format!("/proc/self/fd/{}", memory.as_raw_fd());
        assert_eq!(std::fs::read(&own).unwrap(), b"s3cr3t");
        let mut file = File::options().read(true).write(true).open(&own).unwrap();
        assert!(file.write_all(b"x").is_err());
        assert!(file.set_len(0).is_err());
        assert_eq!(
            secrets.give(&["bd".to_owned()], &mut spec).unwrap_err().to_string(),
            "there is no secret \"bd\""
        );
    }
}
