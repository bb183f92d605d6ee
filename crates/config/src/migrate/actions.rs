//! Template actions kept as they were written, while the text around them is read.
//!
//! An action inside a text, or in the place of a whole value, is put aside: what stands for it is JSON5, and at the end
//! the action is put back to the letter. Actions that decide what the file consists of cannot be kept where they are,
//! because what they decide moves; those are left to be applied.

use std::ops::Range;

/// Begins and ends what stands for an action: characters for private use, which no configuration has.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// A text in which something stands for each action that can be kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) text: String,
    actions: Vec<Action>,
    /// Lines, from 1, of the actions that were left in place.
    pub(super) left: Vec<usize>,
}

#[derive(Debug)]
struct Action {
    written: String,
    /// It is a value by itself, not a part of a text.
    bare: bool,
}

/// A walk through a text that is both a template and JSON5.
struct Walk<'t> {
    source: &'t str,
    at: usize,
    kept: Kept,
    /// For each open block outside of texts: does it give the dot or a variable another meaning?
    blocks: Vec<bool>,
    /// A variable was set outside of texts.
    assigned: bool,
}

/// Puts aside what can be kept. `None` when template and JSON5 are entangled in a way that this does not follow.
pub(super) fn keep(source: &str) -> Option<Kept> {
    if source.contains([OPEN, CLOSE]) {
        return None;
    }
    let mut walk = Walk { source, at: 0, kept: Kept::default(), blocks: Vec::new(), assigned: false };
    while walk.step()? {}
    walk.blocks.is_empty().then_some(walk.kept)
}

/// Where the action that begins at `start` ends, past its closing braces.
fn end_of_action(text: &str, start: usize) -> Option<usize> {
    let inside = text.get(start + 2..)?;
    let comment = inside.strip_prefix("- ").unwrap_or(inside).trim_start().starts_with("/*");
    if comment {
        let close = inside.find("*/")?;
        let braces = inside.get(close..)?.find("}}")?;
        return Some(start + 2 + close + braces + 2);
    }
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match quote {
            None if inside.get(at..)?.starts_with("}}") => return Some(start + 2 + at + 2),
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None => {}
            Some(open) if c == open && !escaped => quote = None,
            Some(_) => {}
        }
        escaped = c == '\\' && !escaped && quote.is_some_and(|open| open != '`');
    }
    None
}

/// The first word of an action, without braces and trim markers.
fn keyword(action: &str) -> &str {
    let inside = action.trim_start_matches('{').trim_start_matches('-').trim_start();
    inside.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("")
}

fn opens(word: &str) -> bool {
    matches!(word, "if" | "range" | "with" | "define" | "block")
}

fn directs(word: &str) -> bool {
    opens(word) || matches!(word, "else" | "end" | "template" | "break" | "continue")
}

// === impl Walk ===

impl Walk<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or("")
    }

    fn copy(&mut self, to: usize) {
        self.kept.text.push_str(self.source.get(self.at..to).unwrap_or(""));
        self.at = to;
    }

    /// Takes the next piece. `Some(false)` at the end.
    fn step(&mut self) -> Option<bool> {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return Some(false) };
        if rest.starts_with("{{") {
            self.outside()?;
        } else if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            self.comment(self.at + length)?;
        } else if rest.starts_with("/*") {
            let length = rest.find("*/")? + 2;
            self.comment(self.at + length)?;
        } else if matches!(c, '"' | '\'') {
            self.string(c)?;
        } else {
            self.copy(self.at + c.len_utf8());
        }
        Some(true)
    }

    /// Templates know of no comments: an action in one has its effect.
    fn comment(&mut self, end: usize) -> Option<()> {
        if self.source.get(self.at..end)?.contains("{{") {
            return None;
        }
        self.copy(end);
        Some(())
    }

    /// An action outside of any text.
    fn outside(&mut self) -> Option<()> {
        let end = end_of_action(self.source, self.at)?;
        let action = self.source.get(self.at..end)?.to_owned();
        let word = keyword(&action).to_owned();
        if opens(&word) {
            self.blocks.push(word != "if");
        } else if word == "end" {
            self.blocks.pop()?;
        }
        let comment = action.contains("/*") && word.is_empty();
        let assigns = action.contains(":=");
        self.assigned |= assigns;
        if directs(&word) || assigns || comment || !self.is_free(&action) {
            if !comment {
                self.kept.left.push(self.line());
            }
            self.copy(end);
        } else {
            self.kept.text.push('"');
            self.stand_in(action, true);
            self.kept.text.push('"');
            self.at = end;
        }
        Some(())
    }

    /// A text, all of whose actions are kept, or none.
    fn string(&mut self, quote: char) -> Option<()> {
        let mut at = self.at + 1;
        let mut actions: Vec<Range<usize>> = Vec::new();
        loop {
            let rest = self.source.get(at..)?;
            let c = rest.chars().next()?;
            if rest.starts_with("{{") {
                let end = end_of_action(self.source, at)?;
                actions.push(at..end);
                at = end;
                continue;
            }
            at += c.len_utf8();
            if c == '\\' {
                at += self.source.get(at..)?.chars().next()?.len_utf8();
            } else if c == quote {
                break;
            }
        }
        let mut open = 0_usize;
        for action in &actions {
            let word = keyword(self.source.get(action.clone())?);
            if opens(word) {
                open += 1;
            } else if word == "end" {
                open = open.checked_sub(1)?;
            }
        }
        if open != 0 {
            return None;
        }
        let free =
            actions.iter().all(|action| self.source.get(action.clone()).is_some_and(|a| self.is_free(a)));
        for action in actions {
            self.copy(action.start);
            if free {
                let written = self.source.get(action.clone())?.to_owned();
                self.stand_in(written, false);
                self.at = action.end;
            } else {
                self.kept.left.push(self.line());
                self.copy(action.end);
            }
        }
        self.copy(at);
        Some(())
    }

    /// Does the action mean the same wherever it stands?
    fn is_free(&self, action: &str) -> bool {
        !(self.blocks.contains(&true) || self.assigned && action.contains('$'))
    }

    fn stand_in(&mut self, written: String, bare: bool) {
        self.kept.text.push_str(&format!("{OPEN}{}{CLOSE}", self.kept.actions.len()));
        self.kept.actions.push(Action { written, bare });
    }

    fn line(&self) -> usize {
        self.source.get(..self.at).unwrap_or("").matches('\n').count() + 1
    }
}

