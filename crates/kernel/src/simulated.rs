//! A kernel that is made up: virtual time, scripted programs, a record of every call.

mod script;

use crate::{Kernel, Pid, SignalError, SpawnError, SpawnSpec, Spawned, Target};
use gyropilot_model::{Exit, Notice, Signal, Surroundings, Time};
pub use script::{Reaction, Script};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

/// Processes that exist only on paper.
///
/// Time stands still until [`next`](Self::next) or [`advance_to`](Self::advance_to)
/// moves it. A program is known by its whole command line, or else by its name
/// alone; one that is not known at all is [`SpawnError::NotOnPath`].
#[derive(Debug)]
pub struct Simulated {
    now: Time,
    last_pid: u32,
    scripts: BTreeMap<String, VecDeque<Script>>,
    processes: BTreeMap<Pid, Process>,
    /// By moment, then in the order in which they were arranged.
    agenda: BTreeMap<(Time, u64), Due>,
    arranged: u64,
    calls: Vec<(Time, Call)>,
}

/// Something that was asked of the simulated kernel, for tests to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// A program was started.
    Spawned {
        /// Its process id.
        pid: Pid,
        /// The program and its arguments, separated by spaces.
        command: String,
        /// As what and where it was to run.
        surroundings: Box<Surroundings>,
    },
    /// A program could not be started.
    NotSpawned {
        /// The program and its arguments, separated by spaces.
        command: String,
    },
    /// A signal was sent.
    Signalled {
        /// To whom.
        target: Target,
        /// Which one.
        signal: Signal,
        /// Was anybody there?
        delivered: bool,
    },
    /// Something that is no system call, put in by the test: see [`Simulated::note`].
    Note(String),
}

/// Something that the simulated kernel tells the loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A child ended: one that was started, or an orphan.
    Exited {
        /// Its process id.
        pid: Pid,
        /// How it ended.
        exit: Exit,
    },
    /// A child wrote a line into a pipe to the pilot.
    Wrote {
        /// Its process id.
        pid: Pid,
        /// On standard error rather than standard output?
        stderr: bool,
        /// Without its line end.
        line: String,
    },
    /// A child said something of itself.
    Noticed {
        /// Its process id.
        pid: Pid,
        /// What.
        notice: Notice,
    },
}

#[derive(Debug)]
struct Process {
    group: Pid,
    /// `None`: the pilot, from the start or as the heir of a parent that has ended.
    parent: Option<Pid>,
    reactions: BTreeMap<Signal, Reaction>,
}

#[derive(Clone, Debug)]
enum Due {
    Exit(Pid, Exit),
    Write(Pid, bool, String),
    Notice(Pid, Notice),
    Fork { parent: Pid, script: Box<Script>, own_group: bool },
}

// === impl Simulated ===

impl Default for Simulated {
    fn default() -> Self {
        Self {
            now: Time::ZERO,
            // The first child gets 100, well away from numbers with a meaning.
            last_pid: 99,
            scripts: BTreeMap::new(),
            processes: BTreeMap::new(),
            agenda: BTreeMap::new(),
            arranged: 0,
            calls: Vec::new(),
        }
    }
}

impl Simulated {
    /// Says what running `command` does: a program's name, or a whole command line
    /// with single spaces. Replaces what was said before.
    pub fn program(&mut self, command: &str, script: Script) {
        self.program_runs(command, [script]);
    }

    /// The same with one script for each run; the last one stays.
    pub fn program_runs(&mut self, command: &str, scripts: impl IntoIterator<Item = Script>) {
        self.scripts.insert(command.to_owned(), scripts.into_iter().collect());
    }

