//! From findings in the rendered text to places in the user's own file.

use super::redact::{mask, scrub, secret_spans};
use super::{Diagnostic, Mark, Report};
use crate::finding::{Finding, Findings, Note, Span};
use crate::rendered::Rendered;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Longer lines are shown in part.
const LONGEST_LINE: usize = 4000;

/// What of such a line is shown before the mark.
const BEFORE_MARK: usize = 2000;

/// Values of tokens in the file that are hidden wherever they occur; any more only where they stand. A file has one.
const MOST_VALUES: usize = 20;

/// Variables inside an action; `.A.B` names `A`.
static VARIABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:[\s({|,]|\{-)\.([A-Za-z_]\w*)").ok());

/// A text in which places are looked up.
struct Lined<'t> {
    text: &'t str,
    /// Where each line begins.
    lines: Vec<usize>,
    /// In order.
    hidden: Vec<Range<usize>>,
    values: &'t [String],
}

/// Tells `findings` about a rendered text in terms of what the user wrote.
pub(crate) fn report(rendered: &Rendered, findings: Findings) -> Report {
    let (findings, more) = findings.into_sorted();
    if findings.is_empty() {
        // The usual case, at every start: nothing to look up and nothing to hide.
        return Report { name: rendered.name.clone(), ..Report::default() };
    }
    let hidden_source = secret_spans(&rendered.source);
    let hidden_text = secret_spans(&rendered.text);
    let written = hidden_source.iter().filter_map(|span| rendered.source.get(span.clone()));
    let printed = hidden_text.iter().filter_map(|span| rendered.text.get(span.clone()));
    let mut values: Vec<String> = rendered.secrets.clone();
    values.extend(written.chain(printed).take(MOST_VALUES).map(str::to_owned));
    // The longest first, so that a value inside another leaves nothing of it.
    values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    values.dedup();
    let source = Lined::new(&rendered.source, hidden_source, &values);
    let text = Lined::new(&rendered.text, hidden_text, &values);
    let mut diagnostics: Vec<Diagnostic> = Vec::with_capacity(findings.len());
    let mut faulty_line = None;
    for finding in &findings {
        let diagnostic = locate(rendered, &source, &text, finding);
        let line = diagnostic.marks.first().map(|mark| mark.line);
        // What one line of the user's printed in several places is wrong in one place only.
        if !finding.syntax || faulty_line != line {
            diagnostics.push(diagnostic);
        }
        if finding.syntax {
            faulty_line = line;
        }
    }
    Report { name: rendered.name.clone(), diagnostics, more }
}

fn locate(rendered: &Rendered, source: &Lined<'_>, text: &Lined<'_>, finding: &Finding) -> Diagnostic {
    let scrub = |message: &str| scrub(message, source.values);
    let mut hints: Vec<String> = finding.hints.iter().map(|hint| scrub(hint)).collect();
    let mut marks: Vec<Mark> = Vec::new();
    let mut after = None;
    for (i, note) in finding.notes.iter().enumerate() {
        let origin = rendered.origin(&note.span);
        let note = Note { label: scrub(&note.label), ..note.clone() };
        if i == 0 {
            if let Some(name) = unset_variable(rendered, &note.span) {
                hints.push(format!("the variable {name} is not set, so the template printed nothing for it"));
            }
            if origin.differs {
                let bare = Note { label: String::new(), ..note.clone() };
                after = Some(text.mark(note.span.clone(), &bare));
            }
        }
        marks.push(source.mark(origin.source, &note));
    }
    let message = match marks.first() {
        // The original's way to begin.
        Some(mark) if finding.syntax => {
            format!("Parse error at line:col [{}:{}]: {}", mark.line, mark.column, scrub(&finding.message))
        }
        _ => scrub(&finding.message),
    };
    Diagnostic { severity: finding.severity, message, marks, rendered: after, hints }
}

/// The first variable without a value that had a part in what stands at `span`.
fn unset_variable<'r>(rendered: &'r Rendered, span: &Span) -> Option<&'r str> {
    let within = rendered.around(span);
    if !within.contains("{{") {
        return None;
    }
    let names = VARIABLE.as_ref()?.captures_iter(within).filter_map(|captures| captures.get(1));
    names.map(|name| name.as_str()).find(|name| !rendered.set.contains(*name))
}

// === impl Lined ===

impl<'t> Lined<'t> {
    fn new(text: &'t str, mut hidden: Vec<Range<usize>>, values: &'t [String]) -> Self {
        hidden.sort_by_key(|span| (span.start, span.end));
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, lines, hidden, values }
    }

    /// The line where `span` begins, with a mark under the part of `span` that is on it.
    fn mark(&self, span: Range<usize>, note: &Note) -> Mark {
        let start = self.boundary(span.start);
        let line = self.lines.partition_point(|begin| *begin <= start);
        let line_start = line.checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or(0);
        let rest = self.text.get(line_start..self.lines.get(line).copied().unwrap_or(self.text.len()));
        let line_end = line_start + rest.unwrap_or("").trim_end_matches(['\n', '\r']).len();
        let start = start.min(line_end);
        let end = self.boundary(span.end).clamp(start, line_end);
        let column = self.text.get(line_start..start).unwrap_or("").chars().count() + 1;
        let window = self.window(line_start..line_end, start);
        Mark {
            line,
            column,
            text: self.shown(&window, &(line_start..line_end)),
            span: start - window.start..end.min(window.end).max(start) - window.start,
            label: note.label.clone(),
            primary: note.primary,
        }
    }

    /// The part of a line that is shown around `at`: all of it, but for the longest ones.
    fn window(&self, line: Range<usize>, at: usize) -> Range<usize> {
        if line.len() <= LONGEST_LINE {
            return line;
        }
        let start = self.boundary(at.saturating_sub(BEFORE_MARK)).max(line.start);
        start..self.boundary(start.saturating_add(LONGEST_LINE)).clamp(at, line.end)
    }

    /// The window with secrets masked. What is masked is found in a wider part of the line, so that a value that the
    /// edge cuts is found too.
    fn shown(&self, window: &Range<usize>, line: &Range<usize>) -> String {
        let widest = self.values.first().map_or(0, String::len);
        let start = self.boundary(window.start.saturating_sub(widest)).max(line.start);
        let end = self.boundary(window.end.saturating_add(widest)).clamp(start, line.end);
        let last = self.hidden.partition_point(|span| span.start < end);
        let spans = self.hidden.get(..last).unwrap_or(&[]);
        let masked = mask(self.text.get(start..end).unwrap_or(""), start, spans, self.values);
        masked.get(window.start - start..window.end - start).unwrap_or("").to_owned()
    }

    /// The nearest character boundary at or before `at`.
    fn boundary(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }
}
