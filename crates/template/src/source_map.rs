//! Which part of the output came from where in the source.

use std::ops::Range;

/// Output of a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The bytes written. UTF-8 as long as the template and its data are.
    pub output: Vec<u8>,
    /// Where each part came from, in output order and without gaps; empty unless a source map was asked for.
    pub segments: Vec<Segment>,
}

/// One stretch of output with one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Bytes of the output.
    pub output: Range<usize>,
    /// Bytes of the source text they came from: the text itself, or the pipeline of the action without its delimiters.
    pub source: Range<usize>,
    /// Which source text: 0 is the first text parsed, 1 the second, and so on.
    pub source_index: usize,
    /// Copied or computed.
    pub kind: SegmentKind,
}

/// How a [`Segment`] came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// Literal text: output and source are the same bytes, so offsets inside the segment correspond one to one.
    Literal,
    /// What an action printed: the whole segment belongs to the whole source range.
    Action,
}

// === impl Rendered ===

impl Rendered {
    /// The segment that wrote the output byte at `offset`; for the end of the output, the last segment.
    #[must_use]
    pub fn segment_at(&self, offset: usize) -> Option<&Segment> {
        let next = self.segments.partition_point(|s| s.output.end <= offset);
        self.segments.get(next).or_else(|| self.segments.last())
    }

    /// Source text and byte offset in it that the output byte at `offset` came from.
    #[must_use]
    pub fn source_of(&self, offset: usize) -> Option<(usize, usize)> {
        let segment = self.segment_at(offset)?;
        let at = match segment.kind {
            SegmentKind::Literal => {
                let into = offset.saturating_sub(segment.output.start);
                segment.source.start.saturating_add(into).min(segment.source.end)
            }
            SegmentKind::Action => segment.source.start,
        };
        Some((segment.source_index, at))
    }
}
