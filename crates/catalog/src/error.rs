//! Why the catalogue did not do what it was asked.

use gyropilot_model::format_go_duration;
use std::time::Duration;

/// A request that failed. Never holds a token or a password: every text that
/// came from outside was cleaned of them and shortened before it got here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody listens there, the name is unknown, or the TLS handshake failed.
    #[error("cannot connect to {address}: {reason}")]
    Connect {
        /// The address as configured.
        address: String,
        /// The operating system's, resolver's or TLS library's reason.
        reason: String,
    },
    /// The connection broke before the whole answer was here.
    #[error("connection to {address} lost: {reason}")]
    Lost {
        /// The address as configured.
        address: String,
        /// What was seen.
        reason: String,
    },
    /// No whole answer in time.
    #[error("no answer within {}", format_go_duration(*.0))]
    Timeout(
        /// How long was waited.
        Duration,
    ),
    /// An answer, but not a success.
    #[error("answered {status}{}{text}", if .text.is_empty() { "" } else { ": " })]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer's text, on one line.
        text: String,
    },
    /// An answer that is not what was asked for.
    #[error("malformed answer: {0}")]
    Malformed(
        /// What is wrong with it.
        String,
    ),
    /// An answer longer than any that can be meant.
    #[error("answer of more than {limit} bytes")]
    TooLarge {
        /// The longest that is read.
        limit: usize,
    },
    /// The certificate files of the configuration cannot be used.
    #[error("tls: {0}")]
    Tls(
        /// Which file, and why.
        String,
    ),
}

// === impl Error ===

impl Error {
    /// Does the answer say that the agent does not know this check or service?
    ///
    /// Consul up to 1.8 says 500 `CheckID "x" does not have associated TTL`,
    /// newer ones 404 `Unknown check ID "x"...` or 404 `Unknown service ID "x"...`.
    /// A 404 without such a text is a missing endpoint and not meant here.
    #[must_use]
    pub fn is_unknown_id(&self) -> bool {
        let Self::Refused { status: 404 | 500, text } = self else { return false };
        let text = text.to_ascii_lowercase();
        ["does not have associated ttl", "unknown check", "unknown service", "does not exist"]
            .iter()
            .any(|known| text.contains(known))
    }

    /// Does the answer say that the server has no such endpoint?
    #[must_use]
    pub fn is_unknown_endpoint(&self) -> bool {
        matches!(self, Self::Refused { status: 404 | 405 | 501, .. }) && !self.is_unknown_id()
    }

    /// Does the answer say that Consul's servers have no leader at the moment?
    #[must_use]
    pub fn is_no_leader(&self) -> bool {
        matches!(self, Self::Refused { status: 500..=599, text } if text.contains("No cluster leader"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, text: &str) -> Error {
        Error::Refused { status, text: text.to_owned() }
    }

    #[test]
    fn every_wording_of_an_unknown_check_is_known() {
        for (status, text) in [
            (500, "CheckID \"web-h1\" does not have associated TTL"),
            (404, "Unknown check ID \"web-h1\". Ensure that the check ID is passed, not the check name."),
            (404, "Unknown check \"web-h1\""),
            (
                404,
                "Unknown service ID \"web-h1\". Ensure that the service ID is passed, not the service name.",
            ),
            (404, "unknown service ID: web-h1"),
            (500, "ServiceID \"web-h1\" does not exist"),
        ] {
            assert!(refused(status, text).is_unknown_id(), "{status} {text}");
            assert!(!refused(status, text).is_unknown_endpoint(), "{status} {text}");
        }
    }

    #[test]
    fn a_missing_endpoint_is_not_an_unknown_check() {
        for (status, text) in [(404, ""), (404, "404 page not found"), (405, "method PUT not allowed")] {
            assert!(refused(status, text).is_unknown_endpoint(), "{status} {text}");
            assert!(!refused(status, text).is_unknown_id(), "{status} {text}");
        }
        assert!(!refused(403, "Permission denied").is_unknown_endpoint());
    }

    #[test]
    fn messages_are_whole_sentences_without_a_dangling_colon() {
        assert_eq!(refused(404, "").to_string(), "answered 404");
        assert_eq!(refused(403, "Permission denied").to_string(), "answered 403: Permission denied");
        assert_eq!(Error::Timeout(Duration::from_millis(1500)).to_string(), "no answer within 1.5s");
    }
}