    /// When the next thing happens, if anything is arranged.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        // What comes to nothing (a line of a process that was killed) still counts:
        // finding nothing at that moment is harmless.
        self.agenda.first_key_value().map(|((at, _), _)| *at)
    }

    /// Moves the clock on to the next thing that happens, and tells it.
    #[expect(clippy::should_implement_trait, reason = "new programs can follow the end of this sequence")]
    pub fn next(&mut self) -> Option<Happening> {
        while let Some(((at, _), due)) = self.agenda.pop_first() {
            self.now = self.now.max(at);
            if let Some(happening) = self.happen(due) {
                return Some(happening);
            }
        }
        None
    }

    /// Moves the clock to `to`, never back, and only as far as the next thing that
    /// happens, so that nothing is skipped. Gives the moment it now is.
    pub fn advance_to(&mut self, to: Time) -> Time {
        let bound = self.next_at().map_or(to, |next| to.min(next));
        self.now = self.now.max(bound);
        self.now
    }

    /// Puts a line into the record that is no system call, so that the order of
    /// calls and other actions can be looked at together.
    pub fn note(&mut self, what: impl Into<String>) {
        self.record(Call::Note(what.into()));
    }

    /// Everything that was asked so far, with its moment, in order.
    #[must_use]
    pub fn calls(&self) -> &[(Time, Call)] {
        &self.calls
    }

    /// Ends a process as somebody outside could, for example with `kill -9`.
    /// `false` when it is not there.
    pub fn end(&mut self, pid: Pid, exit: Exit) -> bool {
        let is_there = self.processes.contains_key(&pid);
        if is_there {
            self.arrange(Duration::ZERO, Due::Exit(pid, exit));
        }
        is_there
    }

    fn record(&mut self, call: Call) {
        self.calls.push((self.now, call));
    }

    fn arrange(&mut self, after: Duration, due: Due) {
        self.arranged += 1;
        self.agenda.insert((self.now + after, self.arranged), due);
    }

    fn begin(&mut self, script: Script, parent: Option<Pid>, group: Option<Pid>) -> Option<Pid> {
        self.last_pid += 1;
        let pid = Pid::new(self.last_pid)?;
        let group = group.unwrap_or(pid);
        self.processes.insert(pid, Process { group, parent, reactions: script.reactions });
        for (after, stderr, line) in script.lines {
            self.arrange(after, Due::Write(pid, stderr, line));
        }
        for (after, notice) in script.notices {
            self.arrange(after, Due::Notice(pid, notice));
        }
        for (after, script, own_group) in script.forks {
            self.arrange(after, Due::Fork { parent: pid, script: Box::new(script), own_group });
        }
        if let Some((after, exit)) = script.exit {
            self.arrange(after, Due::Exit(pid, exit));
        }
        Some(pid)
    }

    fn happen(&mut self, due: Due) -> Option<Happening> {
        match due {
            Due::Exit(pid, exit) => {
                let process = self.processes.remove(&pid)?;
                for orphan in self.processes.values_mut().filter(|other| other.parent == Some(pid)) {
                    orphan.parent = None;
                }
                // A child of a living parent is that parent's to wait for.
                process.parent.is_none().then_some(Happening::Exited { pid, exit })
            }
            Due::Write(pid, stderr, line) => {
                self.processes.contains_key(&pid).then_some(Happening::Wrote { pid, stderr, line })
            }
            Due::Notice(pid, notice) => {
                self.processes.contains_key(&pid).then_some(Happening::Noticed { pid, notice })
            }
            Due::Fork { parent, script, own_group } => {
                let group = self.processes.get(&parent)?.group;
                self.begin(*script, Some(parent), (!own_group).then_some(group));
                None
            }
        }
    }

    fn targets(&self, target: Target) -> Vec<Pid> {
        let is_meant = |(pid, process): &(&Pid, &Process)| match target {
            Target::Process(wanted) => **pid == wanted,
            Target::Group(wanted) => process.group == wanted,
        };
        self.processes.iter().filter(is_meant).map(|(pid, _)| *pid).collect()
    }

    fn react(&mut self, pid: Pid, signal: Signal) {
        let reaction = match signal {
            Signal::Kill => Reaction::Die,
            _ => self.processes.get(&pid).and_then(|p| p.reactions.get(&signal)).copied().unwrap_or_default(),
        };
        match reaction {
            Reaction::Die => self.arrange(Duration::ZERO, Due::Exit(pid, Exit::Signal(signal.number()))),
            Reaction::Ignore => {}
            Reaction::Exit { code, after } => self.arrange(after, Due::Exit(pid, Exit::Code(code))),
        }
    }
}

