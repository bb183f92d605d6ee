//! The token of every request, which may change while the pilot runs.

use super::AddressError;
use gyropilot_model::Secret;
use hyper::header::HeaderValue;
use std::cell::RefCell;
use std::path::PathBuf;

/// The token, and the file that it may be read from once more.
pub(super) struct Token {
    file: Option<PathBuf>,
    current: RefCell<Option<Current>>,
}

struct Current {
    secret: Secret,
    header: HeaderValue,
}

/// The same kept out of logs and indexes.
pub(super) fn hidden(token: &HeaderValue) -> HeaderValue {
    let mut token = token.clone();
    token.set_sensitive(true);
    token
}

// === impl Token ===

impl Token {
    /// This token, or that in the file, which is read when it is first needed.
    pub(super) fn new(given: Option<&Secret>, file: Option<PathBuf>) -> Result<Self, AddressError> {
        let current = given.cloned().map(Current::new).transpose()?;
        Ok(Self { file, current: RefCell::new(current) })
    }

    pub(super) fn header(&self) -> Option<HeaderValue> {
        if self.current.borrow().is_none() {
            self.renew();
        }
        self.current.borrow().as_ref().map(|current| current.header.clone())
    }

    /// Reads the file once more, for a token that is no longer taken: is there
    /// another in it? What cannot be read changes nothing.
    pub(super) fn renew(&self) -> bool {
        let Some(file) = &self.file else { return false };
        let Ok(text) = std::fs::read_to_string(file) else { return false };
        let Ok(new) = Current::new(Secret::new(text.trim().to_owned())) else { return false };
        let mut current = self.current.borrow_mut();
        let differs = !new.secret.reveal().is_empty()
            && current.as_ref().is_none_or(|current| current.secret != new.secret);
        if differs {
            *current = Some(new);
        }
        differs
    }

    /// What must not be shown.
    pub(super) fn secret(&self) -> Option<Secret> {
        self.current.borrow().as_ref().map(|current| current.secret.clone())
    }
}

// === impl Current ===

impl Current {
    fn new(secret: Secret) -> Result<Self, AddressError> {
        let header = super::sensitive(secret.reveal(), "token")?;
        Ok(Self { secret, header })
    }
}
