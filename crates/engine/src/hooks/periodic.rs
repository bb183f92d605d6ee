//! What runs every so often: tasks and sensors.

use crate::ProcessId;
use crate::check::next_tick;
use crate::process::Processes;
use gyropilot_model::{Command, Event, Exit, Role, Sensor, Task, Time, parse_measurement};
use std::time::Duration;

/// One task or sensor. Its first run is one period after the start; runs never overlap.
#[derive(Debug)]
pub(crate) struct Periodic {
    role: Role,
    command: Command,
    period: Duration,
    timeout: Duration,
    run: Option<ProcessId>,
    next: Option<Time>,
}

/// The longest piece of a sensor's output that a message shows, in characters.
const SHOWN: usize = 80;

// === impl Periodic ===

impl Periodic {
    pub(crate) fn task(task: &Task) -> Self {
        Self {
            role: Role::Task { name: task.name.clone() },
            command: task.command.clone(),
            period: task.frequency,
            timeout: task.timeout,
            run: None,
            next: None,
        }
    }

    pub(crate) fn sensor(sensor: &Sensor) -> Self {
        Self {
            role: Role::Sensor { metric: sensor.metric.clone() },
            command: sensor.command.clone(),
            period: sensor.interval,
            timeout: sensor.timeout,
            run: None,
            next: None,
        }
    }

    pub(crate) fn begin(&mut self, now: Time) {
        self.next = Some(now + self.period);
    }

    /// Starts nothing more for a while; what runs may end.
    pub(crate) fn pause(&mut self) {
        self.next = None;
    }

    /// Stops for good; what runs is killed.
    pub(crate) fn end(&mut self, now: Time, processes: &mut Processes) {
        self.next = None;
        if let Some(run) = self.run.take() {
            processes.stop(now, run, Duration::ZERO);
        }
    }

    pub(crate) const fn due(&self) -> Option<Time> {
        self.next
    }

    pub(crate) fn advance(&mut self, now: Time, processes: &mut Processes) {
        let Some(at) = self.next.filter(|at| *at <= now) else { return };
        self.next = Some(next_tick(at, self.period, now));
        if self.run.is_none() {
            self.run = Some(processes.spawn(now, self.role.clone(), &self.command, Some(self.timeout)));
        }
    }

    /// Takes the end of a run; false when it is not this one's.
    pub(crate) fn exited(
        &mut self,
        process: ProcessId,
        exit: Exit,
        output: &str,
        processes: &mut Processes,
    ) -> bool {
        if self.run != Some(process) {
            return false;
        }
        self.run = None;
        if let (Role::Sensor { metric }, true) = (&self.role, exit.is_success()) {
            let metric = metric.clone();
            processes.report(match parse_measurement(output) {
                Some(value) => Event::SensorValue { metric, bits: value.to_bits() },
                None => {
                    Event::SensorValueInvalid { metric, output: output.trim().chars().take(SHOWN).collect() }
                }
            });
        }
        true
    }
}
