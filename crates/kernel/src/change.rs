//! What a child does to itself between its birth and its program.
//!
//! Everything that can be is looked up and allocated before the fork: between it
//! and exec only system calls are made, because a lock of the allocator may have
//! been held by another thread (one that resolves a name) in that very moment.
#![allow(unsafe_code)]

use crate::accounts::{Accounts, Identity};
use crate::image::Image;
use crate::{SpawnError, SpawnSpec, privileges};
use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};
use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The changes that make a child what its job asks for.
pub(crate) struct Change {
    identity: Option<Identity>,
    directory: Option<(PathBuf, CString)>,
    limits: Vec<(Resource, Rlimit)>,
    no_new_privileges: bool,
    dropped: u64,
    /// What is to be where; the descriptors are above all numbers that are wanted.
    descriptors: Vec<(OwnedFd, RawFd)>,
    /// Hold the wanted numbers, so that no descriptor of the standard library's own comes there.
    _places: Vec<OwnedFd>,
}

/// The steps, in their order. The standard library brings one number back from
/// the child, of which the low half is the system's error: the step and the
/// place within it go into the other half.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Step {
    Descriptor = 1,
    Limit,
    Bounding,
    Groups,
    Group,
    User,
    Capabilities,
    Directory,
    NoNewPrivileges,
}

const STEPS: [Step; 9] = [
    Step::Descriptor,
    Step::Limit,
    Step::Bounding,
    Step::Groups,
    Step::Group,
    Step::User,
    Step::Capabilities,
    Step::Directory,
    Step::NoNewPrivileges,
];

// === impl Change ===

