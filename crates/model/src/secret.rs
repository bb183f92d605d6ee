//! Values that must never be shown.

use std::collections::BTreeMap;

/// A text that no log, metric or error may show: tokens, passwords.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

/// What stands for a value that is not shown.
const HIDDEN: &str = "[redacted]";

/// Words in the name of a variable, a key or a header whose value is a secret.
const WORDS: [&str; 9] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "CREDENTIAL",
    "HTTP_AUTH",
    "AUTHORIZATION",
    "API_KEY",
    "PRIVATE_KEY",
];

/// Is the value of something with this name a secret? `…_FILE`, `…-file` and `…File` say where one is, not what it is.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    WORDS.iter().any(|word| name.contains(word)) && !name.ends_with("FILE")
}

/// Values by their names, as they may be shown.
pub(crate) fn shown<'v>(
    values: impl IntoIterator<Item = (&'v String, Option<&'v String>)>,
) -> BTreeMap<&'v str, Option<&'v str>> {
    let hide = |name: &str, value: &'v str| if is_secret_name(name) { HIDDEN } else { value };
    values.into_iter().map(|(name, value)| (name.as_str(), value.map(|value| hide(name, value)))).collect()
}

// === impl Secret ===

impl Secret {
    /// Hides `value`.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// Read as it was written: the word that stands for it.
impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// Written as it is shown: hidden.
impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in ["DB_PASSWORD", "token", "clientSecret", "X-Api-Key", "Authorization", "CONSUL_HTTP_AUTH"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["DB_PASSWORD_FILE", "token-file", "tokenFile", "PATH", "KEY"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
