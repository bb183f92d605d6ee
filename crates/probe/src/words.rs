//! Saying in one line what others said in many.

/// The most of it that is kept, in characters.
const LONGEST: usize = 300;

/// The first line that says anything, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
}

/// The same of an answer's body; a page for browsers says nothing in one line.
pub(crate) fn of_body(body: &[u8]) -> Option<String> {
    let line = one_line(&String::from_utf8_lossy(body));
    (!line.is_empty() && !line.starts_with('<')).then_some(line)
}

/// What lies under an error: a library's own words are general, the operating
/// system's are what helps.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_many() {
        assert_eq!(one_line("\n  \r\n all \x1b[1mgood\x07 \nmore"), "all [1mgood");
        assert_eq!(one_line(&"x".repeat(1000)).len(), LONGEST);
        assert_eq!(one_line(""), "");
        assert_eq!(of_body(b"<html>\n<p>503"), None);
        assert_eq!(of_body(b" \n"), None);
        assert_eq!(of_body(b"no database\xff"), Some("no database\u{fffd}".into()));
    }
}
