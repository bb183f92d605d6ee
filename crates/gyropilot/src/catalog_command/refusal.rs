//! Why a question was not answered, and what can be done about that.

use crate::printer;
use gyropilot_catalog::Error;
use gyropilot_model::{ConsulConfig, Scheme};

/// It was not done, or is not there.
const FAILED: u8 = 1;
/// It cannot be meant.
pub(super) const USAGE: u8 = 2;
/// There is no catalogue to ask.
const UNREACHABLE: u8 = 3;

/// A question without the answer that was hoped for.
pub(super) enum Refusal {
    /// The catalogue did not do it.
    Catalog(Error),
    /// Something else.
    Other {
        /// The exit status.
        status: u8,
        /// What happened.
        reason: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

// === impl Refusal ===

impl Refusal {
    /// It was not done, or is not there.
    pub(super) const fn failed(reason: String) -> Self {
        Self::Other { status: FAILED, reason, hint: None }
    }

    /// It cannot be meant.
    pub(super) const fn usage(reason: String) -> Self {
        Self::Other { status: USAGE, reason, hint: None }
    }

    /// The same with what to do about it.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Other { status, reason, .. } => Self::Other { status, reason, hint: Some(hint.into()) },
            catalog @ Self::Catalog(_) => catalog,
        }
    }

    /// Says it, and gives the exit status.
    pub(super) fn tell(self, config: &ConsulConfig) -> u8 {
        let (status, reason, hint) = match self {
            Self::Other { status, reason, hint } => (status, reason, hint),
            Self::Catalog(error) => {
                let status = match error {
                    Error::Connect { .. } | Error::Lost { .. } | Error::Timeout(_) => UNREACHABLE,
                    _ => FAILED,
                };
                let by = format!("the catalogue at {}", config.address);
                let reason = match error {
                    Error::Refused { .. } => format!("{by} {error}"),
                    Error::Timeout(_) => format!("{by} gave {error}"),
                    Error::Malformed(_) => format!("{by} gave a {error}"),
                    Error::TooLarge { .. } => format!("{by} gave an {error}"),
                    Error::Connect { .. } | Error::Lost { .. } | Error::Tls(_) => error.to_string(),
                };
                (status, reason, hint_of(&error, config))
            }
        };
        printer::talk(format_args!("error: {reason}"));
        if let Some(hint) = hint {
            printer::talk(format_args!("hint: {hint}"));
        }
        status
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Catalog(error)
    }
}

/// What to do about it, as far as can be told from here.
fn hint_of(error: &Error, config: &ConsulConfig) -> Option<String> {
    let encrypted = config.scheme == Scheme::Https;
    let hint = match error {
        Error::Connect { .. } if config.address.starts_with("unix://") => {
            "does the catalogue run, and may you use its socket?"
        }
        Error::Connect { .. } if encrypted => {
            "its authority is named with CONSUL_CACERT=FILE.pem; one that speaks no TLS has an address with http://"
        }
        Error::Connect { .. } => {
            "start one here with `gyropilot catalog`, or name another with --catalog URL or CONSUL_HTTP_ADDR"
        }
        Error::Lost { .. } | Error::Timeout(_) => {
            "does the HTTP API of a catalogue listen at that address, and does it speak https?"
        }
        Error::Malformed(_) | Error::TooLarge { .. } => {
            "is it the HTTP API of a catalogue that listens there?"
        }
        Error::Tls(_) => return None,
        Error::Refused { status: 400, text } if text.contains("HTTPS server") => {
            "it speaks TLS: begin its address with https://"
        }
        Error::Refused { status: 401, .. } => "user and password are given in CONSUL_HTTP_AUTH=USER:PASSWORD",
        Error::Refused { status: 403, .. } if config.token.is_none() => {
            "give a token: --token-file FILE, CONSUL_HTTP_TOKEN_FILE or CONSUL_HTTP_TOKEN"
        }
        Error::Refused { status: 403, .. } => {
            "this token may not do that; another is given with --token-file FILE, CONSUL_HTTP_TOKEN_FILE or \
             CONSUL_HTTP_TOKEN"
        }
        Error::Refused { status: 413, .. } => "a value has at most 512 KiB",
        Error::Refused { status: 429, .. } => "it has more to do than it is allowed to: try again later",
        Error::Refused { .. } if error.is_no_leader() => "its servers are electing a leader: try again soon",
        Error::Refused { .. } if error.is_unknown_endpoint() => {
            "is it the HTTP API of a catalogue that listens there?"
        }
        Error::Refused { .. } => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_model::Secret;

    fn refused(status: u16, text: &str) -> Error {
        Error::Refused { status, text: text.to_owned() }
    }

    #[test]
    fn a_hint_fits_what_was_tried() {
        let plain = ConsulConfig::default();
        let with_token = ConsulConfig { token: Some(Secret::new("x".to_owned())), ..ConsulConfig::default() };
        let encrypted = ConsulConfig { scheme: Scheme::Https, ..ConsulConfig::default() };
        let socket = ConsulConfig { address: "unix:///run/consul".to_owned(), ..ConsulConfig::default() };
        let away = Error::Connect { address: "x".to_owned(), reason: "refused".to_owned() };
        for (error, config, words) in [
            (&away, &plain, "gyropilot catalog"),
            (&away, &encrypted, "CONSUL_CACERT"),
            (&away, &socket, "socket"),
            (&refused(403, "Permission denied"), &plain, "give a token"),
            (&refused(403, "ACL not found"), &with_token, "another"),
            (&refused(400, "Client sent an HTTP request to an HTTPS server."), &plain, "https://"),
            (&refused(500, "No cluster leader"), &plain, "leader"),
            (&refused(404, ""), &plain, "HTTP API"),
        ] {
            let hint = hint_of(error, config).unwrap();
            assert!(hint.contains(words), "{error}: {hint}");
        }
        assert_eq!(hint_of(&refused(500, "it broke"), &plain), None);
    }
}
