//! Users and groups by name, from `/etc/passwd` and `/etc/group`.
//!
//! The files are read directly: in a static binary the C library's lookup would
//! load the image's own modules for it, which need not fit or be there at all.

use gyropilot_model::Surroundings;

/// A line of `/etc/passwd`; see passwd(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The first field.
    pub name: String,
    /// The third.
    pub uid: u32,
    /// The fourth: the group it is in first of all.
    pub gid: u32,
    /// The sixth.
    pub home: String,
}

/// A line of `/etc/group`; see group(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The first field.
    pub name: String,
    /// The third.
    pub gid: u32,
    /// The names in the fourth.
    pub members: Vec<String>,
}

/// Why a process cannot be given the user or the groups that are asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Neither a number nor a name that is known.
    #[error("there is no {kind} \"{name}\" in {}{}", kind.file(), near(nearest.as_ref()))]
    Unknown {
        /// What was looked for.
        kind: AccountKind,
        /// As it was asked for.
        name: String,
        /// The known name that is most like it.
        nearest: Option<String>,
    },
    /// A number without a line that would tell its group.
    #[error("user {0} has no line in /etc/passwd that tells its group; give its group as well")]
    NoGroup(u32),
}

/// What is looked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// In `/etc/passwd`.
    User,
    /// In `/etc/group`.
    Group,
}

/// What is known of users and groups.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    users: Vec<User>,
    groups: Vec<Group>,
}

/// As whom a process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The user's name, where there is one.
    pub(crate) name: Option<String>,
    pub(crate) home: Option<String>,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    /// `None` leaves those of the pilot.
    pub(crate) groups: Option<Vec<u32>>,
    /// Were they asked for, rather than the user's own?
    pub(crate) groups_asked: bool,
}

/// The users in the text of a `/etc/passwd`. Lines that are none are left out.
#[must_use]
pub fn parse_users(passwd: &[u8]) -> Vec<User> {
    let user = |fields: &[&str]| match fields {
        [name, _, uid, gid, _, home, ..] if !name.is_empty() => Some(User {
            name: (*name).to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            home: (*home).to_owned(),
        }),
        _ => None,
    };
    lines(passwd, user)
}

/// The groups in the text of a `/etc/group`. Lines that are none are left out.
#[must_use]
pub fn parse_groups(group: &[u8]) -> Vec<Group> {
    let group_of = |fields: &[&str]| match fields {
        [name, _, gid, members, ..] if !name.is_empty() => Some(Group {
            name: (*name).to_owned(),
            gid: gid.parse().ok()?,
            members: members.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        }),
        _ => None,
    };
    lines(group, group_of)
}

/// The number of the user that these surroundings want; `None`: the pilot's own.
///
/// # Errors
/// When there is no such user or group.
pub fn user_of(wanted: &Surroundings) -> Result<Option<u32>, AccountError> {
    if wanted.user.is_none() {
        return Ok(None);
    }
    Ok(Accounts::read().identity(wanted)?.and_then(|identity| identity.uid))
}

fn lines<T>(text: &[u8], read: impl Fn(&[&str]) -> Option<T>) -> Vec<T> {
    let text = String::from_utf8_lossy(text);
    let fields = |line: &str| read(&line.trim_end_matches('\r').split(':').collect::<Vec<_>>());
    text.lines().filter_map(fields).collect()
}

// === impl Accounts ===

impl Accounts {
    /// What this container knows; nothing where it has no such files.
    pub(crate) fn read() -> Self {
        Self {
            users: parse_users(&std::fs::read(AccountKind::User.file()).unwrap_or_default()),
            groups: parse_groups(&std::fs::read(AccountKind::Group.file()).unwrap_or_default()),
        }
    }

    /// As whom these surroundings want a process to run; `None`: as the pilot.
    pub(crate) fn identity(&self, wanted: &Surroundings) -> Result<Option<Identity>, AccountError> {
        let groups_asked = wanted.supplementary_groups.is_some();
        if wanted.user.is_none() && wanted.group.is_none() && !groups_asked {
            return Ok(None);
        }
        let (uid, user) = match wanted.user.as_deref() {
            None => (None, None),
            Some(asked) => {
                let (uid, user) = self.user(asked)?;
                (Some(uid), user)
            }
        };
        let gid = match (&wanted.group, user, uid) {
            (Some(group), _, _) => Some(self.group(group)?),
            (None, Some(user), _) => Some(user.gid),
            (None, None, Some(uid)) => return Err(AccountError::NoGroup(uid)),
            (None, None, None) => None,
        };
        let groups = match (&wanted.supplementary_groups, user) {
            (Some(groups), _) => {
                Some(groups.iter().map(|group| self.group(group)).collect::<Result<_, _>>()?)
            }
            (None, Some(user)) => Some(self.groups_of(user, gid)),
            (None, None) => uid.map(|_| gid.into_iter().collect()),
        };
        Ok(Some(Identity {
            name: user.map(|user| user.name.clone()),
            home: user.map(|user| user.home.clone()).filter(|home| !home.is_empty()),
            uid,
            gid,
            groups,
            groups_asked,
        }))
    }