impl Kernel for Simulated {
    fn spawn(&mut self, spec: &SpawnSpec) -> Result<Spawned, SpawnError> {
        let name = spec.program.to_string_lossy().into_owned();
        let words = std::iter::once(&spec.program).chain(&spec.args);
        let command = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
        let key = if self.scripts.contains_key(&command) { &command } else { &name };
        let script = self.scripts.get_mut(key).and_then(|scripts| match scripts.len() {
            0 | 1 => scripts.front().cloned(),
            _ => scripts.pop_front(),
        });
        let mut script = script.unwrap_or_else(|| Script::not_started(SpawnError::NotOnPath));
        if let Some(error) = script.error.take() {
            self.record(Call::NotSpawned { command });
            return Err(error);
        }
        let too_many = || SpawnError::Other("no process id left".to_owned());
        let pid = self.begin(script, None, None).ok_or_else(too_many)?;
        let surroundings = Box::new(spec.surroundings.clone());
        self.record(Call::Spawned { pid, command, surroundings });
        Ok(Spawned { pid, stdout: None, stderr: None })
    }

    fn signal(&mut self, target: Target, signal: Signal) -> Result<bool, SignalError> {
        let targets = self.targets(target);
        let delivered = !targets.is_empty();
        self.record(Call::Signalled { target, signal, delivered });
        for pid in targets {
            self.react(pid, signal);
        }
        Ok(delivered)
    }

    fn exists(&self, target: Target) -> bool {
        !self.targets(target).is_empty()
    }

    fn descendants(&self) -> Vec<Pid> {
        self.processes.keys().copied().collect()
    }

    fn has_descendants(&self) -> bool {
        !self.processes.is_empty()
    }

    fn now(&self) -> Time {
        self.now
    }

    /// The clock of the simulation starts on 2016-07-04 at midnight UTC.
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
            + Duration::from_secs(1_467_590_400)
            + self.now.since_start().min(Duration::from_secs(1 << 40))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Time {
        Time::from_start(SECOND * u32::try_from(seconds).unwrap())
    }

    fn exited(pid: Pid, exit: Exit) -> Option<Happening> {
        Some(Happening::Exited { pid, exit })
    }

    #[test]
    fn a_program_runs_in_virtual_time() {
        let mut kernel = Simulated::default();
        kernel.program("app", Script::exits(SECOND * 5, Exit::Code(3)).writes(SECOND, "hello"));
        let pid = kernel.spawn(&SpawnSpec::new("app")).unwrap().pid;
        assert_eq!(kernel.advance_to(at(9)), at(1));
        assert_eq!(kernel.next(), Some(Happening::Wrote { pid, stderr: false, line: "hello".into() }));
        assert_eq!(kernel.next(), exited(pid, Exit::Code(3)));
        assert_eq!(kernel.now(), at(5));
        assert_eq!(kernel.next(), None);
        assert_eq!(kernel.signal(Target::Process(pid), Signal::Term), Ok(false));
        assert_eq!(kernel.advance_to(at(9)), at(9));
    }

    #[test]
    fn a_program_says_how_it_is_until_it_ends() {
        let mut kernel = Simulated::default();
        let script = Script::exits(SECOND * 2, Exit::Code(0)).says(SECOND, Notice::Ready);
        kernel.program("app", script.says(SECOND * 3, Notice::Watchdog));
        let mut spec = SpawnSpec::new("app");
        spec.surroundings.user = Some("app".into());
        let pid = kernel.spawn(&spec).unwrap().pid;
        assert_eq!(kernel.next(), Some(Happening::Noticed { pid, notice: Notice::Ready }));
        assert_eq!(kernel.next(), exited(pid, Exit::Code(0)));
        assert_eq!(kernel.next(), None);
        let surroundings = Box::new(spec.surroundings);
        assert_eq!(kernel.calls()[0].1, Call::Spawned { pid, command: "app".into(), surroundings });
    }