impl Change {
    /// What is to be changed for `spec`; `None`: nothing.
    pub(crate) fn prepare(spec: &SpawnSpec) -> Result<Option<Self>, SpawnError> {
        let wanted = &spec.surroundings;
        let is_someone =
            wanted.user.is_some() || wanted.group.is_some() || wanted.supplementary_groups.is_some();
        let identity = if is_someone { Accounts::read().identity(wanted)? } else { None };
        let is_needed = identity.is_some()
            || wanted.working_directory.is_some()
            || !wanted.limits.is_empty()
            || wanted.no_new_privileges
            || !wanted.drop_capabilities.is_empty()
            || !spec.descriptors.is_empty();
        if !is_needed {
            return Ok(None);
        }
        let limits = wanted.limits.iter().map(|(name, limit)| privileges::limit(name, *limit));
        let directory = wanted.working_directory.as_deref().map(|path| -> Result<_, SpawnError> {
            let path = std::path::absolute(path).map_err(|error| no_directory(path, &error.to_string()))?;
            let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| SpawnError::ZeroByte)?;
            Ok((path, name))
        });
        let (descriptors, places) = descriptors(spec)?;
        Ok(Some(Self {
            identity: identity.map(settled),
            directory: directory.transpose()?,
            limits: limits.collect::<Result<_, _>>()?,
            no_new_privileges: wanted.no_new_privileges,
            dropped: privileges::capabilities(&wanted.drop_capabilities)?,
            descriptors,
            _places: places,
        }))
    }

    /// The environment with what the surroundings add and take away.
    pub(crate) fn environment(spec: &SpawnSpec, change: Option<&Self>) -> BTreeMap<OsString, OsString> {
        let mut environment = spec.env.clone();
        let identity = change.and_then(|change| change.identity.as_ref());
        if let Some(user) = identity.filter(|identity| identity.uid.is_some()) {
            let home = user.home.as_deref().unwrap_or("/");
            environment.insert("HOME".into(), home.into());
            for variable in ["USER", "LOGNAME"] {
                set(&mut environment, variable, user.name.as_deref());
            }
        }
        for (name, value) in &spec.surroundings.environment {
            set(&mut environment, name, value.as_deref());
        }
        environment
    }

    /// Where relative paths begin.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.directory.as_ref().map(|(path, _)| path.as_path())
    }

    /// Whose the pipes are that the child writes to: it may open `/dev/stdout` anew.
    pub(crate) fn owner(&self) -> Option<u32> {
        self.identity.as_ref().and_then(|identity| identity.uid)
    }

    /// Has the child of `command` carry all this out, and become `image` then.
    pub(crate) fn enlist(self, command: &mut Command, image: Image) {
        let run = move || {
            let error = self.apply().err().unwrap_or_else(|| image.execute());
            Err(std::io::Error::from_raw_os_error(error))
        };
        // SAFETY: between fork and exec the closure makes system calls on memory
        // that was prepared before, and nothing else: it neither allocates, nor
        // locks, nor panics, and `std::io::Error` from a number does not either.
        unsafe {
            command.pre_exec(run);
        }
    }

    /// What a child tells that could not carry it out; `None`: that was not the reason.
    pub(crate) fn explain(spec: &SpawnSpec, error: &std::io::Error) -> Option<SpawnError> {
        let code = error.raw_os_error()?;
        let step = STEPS.into_iter().find(|step| *step as i32 == code >> 16 & 0xff)?;
        let reason = reason(code & 0xffff);
        let at = usize::try_from(code >> 24).unwrap_or(0);
        let wanted = &spec.surroundings;
        let uid = rustix::process::geteuid().as_raw();
        let user = || wanted.user.clone().unwrap_or_default();
        Some(match step {
            Step::Descriptor => {
                let number = spec.descriptors.get(at).map_or(0, |(number, _)| *number);
                SpawnError::Descriptor { number, reason }
            }
            Step::Limit => {
                let name = wanted.limits.keys().nth(at).cloned().unwrap_or_default();
                SpawnError::Limit { name, reason, uid }
            }
            Step::Bounding | Step::Capabilities => SpawnError::Capabilities { reason, uid },
            Step::Groups if wanted.supplementary_groups.is_none() && wanted.user.is_some() => {
                SpawnError::User { user: user(), reason, uid }
            }
            Step::Groups => SpawnError::Groups {
                groups: wanted.supplementary_groups.clone().unwrap_or_default().join(", "),
                reason,
                uid,
            },
            Step::Group => match &wanted.group {
                Some(group) => SpawnError::Groups { groups: group.clone(), reason, uid },
                None => SpawnError::User { user: user(), reason, uid },
            },
            Step::User => SpawnError::User { user: user(), reason, uid },
            Step::Directory => {
                no_directory(wanted.working_directory.as_deref().unwrap_or(Path::new(".")), &reason)
            }
            Step::NoNewPrivileges => SpawnError::Other(format!("cannot give up new privileges: {reason}")),
        })
    }

    /// In the child. Limits come first, while it may still raise them; the
    /// directory is entered with the rights that the program will have.
    fn apply(&self) -> Result<(), i32> {
        for (at, (source, number)) in self.descriptors.iter().enumerate() {
            // SAFETY: both numbers are plain integers; whatever was at `number` in
            // this copy of the process is of no use to the program.
            if unsafe { libc::dup2(source.as_raw_fd(), *number) } < 0 {
                return failed(Step::Descriptor, at, last_error());
            }
        }
        for (at, (resource, limit)) in self.limits.iter().enumerate() {
            let limit = Rlimit { current: limit.current, maximum: limit.maximum };
            rustix::process::setrlimit(*resource, limit).or_else(|errno| failed(Step::Limit, at, errno))?;
        }
        self.bound().or_else(|errno| failed(Step::Bounding, 0, errno))?;
        if let Some(identity) = &self.identity {
            become_other(identity)?;
        }
        if self.dropped != 0 {
            self.give_up().or_else(|errno| failed(Step::Capabilities, 0, errno))?;
        }
        if let Some((_, name)) = &self.directory {
            rustix::process::chdir(name.as_c_str()).or_else(|errno| failed(Step::Directory, 0, errno))?;
        }
        if self.no_new_privileges {
            rustix::thread::set_no_new_privs(true)
                .or_else(|errno| failed(Step::NoNewPrivileges, 0, errno))?;
        }
        Ok(())
    }

    /// Takes capabilities from what any program can ever gain.
    fn bound(&self) -> Result<(), Errno> {
        for number in (0..64).filter(|number| self.dropped >> number & 1 == 1) {
            let one = CapabilitySet::from_bits_retain(1 << number);
            match rustix::thread::remove_capability_from_bounding_set(one) {
                Ok(()) => {}
                // The system does not have so many.
                Err(Errno::INVAL) => break,
                // What no program can gain anyway need not be kept from any.
                Err(Errno::PERM) if self.no_new_privileges => break,
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Takes them from what the process itself has. What is neither permitted
    /// nor inheritable any more is not ambient either.
    fn give_up(&self) -> Result<(), Errno> {
        let keep = CapabilitySet::from_bits_retain(!self.dropped);
        let had = rustix::thread::capabilities(None)?;
        let kept = CapabilitySets {
            effective: had.effective & keep,
            permitted: had.permitted & keep,
            inheritable: had.inheritable & keep,
        };
        if kept == had { Ok(()) } else { rustix::thread::set_capabilities(None, kept) }
    }
}

fn set(environment: &mut BTreeMap<OsString, OsString>, name: &str, value: Option<&str>) {
    match value {
        Some(value) => environment.insert(name.into(), value.into()),
        None => environment.remove(OsStr::new(name)),
    };
}

/// Groups first: afterwards nobody would be allowed to.
fn become_other(identity: &Identity) -> Result<(), i32> {
    if let Some(groups) = &identity.groups {
        // SAFETY: the kernel reads as many numbers as it is told there are.
        let set = unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) };
        if set < 0 {
            return failed(Step::Groups, 0, last_error());
        }
    }
    if let Some(gid) = identity.gid.map(Gid::from_raw) {
        rustix::thread::set_thread_res_gid(gid, gid, gid).or_else(|errno| failed(Step::Group, 0, errno))?;
    }
    if let Some(uid) = identity.uid.map(Uid::from_raw) {
        rustix::thread::set_thread_res_uid(uid, uid, uid).or_else(|errno| failed(Step::User, 0, errno))?;
    }
    Ok(())
}

