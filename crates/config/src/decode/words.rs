//! One of a few words.

use super::{near_miss, text};
use crate::finding::Findings;
use crate::json5::Node;

/// One of a few words, in any case. `message` makes the error of the word as written.
pub(crate) fn one_of<T: Clone>(
    node: &Node,
    path: &str,
    words: &[(&'static str, T)],
    message: impl FnOnce(&str) -> String,
    findings: &mut Findings,
) -> Option<T> {
    let written = text(node, path, findings)?;
    if let Some((_, meaning)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&written)) {
        return Some(meaning.clone());
    }
    let all: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    let finding = findings.error(node.mark(), message(&written));
    finding.label(format!("expected {}", all.join(", ")));
    if let Some(meant) = near_miss(&written, words.iter().map(|(word, _)| *word)) {
        finding.hint(format!("did you mean \"{meant}\"?"));
    }
    None
}
