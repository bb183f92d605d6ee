//! `stopTimeout` of a whole configuration.

use crate::decode::{Fields, whole};
use crate::finding::Findings;
use crate::shape::{Key, Kind, MOST_SECONDS};
use gyropilot_model::StopTimeout;
use std::time::Duration;

pub(crate) const KEY: Key = Key::new(
    "stopTimeout",
    Kind::Seconds { least: i64::MIN },
    "5",
    "from the signal that asks to stop to KILL; 0 means 5, a negative number means KILL at once",
);

/// Seconds between TERM and KILL: 0 means the default of 5, a negative number means at once.
pub(crate) fn stop_timeout(fields: &Fields<'_>, findings: &mut Findings) -> StopTimeout {
    let Some(node) = fields.get("stopTimeout") else { return StopTimeout::default() };
    match whole(node, "stopTimeout", findings) {
        None | Some(0) => StopTimeout::default(),
        Some(seconds) if seconds < 0 => StopTimeout::Immediately,
        Some(seconds) if seconds > MOST_SECONDS => {
            findings
                .error(node.mark(), format!("`stopTimeout` must be at most {MOST_SECONDS}"))
                .label("seconds");
            StopTimeout::default()
        }
        Some(seconds) => StopTimeout::After(Duration::from_secs(seconds.unsigned_abs())),
    }
}
