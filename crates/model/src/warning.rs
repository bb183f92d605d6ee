//! What lies between well and ill.

use crate::{Exit, Verdict, Warning};
use std::time::Duration;

// === impl Warning ===

impl Warning {
    /// What a check comes to whose program ended like this, this long after its start.
    #[must_use]
    pub fn of_program(&self, exit: Exit, took: Duration) -> Verdict {
        match exit {
            Exit::Code(code) if self.exit.contains(&code) => Verdict::Doubtful,
            exit => self.of_duration(exit.is_success(), took),
        }
    }

    /// What a check comes to that was answered with this status over HTTP, where
    /// it was one, and found well or not, this long after it was asked.
    #[must_use]
    pub fn of_answer(&self, is_well: bool, status: Option<u16>, took: Duration) -> Verdict {
        match status {
            Some(status) if self.status.contains(&status) => Verdict::Doubtful,
            _ => self.of_duration(is_well, took),
        }
    }

    fn of_duration(&self, is_well: bool, took: Duration) -> Verdict {
        match (is_well, self.latency) {
            (false, _) => Verdict::Ill,
            (true, Some(latency)) if took > latency => Verdict::Doubtful,
            (true, _) => Verdict::Well,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(20);
    const SLOW: Duration = Duration::from_millis(501);

    fn warning() -> Warning {
        Warning { exit: vec![1], status: vec![429, 204], latency: Some(Duration::from_millis(500)) }
    }

    #[test]
    fn without_warnings_there_is_well_and_ill() {
        let none = Warning::default();
        assert_eq!(none.of_program(Exit::Code(0), SLOW), Verdict::Well);
        assert_eq!(none.of_program(Exit::Code(1), QUICK), Verdict::Ill);
        assert_eq!(none.of_answer(true, Some(200), SLOW), Verdict::Well);
        assert_eq!(none.of_answer(false, Some(429), QUICK), Verdict::Ill);
    }

    #[test]
    fn statuses_are_in_doubt_by_name() {
        assert_eq!(warning().of_program(Exit::Code(1), QUICK), Verdict::Doubtful);
        assert_eq!(warning().of_program(Exit::Code(2), QUICK), Verdict::Ill);
        assert_eq!(warning().of_program(Exit::Signal(1), QUICK), Verdict::Ill);
        assert_eq!(warning().of_program(Exit::NotStarted, QUICK), Verdict::Ill);
        // Whether it would have been well or ill.
        assert_eq!(warning().of_answer(false, Some(429), QUICK), Verdict::Doubtful);
        assert_eq!(warning().of_answer(true, Some(204), QUICK), Verdict::Doubtful);
        assert_eq!(warning().of_answer(false, Some(503), QUICK), Verdict::Ill);
    }

    #[test]
    fn what_is_well_but_slow_is_in_doubt() {
        assert_eq!(warning().of_program(Exit::Code(0), SLOW), Verdict::Doubtful);
        assert_eq!(warning().of_answer(true, None, SLOW), Verdict::Doubtful);
        assert_eq!(warning().of_answer(true, None, Duration::from_millis(500)), Verdict::Well);
        assert_eq!(warning().of_answer(false, None, SLOW), Verdict::Ill);
    }
}
