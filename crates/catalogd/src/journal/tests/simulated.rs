//! A disk that fails when it is told to, and that shows what is left after a crash.

use crate::journal::disk::{Disk, Output};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

/// What happens instead of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing fits any more, until there is space again. What was being written is written in part.
    Full,
    /// A synchronisation fails, and what it should have saved is lost for good: a later one says
    /// that all is well, as Linux does.
    Sync,
    /// Nothing happens any more.
    Crash,
}

/// What is there after a crash.
#[derive(Clone, Copy, Debug)]
pub(super) enum Crash {
    /// The program was killed: all that it did is there.
    Kill,
    /// The power was lost: what was synchronised is there, and of the rest anything.
    Power(u64),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Simulated(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    safe_names: BTreeMap<String, usize>,
    operations: usize,
    planned: Option<(usize, Fault)>,
    is_full: bool,
    is_down: bool,
}

#[derive(Clone, Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    safe: Vec<u8>,
    is_lost: bool,
}

struct Handle {
    disk: Simulated,
    file: usize,
}

// === impl Simulated ===

impl Simulated {
    pub(super) fn plan(&self, operation: usize, fault: Fault) {
        self.state().planned = Some((operation, fault));
    }

    pub(super) fn operations(&self) -> usize {
        self.state().operations
    }

    pub(super) fn make_space(&self) {
        self.state().is_full = false;
    }

    pub(super) fn is_down(&self) -> bool {
        self.state().is_down
    }

    /// The disk as the next start finds it.
    pub(super) fn after(&self, crash: Crash) -> Self {
        let state = self.state();
        let (names, contents) = match crash {
            Crash::Kill => (state.names.clone(), state.files.iter().map(|file| file.bytes.clone()).collect()),
            Crash::Power(seed) => {
                let mut rng = Rng::with_seed(seed);
                let contents = state.files.iter().map(|file| file.after_power(&mut rng)).collect();
                (state.names_after_power(&mut rng), contents)
            }
        };
        let contents: Vec<Vec<u8>> = contents;
        let files = contents.into_iter().map(|bytes| Content { safe: bytes.clone(), bytes, is_lost: false });
        let files = files.collect();
        Self(Arc::new(Mutex::new(State { files, safe_names: names.clone(), names, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Begins an operation, unless it is the one that fails.
    fn operate(&self) -> io::Result<(MutexGuard<'_, State>, Option<Fault>)> {
        let mut state = self.state();
        if state.is_down {
            return Err(io::Error::other("down"));
        }
        state.operations += 1;
        let fault =
            state.planned.filter(|(operation, _)| *operation == state.operations).map(|(_, fault)| fault);
        match fault {
            Some(Fault::Crash) => state.is_down = true,
            Some(Fault::Full) => state.is_full = true,
            Some(Fault::Sync) | None => {}
        }
        Ok((state, fault))
    }
}

impl Disk for Simulated {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let state = self.state();
        let file = state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(state.files[*file].bytes.clone())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        let (mut state, _) = self.operate()?;
        if state.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if state.is_down {
            return Err(io::Error::other("down"));
        }
        let file = match state.names.get(name) {
            Some(file) => *file,
            None => {
                state.files.push(Content::default());
                let file = state.files.len() - 1;
                state.names.insert(name.to_owned(), file);
                file
            }
        };
        state.files[file].bytes.clear();
        Ok(Box::new(Handle { disk: self.clone(), file }))
    }

    fn resume(&self, name: &str, length: u64) -> io::Result<Box<dyn Output>> {
        let (mut state, _) = self.operate()?;
        let file = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        let content = &mut state.files[file];
        content.bytes.truncate(usize::try_from(length).unwrap());
        content.safe = content.bytes.clone();
        Ok(Box::new(Handle { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (mut state, _) = self.operate()?;
        let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let (mut state, _) = self.operate()?;
        state.names.remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync(&self) -> io::Result<()> {
        let (mut state, fault) = self.operate()?;
        if fault.is_some() {
            return Err(io::Error::other("the folder was not synchronised"));
        }
        state.safe_names = state.names.clone();
        Ok(())
    }
}

impl Output for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (mut state, fault) = self.disk.operate()?;
        let is_short = state.is_full || fault == Some(Fault::Crash);
        let written = if is_short { &bytes[..bytes.len() / 2] } else { bytes };
        state.files[self.file].bytes.extend(written);
        if is_short { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let (mut state, fault) = self.disk.operate()?;
        let content = &mut state.files[self.file];
        match fault {
            Some(Fault::Sync) => {
                content.is_lost = true;
                Err(io::Error::other("input/output error"))
            }
            Some(_) => Err(io::Error::other("down")),
            None if content.is_lost => Ok(()),
            None => {
                content.safe = content.bytes.clone();
                Ok(())
            }
        }
    }
}

// === what is left ===

impl State {
    /// Each name as it was when the folder was synchronised, or as it is.
    fn names_after_power(&self, rng: &mut Rng) -> BTreeMap<String, usize> {
        let mut names = self.safe_names.clone();
        let all: std::collections::BTreeSet<&String> =
            self.names.keys().chain(self.safe_names.keys()).collect();
        for name in all {
            if rng.bool() {
                match self.names.get(name) {
                    Some(file) => names.insert(name.clone(), *file),
                    None => names.remove(name),
                };
            }
        }
        names
    }
}

impl Content {
    /// What was synchronised, and behind it any part of the rest, with holes.
    fn after_power(&self, rng: &mut Rng) -> Vec<u8> {
        let mut bytes = self.safe.clone();
        let Some(rest) = self.bytes.get(self.safe.len()..) else { return bytes };
        let mut rest = rest[..rng.usize(..=rest.len())].to_vec();
        for block in rest.chunks_mut(16) {
            if rng.u8(..4) == 0 {
                block.fill(0);
            }
        }
        bytes.extend(rest);
        bytes
    }
}
