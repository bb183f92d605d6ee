//! A migration on its way: what all of its parts share.

use super::actions::Kept;
use super::old::{Old, Part};
use super::page::{Object, Value};
use gyropilot_model::{Hooks, Plan};
use std::collections::BTreeSet;

/// The name of a job.
#[derive(Clone)]
pub(super) struct Name {
    /// After templates.
    pub(super) plain: String,
    /// As a text of JSON5.
    pub(super) written: String,
}

/// A migration on its way.
pub(super) struct Migrating<'t> {
    pub(super) old: Old<'t>,
    pub(super) root: Part<'t>,
    pub(super) kept: Kept,
    pub(super) plan: &'t Plan,
    pub(super) hooks: Hooks,
    /// Names that jobs have.
    taken: BTreeSet<String>,
    pub(super) jobs: Vec<Object>,
    pub(super) lost: Vec<String>,
    pub(super) notes: Vec<String>,
}

// === impl Migrating ===

impl<'t> Migrating<'t> {
    pub(super) fn new(old: Old<'t>, root: Part<'t>, kept: Kept, plan: &'t Plan) -> Self {
        Self {
            old,
            root,
            kept,
            plan,
            hooks: super::hooks(plan),
            taken: ["containerpilot".to_owned()].into(),
            jobs: Vec::new(),
            lost: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn restore(&self, page: &str) -> String {
        self.kept.restore(page)
    }

    /// A key that is the same in both forms.
    pub(super) fn carry(&self, page: &mut Object, key: &str) {
        if let Some(node) = self.root.get(key) {
            let value = Value::Text(self.old.written(node));
            page.member(self.old.about(self.root, key), key, value);
        }
    }

    /// A value under the key it has now.
    pub(super) fn pass(&self, object: &mut Object, part: Part<'_>, key: &str, now: &str) {
        if let Some(node) = part.get(key) {
            object.text(now, self.old.written(node));
        }
    }

    /// The rules of the v2 form, whose default is another.
    pub(super) fn interfaces(&self, object: &mut Object, part: Part<'_>) {
        match part.get("interfaces") {
            Some(node) => object.text("interfaces", self.old.written(node)),
            None => object.text("interfaces", "[\"eth0:inet\"]"),
        };
    }

    /// A name that no other job has; as it is written in `part`, when that is possible.
    pub(super) fn name(&mut self, name: &str, part: Option<Part<'_>>) -> Name {
        let mut plain = name.to_owned();
        let mut number = 2;
        while !self.taken.insert(plain.clone()) {
            plain = format!("{name}-{number}");
            number += 1;
        }
        let given = part.and_then(|part| part.get("name")).filter(|_| plain == name);
        let written = given.map_or_else(|| quoted(&plain), |node| self.old.written(node));
        Name { plain, written }
    }
}

/// A word as a text of JSON5.
pub(super) fn quoted(text: &str) -> String {
    Kept::default().quoted(text)
}