// === impl Kept ===

impl Kept {
    /// Nothing was kept: all that was on these lines is left.
    pub(super) fn nothing(left: Vec<usize>) -> Self {
        Self { left, ..Self::default() }
    }

    /// What `text`, made of parts of [`Self::text`], is with its actions put back.
    pub(super) fn restore(&self, text: &str) -> String {
        let mut restored = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(OPEN) {
            let (before, from) = rest.split_at(at);
            let Some((number, after)) = from.split_once(CLOSE) else { break };
            let Some(action) =
                number.trim_start_matches(OPEN).parse().ok().and_then(|n: usize| self.actions.get(n))
            else {
                break;
            };
            match (before.strip_suffix('"'), after.strip_prefix('"')) {
                (Some(before), Some(after)) if action.bare => {
                    restored.push_str(before);
                    restored.push_str(&action.written);
                    rest = after;
                }
                _ => {
                    restored.push_str(before);
                    restored.push_str(&action.written);
                    rest = after;
                }
            }
        }
        restored.push_str(rest);
        restored
    }

    /// `word` as a text of JSON5, with its actions put aside.
    pub(super) fn quoted(&mut self, word: &str) -> String {
        let mut quoted = String::from("\"");
        let mut rest = word;
        while let Some(at) = rest.find("{{") {
            let Some(end) = end_of_action(rest, at) else { break };
            escape(rest.get(..at).unwrap_or(""), &mut quoted);
            quoted.push_str(&format!("{OPEN}{}{CLOSE}", self.actions.len()));
            let written = rest.get(at..end).unwrap_or("").to_owned();
            self.actions.push(Action { written, bare: false });
            rest = rest.get(end..).unwrap_or("");
        }
        escape(rest, &mut quoted);
        quoted.push('"');
        quoted
    }
}

fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '"' | '\\' => into.extend(['\\', c]),
            '\n' => into.push_str("\\n"),
            '\t' => into.push_str("\\t"),
            c if c.is_control() => into.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => into.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of `text` is left to be applied, once the rest was put aside and put back.
    fn left(text: &str) -> Vec<usize> {
        let kept = keep(text).unwrap();
        assert_eq!(kept.restore(&kept.text), text);
        kept.left
    }

    #[test]
    fn actions_in_texts_and_in_the_place_of_values_are_kept() {
        let text = r#"{ "a": "{{ .A | default "x\"}}" }}:80", "p": {{ .P }}, t: ['{{ if .B }}b{{ else }}c{{ end }}'] }"#;
        let kept = keep(text).unwrap();
        assert!(!kept.text.contains("{{"), "{}", kept.text);
        assert_eq!(kept.restore(&kept.text), text);
        assert_eq!(kept.left, Vec::<usize>::new());
    }

    #[test]
    fn what_decides_the_shape_of_the_file_is_left() {
        assert_eq!(left("{\n{{ if .A }}\na: \"{{ .A }}\",\n{{ end }}\n}"), [2, 4]);
        assert_eq!(left("[ {{ range .L }}\n\"{{ . }}\", {{ .P }}\n{{ end }} ]"), [1, 2, 2, 3]);
        assert_eq!(left("{{ $x := .A }}\n{ a: \"{{ $x }}\", b: \"{{ .B }}\" }"), [1, 2]);
    }

    #[test]
    fn what_is_entangled_is_not_followed() {
        for text in ["\"{{ if .A }}\" {{ end }}", "{{ if .A }} {}", "{ a: 1 // {{ if .A }}\n}", "\"{{ .A \""]
        {
            assert!(keep(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_word_is_quoted_around_its_actions() {
        let mut kept = Kept::default();
        let quoted = kept.quoted("say \"{{ .A | default \"b\" }}\"\\");
        assert_eq!(kept.restore(&quoted), r#""say \"{{ .A | default "b" }}\"\\""#);
    }
}
