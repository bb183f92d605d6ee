//! Where a configuration text comes from.

use std::path::{Path, PathBuf};

/// The longest configuration that is read, in bytes: 64 MiB.
const LONGEST: u64 = 64 << 20;

/// Where a configuration text comes from; read again at each reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// The text itself, as given on the command line or in `CONTAINERPILOT`.
    Inline(String),
}

/// A configuration text with a name for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The path, or words that say where the text was given.
    pub name: String,
    /// The text before templates are applied.
    pub text: String,
}

/// A configuration could not be read.
#[derive(Debug, thiserror::Error)]
#[error("Could not read config file: {path}: {cause}")]
pub struct ReadError {
    path: String,
    #[source]
    cause: std::io::Error,
}

// === impl Source ===

impl Source {
    /// The setting of `-config` or the variable `CONTAINERPILOT`: `file://` and a path, or the text itself, as in v2;
    /// or a plain path, as in v3, when it begins with `/`, `./` or `../`, as no configuration does but for a
    /// comment, or ends with `.json` or `.json5`, or when there is such a file.
    #[must_use]
    pub fn from_setting(setting: &str) -> Self {
        match setting.strip_prefix("file://") {
            Some(path) => Self::file(path),
            None if is_path(setting) => Self::file(setting),
            None => Self::Inline(setting.to_owned()),
        }
    }

    /// An argument that can only be a file: its path, with `file://` before it or not.
    #[must_use]
    pub fn from_argument(argument: &Path) -> Self {
        let plain = argument.to_str().and_then(|text| text.strip_prefix("file://"));
        Self::file(plain.map_or(argument, Path::new))
    }

    /// A file by its plain path.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    /// Reads it. Bytes that are not UTF-8 become U+FFFD, as in the original.
    ///
    /// # Errors
    /// [`ReadError`] when a file cannot be read; its wording begins as the original's does.
    pub fn read(&self) -> Result<Document, ReadError> {
        match self {
            Self::File(path) => Document::from_file(path),
            Self::Inline(text) => {
                Ok(Document { name: "inline configuration".to_owned(), text: text.clone() })
            }
        }
    }
}

fn is_path(setting: &str) -> bool {
    let comment = setting.starts_with("//") || setting.starts_with("/*");
    let begins_as_one = ["/", "./", "../"].iter().any(|start| setting.starts_with(start));
    let plain = !setting.contains(['{', '[', '"', '\n']);
    let names_one = || plain && Path::new(setting).is_file();
    // No text of a configuration ends so, and who misspells a file is to be told of a file.
    let ends_as_one = || plain && [".json", ".json5"].iter().any(|end| setting.ends_with(end));
    !comment && !setting.contains('\n') && (begins_as_one || ends_as_one() || names_one())
}

// === impl Document ===

impl Document {
    fn from_file(path: &Path) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        match read_bounded(path) {
            Ok(bytes) => Ok(Self { name, text: String::from_utf8_lossy(&bytes).into_owned() }),
            Err(cause) => Err(ReadError { path: name, cause }),
        }
    }
}

/// A named pipe would stop the pilot until somebody writes, and some devices never end.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, Read};
    use std::os::unix::fs::FileTypeExt;
    // What a shell hands over (`/dev/stdin`, `<(…)`) is a pipe with a writer.
    let handed_over = path.starts_with("/dev") || path.starts_with("/proc");
    if std::fs::metadata(path)?.file_type().is_fifo() && !handed_over {
        return Err(Error::other("it is a named pipe; a configuration is a file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Error::other("it is larger than 64 MiB"));
    }
    Ok(bytes)
}
