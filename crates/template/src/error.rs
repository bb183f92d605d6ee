//! Errors, printed exactly as Go prints them.

use crate::limits::Limit;
use crate::source_map::Rendered;

/// The text is not a template. Prints as `template: NAME:LINE: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {message}")]
pub struct ParseError {
    /// Name of the template that was parsed.
    pub name: String,
    /// Line in the text, counted from 1.
    pub line: usize,
    /// Byte offset in the text at which the parser stopped; where Go only knows a line, the end of what was read.
    pub offset: usize,
    /// What is wrong, in Go's words.
    pub message: String,
    /// The bound that was reached, when the text is not wrong but too deep.
    pub limit: Option<Limit>,
}

/// A template failed while it ran.
///
/// Prints as `template: NAME:LINE:COL: executing "NAME" at <PLACE>: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ExecError {
    /// The whole message, as Go prints it.
    pub text: String,
    /// What went wrong, without the place.
    pub message: String,
    /// Name of the parse tree in which it happened; empty when the template itself is missing.
    pub name: String,
    /// Line in the source, counted from 1; 0 when there is no place.
    pub line: usize,
    /// Bytes before the place on its line, as Go counts columns.
    pub column: usize,
    /// Byte offset of the place in its source text.
    pub offset: usize,
    /// Which source text: 0 is the first text parsed, 1 the second, and so on.
    pub source_index: usize,
    /// What kind of failure this is.
    pub kind: ExecErrorKind,
}

/// What kind of failure an [`ExecError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecErrorKind {
    /// The template does something its data does not allow.
    Template,
    /// A function returned an error.
    Function,
    /// A bound was reached.
    Limit(Limit),
}

/// Rendering stopped. Holds what was written before the failure: Go writes it too, and a command line should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct RenderError {
    /// Why it stopped.
    #[source]
    pub cause: Box<ExecError>,
    /// Output up to the failure, with its source map when one was asked for.
    pub partial: Rendered,
}
