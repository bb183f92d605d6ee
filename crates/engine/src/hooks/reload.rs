//! From one plan to the next while everything runs.

use super::backend::Follow;
use super::coprocess::Companion;
use super::health::HealthWatch;
use super::{HookEngine, Phase, periodics, sensors};
use crate::Action;
use gyropilot_model::{Event, Hooks, Plan, Time};

// === impl HookEngine: reload ===

impl HookEngine {
    /// Swaps the plan. What is defined as before goes on undisturbed; only
    /// coprocesses are always started afresh, with a fresh budget of restarts.
    pub(crate) fn reload(&mut self, now: Time, plan: Plan, hooks: Hooks) {
        if self.is_stopping() {
            return;
        }
        let running = matches!(self.phase, Phase::Running(_));
        let active = running && !self.maintenance;
        let old = std::mem::replace(&mut self.plan, plan);
        let old_hooks = std::mem::replace(&mut self.hooks, hooks);
        self.processes.report(Event::Reloaded { plan: self.summary() });

        let mut services = std::mem::take(&mut self.services);
        for service in self.plan.services.clone() {
            match services.iter().position(|watch| watch.service.id == service.id) {
                Some(position) => {
                    let mut watch = services.remove(position);
                    watch.redefine(now, service, active, &mut self.processes);
                    self.services.push(watch);
                }
                None => {
                    let mut watch = HealthWatch::new(service);
                    if active {
                        watch.begin(now);
                    }
                    self.services.push(watch);
                }
            }
        }
        services.iter_mut().for_each(|gone| gone.end(now, &mut self.processes));

        let mut backends = std::mem::take(&mut self.backends);
        for backend in self.hooks.backends.clone() {
            let fresh = Follow::new(backend.clone());
            match backends.iter().position(|follow| follow.key() == fresh.key()) {
                Some(position) => {
                    let mut follow = backends.remove(position);
                    follow.redefine(backend);
                    self.backends.push(follow);
                }
                None => self.backends.push(fresh),
            }
        }

        if (&old_hooks.tasks, sensors(&old)) != (&self.hooks.tasks, sensors(&self.plan)) {
            self.periodics.iter_mut().for_each(|periodic| periodic.end(now, &mut self.processes));
            self.periodics = periodics(&self.plan, &self.hooks);
            if active {
                self.periodics.iter_mut().for_each(|periodic| periodic.begin(now));
            }
        }

        let patience = self.stop_patience();
        let mut companions = self.new_companions();
        std::mem::swap(&mut companions, &mut self.companions);
        for mut companion in companions {
            companion.end(now, patience, &mut self.processes);
            if companion.is_running() {
                self.leaving.push(companion);
            }
        }
        if running {
            self.processes.act(Action::Watch(self.targets()));
            self.replace_companions(now, true);
        }
        self.processes.act(Action::Offer(self.plan.services.clone()));
    }

    /// Starts the new coprocesses once none of the old is left, lest they
    /// meet on a port or a file.
    pub(crate) fn replace_companions(&mut self, now: Time, reloaded: bool) {
        let had = !self.leaving.is_empty();
        self.leaving.retain(Companion::is_running);
        if (had || reloaded) && self.leaving.is_empty() {
            self.companions.iter_mut().for_each(|companion| companion.begin(now));
        }
    }
}
