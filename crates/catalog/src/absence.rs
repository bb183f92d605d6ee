//! Who is missing in a catalogue that has only just come back.
//!
//! A catalogue that was wiped, or started again with nothing, knows nobody until everybody has
//! registered again. Whoever took its first answers for the truth would send all clients away
//! from instances that serve them well.

use gyropilot_model::{Instance, Seen};
use std::time::Duration;
use tokio::time::Instant;

/// How long those who are missing are kept: twice the longest time after which a registrar
/// asks once more whether the catalogue is there.
pub(crate) const KEPT: Duration = Duration::from_secs(10);

/// What was handed out, and who of it is in doubt.
#[derive(Debug, Default)]
pub(crate) struct Absence {
    /// What the catalogue says.
    said: Option<Seen>,
    /// What was handed out last.
    told: Option<Seen>,
    missing: Vec<Instance>,
    until: Option<Instant>,
}

// === impl Absence ===

impl Absence {
    /// Takes what the catalogue says, and gives what is to be handed out, if that is something new.
    /// `has_returned` says that it is its first answer after an absence.
    pub(crate) fn said(&mut self, seen: Seen, has_returned: bool, now: Instant) -> Option<Seen> {
        if let Seen::Instances(there) = &seen {
            let is_there = |instance: &Instance| there.iter().any(|other| other.id == instance.id);
            if let (true, Some(Seen::Instances(told))) = (has_returned, &self.told) {
                self.missing = told.iter().filter(|instance| !is_there(instance)).cloned().collect();
                self.until = Some(now + KEPT);
            } else {
                self.missing.retain(|instance| !is_there(instance));
            }
            if self.missing.is_empty() {
                self.until = None;
            }
        }
        self.said = Some(seen);
        self.news()
    }

    /// When those who are still missing are believed to be gone.
    pub(crate) const fn until(&self) -> Option<Instant> {
        self.until
    }

    /// How many are kept, though the catalogue does not know them.
    pub(crate) const fn kept(&self) -> usize {
        self.missing.len()
    }

    /// That time has come.
    pub(crate) fn over(&mut self) -> Option<Seen> {
        self.missing.clear();
        self.until = None;
        self.news()
    }

    fn news(&mut self) -> Option<Seen> {
        let mut shown = self.said.clone()?;
        if let Seen::Instances(instances) = &mut shown {
            instances.extend(self.missing.iter().cloned());
            instances.sort();
        }
        (self.told.as_ref() != Some(&shown)).then(|| self.told.insert(shown).clone())
    }
}
