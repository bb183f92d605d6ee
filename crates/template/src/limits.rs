//! Bounds on what one template may cost, so that neither a template nor its data can exhaust the pilot.

use std::fmt;

/// What a template may use. Exceeding any bound is an error of its own ([`Limit`]), never a panic or a hang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nesting in the source: control structures inside each other plus parentheses inside each other.
    /// Default 200, at most [`MOST_PARSE_DEPTH`](Self::MOST_PARSE_DEPTH).
    pub parse_depth: usize,
    /// `{{template}}` calls inside each other, as in a template that includes itself. Default 200.
    pub template_depth: usize,
    /// Control structures, pipelines and template calls inside each other while a template runs. Default 500, at most
    /// [`MOST_NESTING`](Self::MOST_NESTING).
    pub nesting: usize,
    /// Units of work in one rendering: a node walked, an argument evaluated and 64 bytes of text produced each count
    /// one. Default 10,000,000 (a few seconds at most).
    pub steps: u64,
    /// Bytes of output, and also bytes of any single string made on the way. Default 16 MiB.
    pub output_bytes: usize,
}

/// The bound that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::parse_depth`].
    ParseDepth,
    /// [`Limits::template_depth`].
    TemplateDepth,
    /// [`Limits::nesting`].
    Nesting,
    /// [`Limits::steps`].
    Steps,
    /// [`Limits::output_bytes`].
    OutputBytes,
}

// === impl Limits ===

impl Default for Limits {
    fn default() -> Self {
        Self {
            parse_depth: 200,
            template_depth: 200,
            nesting: 500,
            steps: 10_000_000,
            output_bytes: 16 << 20,
        }
    }
}

impl Limits {
    /// The parser recurses: this many levels fit a thread's stack of 2 MiB even without optimisation.
    pub const MOST_PARSE_DEPTH: usize = 300;
    /// The evaluator recurses: this many levels fit a thread's stack of 2 MiB even without optimisation.
    pub const MOST_NESTING: usize = 500;

    /// The same with no bound above what the stack holds.
    pub(crate) fn within_the_stack(self) -> Self {
        Self {
            parse_depth: self.parse_depth.min(Self::MOST_PARSE_DEPTH),
            nesting: self.nesting.min(Self::MOST_NESTING),
            ..self
        }
    }

    /// The bound that `limit` names, for messages.
    #[must_use]
    pub fn of(&self, limit: Limit) -> u64 {
        let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        match limit {
            Limit::ParseDepth => wide(self.parse_depth),
            Limit::TemplateDepth => wide(self.template_depth),
            Limit::Nesting => wide(self.nesting),
            Limit::Steps => self.steps,
            Limit::OutputBytes => wide(self.output_bytes),
        }
    }
}

// === impl Limit ===

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ParseDepth => "nesting depth",
            Self::TemplateDepth => "template depth",
            Self::Nesting => "nesting depth while running",
            Self::Steps => "number of steps",
            Self::OutputBytes => "output size in bytes",
        })
    }
}