    #[test]
    fn a_group_lives_on_in_a_grandchild() {
        let mut kernel = Simulated::default();
        let stubborn = Script::runs().on(Signal::Term, Reaction::Ignore);
        kernel.program("app", Script::exits(SECOND * 2, Exit::Code(0)).forks(SECOND, stubborn));
        let pid = kernel.spawn(&SpawnSpec::new("app")).unwrap().pid;
        assert_eq!(kernel.next(), exited(pid, Exit::Code(0)));
        assert!(!kernel.exists(Target::Process(pid)));
        assert_eq!(kernel.signal(Target::Group(pid), Signal::Term), Ok(true));
        assert_eq!(kernel.next(), None);
        assert_eq!(kernel.signal(Target::Group(pid), Signal::Kill), Ok(true));
        let orphan = Pid::new(pid.get() + 1).unwrap();
        assert_eq!(kernel.next(), exited(orphan, Exit::Signal(9)));
        assert!(!kernel.exists(Target::Group(pid)));
    }

    #[test]
    fn one_that_went_away_is_found_among_the_descendants_only() {
        let mut kernel = Simulated::default();
        kernel.program(
            "daemon",
            Script::exits(SECOND, Exit::Code(0)).daemonizes(Duration::ZERO, Script::runs()),
        );
        let pid = kernel.spawn(&SpawnSpec::new("daemon")).unwrap().pid;
        assert_eq!(kernel.next(), exited(pid, Exit::Code(0)));
        assert!(!kernel.exists(Target::Group(pid)));
        assert_eq!(kernel.descendants().len(), 1);
    }

    #[test]
    fn runs_differ_and_calls_are_recorded_in_order() {
        let mut kernel = Simulated::default();
        let ok = Script::exits(Duration::ZERO, Exit::Code(0));
        kernel.program_runs("check", [Script::not_started(SpawnError::NoSuchFile), ok]);
        let spec = SpawnSpec::new("check");
        assert_eq!(kernel.spawn(&spec).unwrap_err(), SpawnError::NoSuchFile);
        let pid = kernel.spawn(&spec).unwrap().pid;
        kernel.signal(Target::Group(pid), Signal::Kill).unwrap();
        kernel.note("deregister");
        assert_eq!(kernel.spawn(&SpawnSpec::new("other")).unwrap_err(), SpawnError::NotOnPath);
        let calls: Vec<&Call> = kernel.calls().iter().map(|(_, call)| call).collect();
        assert_eq!(
            calls,
            [
                &Call::NotSpawned { command: "check".into() },
                &Call::Spawned { pid, command: "check".into(), surroundings: Box::default() },
                &Call::Signalled { target: Target::Group(pid), signal: Signal::Kill, delivered: true },
                &Call::Note("deregister".into()),
                &Call::NotSpawned { command: "other".into() },
            ]
        );
    }

    #[test]
    fn a_program_may_take_its_time_to_stop() {
        let mut kernel = Simulated::default();
        kernel.program(
            "app -x",
            Script::runs().on(Signal::Term, Reaction::Exit { code: 7, after: SECOND * 3 }),
        );
        let mut spec = SpawnSpec::new("app");
        spec.args.push("-x".into());
        let pid = kernel.spawn(&spec).unwrap().pid;
        kernel.signal(Target::Process(pid), Signal::Term).unwrap();
        assert_eq!(kernel.next(), exited(pid, Exit::Code(7)));
        assert_eq!(kernel.now(), at(3));
        assert!(!kernel.end(pid, Exit::Signal(9)));
    }
}
