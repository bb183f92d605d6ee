//! What operators tell the pilot, and what they are answered.

use super::JobEngine;
use super::job::{Asked, Fate, Runner, Stage};
use super::leave::STOPPING;
use super::scene::Scene;
use super::stop::Purpose;
use crate::Action;
use crate::restart::Budget;
use gyropilot_model::{Order, OrderId, Signal, Trigger};
use std::time::Duration;

// === impl JobEngine: orders ===

impl JobEngine {
    pub(super) fn ordered(&mut self, id: OrderId, order: &Order) {
        let name = order.job().map(str::to_owned);
        let scene = &mut self.scene;
        let stops = matches!(order, Order::Stop { .. } | Order::Signal { .. });
        if scene.is_leaving() && !stops {
            return scene.answer(id, Err(STOPPING.to_owned()));
        }
        let Some(name) = name else {
            return match *order {
                Order::Maintenance { on } => {
                    self.maintain(on);
                    if on {
                        self.maintenance.push(id);
                    } else {
                        self.scene.answer(id, Ok("out of maintenance".to_owned()));
                    }
                }
                _ => {
                    self.reloads.push(id);
                    self.scene.processes.act(Action::Reload);
                }
            };
        };
        let Some(runner) = self.runners.iter_mut().find(|runner| runner.name() == name && !runner.removed)
        else {
            return scene.answer(id, Err(format!("there is no job {name}")));
        };
        match *order {
            Order::Start { .. } => runner.order_start(scene, id),
            Order::Stop { .. } => runner.order_stop(scene, id),
            Order::Restart { .. } => runner.order_restart(scene, id),
            Order::RunOnce { .. } => runner.order_run(scene, id),
            Order::Signal { signal, .. } => runner.order_signal(scene, id, signal),
            Order::Maintenance { .. } | Order::Reload => {}
        }
    }
}

// === impl Runner: orders ===

impl Runner {
    fn order_start(&mut self, scene: &mut Scene, id: OrderId) {
        match &self.stage {
            Stage::Running => {
                let pid = self.run.as_ref().and_then(|run| run.pid);
                let pid = pid.map(|pid| format!(", pid {pid}")).unwrap_or_default();
                scene.answer(id, Err(format!("{} runs already{pid}", self.job.name)));
            }
            Stage::Leaving(departure) if !departure.starts_again() => {
                scene.answer(id, Err(format!("{} is stopping", self.job.name)));
            }
            Stage::Leaving(_) => self.asked.push((id, Asked::Started)),
            Stage::Waiting | Stage::Backoff(_) | Stage::Done(_) => {
                self.asked.push((id, Asked::Started));
                self.start_by_hand(scene, "started by hand");
            }
        }
    }

    /// Starts what does not run, with all its restarts before it.
    pub(super) fn start_by_hand(&mut self, scene: &mut Scene, reason: &str) {
        let immediate = scene.compat.immediate_restarts;
        self.budget = Budget::new(self.job.restart.clone(), immediate, scene.random.fork());
        if let Trigger::Interval(every) = self.job.when.trigger {
            self.cue.tick = Some(scene.now + every.max(Duration::from_millis(1)));
        }
        self.record.reason = reason.to_owned();
        self.stage = Stage::Waiting;
        self.launch(scene, None);
    }

    fn order_stop(&mut self, scene: &mut Scene, id: OrderId) {
        if self.is_done() {
            return scene.answer(id, Ok(format!("{} does not run", self.job.name)));
        }
        self.asked.push((id, Asked::Gone));
        self.leave(scene, Purpose::End(Fate::Stopped), "stopped by hand".to_owned());
        // One that was ending already stays ended.
        if let Stage::Leaving(departure) = &mut self.stage
            && !scene.is_leaving()
        {
            departure.purpose = Purpose::End(Fate::Stopped);
        }
    }

    fn order_restart(&mut self, scene: &mut Scene, id: OrderId) {
        match &self.stage {
            Stage::Leaving(departure) if !departure.starts_again() => {
                scene.answer(id, Err(format!("{} is stopping", self.job.name)));
            }
            Stage::Leaving(_) => self.asked.push((id, Asked::Started)),
            Stage::Running => {
                self.asked.push((id, Asked::Started));
                self.leave(scene, Purpose::Again { delayed: false }, "restarted by hand".to_owned());
            }
            Stage::Waiting | Stage::Backoff(_) | Stage::Done(_) => {
                self.asked.push((id, Asked::Started));
                self.start_by_hand(scene, "restarted by hand");
            }
        }
    }

    fn order_run(&mut self, scene: &mut Scene, id: OrderId) {
        if matches!(self.stage, Stage::Leaving(_)) {
            return scene.answer(id, Err(format!("{} is stopping", self.job.name)));
        }
        match self.spawn(scene, self.job.timeout, None) {
            Some(process) => self.extras.push((process, Some(id))),
            None => scene.answer(id, Err(format!("{} has nothing to run", self.job.name))),
        }
    }

    fn order_signal(&mut self, scene: &mut Scene, id: OrderId, signal: Signal) {
        let run = self.run.as_ref().and_then(|run| Some((run.process?, run.pid?)));
        let answer = match run {
            Some((process, pid)) => {
                scene.processes.signal(process, signal);
                Ok(format!("sent {signal} to {}, pid {pid}", self.job.name))
            }
            None => Err(format!("{} does not run", self.job.name)),
        };
        scene.answer(id, answer);
    }

    /// The pilot ends: whoever still waits is told so.
    pub(super) fn abandon(&mut self, scene: &mut Scene) {
        for (order, _) in std::mem::take(&mut self.asked) {
            scene.answer(order, Err(STOPPING.to_owned()));
        }
        for (_, order) in std::mem::take(&mut self.extras) {
            if let Some(order) = order {
                scene.answer(order, Err(STOPPING.to_owned()));
            }
        }
        if let Some(offer) = &mut self.offer {
            offer.want(scene, None, Duration::ZERO);
        }
    }
}
