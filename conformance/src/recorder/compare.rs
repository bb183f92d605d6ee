//! Finds where two recordings differ.

use super::play::{Exchange, Recording, short};
use super::relation::Relation;
use super::tree::{Tree, tree};
use std::fmt;

/// A difference.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Where in the suite: the scenario, and the number of the step.
    pub step: String,
    /// What was asked.
    pub request: String,
    /// Where in the answer: `status`, `header vary`, `body/0/Node/ID`.
    pub place: String,
    /// What stands there on the left.
    pub left: String,
    /// What stands there on the right.
    pub right: String,
    /// Both answers, whole.
    answers: String,
}

struct Comparison<'a> {
    indexes: Relation<u64>,
    names: Relation<String>,
    scenario: &'a str,
    number: usize,
    exchanges: Option<(&'a Exchange, &'a Exchange)>,
    findings: Vec<Finding>,
}

/// Compares two recordings of the same scenarios.
#[must_use]
pub fn compare(left: &Recording, right: &Recording) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((name, lefts), (_, rights)) in left.0.iter().zip(&right.0) {
        let mut comparison = Comparison {
            indexes: Relation::of_points(),
            names: Relation::of_names(),
            scenario: name,
            number: 0,
            exchanges: None,
            findings: Vec::new(),
        };
        for pair in lefts.iter().zip(rights) {
            comparison.number += 1;
            comparison.exchanges = Some(pair);
            comparison.trees(&tree(pair.0), &tree(pair.1), "");
        }
        findings.append(&mut comparison.findings);
    }
    findings
}

// === impl Comparison ===

impl Comparison<'_> {
    fn trees(&mut self, left: &Tree, right: &Tree, place: &str) {
        match (left, right) {
            (Tree::Map(lefts), Tree::Map(rights)) => {
                for (name, left) in lefts {
                    match rights.get(name) {
                        Some(right) => self.trees(left, right, &below(place, name)),
                        None => self.found(&below(place, name), left.to_string(), NOTHING.to_owned()),
                    }
                }
                for (name, right) in rights.iter().filter(|(name, _)| !lefts.contains_key(*name)) {
                    self.found(&below(place, name), NOTHING.to_owned(), right.to_string());
                }
            }
            (Tree::List(lefts), Tree::List(rights)) => {
                let both = lefts.iter().zip(rights);
                for (number, (left, right)) in both.enumerate() {
                    self.trees(left, right, &below(place, &number.to_string()));
                }
                for (number, left) in lefts.iter().enumerate().skip(rights.len()) {
                    self.found(&below(place, &number.to_string()), left.to_string(), NOTHING.to_owned());
                }
                for (number, right) in rights.iter().enumerate().skip(lefts.len()) {
                    self.found(&below(place, &number.to_string()), NOTHING.to_owned(), right.to_string());
                }
            }
            (Tree::Text(one, lefts), Tree::Text(other, rights))
                if one == other && lefts.len() == rights.len() =>
            {
                for (left, right) in lefts.iter().zip(rights) {
                    let outcome = self.names.pair(left, right, &self.origin(place));
                    self.related(place, "identifier", outcome);
                }
            }
            (Tree::Opaque(left), Tree::Opaque(right)) => {
                let outcome = self.names.pair(left, right, &self.origin(place));
                self.related(place, "value", outcome);
            }
            (Tree::Index(left), Tree::Index(right)) => {
                let outcome = self.indexes.pair(left, right, &self.origin(place));
                self.related(place, "index", outcome);
            }
            _ if left == right => {}
            _ => self.found(place, left.to_string(), right.to_string()),
        }
    }

    fn origin(&self, place: &str) -> String {
        format!("step {} {place}", self.number)
    }

    fn related(&mut self, place: &str, what: &str, outcome: Result<(), (String, String)>) {
        if let Err((left, right)) = outcome {
            self.found(place, format!("{what}: {left}"), format!("{what}: {right}"));
        }
    }

    fn found(&mut self, place: &str, left: String, right: String) {
        let Some((one, other)) = self.exchanges else { return };
        self.findings.push(Finding {
            step: format!("{}, step {}", self.scenario, self.number),
            request: one.step.request(),
            place: place.to_owned(),
            left,
            right,
            answers: format!("left:  {one}right: {other}"),
        });
    }
}

const NOTHING: &str = "nothing";

fn below(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") }
}

// === impl Finding ===

impl Finding {
    /// The difference, without the answers.
    #[must_use]
    pub fn brief(&self) -> String {
        let Self { request, place, left, right, .. } = self;
        format!("{request}\n  {place}\n    left:  {}\n    right: {}", short(left), short(right))
    }

    /// What both sides answered, whole.
    #[must_use]
    pub fn answers(&self) -> &str {
        &self.answers
    }
}

// === impl Tree ===

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => write!(f, "{value}"),
            Self::Text(text, identifiers) => {
                let filled = identifiers
                    .iter()
                    .fold(text.clone(), |text, identifier| text.replacen("{identifier}", identifier, 1));
                write!(f, "{filled:?}")
            }
            Self::Index(index) => write!(f, "index {index}"),
            Self::Opaque(value) => write!(f, "{value}"),
            Self::Any(kind) => write!(f, "{kind}"),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(name, item)| format!("{name}: {item}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
        }
    }
}
