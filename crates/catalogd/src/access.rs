//! Who may read and who may write.

use crate::store::Refusal;
use std::collections::BTreeMap;
use tokio_rustls::TlsAcceptor;

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// To know.
    Read,
    /// To change; who may also may know.
    Write,
}

/// Who may do what. Without tokens, everybody everything.
#[derive(Clone, Default)]
pub struct Access {
    tokens: Option<BTreeMap<String, Right>>,
    tls: Option<TlsAcceptor>,
}

/// Why a file of tokens cannot be used. Never shows a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}\nhint: a line is `read TOKEN` or `write TOKEN`; # begins a comment")]
pub struct TokensError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub reason: &'static str,
}

// === impl Access ===

impl Access {
    /// Only who shows one of these tokens may do anything, over TLS if there is an acceptor.
    #[must_use]
    pub fn new(tokens: Option<BTreeMap<String, Right>>, tls: Option<TlsAcceptor>) -> Self {
        Self { tokens, tls }
    }

    /// Whether tokens are asked for.
    #[must_use]
    pub fn asks_for_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    pub(crate) fn tls(&self) -> Option<&TlsAcceptor> {
        self.tls.as_ref()
    }

    /// # Errors
    /// When the token does not give the right, in the words of Consul.
    pub(crate) fn check(&self, wanted: Right, token: Option<&str>) -> Result<(), Refusal> {
        let Some(tokens) = &self.tokens else { return Ok(()) };
        let refused = |text: &str| Err(Refusal { status: 403, text: text.to_owned() });
        let Some(token) = token else { return refused("Permission denied") };
        // Compared with every one in full: how long it takes tells nothing about how much of one was right.
        let mut right = None;
        for (known, gives) in tokens {
            if is_same(known.as_bytes(), token.as_bytes()) {
                right = Some(*gives);
            }
        }
        match right {
            None => refused("ACL not found"),
            Some(right) if right < wanted => refused("Permission denied"),
            Some(_) => Ok(()),
        }
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tokens = self.tokens.as_ref().map(BTreeMap::len);
        f.debug_struct("Access").field("tokens", &tokens).field("tls", &self.tls.is_some()).finish()
    }
}

fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Reads tokens: a line each, `read TOKEN` or `write TOKEN`.
///
/// # Errors
/// The first line that is neither, or that repeats a token.
pub fn tokens(text: &str) -> Result<BTreeMap<String, Right>, TokensError> {
    let mut tokens = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let wrong = |reason| Err(TokensError { line: number + 1, reason });
        let mut words = line.split_whitespace();
        let right = match words.next() {
            None => continue,
            Some(word) if word.starts_with('#') => continue,
            Some("read") => Right::Read,
            Some("write") => Right::Write,
            Some(_) => return wrong("neither `read` nor `write` at its head"),
        };
        let (Some(token), None) = (words.next(), words.next()) else {
            return wrong("not one token after the right that it gives");
        };
        if tokens.insert(token.to_owned(), right).is_some() {
            return wrong("this token stands in the file already");
        }
    }
    match tokens.is_empty() {
        true => {
            Err(TokensError { line: text.lines().count().max(1), reason: "the file ends without a token" })
        }
        false => Ok(tokens),
    }
}