    fn user(&self, asked: &str) -> Result<(u32, Option<&User>), AccountError> {
        if let Some(user) = self.users.iter().find(|user| user.name == asked) {
            return Ok((user.uid, Some(user)));
        }
        // The last number means "leave as it is" to the kernel.
        match asked.parse() {
            Ok(uid) if uid != u32::MAX => Ok((uid, self.users.iter().find(|user| user.uid == uid))),
            _ => Err(unknown(AccountKind::User, asked, self.users.iter().map(|user| &user.name))),
        }
    }

    fn group(&self, asked: &str) -> Result<u32, AccountError> {
        if let Some(group) = self.groups.iter().find(|group| group.name == asked) {
            return Ok(group.gid);
        }
        match asked.parse() {
            Ok(gid) if gid != u32::MAX => Ok(gid),
            _ => Err(unknown(AccountKind::Group, asked, self.groups.iter().map(|group| &group.name))),
        }
    }

    /// As initgroups(3) has it: the first group, and all that name the user.
    fn groups_of(&self, user: &User, gid: Option<u32>) -> Vec<u32> {
        let named = self.groups.iter().filter(|group| group.members.contains(&user.name));
        let mut groups: Vec<u32> = gid.into_iter().chain(named.map(|group| group.gid)).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}

fn unknown<'a>(kind: AccountKind, asked: &str, known: impl Iterator<Item = &'a String>) -> AccountError {
    let likeness = |name: &str| strsim::jaro_winkler(name, asked);
    let nearest =
        known.filter(|name| likeness(name) > 0.8).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    AccountError::Unknown { kind, name: asked.to_owned(), nearest: nearest.cloned() }
}

fn near(nearest: Option<&String>) -> String {
    nearest.map(|name| format!("; the nearest is \"{name}\"")).unwrap_or_default()
}

// === impl AccountKind ===

impl AccountKind {
    const fn file(self) -> &'static str {
        match self {
            Self::User => "/etc/passwd",
            Self::Group => "/etc/group",
        }
    }
}

impl std::fmt::Display for AccountKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Group => "group",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        Accounts {
            users: parse_users(
                b"root:x:0:0:root:/root:/bin/sh\nbroken\napp:x:1000:50:,,,:/srv/app:/bin/sh\r\n\
                  :x:7:7::/:\nodd:x:seven:7::/:\n1234:x:5:6::/:\nnobody:x:65534:65534:\xff:/:/x\n",
            ),
            groups: parse_groups(b"root:x:0:\nadm:x:4:syslog,app\nwww:x:33:app\ntape:x:26:,\n+\n"),
        }
    }

    fn wanted(user: &str, group: &str, groups: Option<&[&str]>) -> Surroundings {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Surroundings {
            user: some(user),
            group: some(group),
            supplementary_groups: groups.map(|groups| groups.iter().map(|&name| name.to_owned()).collect()),
            ..Surroundings::default()
        }
    }

    #[test]
    fn whoever_is_asked_for_is_found() {
        for (user, group, groups, want) in [
            ("app", "", None, (Some(1000), Some(50), Some(vec![4, 33, 50]))),
            ("1000", "", None, (Some(1000), Some(50), Some(vec![4, 33, 50]))),
            ("app", "www", None, (Some(1000), Some(33), Some(vec![4, 33]))),
            ("app", "", Some(&["tape", "77"][..]), (Some(1000), Some(50), Some(vec![26, 77]))),
            ("app", "", Some(&[][..]), (Some(1000), Some(50), Some(vec![]))),
            ("4711", "www", None, (Some(4711), Some(33), Some(vec![33]))),
            ("", "www", None, (None, Some(33), None)),
            // A name that looks like a number is a name first of all.
            ("1234", "", None, (Some(5), Some(6), Some(vec![6]))),
            ("nobody", "", None, (Some(65534), Some(65534), Some(vec![65534]))),
        ] {
            let found = accounts().identity(&wanted(user, group, groups)).unwrap().unwrap();
            assert_eq!((found.uid, found.gid, found.groups), want, "{user} {group} {groups:?}");
        }
        assert_eq!(accounts().identity(&Surroundings::default()), Ok(None));
    }

    #[test]
    fn the_number_of_a_user() {
        assert_eq!(user_of(&wanted("", "root", None)), Ok(None));
        assert_eq!(user_of(&wanted("root", "", None)), Ok(Some(0)));
        assert!(user_of(&wanted("no-such-user-at-all", "", None)).is_err());
    }

    #[test]
    fn whoever_is_not_there_is_named_with_the_nearest() {
        for (user, group, want) in [
            ("ap", "", "there is no user \"ap\" in /etc/passwd; the nearest is \"app\""),
            ("postgres", "", "there is no user \"postgres\" in /etc/passwd"),
            ("-1", "", "there is no user \"-1\" in /etc/passwd"),
            ("4294967295", "", "there is no user \"4294967295\" in /etc/passwd"),
            ("app", "wwww", "there is no group \"wwww\" in /etc/group; the nearest is \"www\""),
            ("77", "", "user 77 has no line in /etc/passwd that tells its group; give its group as well"),
        ] {
            assert_eq!(accounts().identity(&wanted(user, group, None)).unwrap_err().to_string(), want);
        }
    }
}
