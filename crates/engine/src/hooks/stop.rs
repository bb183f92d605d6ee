//! Taking leave, in order.
//!
//! 1. withdraw every service and wait for the catalogue to confirm it;
//! 2. `preStop`;
//! 3. TERM to the application (or `preStart`) and its group, KILL after `stopTimeout`;
//! 4. `postStop`;
//! 5. TERM to the coprocesses, KILL after `stopTimeout`;
//! 6. TERM to whatever is left below the pilot, KILL after `stopTimeout`;
//! 7. exit.
//!
//! An application that ends by itself enters at 1 and skips 2 and 3. Every
//! stage has a bound, and a second stop signal makes all bounds short; it
//! never skips the first stage.

use super::{HookEngine, Phase};
use crate::bounds::{HOOK, HURRY, Sweep, UNKILLABLE, WITHDRAWAL};
use crate::{Action, ProcessId};
use gyropilot_model::{Desired, Event, Exit, Role, Signal, Time};
use std::collections::BTreeSet;
use std::time::Duration;

/// The names of what ends a pilot, in its last words.
const PRE_START: &str = "preStart";
const APPLICATION: &str = "the application";
const POST_STOP: &str = "postStop";

/// A stop under way.
#[derive(Debug)]
pub(crate) struct Stop {
    /// Told to stop by a signal; the next one hurries.
    told: bool,
    /// Told twice.
    hurried: bool,
    cause: Cause,
    /// What runs of the application or `preStart`.
    main: Option<ProcessId>,
    /// What `main` is, in words.
    what: &'static str,
    /// How something ended whose end is the pilot's, and what that was.
    exit: Option<(&'static str, Exit)>,
    stage: Stage,
    /// When the stage is over, come what may.
    until: Time,
}

/// Why the pilot stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It was told to.
    Signal,
    /// The application ended by itself. It is not stopped, nor asked before.
    Application,
    /// `preStart` failed. Nothing else was started yet.
    PreStart,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// Waiting for the catalogue; these services are not settled yet.
    Withdrawal(BTreeSet<String>),
    PreStop(ProcessId),
    Main,
    PostStop(ProcessId),
    Coprocesses,
    Leftovers(Sweep),
}

// === impl Stop ===

impl Stop {
    fn ordered(main: Option<ProcessId>, what: &'static str) -> Self {
        Self {
            told: true,
            hurried: false,
            cause: Cause::Signal,
            main,
            what,
            exit: None,
            stage: Stage::Withdrawal(BTreeSet::new()),
            until: Time::ZERO,
        }
    }

    /// The stop that follows when something ended by itself.
    pub(crate) fn after(cause: Cause, exit: Exit) -> Self {
        let what = if cause == Cause::PreStart { PRE_START } else { APPLICATION };
        Self { told: false, cause, exit: Some((what, exit)), ..Self::ordered(None, what) }
    }

    pub(crate) const fn due(&self) -> Option<Time> {
        Some(self.until)
    }

    /// `usual`, unless there is a hurry.
    fn bound(&self, usual: Duration) -> Duration {
        if self.hurried { usual.min(HURRY) } else { usual }
    }
}

// === impl HookEngine: the stages ===

impl HookEngine {
    pub(crate) fn stop_requested(&mut self, now: Time, signal: Signal) {
        let (main, what) = match &mut self.phase {
            Phase::Stopping(stop) if !stop.told => {
                // The stop that the application itself began goes its way.
                stop.told = true;
                return self.processes.report(Event::StopRequested { signal });
            }
            Phase::Stopping(_) => return self.hurry(now, signal),
            Phase::Over | Phase::Fresh => return,
            Phase::PreStart(process) => (Some(*process), PRE_START),
            Phase::Running(process) => (*process, APPLICATION),
        };
        self.processes.report(Event::StopRequested { signal });
        self.phase = Phase::Stopping(Stop::ordered(main, what));
        self.begin_stop(now);
    }

    fn hurry(&mut self, now: Time, signal: Signal) {
        let Phase::Stopping(stop) = &mut self.phase else { return };
        stop.hurried = true;
        stop.until = stop.until.min(now + HURRY);
        self.processes.report(Event::StopHurried { signal });
        let now_killed = match &stop.stage {
            Stage::PreStop(process) | Stage::PostStop(process) => vec![*process],
            Stage::Main => stop.main.into_iter().collect(),
            Stage::Coprocesses => self.processes.of(|role| matches!(role, Role::Coprocess { .. })),
            Stage::Withdrawal(_) | Stage::Leftovers(_) => Vec::new(),
        };
        for process in now_killed {
            self.processes.stop(now, process, Duration::ZERO);
        }
    }

    /// Silences everything that would act by itself and begins the first stage.
    pub(crate) fn begin_stop(&mut self, now: Time) {
        let Phase::Stopping(stop) = &mut self.phase else { return };
        let exit = stop.exit.filter(|_| stop.cause == Cause::Application).map(|(_, exit)| exit);
        let keep = exit.is_some() && self.plan.compat.keep_registered_on_exit;
        stop.until = now + WITHDRAWAL;
        stop.stage = Stage::Withdrawal(self.services.iter().map(|watch| watch.service.id.clone()).collect());
        if let Some(exit) = exit {
            for watch in &mut self.services {
                watch.application_ended(now, exit, &mut self.processes);
            }
        }
        self.silence(now);
        self.processes.act(Action::Watch(Vec::new()));
        for watch in &self.services {
            let service = watch.service.id.clone();
            if !keep {
                self.processes.act(Action::Want { service: service.clone(), desired: Desired::Absent });
            }
            self.processes.act(Action::Settle { service, within: WITHDRAWAL });
        }
        let patience = self.stop_patience();
        for process in self.processes.of(|role| matches!(role, Role::OnChange { .. })) {
            self.processes.stop(now, process, patience);
        }
    }

