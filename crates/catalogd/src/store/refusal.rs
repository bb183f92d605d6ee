//! What is answered when something cannot be done.

/// Why something was not done, in the words that the API answers with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// The HTTP status that goes with it.
    pub status: u16,
    /// The body, plain text.
    pub text: String,
}

// === impl Refusal ===

impl Refusal {
    /// The request itself is wrong.
    #[must_use]
    pub fn bad(text: impl Into<String>) -> Self {
        Self { status: 400, text: text.into() }
    }

    /// What it is about is not there.
    #[must_use]
    pub fn missing(text: impl Into<String>) -> Self {
        Self { status: 404, text: text.into() }
    }

    /// Where Consul answers 500 although the request is to blame.
    #[must_use]
    pub fn failed(text: impl Into<String>) -> Self {
        Self { status: 500, text: text.into() }
    }
}
