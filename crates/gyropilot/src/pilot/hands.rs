//! Doing what the engine says. Nothing here waits.

use super::Pilot;
use gyropilot_engine::{Action, Input};
use gyropilot_kernel::{Kernel, Target};
use gyropilot_model::Signal;

// === impl Pilot: hands ===

impl Pilot {
    /// Does it; gives what follows at once, if anything does.
    pub(super) fn perform(&mut self, action: Action) -> Option<Input> {
        match action {
            Action::Spawn { process, role, command, stdio, .. } => {
                let environment = &self.environment;
                return Some(self.children.spawn(
                    &mut self.kernel,
                    environment,
                    process,
                    &role,
                    command,
                    stdio,
                ));
            }
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
            // Of jobs only, which no configuration asks for yet.
            Action::Probe { .. }
            | Action::Forget { .. }
            | Action::Drain { .. }
            | Action::Answer { .. }
            | Action::ReopenLog => {}
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
