//! What is run.

use serde::{Deserialize, Serialize};

/// A program and its arguments, not yet looked up on `PATH`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Command {
    /// The executable: a path, or a name to be found on `PATH`. Never empty.
    pub program: String,
    /// The arguments after the program's own name.
    pub args: Vec<String>,
}

/// Why something is not a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// An empty string or list. The wording is ContainerPilot's.
    #[error("received zero-length argument")]
    Empty,
}

// === impl Command ===

impl Command {
    /// Splits a command line as ContainerPilot does: trimmed, then cut at each
    /// single space. There is no quoting and no shell, and two spaces in a row
    /// make an empty argument.
    ///
    /// # Errors
    /// [`CommandError::Empty`] when nothing but white space is there.
    pub fn from_line(line: &str) -> Result<Self, CommandError> {
        Self::from_words(line.trim().split(' ').map(str::to_owned))
    }

    /// The first word is the program, the others its arguments.
    ///
    /// # Errors
    /// [`CommandError::Empty`] when there is no word or the first is empty.
    pub fn from_words(words: impl IntoIterator<Item = String>) -> Result<Self, CommandError> {
        let mut words = words.into_iter();
        match words.next() {
            Some(program) if !program.is_empty() => Ok(Self { program, args: words.collect() }),
            _ => Err(CommandError::Empty),
        }
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_at_single_spaces_without_quoting() {
        let command = Command::from_line("  /bin/sh -c 'a  b' ").unwrap();
        assert_eq!(command.program, "/bin/sh");
        assert_eq!(command.args, ["-c", "'a", "", "b'"]);
    }

    #[test]
    fn nothing_is_not_a_command() {
        assert_eq!(Command::from_line("  "), Err(CommandError::Empty));
        assert_eq!(Command::from_words(Vec::new()), Err(CommandError::Empty));
    }
}
