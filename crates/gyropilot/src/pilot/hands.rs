//! Doing what the engine says. Nothing here waits.

use super::Pilot;
use super::children::Program;
use gyropilot_engine::{Action, Input};
use gyropilot_kernel::{Kernel, Target};
use gyropilot_model::Signal;

// === impl Pilot: hands ===

impl Pilot {
    /// Does it; gives what follows at once, if anything does.
    pub(super) fn perform(&mut self, action: Action) -> Option<Input> {
        match action {
            Action::Spawn { process, role, command, stdio, surroundings, ready } => {
                let program = Program { role, command, stdio, surroundings: *surroundings, ready };
                let (kernel, environment) = (&mut self.kernel, &self.environment);
                return Some(self.children.spawn(kernel, environment, &self.secrets, process, program));
            }
            Action::Probe { process, probe, warning, within } => {
                self.questions.ask(&self.kernel, process, probe, warning, within);
            }
            Action::Forget { process } => self.questions.forget(process),
            Action::Drain { service, port, within } => self.questions.drain(service, port, within),
            Action::Answer { order, answer } => self.operators.answer(order, answer),
            Action::ReopenLog => self.reporter.reopen(),
            Action::Signal { process, signal } => self.children.signal(&mut self.kernel, process, signal),
            Action::SignalLeftovers(signal) => return self.signal_leftovers(signal),
            Action::Offer(services) => self.catalogue.offer(services),
            Action::Want { service, desired } => self.catalogue.want(&service, desired),
            Action::Settle { service, within } => return self.catalogue.settle(service, within),
            Action::Watch(backends) => self.catalogue.watch(backends),
            Action::Export { name, value } => {
                self.environment.insert(name, value);
            }
            Action::Report(event) => self.reporter.say(&event),
            Action::Unexport { name } => {
                self.environment.remove(&name);
            }
            Action::Reload | Action::Exit(_) => {}
        }
        None
    }

    fn signal_leftovers(&mut self, signal: Signal) -> Option<Input> {
        self.sweeping = self.kernel.has_descendants();
        if !self.sweeping {
            return Some(Input::ChildrenGone);
        }
        for pid in self.kernel.descendants() {
            // Gone in between, or another user's: the bound of the stage holds.
            let _ = self.kernel.signal(Target::Process(pid), signal);
        }
        None
    }
}
