//! Command lines as Go's `flag` package reads them, which ContainerPilot and
//! consul-template both use: one dash or two, `-x=v` or `-x v`, switches only as
//! `-x` or `-x=v`, and the first word that is no flag ends the flags.

/// What stands at one place of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// Without dashes.
    pub name: &'a str,
    /// Behind `=`, if there is one.
    value: Option<&'a str>,
}

/// The flags of a command line, one after the other.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    rest: &'a [String],
}

/// Why a command line is not understood. The wordings are Go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    /// Dashes without a name.
    #[error("bad flag syntax: {0}")]
    Syntax(
        /// The word.
        String,
    ),
    /// A name that nobody knows.
    #[error("flag provided but not defined: -{0}")]
    Unknown(
        /// The flag as written.
        String,
    ),
    /// A flag at the end of the line that needs a value.
    #[error("flag needs an argument: -{0}")]
    NoValue(
        /// The flag.
        String,
    ),
    /// Neither true nor false.
    #[error("invalid boolean value \"{value}\" for -{flag}: parse error")]
    NotBoolean {
        /// The flag.
        flag: String,
        /// Its value.
        value: String,
    },
}

// === impl Words ===

impl<'a> Words<'a> {
    /// The words after the program's own name.
    #[must_use]
    pub const fn new(words: &'a [String]) -> Self {
        Self { rest: words }
    }

    /// The next flag; `None` where the flags end, which is at `--`, at a word
    /// without a dash, and at a dash alone.
    ///
    /// # Errors
    /// [`FlagError::Syntax`] for dashes without a name.
    pub fn next_flag(&mut self) -> Result<Option<Word<'a>>, FlagError> {
        let Some((word, rest)) = self.rest.split_first() else { return Ok(None) };
        let name = match word.strip_prefix('-') {
            None | Some("") => return Ok(None),
            Some("-") => {
                self.rest = rest;
                return Ok(None);
            }
            Some(name) => name.strip_prefix('-').unwrap_or(name),
        };
        if name.starts_with(['-', '=']) {
            return Err(FlagError::Syntax(word.clone()));
        }
        self.rest = rest;
        Ok(Some(match name.split_once('=') {
            Some((name, value)) => Word { name, value: Some(value) },
            None => Word { name, value: None },
        }))
    }

    /// The value of a flag that needs one: behind `=`, or else the next word.
    ///
    /// # Errors
    /// [`FlagError::NoValue`] at the end of the line.
    pub fn value(&mut self, word: &Word<'a>) -> Result<&'a str, FlagError> {
        if let Some(value) = word.value {
            return Ok(value);
        }
        let (value, rest) =
            self.rest.split_first().ok_or_else(|| FlagError::NoValue(word.name.to_owned()))?;
        self.rest = rest;
        Ok(value)
    }

    /// What has not been read; once the flags have ended, what stands behind them.
    #[must_use]
    pub const fn rest(&self) -> &'a [String] {
        self.rest
    }
}

// === impl Word ===

impl Word<'_> {
    /// A flag that is on when it is there, and never takes the next word.
    ///
    /// # Errors
    /// [`FlagError::NotBoolean`] for `=` with something else behind it.
    pub fn switch(&self) -> Result<bool, FlagError> {
        match self.value {
            None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some(other) => Err(FlagError::NotBoolean { flag: self.name.to_owned(), value: other.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The flags before the rest, each with its value where it is `config`.
    fn read(line: &str) -> Result<(Vec<String>, Vec<String>), FlagError> {
        let line: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut words = Words::new(&line);
        let mut flags = Vec::new();
        while let Some(word) = words.next_flag()? {
            flags.push(match word.name {
                "config" => format!("config={}", words.value(&word)?),
                name => format!("{name}={}", word.switch()?),
            });
        }
        Ok((flags, words.rest().to_vec()))
    }

    #[test]
    fn both_dashes_and_both_forms() {
        for line in ["-config a", "--config a", "-config=a", "--config=a"] {
            assert_eq!(read(line).unwrap().0, ["config=a"], "{line}");
        }
        assert_eq!(read("-config=").unwrap().0, ["config="]);
    }

    #[test]
    fn flags_end_at_the_first_other_word() {
        let (flags, rest) = read("-version nginx -g -config").unwrap();
        assert_eq!(
            (flags, rest),
            (vec!["version=true".into()], ["nginx", "-g", "-config"].map(String::from).into())
        );
        assert_eq!(read("-- -config").unwrap().1, ["-config"]);
        assert_eq!(read("- x").unwrap().1, ["-", "x"]);
    }

    #[test]
    fn switches_take_a_value_only_after_an_equals_sign() {
        assert_eq!(read("-version=false").unwrap().0, ["version=false"]);
        assert_eq!(read("-version false").unwrap().1, ["false"]);
    }

    #[test]
    fn what_is_wrong_is_said_as_go_says_it() {
        for (line, want) in [
            ("-config", "flag needs an argument: -config"),
            ("---x", "bad flag syntax: ---x"),
            ("-=x", "bad flag syntax: -=x"),
            ("-version=maybe", "invalid boolean value \"maybe\" for -version: parse error"),
        ] {
            assert_eq!(read(line).unwrap_err().to_string(), want, "{line}");
        }
    }
}
