//! What each object of a configuration may hold.
//!
//! These tables are the one source of it: the reader knows keys by them, and the JSON Schema and
//! `docs/reference.md` are generated from them.

use std::fmt;

/// What an object of a configuration may hold.
#[derive(Debug)]
pub struct Shape {
    /// Where it stands, such as `jobs[].health`; empty for the configuration itself. Unique within a form.
    pub name: &'static str,
    /// The form of configuration that it belongs to.
    pub form: Form,
    /// What it is, with its article, for messages.
    pub what: &'static str,
    /// Every key it knows.
    pub keys: &'static [Key],
    /// Keys that belong elsewhere.
    pub(crate) strangers: &'static [Stranger],
    /// Keys match in their own case only. The original was strict at the top and nowhere else.
    pub(crate) exact: bool,
}

/// One of the forms of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One application with hooks around it: ContainerPilot 2.
    Hooks,
    /// Jobs that start each other: ContainerPilot 3, and Gyropilot's own.
    Jobs,
    /// The same in both.
    Both,
}

/// A key of an object.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it may be called instead.
    pub aliases: &'static [&'static str],
    /// What its value is.
    pub kind: Kind,
    /// The object is wrong without it.
    pub required: bool,
    /// What holds without it, as it would be written or in words; empty when there is nothing to say.
    pub default: &'static str,
    /// What it means, in a sentence without a full stop.
    pub about: &'static str,
    /// ContainerPilot does not have it. Such a key may be written in `snake_case` too.
    pub own: bool,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A program and its arguments: a text that is split at spaces, or a list of texts.
    Command,
    /// True or false.
    Boolean,
    /// A whole number.
    Whole {
        /// The least.
        least: i64,
        /// The greatest.
        most: i64,
    },
    /// A whole number of seconds, without a unit.
    Seconds {
        /// The least.
        least: i64,
    },
    /// A number of seconds, or Go's notation such as `1m30s`.
    Duration,
    /// Go's notation, with a unit.
    GoDuration,
    /// One of these words.
    Words(&'static [&'static str]),
    /// True and nothing else.
    True,
    /// False and nothing else.
    False,
    /// Null, where it means something.
    Null,
    /// The object of this [`Shape::name`].
    Object(&'static str),
    /// A list of these.
    List(&'static Kind),
    /// An object whose keys are free and whose values are these.
    Map(&'static Kind),
    /// One of these.
    AnyOf(&'static [Kind]),
    /// Whatever it is, it is not looked at.
    Ignored,
}

/// A key that belongs elsewhere.
#[derive(Debug)]
pub(crate) struct Stranger {
    pub(crate) key: &'static str,
    /// Where it belongs, after the key itself.
    pub(crate) advice: &'static str,
    /// The key that does its work here.
    pub(crate) instead: Option<&'static str>,
}

/// The greatest number of seconds: Go counts nanoseconds in 63 bits, so that the original could wait no longer. About 292 years.
pub(crate) const MOST_SECONDS: i64 = 9_223_372_036;

/// Every object of every form, those of the jobs form first.
#[must_use]
pub fn reference() -> Vec<&'static Shape> {
    let (jobs, hooks, both) = (crate::jobs::SHAPES, crate::v2::SHAPES, crate::consul::SHAPES);
    [jobs, hooks, both].into_iter().flatten().copied().collect()
}

// === impl Shape ===

impl Shape {
    pub(crate) const fn new(
        name: &'static str,
        form: Form,
        what: &'static str,
        keys: &'static [Key],
        strangers: &'static [Stranger],
    ) -> Self {
        Self { name, form, what, keys, strangers, exact: name.is_empty() }
    }

    /// The key that is written `written`.
    pub(crate) fn key(&self, written: &str) -> Option<&'static Key> {
        let exact = self.keys.iter().find(|key| key.is_written(written, str::eq));
        let folded = || self.keys.iter().find(|key| key.is_written(written, str::eq_ignore_ascii_case));
        exact.or_else(|| folded().filter(|_| !self.exact))
    }
}

// === impl Key ===

impl Key {
    /// A key of the original's.
    pub(crate) const fn new(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, aliases: &[], kind, required: false, default, about, own: false }
    }

    /// A key that the original does not have.
    pub(crate) const fn own(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self { own: true, ..Self::new(name, kind, default, about) }
    }

    /// A key that must be there.
    pub(crate) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { required: true, ..Self::new(name, kind, "", about) }
    }

    pub(crate) const fn must(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Every way to write it, the proper one first.
    pub fn spellings(&self) -> impl Iterator<Item = String> {
        let snake = self.own.then(|| snake_case(self.name)).filter(|snake| snake != self.name);
        std::iter::once(self.name).chain(self.aliases.iter().copied()).map(str::to_owned).chain(snake)
    }

    fn is_written(&self, written: &str, same: impl Fn(&str, &str) -> bool) -> bool {
        let plain = same(self.name, written) || self.aliases.iter().any(|alias| same(alias, written));
        plain || self.own && written.contains('_') && same(&snake_case(self.name), written)
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut begins = true;
    for c in name.chars() {
        if c.is_ascii_uppercase() && !begins {
            snake.push('_');
        }
        begins = c.is_ascii_uppercase();
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

// === impl Kind ===

impl Kind {
    /// A number of seconds above 0.
    pub(crate) const POSITIVE_SECONDS: Self = Self::Seconds { least: 1 };
    /// A port.
    pub(crate) const PORT: Self = Self::Whole { least: 1, most: 65_535 };
    /// A number of times, from 1.
    pub(crate) const TIMES: Self = Self::Whole { least: 1, most: u32::MAX as i64 };
    /// A list of texts.
    pub(crate) const TEXTS: Self = Self::List(&Self::Text);
    /// A number of restarts.
    pub(crate) const RESTARTS: Self =
        Self::AnyOf(&[Self::Whole { least: 0, most: u32::MAX as i64 }, Self::Words(&["unlimited", "never"])]);
    /// `interfaces`.
    pub(crate) const RULES: Self = Self::AnyOf(&[Self::Text, Self::TEXTS]);
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Command => f.write_str("command"),
            Self::Boolean => f.write_str("boolean"),
            Self::Whole { least, most } if *most >= i64::from(u32::MAX) => write!(f, "int ≥ {least}"),
            Self::Whole { least, most } => write!(f, "int, {least}–{most}"),
            Self::Seconds { least: 1 } => f.write_str("int, s, > 0"),
            Self::Seconds { .. } => f.write_str("int, s"),
            Self::Duration => f.write_str("duration"),
            Self::GoDuration => f.write_str("Go notation, unit required"),
            Self::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                f.write_str(&words.join(", "))
            }
            Self::True => f.write_str("`true`"),
            Self::False => f.write_str("`false`"),
            Self::Null => f.write_str("`null`"),
            Self::Object(_) => f.write_str("object"),
            Self::List(Self::Text) => f.write_str("list of texts"),
            Self::List(Self::Object(_)) => f.write_str("list"),
            Self::List(item) => write!(f, "list of {item}"),
            Self::Map(value) => write!(f, "object of {value}"),
            Self::AnyOf(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
                f.write_str(&kinds.join(" or "))
            }
            Self::Ignored => f.write_str("anything"),
        }
    }
}

