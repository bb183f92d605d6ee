//! What a reader or a check has to say about a place, before anyone knows where that is in the user's file.

use std::ops::Range;

/// Bytes of the rendered text.
pub type Span = Range<usize>;

/// Most findings that are kept. A person fixes a few and runs the check again; the bound keeps a hostile file cheap.
const MOST: usize = 50;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can be used, but something in it is probably not meant.
    Warning,
}

/// One finding, with its places in the rendered text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) severity: Severity,
    /// The text is not JSON5, as opposed to JSON5 that means nothing to us.
    pub(crate) syntax: bool,
    pub(crate) message: String,
    /// Empty when the finding is about the surroundings and not about the file.
    pub(crate) notes: Vec<Note>,
    pub(crate) hints: Vec<String>,
}

/// A place with what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) span: Span,
    pub(crate) label: String,
    /// Where the finding is, as opposed to what it refers to.
    pub(crate) primary: bool,
}

/// All findings about one text.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    all: Vec<Finding>,
    /// Findings beyond [`MOST`] are built here and forgotten.
    surplus: Option<Finding>,
    /// How many of them there were.
    dropped: usize,
    has_errors: bool,
}

// === impl Finding ===

impl Finding {
    fn new(severity: Severity, span: Option<Span>, message: String) -> Self {
        let notes = span.into_iter().map(|span| Note { span, label: String::new(), primary: true }).collect();
        Self { severity, syntax: false, message, notes, hints: Vec::new() }
    }

    /// What stands under the mark.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        if let Some(note) = self.notes.first_mut() {
            note.label = label.into();
        }
        self
    }

    /// A second place that the finding refers to.
    pub fn also(&mut self, span: Span, label: impl Into<String>) -> &mut Self {
        self.notes.push(Note { span, label: label.into(), primary: false });
        self
    }

    /// A second place of the same kind.
    pub(crate) fn and(&mut self, span: Span, label: impl Into<String>) -> &mut Self {
        self.notes.push(Note { span, label: label.into(), primary: true });
        self
    }

    /// What to do about it.
    pub fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hints.push(hint.into());
        self
    }
}

// === impl Findings ===

impl Findings {
    /// The configuration cannot be used because of what stands at `span`.
    pub fn error(&mut self, span: Span, message: impl Into<String>) -> &mut Finding {
        self.push(Finding::new(Severity::Error, Some(span), message.into()))
    }

    /// What stands at `span` is probably not meant.
    pub(crate) fn warning(&mut self, span: Span, message: impl Into<String>) -> &mut Finding {
        self.push(Finding::new(Severity::Warning, Some(span), message.into()))
    }

    /// The text stops being JSON5 at `span`.
    pub(crate) fn syntax(&mut self, span: Span, message: impl Into<String>) -> &mut Finding {
        let finding = self.error(span, message);
        finding.syntax = true;
        finding
    }

    /// The configuration cannot be used because of something outside it.
    pub(crate) fn outside(&mut self, message: impl Into<String>) -> &mut Finding {
        self.push(Finding::new(Severity::Error, None, message.into()))
    }

    /// Something outside the configuration is probably not meant.
    pub(crate) fn outside_warning(&mut self, message: impl Into<String>) -> &mut Finding {
        self.push(Finding::new(Severity::Warning, None, message.into()))
    }

    fn push(&mut self, finding: Finding) -> &mut Finding {
        self.has_errors |= finding.severity == Severity::Error;
        if self.all.len() >= MOST {
            self.dropped += 1;
            return self.surplus.insert(finding);
        }
        let last = self.all.len();
        self.all.push(finding);
        &mut self.all[last]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) const fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// In the order of the text, those without a place first, and how many more there were.
    pub(crate) fn into_sorted(mut self) -> (Vec<Finding>, usize) {
        self.all.sort_by_key(|finding| {
            let place = finding.notes.first().map(|note| note.span.start);
            (place, finding.severity)
        });
        (self.all, self.dropped)
    }
}
