//! What is wrong with a configuration, told to a person.

mod locate;
mod print;
mod redact;

pub use crate::finding::Severity;

pub(crate) use locate::report;
pub(crate) use redact::secrets_of;
pub use redact::{conceal, secret_values};

use std::ops::Range;

/// Everything that was found in one configuration, in the order of the file.
///
/// Holds the lines it shows, with secret values masked, and nothing else of the text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Report {
    name: String,
    diagnostics: Vec<Diagnostic>,
    more: usize,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the configuration can be used nevertheless.
    pub severity: Severity,
    /// What is wrong, with the words of the original where it had any.
    pub message: String,
    /// Where, the place itself first; empty when the fault lies outside the file.
    pub marks: Vec<Mark>,
    /// The place after templates were applied, where that shows more than the file does.
    pub rendered: Option<Mark>,
    /// What to do.
    pub hints: Vec<String>,
}

/// A line with a mark under a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line, or the part around the mark of a very long one, with secret values masked.
    pub text: String,
    /// The marked bytes of `text`; may be empty, which marks a point.
    pub span: Range<usize>,
    /// What was expected or found there. May be empty.
    pub label: String,
    /// The fault itself, as opposed to a place it refers to.
    pub primary: bool,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Style {
    /// Without any escape sequence.
    #[default]
    Plain,
    /// With colours, for a terminal.
    Coloured,
}

// === impl Report ===

impl Report {
    /// A report of what somebody else has found, in a file of this name.
    #[must_use]
    pub const fn new(name: String, diagnostics: Vec<Diagnostic>) -> Self {
        Self { name, diagnostics, more: 0 }
    }

    /// The name of the file, or of what stands for one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was found, in the order of the file; at most 50.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// How many errors are in [`diagnostics`](Self::diagnostics).
    #[must_use]
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many warnings are in [`diagnostics`](Self::diagnostics).
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// The whole report with the lines shown, ending in a line break; empty when nothing was found.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        print::render(self, style)
    }

    /// One line for each finding, for a log: `FILE:LINE:COLUMN: MESSAGE (HINT)`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.diagnostics.iter().map(|diagnostic| print::line(&self.name, diagnostic))
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

impl std::error::Error for Report {}
