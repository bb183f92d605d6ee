//! Keeping secrets out of what is told.

use crate::Description;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What stands in a secret's place.
const REDACTED: &str = "[redacted]";

/// The shortest secret that is looked for, in bytes: a shorter one is found in
/// half of all words.
const SHORTEST: usize = 4;

/// The shortest line of a secret of several lines that is looked for by itself,
/// in bytes: output comes line by line, and a line such as `}` is no secret.
const SHORTEST_LINE: usize = 8;

/// Texts that nobody is to read in a log.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The longest first: one may be a part of another.
    texts: Vec<String>,
}

// === impl Secrets ===

impl Secrets {
    /// These secrets. Those of less than four bytes cannot be hidden: they are
    /// found in half of all words. White space around a secret is not part of
    /// it; one of several lines is looked for line by line, too.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut found = BTreeSet::new();
        for secret in secrets {
            let secret = secret.trim();
            if secret.len() >= SHORTEST {
                found.insert(secret);
            }
            found.extend(secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE));
        }
        let mut texts: Vec<String> = found.into_iter().map(str::to_owned).collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self { texts }
    }

    /// The text with `[redacted]` in place of each secret in it.
    #[must_use]
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut hidden = Cow::Borrowed(text);
        for secret in &self.texts {
            if hidden.contains(secret.as_str()) {
                hidden = Cow::Owned(hidden.replace(secret.as_str(), REDACTED));
            }
        }
        hidden
    }

    /// The same for all that is told of an event. Copies nothing where there
    /// is nothing to hide.
    #[must_use]
    pub fn hide_in(&self, mut description: Description) -> Description {
        if self.texts.is_empty() {
            return description;
        }
        let fields = description.fields.iter_mut().map(|(_, value)| value);
        for text in fields.chain([&mut description.message]) {
            if let Cow::Owned(hidden) = self.hide(text) {
                *text = hidden;
            }
        }
        description
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").field("count", &self.texts.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe;
    use gyropilot_model::{Event, Role};

    #[test]
    fn secrets_are_hidden_in_messages_and_fields() {
        let secrets = Secrets::new([" s3cr3t\n", "s3cr3t-and-longer", "abc"]);
        let line = "first s3cr3t, then s3cr3t-and-longer, then abc".to_owned();
        let role = Role::Task { name: "curl -H s3cr3t".into() };
        let told = secrets.hide_in(describe(&Event::Output { role, pid: 1, line }));
        assert_eq!(told.message, "first [redacted], then [redacted], then abc");
        assert!(told.fields.contains(&("task", "curl -H [redacted]".to_owned())), "{:?}", told.fields);
        assert!(!format!("{secrets:?}").contains("s3cr3t"));
    }

    #[test]
    fn a_secret_of_several_lines_is_hidden_line_by_line() {
        let secrets = Secrets::new(["{\n  \"key\": \"0123456789\"\n}\n"]);
        assert_eq!(secrets.hide("  \"key\": \"0123456789\""), "  [redacted]");
        assert_eq!(secrets.hide("}"), "}");
        assert!(matches!(Secrets::default().hide("anything"), Cow::Borrowed(_)));
    }
}
