//! Resource limits and capabilities by name.

use crate::SpawnError;
use gyropilot_model::{CAPABILITIES, Limit};
use rustix::process::{Resource, Rlimit};

/// By the name in lower case without `RLIMIT_`; see getrlimit(2).
const LIMITS: [(&str, Resource); 16] = [
    ("as", Resource::As),
    ("core", Resource::Core),
    ("cpu", Resource::Cpu),
    ("data", Resource::Data),
    ("fsize", Resource::Fsize),
    ("locks", Resource::Locks),
    ("memlock", Resource::Memlock),
    ("msgqueue", Resource::Msgqueue),
    ("nice", Resource::Nice),
    ("nofile", Resource::Nofile),
    ("nproc", Resource::Nproc),
    ("rss", Resource::Rss),
    ("rtprio", Resource::Rtprio),
    ("rttime", Resource::Rttime),
    ("sigpending", Resource::Sigpending),
    ("stack", Resource::Stack),
];

/// What a name of a limit means to the system.
pub(crate) fn limit(name: &str, limit: Limit) -> Result<(Resource, Rlimit), SpawnError> {
    let bare = name.to_ascii_lowercase();
    let bare = bare.strip_prefix("rlimit_").unwrap_or(&bare);
    let (_, resource) = LIMITS
        .iter()
        .find(|(known, _)| *known == bare)
        .ok_or_else(|| SpawnError::UnknownLimit(name.to_owned()))?;
    Ok((*resource, Rlimit { current: limit.soft, maximum: limit.hard }))
}

/// The capabilities of these names, one bit each.
pub(crate) fn capabilities(names: &[String]) -> Result<u64, SpawnError> {
    names.iter().try_fold(0, |set, name| {
        let bare = name.to_ascii_lowercase();
        let bare = bare.strip_prefix("cap_").unwrap_or(&bare);
        if bare == "all" {
            return Ok(u64::MAX);
        }
        let number = CAPABILITIES.iter().position(|known| *known == bare);
        number
            .map(|number| set | 1_u64 << number)
            .ok_or_else(|| SpawnError::UnknownCapability(name.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::thread::CapabilitySet;

    #[test]
    fn names_of_capabilities_stand_in_their_places() {
        let set = |names: &[&str]| {
            capabilities(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap()
        };
        assert_eq!(set(&["net_raw", "CAP_CHOWN"]), (CapabilitySet::NET_RAW | CapabilitySet::CHOWN).bits());
        assert_eq!(set(&["checkpoint_restore"]), CapabilitySet::CHECKPOINT_RESTORE.bits());
        assert_eq!(set(&["sys_admin", "all"]), u64::MAX);
        let refused = capabilities(&["net_row".to_owned()]).unwrap_err();
        assert_eq!(refused.to_string(), "there is no capability \"net_row\"");
    }

    #[test]
    fn names_of_limits() {
        let given = Limit { soft: Some(1), hard: None };
        let (resource, found) = limit("RLIMIT_NOFILE", given).unwrap();
        assert_eq!(resource, Resource::Nofile);
        assert_eq!(found, Rlimit { current: Some(1), maximum: None });
        assert_eq!(limit("files", given).unwrap_err().to_string(), "there is no resource limit \"files\"");
    }
}
