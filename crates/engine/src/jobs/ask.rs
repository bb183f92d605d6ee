//! One question whether all is well: a program, or a probe that the loop makes.

use super::scene::Scene;
use crate::check::failure;
use crate::process::Launch;
use crate::{Action, ProcessId, Stdio};
use gyropilot_model::{Event, Exit, Finding, Probe, Role, Signal, Surroundings, Time, Verdict, Warning};
use std::time::Duration;

/// A question that was not answered yet.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) process: ProcessId,
    since: Time,
    /// A program, whose time the processes keep.
    program: bool,
    /// When the time is over of what is no program.
    until: Time,
    /// It was found ill for taking too long; what it says later does not count.
    judged: bool,
}

// === impl Ask ===

impl Ask {
    pub(super) fn begin(
        scene: &mut Scene,
        job: &str,
        probe: &Probe,
        surroundings: Surroundings,
        raw: bool,
        warning: &Warning,
        within: Duration,
    ) -> Self {
        let process = match probe {
            Probe::Exec(command) => scene.processes.launch(
                scene.now,
                Launch {
                    role: Role::Check { job: job.to_owned() },
                    command,
                    stdio: if raw { Stdio::Attached } else { Stdio::Lines },
                    surroundings,
                    ready: None,
                    timeout: Some(within),
                    stop_signal: Signal::Term,
                },
            ),
            probe => {
                let process = scene.processes.name();
                scene.processes.act(Action::Probe {
                    process,
                    probe: probe.clone(),
                    warning: warning.clone(),
                    within,
                });
                process
            }
        };
        let program = matches!(probe, Probe::Exec(_));
        Self { process, since: scene.now, program, until: scene.now + within, judged: false }
    }

    /// What the end of its program says; nothing when it was judged before.
    pub(super) fn exited(&self, now: Time, warning: &Warning, exit: Exit, output: &str) -> Option<Finding> {
        let verdict = warning.of_program(exit, now.since(self.since));
        let output = if exit.is_success() && verdict == Verdict::Well {
            "ok".to_owned()
        } else {
            failure(exit, output)
        };
        (!self.judged).then_some(Finding { verdict, output })
    }

    /// The loop's answer; nothing when it was judged before.
    pub(super) fn found(&self, scene: &mut Scene, job: &str, finding: Finding) -> Option<Finding> {
        let took = scene.now.since(self.since);
        scene.processes.report(Event::Checked { job: job.to_owned(), verdict: finding.verdict, took });
        (!self.judged).then_some(finding)
    }

    /// Its time is over.
    pub(super) fn timed_out(&mut self, limit: Duration) -> Option<Finding> {
        let first = !std::mem::replace(&mut self.judged, true);
        let limit = gyropilot_model::format_go_duration(limit);
        first.then(|| Finding { verdict: Verdict::Ill, output: format!("no result within {limit}") })
    }

    /// When it has to be given up from here.
    pub(super) const fn due(&self) -> Option<Time> {
        if self.program { None } else { Some(self.until) }
    }

    /// Nobody wants its answer any more.
    pub(super) fn abandon(self, scene: &mut Scene) {
        if self.program {
            scene.processes.stop(scene.now, self.process, Duration::ZERO);
        } else {
            scene.processes.act(Action::Forget { process: self.process });
        }
    }
}
