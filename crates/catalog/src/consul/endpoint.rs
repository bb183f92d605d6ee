//! Where the agent listens, read from the configuration's words.

use gyropilot_model::Scheme;
use std::path::PathBuf;

/// The port that Consul's agent serves HTTP on.
const DEFAULT_PORT: u16 = 8500;

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// A host name or an IP address without brackets, and a port.
    Tcp { host: String, port: u16 },
    /// A socket file.
    Unix(PathBuf),
}

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No host, or characters that no host has.
    #[error("\"{0}\" is not host, host:port, [v6]:port or unix:///path")]
    Form(String),
    /// Not 1 to 65535.
    #[error("\"{0}\" has no valid port behind the colon")]
    Port(String),
    /// TLS over a socket file: no name could be verified.
    #[error("\"{0}\" is a socket file, which cannot be spoken to with https")]
    SocketWithTls(String),
    /// A token or a password that HTTP cannot carry.
    #[error("the {0} holds characters that an HTTP header cannot carry")]
    Credentials(&'static str),
}

// === impl Endpoint ===

impl Endpoint {
    pub(super) fn parse(address: &str, scheme: Scheme) -> Result<Self, AddressError> {
        let form = || AddressError::Form(address.to_owned());
        let port = |text: &str| match text.parse() {
            Ok(0) | Err(_) => Err(AddressError::Port(address.to_owned())),
            Ok(port) => Ok(port),
        };
        if let Some(path) = address.strip_prefix("unix://") {
            return match (path.is_empty(), scheme) {
                (true, _) => Err(form()),
                (false, Scheme::Https) => Err(AddressError::SocketWithTls(address.to_owned())),
                (false, Scheme::Http) => Ok(Self::Unix(PathBuf::from(path))),
            };
        }
        let (host, port) = if let Some(rest) = address.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or_else(form)?;
            match rest.strip_prefix(':') {
                Some(number) => (host, port(number)?),
                None if rest.is_empty() => (host, DEFAULT_PORT),
                None => return Err(form()),
            }
        } else if address.parse::<std::net::Ipv6Addr>().is_ok() {
            (address, DEFAULT_PORT)
        } else {
            match address.split_once(':') {
                Some((host, number)) => (host, port(number)?),
                None => (address, DEFAULT_PORT),
            }
        };
        let bad =
            |c: char| c.is_whitespace() || c.is_control() || "/[]@?#\\\"<>".contains(c) || !c.is_ascii();
        if host.is_empty() || host.contains(bad) {
            return Err(form());
        }
        Ok(Self::Tcp { host: host.to_owned(), port })
    }

    /// What stands in the `Host` header.
    pub(super) fn authority(&self) -> String {
        match self {
            Self::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Tcp { host, port } => format!("{host}:{port}"),
            Self::Unix(_) => "localhost".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address() {
        for (text, authority) in [
            ("consul", "consul:8500"),
            ("consul:8501", "consul:8501"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("[::1]:8500", "[::1]:8500"),
            ("[::1]", "[::1]:8500"),
            ("2001:db8::1", "[2001:db8::1]:8500"),
            ("[fe80::1%eth0]:8500", "[fe80::1%eth0]:8500"),
            ("unix:///run/consul.sock", "localhost"),
        ] {
            assert_eq!(Endpoint::parse(text, Scheme::Http).unwrap().authority(), authority, "{text}");
        }
        assert_eq!(
            Endpoint::parse("unix:///run/consul.sock", Scheme::Http),
            Ok(Endpoint::Unix("/run/consul.sock".into()))
        );
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            ":8500",
            "a b",
            "https://x",
            "x/y",
            "[::1",
            "[::1]x",
            "x:",
            "x:0",
            "x:65536",
            "x:y",
            "unix://",
        ] {
            assert!(Endpoint::parse(text, Scheme::Http).is_err(), "{text}");
        }
        assert!(Endpoint::parse("unix:///run/consul.sock", Scheme::Https).is_err());
    }
}
