//! What a rendering has written, and where it came from.

use std::ops::Range;

use crate::source_map::{Rendered, Segment, SegmentKind};

pub(crate) struct Output {
    rendered: Rendered,
    mapped: bool,
    limit: usize,
}

// === impl Output ===

impl Output {
    pub(crate) fn new(mapped: bool, limit: usize) -> Self {
        Self { rendered: Rendered::default(), mapped, limit }
    }

    /// Appends; past the limit it writes what still fits and answers false.
    pub(crate) fn write(
        &mut self,
        bytes: &[u8],
        source: Range<usize>,
        source_index: usize,
        kind: SegmentKind,
    ) -> bool {
        let start = self.rendered.output.len();
        let room = self.limit.saturating_sub(start);
        let fitting = bytes.get(..room).unwrap_or(bytes);
        self.rendered.output.extend_from_slice(fitting);
        if self.mapped && !fitting.is_empty() {
            let output = start..self.rendered.output.len();
            self.rendered.segments.push(Segment { output, source, source_index, kind });
        }
        fitting.len() == bytes.len()
    }

    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn finish(self) -> Rendered {
        self.rendered
    }
}
