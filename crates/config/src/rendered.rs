//! A text after its templates were applied, with the way back to what the user wrote.

use crate::finding::Span;
use crate::source::Document;
use std::collections::BTreeSet;
use std::ops::Range;

/// A rendered configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Name of the document it was made from.
    pub(crate) name: String,
    /// What the user wrote.
    pub(crate) source: String,
    /// What came out.
    pub(crate) text: String,
    /// Where each part of `text` came from, in order and without gaps; empty when `text` is `source`.
    pub(crate) pieces: Vec<Piece>,
    /// Variables that the environment has a value for.
    pub(crate) set: BTreeSet<String>,
    /// Values that no message may show.
    pub(crate) secrets: Vec<String>,
}

/// A stretch of rendered text with one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: Range<usize>,
    pub(crate) source: Range<usize>,
    /// Printed by an action, as opposed to copied.
    pub(crate) computed: bool,
}

/// Where something in the rendered text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Bytes of what the user wrote; a whole action with its delimiters where one had a part in it.
    pub(crate) source: Range<usize>,
    /// The user's own line does not show what stands there: an action printed it, or a loop repeated it.
    pub(crate) differs: bool,
}

// === impl Rendered ===

/// Shows the name only: the text may hold secrets.
impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Rendered {
    /// A document to which no template is applied.
    pub(crate) fn plain(document: &Document) -> Self {
        Self {
            name: document.name.clone(),
            source: document.text.clone(),
            text: document.text.clone(),
            pieces: Vec::new(),
            set: BTreeSet::new(),
            secrets: Vec::new(),
        }
    }

    /// The text after templates were applied, as `-template` shows it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a part of the rendered text came from.
    pub(crate) fn origin(&self, span: &Span) -> Origin {
        if self.pieces.is_empty() {
            return Origin { source: span.clone(), differs: false };
        }
        let Some(first) = self.piece_at(span.start) else {
            return Origin { source: self.source.len()..self.source.len(), differs: false };
        };
        let last = self.piece_at(span.end.saturating_sub(1).max(span.start)).unwrap_or(first);
        let start = self.start_in(first, span.start);
        let end = self.end_in(last, span.end.max(span.start));
        // Where nothing stands, an action may have printed it.
        let blank = self.text.get(span.clone()).is_none_or(|text| text.trim().is_empty());
        let beyond = self.piece_at(span.end).map_or(end, |next| self.start_in(next, span.end));
        let end = if blank && self.has_action(end..beyond) { beyond } else { end };
        // A loop can print later text before earlier text.
        let source = start..if end < start { self.end_in(first, first.text.end) } else { end };
        let repeated = self.pieces.iter().filter(|piece| piece.source == first.source).nth(1).is_some();
        let differs = first.computed || last.computed || repeated || self.has_action(source.clone());
        Origin { source, differs }
    }

    fn has_action(&self, source: Range<usize>) -> bool {
        self.source.get(source).is_some_and(|text| text.contains("{{"))
    }

    /// What the user wrote between the text before `span` and the text after it, which shows an action that printed
    /// nothing there.
    pub(crate) fn around(&self, span: &Span) -> &str {
        let before = span.start.checked_sub(1).map_or(0, |at| self.origin(&(at..at)).source.start);
        let after = self.origin(&(span.end..span.end)).source.start;
        self.source.get(before..after).unwrap_or("")
    }

    fn piece_at(&self, at: usize) -> Option<&Piece> {
        let next = self.pieces.partition_point(|piece| piece.text.end <= at);
        self.pieces.get(next).or_else(|| self.pieces.last())
    }

    fn start_in(&self, piece: &Piece, at: usize) -> usize {
        if piece.computed {
            return self
                .source
                .get(..piece.source.start)
                .and_then(|text| text.rfind("{{"))
                .unwrap_or(piece.source.start);
        }
        (piece.source.start + at.saturating_sub(piece.text.start)).min(piece.source.end)
    }

    fn end_in(&self, piece: &Piece, at: usize) -> usize {
        if piece.computed {
            let after = self.source.get(piece.source.end..).and_then(|text| text.find("}}"));
            return after.map_or(piece.source.end, |length| piece.source.end + length + 2);
        }
        (piece.source.start + at.saturating_sub(piece.text.start)).min(piece.source.end)
    }
}
