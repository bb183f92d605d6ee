//! From the v2 form to the form of jobs.
//!
//! Values are carried over as they are written, templates included. What means something else in the form of jobs is
//! said in a comment beside it; what has no place there is said in the result and to whoever asked.

mod actions;
mod jobs;
mod migrating;
mod old;
mod page;
mod top;

use crate::finding::Findings;
use crate::json5::{self, Reading};
use crate::load::{Host, load};
use crate::rendered::Rendered;
use crate::report::{Report, report};
use crate::source::Document;
use crate::template::render;
use actions::Kept;
use gyropilot_model::{Plan, Work};
use migrating::Migrating;
use old::{Old, Part};

/// A configuration in the form of jobs, made from one of the v2 form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The new file.
    pub text: String,
    /// What has no place in it, and why; each is said in a comment too.
    pub lost: Vec<String>,
    /// What whoever migrates should know or decide.
    pub notes: Vec<String>,
}

/// Makes a configuration in the form of jobs from one of the v2 form, that runs `application` as it was given on the
/// command line. Both are loaded on the way, with the templates that they have.
///
/// # Errors
/// A report on the old file when it is not valid or not of the v2 form, and on the new one should that not be valid.
pub fn migrate(document: &Document, application: &[String], host: &Host<'_>) -> Result<Migration, Report> {
    let plan = load(document, host)?.plan;
    if matches!(plan.work, Work::Jobs(_)) {
        return Err(refused(document, "it is in the form of jobs already", host));
    }
    let (kept, rendered) = match keep_actions(document, host) {
        Some(both) => both,
        None => (Kept::nothing(lines_with_actions(&document.text)), render(document, host.env)?),
    };
    let Reading { root: Some(root), .. } = json5::read(&rendered.text) else {
        return Err(refused(document, "it cannot be read without its templates", host));
    };
    let Some(part) = Part::of(&root) else {
        return Err(refused(document, "it is not an object", host));
    };
    let left = kept.left.clone();
    let mut migrating = Migrating::new(Old::new(&rendered.text, &root), part, kept, &plan);
    let mut page = migrating.page(application);
    let mut notes = std::mem::take(&mut migrating.notes);
    if let Some(lines) = list_of_lines(&left) {
        let note = format!(
            "the templates on {lines} decide what the file consists of: they were applied with the environment of the \
             migration, and are not in the new file"
        );
        page.say(&note);
        notes.push(note);
    }
    let text = migrating.restore(&page.page());
    let migrated = Document { name: "the new configuration".to_owned(), text };
    load(&migrated, host)?;
    Ok(Migration { text: migrated.text, lost: migrating.lost, notes })
}

/// The text with its templates put aside, as far as it can be read so.
fn keep_actions(document: &Document, host: &Host<'_>) -> Option<(Kept, Rendered)> {
    let kept = actions::keep(&document.text)?;
    let masked = Document { name: document.name.clone(), text: kept.text.clone() };
    let rendered = render(&masked, host.env).ok()?;
    let Reading { root, faults, .. } = json5::read(&rendered.text);
    (root.is_some() && faults.is_empty()).then_some((kept, rendered))
}

fn lines_with_actions(text: &str) -> Vec<usize> {
    text.lines().enumerate().filter(|(_, line)| line.contains("{{")).map(|(number, _)| number + 1).collect()
}

/// `line 3` or `lines 3, 4 and 9`.
fn list_of_lines(lines: &[usize]) -> Option<String> {
    let mut lines = lines.to_vec();
    lines.dedup();
    let (last, others) = lines.split_last()?;
    if others.is_empty() {
        return Some(format!("line {last}"));
    }
    let others: Vec<String> = others.iter().map(usize::to_string).collect();
    Some(format!("lines {} and {last}", others.join(", ")))
}

fn refused(document: &Document, reason: &str, host: &Host<'_>) -> Report {
    let mut findings = Findings::default();
    findings.outside(format!("{} cannot be migrated: {reason}", document.name));
    match render(document, host.env) {
        Ok(rendered) => report(&rendered, findings),
        Err(report) => report,
    }
}

/// What a plan of hooks is known by.
fn hooks(plan: &Plan) -> gyropilot_model::Hooks {
    plan.hooks().cloned().unwrap_or_default()
}
