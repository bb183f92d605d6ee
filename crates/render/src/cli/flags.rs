//! Go's flag syntax, as its `flag` package documents it.

use super::UsageError;

/// What stands at one place of a command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Without dashes.
    pub(super) name: &'a str,
    /// Behind `=`, if there is one.
    value: Option<&'a str>,
}

/// The flags of a command line, one after the other.
pub(super) struct Words<'a> {
    rest: std::slice::Iter<'a, String>,
}

// === impl Words ===

impl<'a> Words<'a> {
    pub(super) fn new(args: &'a [String]) -> Self {
        Self { rest: args.iter() }
    }

    /// The next flag, `None` at the end.
    ///
    /// Flags end at `--`, at `-` and at the first word without a dash, and there
    /// must be nothing more then.
    pub(super) fn next(&mut self) -> Result<Option<Word<'a>>, UsageError> {
        let Some(word) = self.rest.next() else { return Ok(None) };
        let dashless = match word.strip_prefix('-') {
            Some("-") => return self.extra(None),
            Some(one) if !one.is_empty() => one.strip_prefix('-').unwrap_or(one),
            _ => return self.extra(Some(word)),
        };
        if dashless.starts_with(['-', '=']) {
            return Err(UsageError::Syntax(word.clone()));
        }
        Ok(Some(match dashless.split_once('=') {
            Some((name, value)) => Word { name, value: Some(value) },
            None => Word { name: dashless, value: None },
        }))
    }

    /// The value of a flag that needs one: behind `=`, or else the next word.
    pub(super) fn value(&mut self, word: &Word<'a>) -> Result<&'a str, UsageError> {
        match word.value {
            Some(value) => Ok(value),
            None => {
                self.rest.next().map(String::as_str).ok_or_else(|| UsageError::NoValue(word.name.to_owned()))
            }
        }
    }

    fn extra(&self, first: Option<&String>) -> Result<Option<Word<'a>>, UsageError> {
        let extra: Vec<String> = first.into_iter().chain(self.rest.clone()).cloned().collect();
        if extra.is_empty() { Ok(None) } else { Err(UsageError::ExtraArguments(extra)) }
    }
}

// === impl Word ===

impl Word<'_> {
    /// A flag that is on when it is there, and never takes the next word.
    pub(super) fn switch(&self) -> Result<bool, UsageError> {
        match self.value {
            None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some(other) => {
                Err(UsageError::NotBoolean { flag: self.name.to_owned(), value: other.to_owned() })
            }
        }
    }
}
