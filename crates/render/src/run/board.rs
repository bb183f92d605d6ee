//! Where one template stands.

use crate::Wait;
use crate::context::Asked;
use crate::sheet::Sheet;
use tokio::time::Instant;

/// A template with what is known of its last rendering.
pub(super) struct Board {
    pub(super) sheet: Sheet,
    /// What its last rendering asked for.
    pub(super) asked: Asked,
    /// Was there ever a whole result?
    pub(super) rendered: bool,
    /// What `-dry` printed last.
    pub(super) printed: Option<Vec<u8>>,
    pub(super) due: Due,
}

/// When a template is rendered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// When something it asked for changes.
    No,
    /// At once.
    Now,
    /// When it was quiet until `quiet`, at the latest at `latest`.
    Quiet { quiet: Instant, latest: Instant },
}

// === impl Board ===

impl Board {
    /// A template that was never rendered, and is due.
    pub(super) fn new(sheet: Sheet) -> Self {
        Self { sheet, asked: Asked::default(), rendered: false, printed: None, due: Due::Now }
    }

    /// Something that it shows changed.
    pub(super) fn changed(&mut self, now: Instant, wait: Option<Wait>) {
        self.due = self.due.after(now, wait);
    }

    /// When it has to be looked at without any further change.
    pub(super) fn due_at(&self) -> Option<Instant> {
        match self.due {
            Due::Quiet { quiet, latest } => Some(quiet.min(latest)),
            Due::No | Due::Now => None,
        }
    }

    /// Is it to be rendered now?
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due == Due::Now || self.due_at().is_some_and(|at| at <= now)
    }
}

// === impl Due ===

impl Due {
    pub(super) fn after(self, now: Instant, wait: Option<Wait>) -> Self {
        match (self, wait) {
            (Self::Now, _) | (_, None) => Self::Now,
            (Self::No, Some(wait)) => Self::Quiet { quiet: now + wait.min, latest: now + wait.max },
            (Self::Quiet { latest, .. }, Some(wait)) => Self::Quiet { quiet: now + wait.min, latest },
        }
    }
}
