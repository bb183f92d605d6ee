//! The number of a process.

/// The id of a process that is not the first one, and of the group it leads.
///
/// 0 and 1 are left out on purpose: as a target of `kill` they (and their
/// negatives) mean "my own group" and "everybody".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(i32);

// === impl Pid ===

impl Pid {
    /// A process id from 2 to `i32::MAX`.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        i32::try_from(number).ok().filter(|number| *number > 1).map(Self)
    }

    /// The number, from 2.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.unsigned_abs()
    }

    pub(crate) fn to_raw(self) -> Option<rustix::process::Pid> {
        rustix::process::Pid::from_raw(self.0)
    }
}

impl std::fmt::Display for Pid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_mean_everybody_are_no_process() {
        assert_eq!(Pid::new(0), None);
        assert_eq!(Pid::new(1), None);
        assert_eq!(Pid::new(u32::MAX), None);
        assert_eq!(Pid::new(2).map(Pid::get), Some(2));
    }
}
