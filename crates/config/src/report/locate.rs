//! From findings in the rendered text to places in the user's own file.

use super::redact::{mask, scrub, secret_spans};
use super::{Diagnostic, Mark, Report};
use crate::finding::{Finding, Findings, Note, Span};
use crate::rendered::Rendered;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Variables inside an action; `.A.B` names `A`.
static VARIABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:[\s({|,]|\{-)\.([A-Za-z_]\w*)").ok());

/// A text in which places are looked up.
struct Lined<'t> {
    text: &'t str,
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
    let mut values = rendered.secrets.clone();
    let hidden_source = secret_spans(&rendered.source);
    let hidden_text = secret_spans(&rendered.text);
    values
        .extend(hidden_source.iter().filter_map(|span| rendered.source.get(span.clone())).map(str::to_owned));
    values.extend(hidden_text.iter().filter_map(|span| rendered.text.get(span.clone())).map(str::to_owned));
    // The longest first, so that a value inside another leaves nothing of it.
    values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    values.dedup();
    let source = Lined { text: &rendered.source, hidden: hidden_source, values: &values };
    let text = Lined { text: &rendered.text, hidden: hidden_text, values: &values };
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

impl Lined<'_> {
    /// The line where `span` begins, with a mark under the part of `span` that is on it.
    fn mark(&self, span: Range<usize>, note: &Note) -> Mark {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end.max(start));
        let before = self.text.get(..start).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let rest = self.text.get(line_start..).unwrap_or("");
        let shown = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
        let from = (start - line_start).min(shown.len());
        let to = (end - line_start).clamp(from, shown.len());
        Mark {
            line,
            column: shown.get(..from).unwrap_or("").chars().count() + 1,
            text: mask(shown, line_start, &self.hidden, self.values),
            span: from..to,
            label: note.label.clone(),
            primary: note.primary,
        }
    }

    /// The nearest character boundary at or before `at`.
    fn boundary(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }
}
