//! The look of a report.

use super::{Diagnostic, Mark, Report, Severity, Style};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Columns of a line that are shown around a mark.
const WIDTH: usize = 120;

pub(super) fn render(report: &Report, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    }
    .term_width(WIDTH);
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        let shown = Shown::new(&report.name, diagnostic);
        out.push_str(&renderer.render(&shown.groups()));
        out.push_str("\n\n");
    }
    if report.more > 0 {
        out.push_str(&format!("… and {} more\n", report.more));
    }
    out
}

pub(super) fn line(name: &str, diagnostic: &Diagnostic) -> String {
    let place = match diagnostic.marks.first() {
        Some(mark) => format!("{name}:{}:{}: ", mark.line, mark.column),
        None => format!("{name}: "),
    };
    let hint = diagnostic.hints.first().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{place}{}{hint}", printable(&diagnostic.message))
}

/// A diagnostic with its marks sorted into lines.
struct Shown<'d> {
    diagnostic: &'d Diagnostic,
    name: String,
    message: String,
    hints: Vec<String>,
    /// Marks of one line each, the line of the first mark first.
    lines: Vec<Vec<&'d Mark>>,
}

// === impl Shown ===

impl<'d> Shown<'d> {
    fn new(name: &str, diagnostic: &'d Diagnostic) -> Self {
        let mut lines: Vec<Vec<&Mark>> = Vec::new();
        for mark in &diagnostic.marks {
            match lines.iter_mut().find(|line| {
                line.first().is_some_and(|first| (first.line, &first.text) == (mark.line, &mark.text))
            }) {
                Some(line) => line.push(mark),
                None => lines.push(vec![mark]),
            }
        }
        Self {
            diagnostic,
            name: printable(name),
            message: printable(&diagnostic.message),
            hints: diagnostic.hints.iter().map(|hint| printable(hint)).collect(),
            lines,
        }
    }

    fn groups(&self) -> Vec<Group<'_>> {
        let level = match self.diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(self.message.as_str()));
        for line in &self.lines {
            let cut = line.iter().find(|mark| is_cut(mark));
            group = match cut {
                // The place in the file, as the one in the part that is shown would mislead.
                Some(mark) => group
                    .element(Origin::path(self.name.as_str()).line(mark.line).char_column(mark.column))
                    .element(snippet(line)),
                None => group.element(snippet(line).path(self.name.as_str())),
            };
        }
        for hint in &self.hints {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let rendered = self.diagnostic.rendered.as_ref().map(|mark| {
            Group::with_title(Level::NOTE.secondary_title("with the template applied, the line reads"))
                .element(snippet(&[mark]))
        });
        std::iter::once(group).chain(rendered).collect()
    }
}

fn snippet<'d>(marks: &[&'d Mark]) -> Snippet<'d, annotate_snippets::Annotation<'d>> {
    let (line, text) = marks.first().map_or((1, ""), |mark| (mark.line, mark.text.as_str()));
    let mut snippet = Snippet::source(text).line_start(line);
    for mark in marks {
        let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = (!mark.label.is_empty()).then_some(mark.label.as_str());
        snippet = snippet.annotation(kind.span(mark.span.clone()).label(label));
    }
    snippet
}

/// Whether the beginning of the mark's line is not shown.
fn is_cut(mark: &Mark) -> bool {
    mark.text.get(..mark.span.start).is_some_and(|before| before.chars().count() + 1 != mark.column)
}

/// Without characters that move the cursor or forge lines.
fn printable(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
