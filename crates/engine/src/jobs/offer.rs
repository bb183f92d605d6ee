//! What a job offers to others, and how it is taken back.

use super::scene::Scene;
use crate::Action;
use crate::bounds::WITHDRAWAL;
use gyropilot_model::{Desired, Event, Service, Status, Time};
use std::time::Duration;

/// The share of a shutdown's budget after which a withdrawal is not waited for.
const WITHDRAWN_BY: u32 = 20;
/// The share of a shutdown's budget after which clients are not waited for.
const DRAINED_BY: u32 = 40;

/// One service, what the catalogue was told of it, and its way out of there.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) service: Service,
    told: Option<(Status, String)>,
    /// It was well once since it was last absent: its failures are told.
    pub(super) offered: bool,
    parting: Option<Parting>,
}

/// A withdrawal under way.
#[derive(Clone, Copy, Debug)]
enum Parting {
    /// The catalogue has not confirmed it; then clients have this long to leave.
    Settling { until: Time, drain: Duration },
    /// Clients are leaving.
    Draining { since: Time, until: Time },
}

// === impl Offer ===

impl Offer {
    pub(super) const fn new(service: Service) -> Self {
        Self { service, told: None, offered: false, parting: None }
    }

    /// What the catalogue is to say.
    pub(super) fn wanted(&self) -> Option<(Status, &str)> {
        self.told.as_ref().map(|(status, output)| (*status, output.as_str()))
    }

    /// Has the catalogue say this from now on. When that is nothing any more,
    /// its confirmation is waited for, and then clients have `drain` to leave.
    pub(super) fn want(&mut self, scene: &mut Scene, wanted: Option<(Status, &str)>, drain: Duration) {
        if self.wanted() == wanted {
            return;
        }
        let service = self.service.id.clone();
        self.told = wanted.map(|(status, output)| (status, output.to_owned()));
        let desired = match &self.told {
            Some((status, output)) => {
                self.parting = None;
                Desired::Present { status: *status, output: output.clone() }
            }
            None => Desired::Absent,
        };
        let withdrawn = desired == Desired::Absent;
        scene.processes.act(Action::Want { service: service.clone(), desired });
        if withdrawn {
            self.offered = false;
            let until = scene.within(WITHDRAWAL, WITHDRAWN_BY);
            self.parting = Some(Parting::Settling { until, drain });
            scene.processes.act(Action::Settle { service, within: until.since(scene.now) });
        }
    }

    /// The catalogue says what is wanted, or the time for that is over.
    pub(super) fn settled(&mut self, scene: &mut Scene) {
        let Some(Parting::Settling { drain, .. }) = self.parting else { return };
        let until = scene.within(drain, DRAINED_BY);
        self.parting = if drain.is_zero() || until <= scene.now {
            None
        } else {
            scene.processes.act(Action::Drain {
                service: self.service.id.clone(),
                port: self.service.port,
                within: until.since(scene.now),
            });
            Some(Parting::Draining { since: scene.now, until })
        };
    }

    /// The clients have left, or the time for that is over.
    pub(super) fn drained(&mut self, scene: &mut Scene, job: &str, connections: usize) {
        if let Some(Parting::Draining { since, .. }) = self.parting {
            let after = scene.now.since(since);
            scene.processes.report(Event::Drained { job: job.to_owned(), connections, after });
            self.parting = None;
        }
    }

    /// There is nobody any more whom clients could be connected to.
    pub(super) fn skip_drain(&mut self) {
        match &mut self.parting {
            Some(Parting::Draining { .. }) => self.parting = None,
            Some(Parting::Settling { drain, .. }) => *drain = Duration::ZERO,
            None => {}
        }
    }

    /// No wait of it lasts longer than this any more.
    pub(super) fn hurry(&mut self, latest: Time) {
        if let Some(Parting::Settling { until, .. } | Parting::Draining { until, .. }) = &mut self.parting {
            *until = (*until).min(latest);
        }
    }

    pub(super) fn advance(&mut self, scene: &mut Scene) {
        match self.parting {
            Some(Parting::Settling { until, .. }) if scene.cap(until, WITHDRAWN_BY) <= scene.now => {
                self.settled(scene);
            }
            Some(Parting::Draining { until, .. }) if scene.cap(until, DRAINED_BY) <= scene.now => {
                self.parting = None;
            }
            _ => {}
        }
    }

    pub(super) fn due(&self, scene: &Scene) -> Option<Time> {
        self.parting.map(|parting| match parting {
            Parting::Settling { until, .. } => scene.cap(until, WITHDRAWN_BY),
            Parting::Draining { until, .. } => scene.cap(until, DRAINED_BY),
        })
    }

    /// Is it out of the catalogue, and are its clients gone, as far as that can be known?
    pub(super) const fn has_parted(&self) -> bool {
        self.parting.is_none()
    }
}
