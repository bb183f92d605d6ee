//! From one plan to the next while everything runs.

use super::cue::{Cue, startup};
use super::health::Checks;
use super::job::{Fate, Runner, Stage};
use super::offer::Offer;
use super::scene::Scene;
use super::stop::Purpose;
use super::watch::Lookout;
use super::{JobEngine, own_services, service_of};
use crate::restart::Budget;
use crate::{Action, Difference, difference};
use gyropilot_model::{Awaited, Event, EventCode, Job, Jobs, Plan, Service, Trigger};
use std::time::Duration;

// === impl JobEngine: reload ===

impl JobEngine {
    /// The configuration was read again.
    pub(super) fn reloaded(&mut self, result: Result<Box<Plan>, String>) {
        let orders = std::mem::take(&mut self.reloads);
        let result = result.and_then(|plan| match plan.jobs().cloned() {
            Some(jobs) => Ok((*plan, jobs)),
            None => {
                Err("the file has no jobs any more; this pilot was started with some: restart the container"
                    .to_owned())
            }
        });
        let answer = match result {
            Err(reason) => {
                self.scene.processes.report(Event::ReloadRefused { reason: reason.clone() });
                Err(reason)
            }
            Ok(_) if self.scene.is_leaving() => Err(super::STOPPING.to_owned()),
            Ok((plan, jobs)) => Ok(self.go_over(plan, jobs)),
        };
        for order in orders {
            self.scene.answer(order, answer.clone());
        }
    }

    /// Swaps the plan. Jobs that are defined as before go on undisturbed; those
    /// whose process would be another are ended and started again; everything
    /// else is taken up in place. Gives what it comes to, in words.
    fn go_over(&mut self, plan: Plan, jobs: Jobs) -> String {
        let difference = difference(&self.plan, &plan);
        let answer = told(&difference);
        self.plan = plan;
        self.jobs = jobs;
        self.scene.compat = self.plan.compat;
        let summary = self.summary();
        self.scene.processes.report(Event::Reloaded { plan: summary });
        self.take_up_watches();
        self.take_up_own();

        let mut old = std::mem::take(&mut self.runners);
        let mut fresh = Vec::new();
        for job in self.jobs.jobs.clone() {
            let service = service_of(&self.plan, job.service.as_deref());
            match old.iter().position(|runner| runner.name() == job.name) {
                Some(at) => {
                    let mut runner = old.remove(at);
                    let again = difference.job(&job.name) == Some(crate::Fate::Restarted);
                    let back = std::mem::replace(&mut runner.removed, false);
                    runner.offer_another(&mut self.scene, service);
                    if runner.take_over(&mut self.scene, job, again, back) {
                        fresh.push(self.runners.len());
                    }
                    self.runners.push(runner);
                }
                None => {
                    fresh.push(self.runners.len());
                    let runner = Runner::new(&mut self.scene, job, service);
                    self.runners.push(runner);
                }
            }
        }
        for mut gone in old {
            gone.removed = true;
            gone.next = None;
            gone.leave(&mut self.scene, Purpose::End(Fate::Completed), "no longer in the plan".to_owned());
            self.runners.push(gone);
        }
        self.scene.processes.act(Action::Offer(self.offered()));
        self.scene.processes.act(Action::Watch(self.targets()));
        for at in fresh {
            self.begin_fresh(at);
        }
        answer
    }

    /// The services there are: the plan's, and those of jobs that are still leaving.
    fn offered(&self) -> Vec<Service> {
        let mut services = self.plan.services.clone();
        let leaving = self.runners.iter().filter(|runner| runner.removed);
        for offer in leaving.filter_map(|runner| runner.offer.as_ref()) {
            if !services.iter().any(|service| service.id == offer.service.id) {
                services.push(offer.service.clone());
            }
        }
        services
    }

    fn take_up_watches(&mut self) {
        let mut old = std::mem::take(&mut self.watches);
        for watch in self.jobs.watches.clone() {
            let same = |known: &Lookout| known.watch.name == watch.name && known.watch.target == watch.target;
            match old.iter().position(same) {
                Some(at) => {
                    let known = old.remove(at);
                    self.watches.push(Lookout { watch, ..known });
                }
                None => self.watches.push(Lookout::new(watch)),
            }
        }
    }

    fn take_up_own(&mut self) {
        let mut old = std::mem::take(&mut self.own);
        for service in own_services(&self.plan, &self.jobs) {
            match old.iter().position(|offer| offer.service.id == service.id) {
                Some(at) => {
                    let mut offer = old.remove(at);
                    offer.service = service;
                    self.own.push(offer);
                }
                None => self.own.push(Offer::new(service)),
            }
        }
        for mut gone in old {
            gone.want(&mut self.scene, None, Duration::ZERO);
        }
    }

    /// A job that is new hears what is still so of what it waits for.
    fn begin_fresh(&mut self, at: usize) {
        let trigger = self.runners[at].job.when.trigger.clone();
        let events: Vec<Awaited> = match trigger {
            Trigger::Startup | Trigger::Interval(_) => vec![startup()],
            Trigger::Events { awaited, each: false, .. } => {
                awaited.into_iter().filter(|awaited| self.is_so(awaited)).collect()
            }
            Trigger::Events { .. } => Vec::new(),
        };
        for event in events {
            self.runners[at].hear(&mut self.scene, &event);
        }
    }

