//! Command lines as Go's `flag` package reads them.
//!
//! ContainerPilot and consul-template are called this way in thousands of
//! Dockerfiles: one dash or two, `-x=v` or `-x v`, booleans only as `-x` or
//! `-x=v`, and the first word that is no flag ends the flags.

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing, or `=true`, `=false`.
    Switch,
    /// A value.
    Value,
}

/// The flags found, in order, and the words after them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    flags: Vec<(String, String)>,
    /// From the first word on that is no flag.
    pub(crate) rest: Vec<String>,
}

/// Why a command line is not understood. The wordings are Go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FlagError {
    /// `-h`, `-help`.
    #[error("flag: help requested")]
    Help,
    /// A dash with nothing that could be a name behind it.
    #[error("bad flag syntax: {0}")]
    Syntax(String),
    /// A name that is none of ours.
    #[error("flag provided but not defined: -{0}")]
    Unknown(String),
    /// A value is missing.
    #[error("flag needs an argument: -{0}")]
    NoValue(String),
    /// A switch with something other than a truth value.
    #[error("invalid boolean value {value:?} for -{flag}: parse error")]
    NotBoolean {
        /// The switch.
        flag: String,
        /// What was given.
        value: String,
    },
}

// === impl Parsed ===

impl Parsed {
    /// The last value given for a flag.
    pub(crate) fn value(&self, flag: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(name, _)| name == flag).map(|(_, value)| value.as_str())
    }

    /// Is a switch on?
    pub(crate) fn is_on(&self, flag: &str) -> bool {
        self.value(flag) == Some("true")
    }
}

/// Reads `words` by the table of `known` flags.
pub(crate) fn parse(
    words: impl IntoIterator<Item = String>,
    known: &[(&str, Takes)],
) -> Result<Parsed, FlagError> {
    let mut words = words.into_iter();
    let mut parsed = Parsed::default();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) else {
            parsed.rest.push(word);
            break;
        };
        let name = name.strip_prefix('-').unwrap_or(name);
        if name.is_empty() || name.starts_with(['-', '=']) {
            return Err(FlagError::Syntax(word));
        }
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (name, None),
        };
        let takes = known.iter().find(|(known, _)| *known == name).map(|(_, takes)| *takes);
        let value = match (takes, value) {
            (None, _) if matches!(name, "h" | "help") => return Err(FlagError::Help),
            (None, _) => return Err(FlagError::Unknown(name.to_owned())),
            (Some(Takes::Switch), None) => "true".to_owned(),
            (Some(Takes::Switch), Some(value)) => match value.as_str() {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => "true".to_owned(),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => "false".to_owned(),
                _ => return Err(FlagError::NotBoolean { flag: name.to_owned(), value }),
            },
            (Some(Takes::Value), Some(value)) => value,
            (Some(Takes::Value), None) => words.next().ok_or_else(|| FlagError::NoValue(name.to_owned()))?,
        };
        parsed.flags.push((name.to_owned(), value));
    }
    parsed.rest.extend(words);
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [(&str, Takes); 2] = [("config", Takes::Value), ("version", Takes::Switch)];

    fn parsed(line: &str) -> Result<Parsed, FlagError> {
        parse(line.split_whitespace().map(str::to_owned), &KNOWN)
    }

    #[test]
    fn both_dashes_and_both_forms() {
        for line in ["-config a", "--config a", "-config=a", "--config=a"] {
            assert_eq!(parsed(line).unwrap().value("config"), Some("a"), "{line}");
        }
        assert_eq!(parsed("-config a -config b").unwrap().value("config"), Some("b"));
        assert_eq!(parsed("-config=").unwrap().value("config"), Some(""));
    }

    #[test]
    fn flags_end_at_the_first_other_word() {
        let parsed = parsed("-version nginx -g -config").unwrap();
        assert!(parsed.is_on("version"));
        assert_eq!(parsed.rest, ["nginx", "-g", "-config"]);
    }

    #[test]
    fn a_double_dash_ends_them_too_and_a_single_one_is_a_word() {
        assert_eq!(parsed("-- -config").unwrap().rest, ["-config"]);
        assert_eq!(parsed("- x").unwrap().rest, ["-", "x"]);
    }

    #[test]
    fn switches_take_a_value_only_after_an_equals_sign() {
        assert!(!parsed("-version=false").unwrap().is_on("version"));
        assert_eq!(parsed("-version false").unwrap().rest, ["false"]);
    }

    #[test]
    fn what_is_wrong_is_said_as_go_says_it() {
        for (line, want) in [
            ("-cofnig x", "flag provided but not defined: -cofnig"),
            ("-config", "flag needs an argument: -config"),
            ("---x", "bad flag syntax: ---x"),
            ("-=x", "bad flag syntax: -=x"),
            ("-version=maybe", "invalid boolean value \"maybe\" for -version: parse error"),
            ("--help", "flag: help requested"),
        ] {
            assert_eq!(parsed(line).unwrap_err().to_string(), want, "{line}");
        }
    }
}
