//! Which differences are meant.

use super::compare::Finding;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A difference that is meant.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// The request, as the step has it; `*` stands for anything.
    pub request: &'static str,
    /// Where in the answer; `*` stands for anything.
    pub place: &'static str,
    /// What stands there on the right; `*` stands for anything.
    pub right: &'static str,
    /// Why.
    pub why: &'static str,
}

/// Holds what was found against what is allowed: every finding has to be
/// allowed, and everything allowed has to be found, so that the list says what is so.
///
/// # Errors
/// What is not as it has to be, for people.
pub fn judge(findings: &[Finding], allowed: &[Allowed]) -> Result<(), String> {
    let mut used = BTreeSet::new();
    let mut text = String::new();
    let mut step = "";
    let mut shown = "";
    for finding in findings {
        let fitting = allowed.iter().position(|allowed| {
            like(allowed.request, &finding.request)
                && like(allowed.place, &finding.place)
                && like(allowed.right, &finding.right)
        });
        if let Some(number) = fitting {
            used.insert(number);
            continue;
        }
        if step != finding.step {
            if !shown.is_empty() {
                let _ = writeln!(text, "{shown}");
            }
            let _ = writeln!(text, "--- {}", finding.step);
            step = &finding.step;
        }
        shown = finding.answers();
        let _ = writeln!(text, "{}", finding.brief());
    }
    if !shown.is_empty() {
        let _ = writeln!(text, "{shown}");
    }
    for (_, allowed) in allowed.iter().enumerate().filter(|(number, _)| !used.contains(number)) {
        let Allowed { request, place, right, why } = allowed;
        let _ = writeln!(text, "--- allowed, yet nothing differs so: {request}, {place}, {right} ({why})");
    }
    if text.is_empty() { Ok(()) } else { Err(text) }
}

/// Does a text fit a pattern with `*`?
fn like(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|end| rest.is_char_boundary(*end)).any(|end| like(tail, &rest[end..]))
}
