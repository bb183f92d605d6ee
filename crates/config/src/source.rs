//! Where a configuration text comes from.

use std::path::{Path, PathBuf};

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
    /// or a plain path, as in v3, when it begins with `/`, `./` or `../`, as no configuration does but for a comment.
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
    !comment && ["/", "./", "../"].iter().any(|start| setting.starts_with(start)) && !setting.contains('\n')
}

// === impl Document ===

impl Document {
    fn from_file(path: &Path) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Ok(Self { name, text: String::from_utf8_lossy(&bytes).into_owned() }),
            Err(cause) => Err(ReadError { path: name, cause }),
        }
    }
}
