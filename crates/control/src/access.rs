//! Who may use the socket.

use std::collections::BTreeSet;
use std::path::Path;

/// Who may use the socket: root, the pilot's own user, and whom the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access(BTreeSet<u32>);

/// Where users have their names.
const PASSWD: &str = "/etc/passwd";

// === impl Access ===

impl Access {
    /// Root, the pilot's own user, and `allow`, by name or number.
    ///
    /// # Errors
    /// The first of `allow` that is neither a number nor a name in `/etc/passwd`.
    pub(crate) fn of(allow: &[String]) -> Result<Self, String> {
        // Asked only when there is something to ask for: an image need not have the file.
        let passwd = if allow.is_empty() { String::new() } else { read(Path::new(PASSWD)) };
        let mut users = BTreeSet::from([0, rustix::process::geteuid().as_raw()]);
        for user in allow {
            let uid = user.parse().ok().or_else(|| uid_of(user, &passwd));
            users.insert(uid.ok_or_else(|| user.clone())?);
        }
        Ok(Self(users))
    }

    pub(crate) fn admits(&self, uid: u32) -> bool {
        self.0.contains(&uid)
    }
}

fn read(path: &Path) -> String {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The third field of the line that begins with the name; see passwd(5).
fn uid_of(name: &str, passwd: &str) -> Option<u32> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_by_name_and_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\ndeploy:x:1001:1001::/:/bin/false\n";
        assert_eq!(uid_of("deploy", passwd), Some(1001));
        assert_eq!(uid_of("broken", passwd), None);
        assert_eq!(uid_of("depl", passwd), None);
        let access = Access::of(&["root".into(), "77".into()]).unwrap();
        assert!(access.admits(0) && access.admits(77) && access.admits(rustix::process::geteuid().as_raw()));
        assert!(!access.admits(78));
        assert_eq!(Access::of(&["no-such-user".into()]), Err("no-such-user".into()));
    }
}
