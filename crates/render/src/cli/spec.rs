//! `-template src:dst[:command]`.

use std::path::PathBuf;

/// One template, where its result goes, and what is run when that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSpec {
    /// The template's text.
    pub source: PathBuf,
    /// The file that is written. `None` is an error when it comes to writing,
    /// as in the original; `-dry` and `-parse-only` can do without.
    pub destination: Option<PathBuf>,
    /// A command line, run after the file changed. Default none.
    pub command: Option<String>,
}

/// Why a text is not a template specification. The wording is the original's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Nothing, or nothing but colons.
    #[error("template: cannot be empty")]
    Empty,
}

// === impl TemplateSpec ===

impl TemplateSpec {
    /// Splits at colons. A path of exactly one letter is taken for a drive and
    /// keeps its colon, also on Linux, because the original does so: `in:c:/out`
    /// is `in` and `c:/out`. Everything behind the destination is the command,
    /// colons included.
    ///
    /// # Errors
    /// [`SpecError::Empty`] when there is no source.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let (source, rest) = path(text).ok_or(SpecError::Empty)?;
        let (destination, rest) = path(rest).map_or((None, ""), |(path, rest)| (Some(path), rest));
        let command = rest.trim_start_matches(':').trim();
        Ok(Self {
            source: PathBuf::from(source),
            destination: destination.map(PathBuf::from),
            command: (!command.is_empty()).then(|| command.to_owned()),
        })
    }
}

/// The first path of `text` and what follows it.
fn path(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(':');
    let first = text.find(':').unwrap_or(text.len());
    let is_drive = first == 1 && text.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = match text.get(first.saturating_add(1)..) {
        Some(tail) if is_drive && !tail.is_empty() && !tail.starts_with(':') => {
            tail.find(':').map_or(text.len(), |at| at.saturating_add(first).saturating_add(1))
        }
        _ => first,
    };
    let (path, rest) = text.split_at_checked(end)?;
    (!path.is_empty()).then_some((path, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_the_original() {
        for (text, source, destination, command) in [
            ("in.ctmpl", "in.ctmpl", None, None),
            ("in.ctmpl:", "in.ctmpl", None, None),
            ("/in.ctmpl:/out.conf", "/in.ctmpl", Some("/out.conf"), None),
            ("/in:/out:nginx -s reload", "/in", Some("/out"), Some("nginx -s reload")),
            (
                "/in:/out:curl http://localhost:80/a::b",
                "/in",
                Some("/out"),
                Some("curl http://localhost:80/a::b"),
            ),
            ("::/in::/out::true", "/in", Some("/out"), Some("true")),
            ("C:/in:D:/out:E:/run.exe x", "C:/in", Some("D:/out"), Some("E:/run.exe x")),
            ("in:c:/out", "in", Some("c:/out"), None),
            ("a:b", "a:b", None, None),
            ("a::b", "a", Some("b"), None),
            ("é:ü", "é", Some("ü"), None),
        ] {
            let spec = TemplateSpec::parse(text).unwrap();
            assert_eq!(spec.source, PathBuf::from(source), "{text}");
            assert_eq!(spec.destination, destination.map(PathBuf::from), "{text}");
            assert_eq!(spec.command.as_deref(), command, "{text}");
        }
        assert_eq!(TemplateSpec::parse(""), Err(SpecError::Empty));
        assert_eq!(TemplateSpec::parse(":::"), Err(SpecError::Empty));
    }
}