/// Asked for what the pilot is already, there is nothing to be allowed: groups
/// that it has need not be set, nor the user's own when it is the user.
fn settled(identity: Identity) -> Identity {
    let own_uid = rustix::process::geteuid().as_raw();
    let own_gid = rustix::process::getegid().as_raw();
    let mut own: Vec<u32> =
        rustix::process::getgroups().unwrap_or_default().into_iter().map(Gid::as_raw).collect();
    let own_only = own.clone();
    own.push(own_gid);
    let is_own = identity.uid.is_none_or(|uid| uid == own_uid) && own_uid != 0;
    let same = |wanted: &Vec<u32>| {
        wanted.iter().all(|gid| own.contains(gid))
            && own_only.iter().all(|gid| wanted.contains(gid) || identity.gid == Some(*gid))
    };
    let leave =
        identity.groups.as_ref().is_some_and(|groups| same(groups) || (is_own && !identity.groups_asked));
    Identity { groups: identity.groups.filter(|_| !leave), ..identity }
}

type Descriptors = (Vec<(OwnedFd, RawFd)>, Vec<OwnedFd>);

/// Copies of the descriptors to pass on, out of the way of the numbers wanted.
fn descriptors(spec: &SpawnSpec) -> Result<Descriptors, SpawnError> {
    let mut placed = Vec::new();
    let mut places = Vec::new();
    let highest = spec.descriptors.iter().map(|(number, _)| *number).max().unwrap_or(0);
    for (number, fd) in &spec.descriptors {
        let refused = |reason: String| SpawnError::Descriptor { number: *number, reason };
        let wanted = RawFd::try_from(*number).map_err(|_| refused("no such number".to_owned()))?;
        if wanted < 3 {
            return Err(refused("it is the program's input or output".to_owned()));
        }
        let copy = |least: u32| {
            rustix::io::fcntl_dupfd_cloexec(fd.as_ref(), least.cast_signed())
                .map_err(|errno| refused(reason(errno.raw_os_error())))
        };
        // Comes elsewhere when the place is taken by something of the pilot's own,
        // which is as good.
        let place = copy(*number)?;
        if place.as_raw_fd() == wanted {
            places.push(place);
        }
        placed.push((copy(highest.saturating_add(1))?, wanted));
    }
    Ok((placed, places))
}

fn no_directory(path: &Path, reason: &str) -> SpawnError {
    SpawnError::WorkingDirectory { path: path.to_owned(), reason: reason.to_owned() }
}

fn failed<T>(step: Step, at: usize, errno: Errno) -> Result<T, i32> {
    Err((at as i32 & 0x7f) << 24 | (step as i32) << 16 | errno.raw_os_error() & 0xffff)
}

fn last_error() -> Errno {
    // SAFETY: the C library's error number of this thread; a plain read.
    Errno::from_raw_os_error(unsafe { *libc::__errno_location() })
}

/// The system's words, as part of a sentence.
fn reason(errno: i32) -> String {
    let words = nix::errno::Errno::from_raw(errno).desc();
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