    pub(crate) fn settled(&mut self, now: Time, service: &str) {
        if let Phase::Stopping(Stop { stage: Stage::Withdrawal(waiting), .. }) = &mut self.phase {
            waiting.remove(service);
            self.advance_stop(now);
        }
    }

    pub(crate) fn stop_process_ended(&mut self, now: Time, process: ProcessId, exit: Exit) {
        let Phase::Stopping(stop) = &mut self.phase else { return };
        if stop.main == Some(process) {
            stop.main = None;
            stop.exit = Some((stop.what, exit));
            self.processes.act(Action::Signal { process, signal: Signal::Term });
        }
        match &stop.stage {
            Stage::PreStop(running) if *running == process => self.stop_main(now),
            Stage::PostStop(running) if *running == process => {
                // One that we killed in a hurry did not fail by itself.
                let killed = stop.hurried && exit == Exit::Signal(Signal::Kill.number());
                if !exit.is_success() && !killed {
                    stop.exit = Some((POST_STOP, exit));
                }
                self.stop_coprocesses(now);
            }
            _ => {}
        }
    }

    pub(crate) fn children_gone(&mut self) {
        if let Phase::Stopping(Stop { stage: Stage::Leftovers(_), .. }) = &self.phase {
            self.finish();
        }
    }

    /// Goes from stage to stage as long as one is over.
    pub(crate) fn advance_stop(&mut self, now: Time) {
        let Phase::Stopping(stop) = &self.phase else { return };
        let late = stop.until <= now;
        match &stop.stage {
            Stage::Withdrawal(waiting) if waiting.is_empty() || late => self.run_pre_stop(now),
            Stage::PreStop(_) if late => self.stop_main(now),
            Stage::Main if stop.main.is_none() || late => self.run_post_stop(now),
            Stage::PostStop(_) if late => self.stop_coprocesses(now),
            Stage::Coprocesses if late || !self.any_coprocess() => self.sweep(now),
            Stage::Leftovers(sweep) if late => match sweep.late(now, &mut self.processes) {
                Some((sweep, until)) => self.enter(Stage::Leftovers(sweep), until),
                None => self.finish(),
            },
            _ => {}
        }
    }

    fn enter(&mut self, stage: Stage, until: Time) {
        if let Phase::Stopping(stop) = &mut self.phase {
            stop.stage = stage;
            stop.until = until;
        }
    }

    /// The bound that a stage has now, hurry considered.
    fn stop_bound(&self, usual: Duration) -> Duration {
        match &self.phase {
            Phase::Stopping(stop) => stop.bound(usual),
            _ => usual,
        }
    }

    fn run_pre_stop(&mut self, now: Time) {
        let Phase::Stopping(stop) = &self.phase else { return };
        match self.hooks.pre_stop.clone().filter(|_| stop.cause == Cause::Signal) {
            Some(command) => {
                let within = stop.bound(HOOK);
                let process = self.processes.spawn(now, Role::PreStop, &command, Some(within));
                self.enter(Stage::PreStop(process), now + within + UNKILLABLE);
            }
            None => self.stop_main(now),
        }
    }

    fn stop_main(&mut self, now: Time) {
        let patience = self.stop_bound(self.stop_patience());
        let Phase::Stopping(stop) = &self.phase else { return };
        if let Some(main) = stop.main {
            self.processes.stop(now, main, patience);
        }
        self.enter(Stage::Main, now + patience + UNKILLABLE);
        self.advance_stop(now);
    }

    fn run_post_stop(&mut self, now: Time) {
        let Phase::Stopping(stop) = &mut self.phase else { return };
        if stop.main.take().is_some() {
            // Killed and not gone: it counts as killed, and is left to the kernel.
            stop.exit = Some((stop.what, Exit::Signal(Signal::Kill.number())));
        }
        let within = stop.bound(HOOK);
        match self.hooks.post_stop.clone() {
            Some(command) => {
                let process = self.processes.spawn(now, Role::PostStop, &command, Some(within));
                self.enter(Stage::PostStop(process), now + within + UNKILLABLE);
            }
            None => self.stop_coprocesses(now),
        }
    }

    fn stop_coprocesses(&mut self, now: Time) {
        let patience = self.stop_bound(self.stop_patience());
        for companion in self.companions.iter_mut().chain(&mut self.leaving) {
            companion.end(now, patience, &mut self.processes);
        }
        self.enter(Stage::Coprocesses, now + patience + UNKILLABLE);
        self.advance_stop(now);
    }

    fn any_coprocess(&self) -> bool {
        self.companions.iter().chain(&self.leaving).any(super::coprocess::Companion::is_running)
    }

    pub(crate) fn sweep(&mut self, now: Time) {
        let patience = self.stop_bound(self.stop_patience());
        let (sweep, until) = Sweep::begin(now, patience, &mut self.processes);
        self.enter(Stage::Leftovers(sweep), until);
    }

    fn finish(&mut self) {
        let Phase::Stopping(stop) = &self.phase else { return };
        let status = stop.exit.map_or(0, |(_, exit)| exit.status());
        let ended = stop.exit.map(|(what, exit)| format!("{what} ended: {exit}"));
        let reason = match (stop.cause, ended) {
            (Cause::Signal, Some(ended)) => format!("stopped as ordered; {ended}"),
            (_, Some(ended)) => ended,
            (_, None) => "stopped as ordered".to_owned(),
        };
        self.exit(status, reason);
    }
}
