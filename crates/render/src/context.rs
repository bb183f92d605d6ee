//! What a running template knows, and what it was found to need.

use crate::data::{Data, empty};
use crate::dependency::Dependency;
use gyropilot_template::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Answers so far, shared by all templates.
#[derive(Default)]
pub(crate) struct Brain {
    known: RefCell<BTreeMap<Dependency, Known>>,
}

struct Known {
    value: Value,
    absent_key: bool,
    /// See [`Data::instances`].
    instances: Option<usize>,
}

/// The questions of one rendering of one template.
pub(crate) struct Context {
    brain: Rc<Brain>,
    asked: RefCell<Asked>,
}

/// What was asked in one rendering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Everything.
    pub(crate) used: BTreeSet<Dependency>,
    /// What must be there before the result may be used and is not.
    pub(crate) missing: BTreeSet<Dependency>,
}

// === impl Brain ===

impl Brain {
    /// Takes in an answer. Gives the number of instances that a service had,
    /// when it had some and has none now.
    pub(crate) fn learn(&self, dependency: &Dependency, data: &Data) -> Option<usize> {
        let known = Known {
            value: data.to_value(dependency),
            absent_key: data.is_absent_key(),
            instances: data.instances(),
        };
        let before = self.known.borrow_mut().insert(dependency.clone(), known)?.instances?;
        (before > 0 && data.instances() == Some(0)).then_some(before)
    }

    pub(crate) fn forget(&self, dependency: &Dependency) {
        self.known.borrow_mut().remove(dependency);
    }

    pub(crate) fn knows(&self, dependency: &Dependency) -> bool {
        self.known.borrow().contains_key(dependency)
    }
}

// === impl Context ===

impl Context {
    pub(crate) fn new(brain: Rc<Brain>) -> Self {
        Self { brain, asked: RefCell::default() }
    }

    /// Forgets what was asked before a new rendering.
    pub(crate) fn begin(&self) {
        *self.asked.borrow_mut() = Asked::default();
    }

    /// What was asked since [`begin`](Self::begin).
    pub(crate) fn asked(&self) -> Asked {
        self.asked.borrow().clone()
    }

    /// The answer, or else the empty value of its type and a note that it is missing.
    pub(crate) fn ask(&self, dependency: Dependency) -> Value {
        self.look(&dependency).unwrap_or_else(|| {
            let value = empty(&dependency);
            self.asked.borrow_mut().missing.insert(dependency);
            value
        })
    }

    /// As [`ask`](Self::ask), but a key that does not exist is missing too.
    pub(crate) fn ask_existing(&self, dependency: Dependency) -> Value {
        let absent = self.brain.known.borrow().get(&dependency).is_some_and(|known| known.absent_key);
        if absent {
            self.need(dependency);
            return Value::from("");
        }
        self.ask(dependency)
    }

    /// Was this answered?
    pub(crate) fn knows(&self, dependency: &Dependency) -> bool {
        self.brain.knows(dependency)
    }

    /// Marks an answer as not good enough to be used.
    pub(crate) fn need(&self, dependency: Dependency) {
        let mut asked = self.asked.borrow_mut();
        asked.used.insert(dependency.clone());
        asked.missing.insert(dependency);
    }

    fn look(&self, dependency: &Dependency) -> Option<Value> {
        self.asked.borrow_mut().used.insert(dependency.clone());
        self.brain.known.borrow().get(dependency).map(|known| known.value.clone())
    }
}
