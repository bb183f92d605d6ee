//! Out of service, by the word of an operator, while everything runs on.

use super::JobEngine;
use super::cue::GLOBAL;
use super::offer::Offer;
use gyropilot_model::{Event, EventCode};

// === impl JobEngine: maintenance ===

impl JobEngine {
    /// Enters maintenance or leaves it. Said on the bus each time; done once.
    pub(super) fn maintain(&mut self, on: bool) {
        if self.scene.maintenance != on {
            self.scene.maintenance = on;
            self.scene.processes.report(Event::Maintenance { on });
            if !on {
                self.answer_maintenance(Err("maintenance was left again"));
            }
            for runner in &mut self.runners {
                if on {
                    if let Some(checks) = &mut runner.checks {
                        checks.end(&mut self.scene);
                    }
                } else {
                    runner.begin_checks(&mut self.scene);
                }
            }
        }
        let code = if on { EventCode::EnterMaintenance } else { EventCode::ExitMaintenance };
        self.scene.publish(code, GLOBAL);
    }

    /// Answers those who wait for maintenance, once every service is withdrawn
    /// and its clients had time to leave.
    pub(super) fn maintenance_begun(&mut self) {
        let offers = self.runners.iter().filter_map(|runner| runner.offer.as_ref());
        if !self.maintenance.is_empty() && offers.chain(&self.own).all(Offer::has_parted) {
            self.answer_maintenance(Ok("in maintenance"));
        }
    }

    pub(super) fn answer_maintenance(&mut self, answer: Result<&str, &str>) {
        for order in std::mem::take(&mut self.maintenance) {
            self.scene.answer(order, answer.map(str::to_owned).map_err(str::to_owned));
        }
    }
}
