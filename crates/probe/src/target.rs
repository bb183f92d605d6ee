//! Whom to ask.

use hyper::Uri;
use std::path::PathBuf;

/// Where a URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Tcp { host: String, port: u16, tls: bool, authority: String, path: String },
    Unix { socket: PathBuf, path: String },
}

// === impl Target ===

impl Target {
    /// `http://host:port/path`, `https://…` or `unix:///socket:/path`.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let refused = |why: &str| format!("\"{url}\" is no address to ask: {why}");
        if let Some(rest) = url.strip_prefix("unix:") {
            // Two slashes belong to the scheme; the socket's own path begins with the third.
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            let (socket, path) = match rest.find(":/") {
                Some(at) => (&rest[..at], &rest[at + 1..]),
                None => (rest, "/"),
            };
            if !socket.starts_with('/') {
                return Err(refused("the path of a socket begins with a slash"));
            }
            return Ok(Self::Unix { socket: socket.into(), path: path.to_owned() });
        }
        let uri: Uri = url.parse().map_err(|error| refused(&format!("{error}")))?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(refused("it begins with neither http:// nor https:// nor unix://")),
        };
        let authority = uri.authority().ok_or_else(|| refused("there is no host in it"))?.as_str();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let default = if tls { 443 } else { 80 };
        let (host, port) = host_and_port(authority, Some(default))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self::Tcp { host, port, tls, authority: authority.to_owned(), path: path.to_owned() })
    }

    /// Path and query.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Tcp { path, .. } | Self::Unix { path, .. } => path,
        }
    }

    /// The `Host` header.
    pub(crate) fn host(&self) -> &str {
        match self {
            Self::Tcp { authority, .. } => authority,
            Self::Unix { .. } => "localhost",
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { host, port, .. } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port, .. } => write!(f, "{host}:{port}"),
            Self::Unix { socket, .. } => write!(f, "{}", socket.display()),
        }
    }
}

/// The host and the port of `host:port`, `[v6]:port`, or without a port where there is a default.
pub(crate) fn host_and_port(address: &str, default: Option<u16>) -> Result<(String, u16), String> {
    let refused = || format!("\"{address}\" is not host:port");
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (address, None),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = match port {
        Some(port) => Some(port.parse().map_err(|_| refused())?),
        None => default,
    };
    match port {
        Some(port) if !host.is_empty() => Ok((host.to_owned(), port)),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_somewhere() {
        let tcp = |host: &str, port, tls, authority: &str, path: &str| {
            Ok(Target::Tcp { host: host.into(), port, tls, authority: authority.into(), path: path.into() })
        };
        let unix = |socket: &str, path: &str| Ok(Target::Unix { socket: socket.into(), path: path.into() });
        for (url, want) in [
            ("http://db:81/a?b=c", tcp("db", 81, false, "db:81", "/a?b=c")),
            ("https://db", tcp("db", 443, true, "db", "/")),
            ("http://u:p@[::1]:9", tcp("::1", 9, false, "[::1]:9", "/")),
            ("http://[::1]/x", tcp("::1", 80, false, "[::1]", "/x")),
            ("unix:///run/app.sock:/health", unix("/run/app.sock", "/health")),
            ("unix:/run/app.sock", unix("/run/app.sock", "/")),
        ] {
            assert_eq!(Target::parse(url), want, "{url}");
        }
        for url in ["", "/health", "ftp://x", "http://", "http://x:port", "unix:run/x", "http://a b/"] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn hosts_and_ports() {
        assert_eq!(host_and_port("[::1]:80", None), Ok(("::1".into(), 80)));
        assert_eq!(host_and_port("db:5432", None), Ok(("db".into(), 5432)));
        for broken in ["db", ":80", "db:", "db:99999", "", "[]:1", "[::1]"] {
            assert!(host_and_port(broken, None).is_err(), "{broken}");
        }
    }
}
