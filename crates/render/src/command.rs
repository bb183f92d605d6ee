//! How a command line is run.

use gyropilot_model::{Command, CommandError};

/// Characters that mean something to a shell and nothing to us.
const SHELL: &[char] = &[
    '|', '&', ';', '<', '>', '(', ')', '$', '`', '\\', '*', '?', '[', ']', '{', '}', '~', '#', '!', '\n',
    '\r',
];

/// First words that only a shell knows.
const SHELL_WORDS: &[&str] = &[
    ".", ":", "alias", "bg", "break", "case", "cd", "command", "continue", "eval", "exec", "exit", "export",
    "fg", "for", "getopts", "hash", "if", "jobs", "local", "read", "readonly", "return", "set", "shift",
    "source", "times", "trap", "type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
];

/// What is executed for a command line.
///
/// A line without anything that needs a shell is split into words and executed
/// directly, so that `nginx -s reload` works in an image without `/bin/sh`;
/// quotes group words then, as they would in a shell. Everything else goes to
/// `sh -c`. Old versions of the original never used a shell and new ones always
/// do; a line that works in either works here.
///
/// # Errors
/// [`CommandError::Empty`] when nothing but white space is there.
pub fn command_line(line: &str) -> Result<Command, CommandError> {
    let line = line.trim();
    if line.is_empty() {
        return Err(CommandError::Empty);
    }
    match words(line) {
        Some(words) if !words.first().is_none_or(|first| needs_shell(first)) => Command::from_words(words),
        _ => Command::from_words(["sh", "-c", line].map(str::to_owned)),
    }
}

fn needs_shell(first: &str) -> bool {
    first.is_empty() || first.contains('=') || SHELL_WORDS.contains(&first)
}

/// The words of a line, `None` when only a shell can tell them.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for c in line.chars() {
        match quote {
            // In double quotes a shell still looks at these.
            Some('"') if matches!(c, '$' | '`' | '\\' | '!') => return None,
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if SHELL.contains(&c) => return None,
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Vec<String> {
        let command = command_line(line).unwrap();
        std::iter::once(command.program).chain(command.args).collect()
    }

    #[test]
    fn simple_lines_need_no_shell() {
        assert_eq!(run("nginx -s reload"), ["nginx", "-s", "reload"]);
        assert_eq!(run("  /usr/sbin/nginx   -g 'daemon off' "), ["/usr/sbin/nginx", "-g", "daemon off"]);
        assert_eq!(
            run("curl -H \"A: b\" http://localhost:8080/x"),
            ["curl", "-H", "A: b", "http://localhost:8080/x"]
        );
        assert_eq!(run("echo ''"), ["echo", ""]);
        assert_eq!(run("kill -HUP 1"), ["kill", "-HUP", "1"]);
    }

    #[test]
    fn everything_else_goes_to_a_shell_as_it_is() {
        for line in [
            "nginx -t && nginx -s reload",
            "kill -HUP $(cat /run/x.pid)",
            "echo a > /tmp/x",
            "echo \"$HOME\"",
            "LANG=C nginx -s reload",
            "exit 3",
            "cd /tmp",
            "ls *.conf",
            "echo 'open",
            "a\nb",
            "''",
        ] {
            assert_eq!(run(line), ["sh", "-c", line], "{line}");
        }
    }

    #[test]
    fn nothing_is_not_a_command() {
        assert_eq!(command_line(" \t"), Err(CommandError::Empty));
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_run_directly_or_as_it_is(line in "[a-z \"'$;=\\\\]{0,20}|\\PC{0,20}") {
            match command_line(&line) {
                Ok(command) if command.args.first().is_some_and(|arg| arg == "-c") && command.program == "sh" => {
                    proptest::prop_assert_eq!(command.args.get(1).map(String::as_str), Some(line.trim()));
                }
                Ok(command) => proptest::prop_assert!(!command.program.is_empty()),
                Err(_) => proptest::prop_assert!(line.trim().is_empty()),
            }
        }
    }
}
