//! Running a test.

use crate::expect::unmet;
use crate::file::{Deed, Expectation, Moment, Step, Test};
use crate::world::World;
use gyropilot_engine::Input;
use gyropilot_model::{Command, Order, OrderId, Plan, Time};
use std::time::Duration;

/// Gives the plan of a configuration that a test file names, or why there is none.
pub type Loader<'l> = &'l dyn Fn(&str) -> Result<Plan, String>;

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Why it failed; empty when it passed.
    pub failures: Vec<Failure>,
    /// What happened last, a line each; empty when it passed.
    pub timeline: Vec<String>,
    /// How long it took by the made-up clock.
    pub lasted: Duration,
}

/// Why a test failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line of the test file, from 1.
    pub line: usize,
    /// When, by the made-up clock.
    pub at: Duration,
    /// What should be so, and what is.
    pub message: String,
}

/// Runs `test` on `plan`. It ends with the first step that fails.
#[must_use]
pub fn run(plan: &Plan, application: &[String], test: &Test, load: Loader<'_>) -> Outcome {
    let application = Command::from_words(application.to_vec()).ok();
    let mut world = World::new(plan.clone(), application, test);
    world.give(Input::Start);
    let mut orders = 0;
    let mut failures = Vec::new();
    for step in &test.steps {
        let failed = world.take(step, load, &mut orders);
        let at = world.now.since_start();
        failures.extend(failed.into_iter().map(|(line, message)| Failure { line, at, message }));
        if let Some(reason) = world.stuck {
            failures.push(Failure { line: step.line, at, message: reason.to_owned() });
        }
        if !failures.is_empty() {
            break;
        }
    }
    let timeline = if failures.is_empty() { Vec::new() } else { world.timeline.lines() };
    Outcome { failures, timeline, lasted: world.now.since_start() }
}

// === impl World ===

impl World {
    /// Takes one step, and gives what is not as it should be, each with its line.
    fn take(&mut self, step: &Step, load: Loader<'_>, orders: &mut u64) -> Vec<(usize, String)> {
        match step.moment {
            Moment::Now => {}
            Moment::After(time) => self.until(self.now + time),
            Moment::At(time) => {
                let at = Time::from_start(time);
                if at < self.now {
                    let now = self.now.since_start().as_secs_f64();
                    return vec![(
                        step.line,
                        format!("this moment is over: it is {now:.3} s after the start"),
                    )];
                }
                self.until(at);
            }
        }
        // What is due at this very moment comes first.
        self.until(self.now);
        for deed in &step.deeds {
            if let Err(message) = self.act(deed, load, orders) {
                return vec![(step.line, message)];
            }
        }
        step.expectation.as_ref().map_or_else(Vec::new, |expectation| self.expect(expectation))
    }

    fn expect(&mut self, expectation: &Expectation) -> Vec<(usize, String)> {
        let end = self.now + expectation.within.unwrap_or_default();
        while !unmet(self, &expectation.wishes).is_empty() && self.pass(end) {}
        let unmet = unmet(self, &expectation.wishes);
        if !unmet.is_empty() {
            self.until(end);
        }
        self.happened.clear();
        self.started.clear();
        let within = |message: String| match expectation.within {
            Some(within) => format!("{message}, for {:.3} s", within.as_secs_f64()),
            None => message,
        };
        unmet.into_iter().map(|unmet| (unmet.line, within(unmet.message))).collect()
    }

    fn act(&mut self, deed: &Deed, load: Loader<'_>, orders: &mut u64) -> Result<(), String> {
        if self.exit.is_some() {
            return Err("nothing can happen any more: the pilot has ended".to_owned());
        }
        match deed {
            Deed::Exit { job, exit } => {
                let process = self.process(job)?;
                self.end(process, *exit);
            }
            Deed::Notice { job, notice } => {
                let process = self.process(job)?;
                self.note(&format!("{job} says {notice:?}"));
                self.give(Input::Noticed { process, notice: notice.clone() });
            }
            Deed::Check { job, check } => self.set_check(job.clone(), *check),
            Deed::Behave { job, behaviour } => self.behave(job.clone(), behaviour.clone()),
            Deed::Instances { service, instances } => self.set_instances(service, instances.clone()),
            Deed::Key { key, value } => self.set_key(key, value.clone()),
            Deed::Confirms(confirms) => self.set_confirms(*confirms),
            Deed::Signal(signal) => {
                self.note(&format!("{signal} to the pilot"));
                self.give(Input::Signal(*signal));
            }
            Deed::Order { order, refused } => return self.order(order, *refused, orders),
            Deed::Reload(file) => {
                self.configuration = load(file);
                return self.order(&Order::Reload, self.configuration.is_err(), orders);
            }
        }
        Ok(())
    }

    fn order(&mut self, order: &Order, refused: bool, orders: &mut u64) -> Result<(), String> {
        *orders += 1;
        self.note(&format!("order: {order:?}"));
        self.answer = None;
        self.give(Input::Ordered { id: OrderId(*orders), order: order.clone() });
        match (&self.answer, refused) {
            (Some(Err(reason)), false) => Err(format!("the pilot refused: {reason}")),
            (Some(Ok(_)), true) => Err("the pilot should have refused and has not".to_owned()),
            _ => Ok(()),
        }
    }
}