    /// Has this happened, and nothing since that would have undone it?
    fn is_so(&self, awaited: &Awaited) -> bool {
        if *awaited == startup() {
            return true;
        }
        if let Some(watch) = self.watches.iter().find(|watch| watch.source() == awaited.source) {
            return match awaited.code {
                EventCode::Healthy => watch.count().is_some_and(|count| count > 0),
                EventCode::Unhealthy => watch.count() == Some(0),
                _ => false,
            };
        }
        let Some(runner) = self.runners.iter().find(|runner| runner.name() == awaited.source) else {
            return false;
        };
        let ended = |success: bool| {
            runner.run.is_none()
                && runner.record.last.as_ref().is_some_and(|last| last.is_success() == success)
        };
        match awaited.code {
            EventCode::ExitSuccess => ended(true),
            EventCode::ExitFailed | EventCode::Error => ended(false),
            EventCode::Stopped | EventCode::Stopping => runner.is_done(),
            EventCode::Ready => runner.is_ready(),
            EventCode::Healthy | EventCode::Unhealthy => {
                use gyropilot_model::JobHealth::{Healthy, Unhealthy, Warning};
                let health = runner.health(&self.scene);
                let well = matches!(health, Healthy | Warning);
                if awaited.code == EventCode::Healthy { well } else { health == Unhealthy }
            }
            _ => false,
        }
    }
}

/// What a reload does to jobs, in words.
fn told(difference: &Difference) -> String {
    let mut answer = "reloaded".to_owned();
    for (fate, word) in [
        (crate::Fate::Added, "starts"),
        (crate::Fate::Removed, "ends"),
        (crate::Fate::Restarted, "starts again"),
        (crate::Fate::Redefined, "goes on by other rules"),
    ] {
        for change in difference.jobs.iter().filter(|change| change.fate == fate) {
            answer.push_str(&format!("; {} {word}", change.name));
        }
    }
    answer
}

// === impl Runner: reload ===

impl Runner {
    /// Takes a definition; true when the job begins afresh and is to hear what is so.
    fn take_over(&mut self, scene: &mut Scene, job: Job, again: bool, back: bool) -> bool {
        match &self.stage {
            // It was removed and is back before it has gone.
            Stage::Leaving(_) if back => {
                self.next = Some(job);
                if let Stage::Leaving(departure) = &mut self.stage {
                    departure.purpose = Purpose::Again { delayed: false };
                }
                false
            }
            Stage::Leaving(departure) if departure.starts_again() => {
                self.next = Some(job);
                false
            }
            // It ends by itself; had it ended already, this would start it.
            Stage::Leaving(departure) if again && !departure.is_by_hand() && !scene.is_leaving() => {
                self.next = Some(job);
                self.budget = Budget::new(
                    self.job.restart.clone(),
                    scene.compat.immediate_restarts,
                    scene.random.fork(),
                );
                if let Stage::Leaving(departure) = &mut self.stage {
                    departure.purpose = Purpose::Again { delayed: false };
                }
                false
            }
            Stage::Leaving(_) => {
                self.adopt(scene, job);
                false
            }
            Stage::Running | Stage::Backoff(_) if again => {
                self.next = Some(job);
                self.leave(scene, Purpose::Again { delayed: false }, "its definition changed".to_owned());
                false
            }
            // One that was stopped by hand stays so.
            Stage::Done(Fate::Stopped) => {
                self.adopt(scene, job);
                false
            }
            Stage::Done(_) if again => {
                self.adopt(scene, job);
                self.start_by_hand(scene, "its definition changed");
                false
            }
            Stage::Waiting => {
                let other = self.job.when != job.when;
                self.adopt(scene, job);
                if other {
                    self.listen_afresh(scene);
                }
                other
            }
            Stage::Running | Stage::Backoff(_) | Stage::Done(_) => {
                let other = self.job.when != job.when;
                self.adopt(scene, job);
                if other && !self.is_done() {
                    self.listen_afresh(scene);
                    self.cue.started();
                }
                false
            }
        }
    }

    fn listen_afresh(&mut self, scene: &Scene) {
        self.cue = Cue::default();
        self.cue.begin(scene.now, &self.job.when);
        if let (Trigger::Interval(every), true) = (&self.job.when.trigger, self.record.runs > 0) {
            self.cue.tick = Some(scene.now + *every);
            self.cue.started();
        }
    }

    /// Takes up in place what needs no new process.
    pub(super) fn adopt(&mut self, scene: &mut Scene, job: Job) {
        match (&mut self.checks, &job.health) {
            (Some(checks), Some(rules)) => checks.redefine(scene, rules.clone()),
            (Some(checks), None) => {
                checks.end(scene);
                self.checks = None;
            }
            (None, Some(rules)) => self.checks = Some(Checks::new(rules.clone())),
            (None, None) => {}
        }
        let immediate = scene.compat.immediate_restarts;
        self.budget.redefine(job.restart.clone(), immediate, scene.random.fork());
        let had_checks = self.job.health.is_some();
        self.job = job;
        if !had_checks {
            self.begin_checks(scene);
        }
    }

    fn offer_another(&mut self, scene: &mut Scene, service: Option<Service>) {
        match (&mut self.offer, service) {
            (Some(offer), Some(service)) if offer.service.id == service.id => offer.service = service,
            (offer, service) => {
                if let Some(mut gone) = offer.take() {
                    gone.want(scene, None, Duration::ZERO);
                }
                *offer = service.map(Offer::new);
            }
        }
    }
}
