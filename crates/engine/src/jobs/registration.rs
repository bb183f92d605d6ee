//! What the catalogue is to say of a job.

use super::health::Checks;
use super::job::{Runner, Stage};
use super::offer::Offer;
use super::scene::Scene;
use gyropilot_model::{JobHealth, Status};
use std::borrow::Cow;
use std::time::Duration;

// === impl Runner: its service ===

impl Runner {
    /// Brings what the catalogue says towards what is so.
    pub(super) fn reconcile(&mut self, scene: &mut Scene) {
        let Some(mut offer) = self.offer.take() else { return };
        let runs = self.run.as_ref().is_some_and(|run| run.process.is_some());
        let drains = runs && !(scene.compat.withdraw_last && matches!(self.stage, Stage::Leaving(_)));
        let drain = if drains { self.job.stop.drain } else { Duration::ZERO };
        let keeps = matches!(&self.stage, Stage::Leaving(departure) if departure.keeps_registered(scene));
        if !keeps || scene.maintenance {
            let wanted = self.wanted(scene, &offer);
            let wanted = wanted.as_ref().map(|(status, output)| (*status, output.as_ref()));
            offer.want(scene, wanted, drain);
            offer.offered |= offer.wanted().is_some() && self.is_well();
        }
        self.offer = Some(offer);
    }

    /// Has it been found fit to be used?
    fn is_well(&self) -> bool {
        let well = |checks: &Checks| matches!(checks.health, JobHealth::Healthy | JobHealth::Warning);
        self.is_ready() && self.checks.as_ref().is_none_or(well)
    }

    fn wanted(&self, scene: &Scene, offer: &Offer) -> Option<(Status, Cow<'_, str>)> {
        if scene.maintenance || matches!(self.stage, Stage::Leaving(_) | Stage::Done(_)) {
            return None;
        }
        let initial = offer.service.initial_status.map(|status| (status, Cow::Borrowed("not checked yet")));
        let known = offer.offered || initial.is_some() && self.record.last.is_some();
        let critical = |why: &str| Some((Status::Critical, Cow::Owned(why.to_owned())));
        let Some(run) = self.run.as_ref().filter(|run| run.vigil.ready) else {
            return if known { critical(&self.record.reason) } else { initial };
        };
        if run.vigil.ending {
            return if known { critical("it is about to end") } else { initial };
        }
        if run.overran {
            return if known { critical("it took longer than it may") } else { initial };
        }
        if run.failure.is_some() {
            return if known { critical(&self.record.reason) } else { initial };
        }
        let Some(checks) = &self.checks else { return Some((Status::Passing, Cow::Borrowed("ok"))) };
        let said = || checks.output.as_deref().unwrap_or("ok");
        match checks.health {
            JobHealth::Healthy => Some((Status::Passing, Cow::Borrowed("ok"))),
            JobHealth::Warning => Some((Status::Warning, Cow::Borrowed(said()))),
            JobHealth::Unhealthy if offer.offered || initial.is_some() => critical(said()),
            JobHealth::Unhealthy => None,
            JobHealth::Unknown | JobHealth::Maintenance if known => critical("not checked since its start"),
            JobHealth::Unknown | JobHealth::Maintenance => initial,
        }
    }
}
