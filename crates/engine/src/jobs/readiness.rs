//! Is a run ready, and is it still alive by its own word?

use super::ask::Ask;
use super::scene::Scene;
use gyropilot_model::{Finding, Notice, Probe, Readiness, ReadyBy, Surroundings, Time, Verdict, Warning};
use std::time::Duration;

/// The pause after the first question whether a run is ready; then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The most that such a question may take.
const QUESTION: Duration = Duration::from_secs(5);

/// What a run has said of itself.
#[derive(Debug)]
pub(super) struct Vigil {
    pub(super) ready: bool,
    /// It says that it is about to end.
    pub(super) ending: bool,
    /// It says that it reads its configuration again.
    reloading: bool,
    rules: Option<Readiness>,
    /// Ready by then, or it has failed.
    deadline: Option<Time>,
    /// Silent for this long since then, and it has failed.
    watchdog: Option<(Duration, Time)>,
    pub(super) ask: Option<Ask>,
    next: Option<Time>,
    pause: Duration,
}

/// What a run's word, or its silence, comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Nothing,
    Ready,
    Note(String),
    MainPid(u32),
    /// Whatever it does may take until then.
    Extend(Time),
    /// It has failed and is to be stopped.
    Late(String),
    /// It has failed and is to be killed.
    Dead(String),
}

// === impl Vigil ===

impl Vigil {
    pub(super) const fn new(rules: Option<Readiness>) -> Self {
        Self {
            ready: false,
            ending: false,
            reloading: false,
            rules,
            deadline: None,
            watchdog: None,
            ask: None,
            next: None,
            pause: FIRST_PAUSE,
        }
    }

    /// What the loop has to listen for; the rest is asked from here.
    pub(super) fn told_by_loop(rules: Option<&Readiness>) -> Option<Readiness> {
        rules.filter(|rules| !matches!(rules.by, ReadyBy::Probe(_))).cloned()
    }

    /// The process runs.
    pub(super) fn started(&mut self, now: Time) -> Word {
        if self.ready {
            return Word::Nothing;
        }
        let Some(rules) = &self.rules else { return self.became_ready(now) };
        self.deadline = Some(now + rules.timeout);
        if matches!(rules.by, ReadyBy::Probe(_)) {
            self.next = Some(now);
        }
        Word::Nothing
    }

    fn became_ready(&mut self, now: Time) -> Word {
        self.deadline = None;
        self.next = None;
        if let Some(period) = self.rules.as_ref().and_then(|rules| rules.watchdog)
            && self.watchdog.is_none()
        {
            self.watchdog = Some((period, now));
        }
        let again = std::mem::replace(&mut self.reloading, false);
        if std::mem::replace(&mut self.ready, true) && !again { Word::Nothing } else { Word::Ready }
    }

    pub(super) fn noticed(&mut self, now: Time, notice: Notice) -> Word {
        if let Some((_, heard)) = &mut self.watchdog {
            *heard = now;
        }
        match notice {
            Notice::Ready => self.became_ready(now),
            Notice::Reloading => {
                self.reloading = true;
                self.deadline = self.rules.as_ref().map(|rules| now + rules.timeout);
                Word::Nothing
            }
            Notice::Stopping => {
                self.ending = true;
                Word::Nothing
            }
            Notice::Status(text) => Word::Note(text),
            Notice::Watchdog => Word::Nothing,
            Notice::WatchdogTrigger => Word::Dead("it called itself dead".to_owned()),
            Notice::WatchdogPeriod(period) => {
                self.watchdog = (!period.is_zero()).then_some((period, now));
                Word::Nothing
            }
            Notice::ExtendTimeout(more) => {
                let until = now + more;
                if let Some(deadline) = &mut self.deadline {
                    *deadline = (*deadline).max(until);
                }
                Word::Extend(until)
            }
            Notice::MainPid(pid) => Word::MainPid(pid),
        }
    }

    pub(super) fn due(&self) -> Option<Time> {
        let silent = self.watchdog.filter(|_| self.ready).map(|(period, heard)| heard + period);
        [self.deadline, silent, self.next, self.ask.as_ref().and_then(Ask::due)].into_iter().flatten().min()
    }

    /// Asks what is due to be asked, and says whose time is over.
    pub(super) fn advance(&mut self, scene: &mut Scene, job: &str, surroundings: &Surroundings) -> Word {
        let now = scene.now;
        if self.deadline.is_some_and(|at| at <= now) {
            self.end(scene);
            let limit = self.rules.as_ref().map_or(Duration::ZERO, |rules| rules.timeout);
            return Word::Late(format!("not ready within {}", gyropilot_model::format_go_duration(limit)));
        }
        if let Some((period, _)) =
            self.watchdog.filter(|(period, heard)| self.ready && *heard + *period <= now)
        {
            self.watchdog = None;
            return Word::Dead(format!("silent for {}", gyropilot_model::format_go_duration(period)));
        }
        if self.ask.as_ref().and_then(Ask::due).is_some_and(|at| at <= now)
            && let Some(ask) = self.ask.take()
        {
            ask.abandon(scene);
            self.answered(now, None);
        }
        if self.next.is_some_and(|at| at <= now)
            && let Some(probe) = self.probe().cloned()
        {
            self.next = None;
            let warning = Warning::default();
            self.ask = Some(Ask::begin(scene, job, &probe, surroundings.clone(), false, &warning, QUESTION));
        }
        Word::Nothing
    }

    fn probe(&self) -> Option<&Probe> {
        match self.rules.as_ref().map(|rules| &rules.by) {
            Some(ReadyBy::Probe(probe)) => Some(probe),
            _ => None,
        }
    }

    /// Takes the answer to a question that is this run's.
    pub(super) fn answered(&mut self, now: Time, finding: Option<Finding>) -> Word {
        self.ask = None;
        if finding.is_some_and(|finding| finding.verdict != Verdict::Ill) {
            return self.became_ready(now);
        }
        if !self.ready && self.deadline.is_some() {
            self.next = Some(now + self.pause);
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
        Word::Nothing
    }

    /// Expects nothing any more: it ends, or it has ended.
    pub(super) fn end(&mut self, scene: &mut Scene) {
        self.deadline = None;
        self.watchdog = None;
        self.next = None;
        if let Some(ask) = self.ask.take() {
            ask.abandon(scene);
        }
    }
}
