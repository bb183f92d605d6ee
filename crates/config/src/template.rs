//! Applying templates to configuration texts and arguments.

use crate::finding::Findings;
use crate::functions::functions;
use crate::rendered::{Piece, Rendered};
use crate::report::{Report, report, secrets_of};
use crate::source::Document;
use gyropilot_template::{ExecError, MissingKey, ParseError, SegmentKind, Template, Value};
use std::collections::BTreeMap;
use std::ops::Range;

/// Applies the template that a configuration is, with the environment as its dot.
///
/// A variable that is not set prints nothing. Values are taken whole, `=` included.
///
/// # Errors
/// A report with the place, whose message begins with `Could not apply template to config: `.
pub fn render(document: &Document, env: &BTreeMap<String, String>) -> Result<Rendered, Report> {
    let mut rendered = Rendered {
        set: env.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.clone()).collect(),
        secrets: secrets_of(env),
        ..Rendered::plain(document)
    };
    if !document.text.contains("{{") {
        return Ok(rendered);
    }
    let mut template = template(&document.name, env);
    if let Err(error) = template.parse(&document.text) {
        return Err(not_a_template(&rendered, &error));
    }
    match template.render_mapped(&Value::from_strings(env.clone())) {
        Ok(output) => {
            rendered.text.clear();
            for segment in output.segments {
                let bytes = output.output.get(segment.output.clone()).unwrap_or(&[]);
                let start = rendered.text.len();
                rendered.text.push_str(&String::from_utf8_lossy(bytes));
                rendered.pieces.push(Piece {
                    text: start..rendered.text.len(),
                    source: segment.source,
                    computed: segment.kind == SegmentKind::Action,
                });
            }
            Ok(rendered)
        }
        Err(error) => Err(failed(&rendered, &error.cause)),
    }
}

/// An argument of the application is not a template, or fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unable to render command arguments template: {0}")]
pub struct ArgumentsError(String);

/// Applies each argument of the application as a template, with the environment as its dot.
///
/// The environment should already hold [`exported_variables`](crate::exported_variables).
///
/// # Errors
/// [`ArgumentsError`] when any argument fails. The original then used all of them as they were; so should the caller.
pub fn render_arguments(
    args: &[String],
    env: &BTreeMap<String, String>,
) -> Result<Vec<String>, ArgumentsError> {
    if !args.iter().any(|arg| arg.contains("{{")) {
        return Ok(args.to_vec());
    }
    let dot = Value::from_strings(env.clone());
    let one = |arg: &String| {
        let mut template = template("", env);
        template.parse(arg).map_err(|error| ArgumentsError(error.to_string()))?;
        let output = template.render(&dot).map_err(|error| ArgumentsError(error.to_string()))?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    };
    args.iter().map(one).collect()
}

fn template(name: &str, env: &BTreeMap<String, String>) -> Template {
    Template::new(name).functions(functions(env)).missing_key(MissingKey::Zero)
}

fn not_a_template(source: &Rendered, error: &ParseError) -> Report {
    let mut findings = Findings::default();
    let span = on_line(&source.source, error.line, error.offset);
    let finding = findings.error(span, format!("Could not apply template to config: {error}"));
    if let Some(name) = quoted_after(&error.message, "function \"") {
        let known = functions(&BTreeMap::new());
        match crate::decode::near_miss(name, known.names()) {
            Some(meant) => finding.hint(format!("did you mean `{meant}`?")),
            None => finding.hint(format!(
                "functions here, beside Go's own: {}",
                known.names().collect::<Vec<_>>().join(", ")
            )),
        };
    } else if error.message.contains("unclosed action")
        || error.message.contains("unterminated")
        || error.message.contains("\"}\"")
    {
        finding.hint("an action begins with `{{` and ends with `}}` on the same line");
    } else if error.message.contains("unexpected EOF") {
        finding.hint("is an `{{ end }}` missing?");
    }
    report(source, findings)
}

fn failed(source: &Rendered, error: &ExecError) -> Report {
    let mut findings = Findings::default();
    let span = on_line(&source.source, error.line, error.offset);
    let finding = findings.error(span, format!("Could not apply template to config: {error}"));
    if error.message.contains("<string>") || error.message.contains("in type string") {
        finding.hint(
            "each variable of the environment is a text: { .NAME } has no fields"
                .replace("{ ", "{{ ")
                .replace(" }", " }}"),
        );
    }
    report(source, findings)
}

/// The word at `offset` when that is on `line`, else the whole line: the offset may be where the parser gave up.
fn on_line(text: &str, line: usize, offset: usize) -> Range<usize> {
    let start = if line <= 1 {
        0
    } else {
        text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1)
    };
    let rest = text.get(start..).unwrap_or("");
    let end = start + rest.find('\n').unwrap_or(rest.len());
    if line > 0 && !(start..=end).contains(&offset) {
        let indent = rest.len() - rest.trim_start().len();
        return (start + indent).min(end)..end;
    }
    let word = text.get(offset..).unwrap_or("");
    let length = word.find(|c: char| c.is_whitespace() || matches!(c, '}' | '|' | ')')).unwrap_or(word.len());
    offset..offset.saturating_add(length)
}

/// What stands between `before` and the next quote.
fn quoted_after<'m>(message: &'m str, before: &str) -> Option<&'m str> {
    message.split_once(before)?.1.split('"').next()
}