// === impl Stranger ===

impl Stranger {
    pub(crate) const fn new(key: &'static str, advice: &'static str) -> Self {
        Self { key, advice, instead: None }
    }

    pub(crate) const fn renamed(key: &'static str, instead: &'static str, advice: &'static str) -> Self {
        Self { key, advice, instead: Some(instead) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_key_at_the_top_and_of_a_job_and_every_function_is_explained() {
        let page = include_str!("../../../docs/configuration.md");
        let names = |name: &str| {
            let ends = |c: char| c.is_ascii_alphanumeric() || c == '_';
            page.match_indices(name).any(|(at, _)| {
                let (before, after) = (page.get(..at).unwrap(), page.get(at + name.len()..).unwrap());
                !before.ends_with(ends) && !after.starts_with(ends)
            })
        };
        let explained =
            ["", "jobs[]", "jobs[].health", "jobs[].restart", "watches[]", "control", "logging", "consul"];
        for shape in reference().into_iter().filter(|shape| explained.contains(&shape.name)) {
            for key in shape.keys.iter().filter(|key| key.name != "$schema") {
                assert!(names(key.name), "{} of {}", key.name, shape.what);
            }
        }
        for name in crate::functions::functions(&std::collections::BTreeMap::new()).names() {
            assert!(page.contains(&format!("| {name} ")) || page.contains(&format!("`{name} ")), "{name}");
        }
    }

    #[test]
    fn every_object_that_a_key_names_is_there_and_no_other() {
        fn named(kind: &Kind, names: &mut BTreeSet<&'static str>) {
            match kind {
                Kind::Object(name) => drop(names.insert(name)),
                Kind::List(kind) | Kind::Map(kind) => named(kind, names),
                Kind::AnyOf(kinds) => kinds.iter().for_each(|kind| named(kind, names)),
                _ => {}
            }
        }
        for form in [Form::Jobs, Form::Hooks] {
            let shapes: Vec<&Shape> = reference()
                .into_iter()
                .filter(|shape| shape.form == form || shape.form == Form::Both)
                .collect();
            let mut wanted = BTreeSet::from([""]);
            shapes.iter().flat_map(|shape| shape.keys).for_each(|key| named(&key.kind, &mut wanted));
            let known: BTreeSet<&str> = shapes.iter().map(|shape| shape.name).collect();
            assert_eq!(known, wanted, "{form:?}");
            assert_eq!(known.len(), shapes.len(), "{form:?}");
        }
    }

    #[test]
    fn every_key_says_what_it_means() {
        for shape in reference() {
            for key in shape.keys {
                assert!(!key.about.is_empty() && !key.about.ends_with('.'), "{} of {}", key.name, shape.what);
                assert!(!key.required || key.default.is_empty(), "{} of {}", key.name, shape.what);
            }
        }
    }

    #[test]
    fn keys_that_the_original_does_not_have_are_read_in_snake_case_too() {
        let key = Key::own("deregisterAfterTTL", Kind::Text, "", "");
        assert_eq!(key.spellings().collect::<Vec<_>>(), ["deregisterAfterTTL", "deregister_after_ttl"]);
        let old = Key::new("stopTimeout", Kind::Text, "", "");
        assert_eq!(old.spellings().collect::<Vec<_>>(), ["stopTimeout"]);
    }
}
