//! What takes time to find out, beside the loop: probes, and whether clients have left.

use gyropilot_engine::{Input, ProcessId};
use gyropilot_kernel::{Kernel, Linux, drained};
use gyropilot_model::{Probe, Warning};
use gyropilot_probe::Prober;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The questions whose answers the engine waits for.
pub(super) struct Questions {
    inputs: mpsc::UnboundedSender<Input>,
    prober: Rc<Prober>,
    asked: BTreeMap<ProcessId, AbortHandle>,
    /// One for each service.
    drains: BTreeMap<String, AbortHandle>,
}

// === impl Questions ===

impl Questions {
    pub(super) fn new(inputs: mpsc::UnboundedSender<Input>) -> Self {
        Self { inputs, prober: Rc::default(), asked: BTreeMap::new(), drains: BTreeMap::new() }
    }

    /// Asks; the answer comes as an input.
    pub(super) fn ask(
        &mut self,
        kernel: &Linux,
        process: ProcessId,
        probe: Probe,
        warning: Warning,
        within: Duration,
    ) {
        let (prober, inputs, now) = (Rc::clone(&self.prober), self.inputs.clone(), kernel.wall());
        let asked = tokio::task::spawn_local(async move {
            let finding = prober.ask(&probe, &warning, within, now).await;
            let _ = inputs.send(Input::Found { process, finding });
        });
        self.asked.retain(|_, task| !task.is_finished());
        self.asked.insert(process, asked.abort_handle());
    }

    /// Takes no interest any more in the answer.
    pub(super) fn forget(&mut self, process: ProcessId) {
        if let Some(task) = self.asked.remove(&process) {
            task.abort();
        }
    }

    /// Says when the clients of a withdrawn service have left its port.
    pub(super) fn drain(&mut self, service: String, port: u16, within: Duration) {
        let (inputs, name) = (self.inputs.clone(), service.clone());
        let task = tokio::task::spawn_local(async move {
            let connections = drained(port, within).await;
            let _ = inputs.send(Input::Drained { service: name, connections });
        });
        if let Some(before) = self.drains.insert(service, task.abort_handle()) {
            before.abort();
        }
    }
}
