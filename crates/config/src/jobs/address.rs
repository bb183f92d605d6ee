//! Where probes go.

/// `host:port`, the host in brackets where it is an IPv6 address.
pub(super) fn check_endpoint(written: &str) -> Result<(), &'static str> {
    if written.contains("://") {
        return Err("an address has no scheme");
    }
    let (host, port) = written.rsplit_once(':').ok_or("there is no port")?;
    check_host(host)?;
    check_port(port)
}

/// `http://host:port/path`, `https://…`, or `unix:///socket:/path`.
pub(super) fn check_url(url: &str) -> Result<(), &'static str> {
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("a URL has no white space");
    }
    if let Some(socket) = url.strip_prefix("unix://") {
        let (socket, path) = socket.split_once(':').unwrap_or((socket, "/"));
        return match (socket.starts_with('/'), path.starts_with('/')) {
            (true, true) => Ok(()),
            (false, _) => Err("the path of a socket begins with `/`"),
            (true, false) => Err("what follows the socket's path is `:` and a path"),
        };
    }
    let rest = ["http://", "https://"].into_iter().find_map(|scheme| url.strip_prefix(scheme));
    let rest = rest.ok_or("it must begin with http://, https:// or unix:///")?;
    if rest.contains('#') {
        return Err("a fragment is never sent");
    }
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    if authority.contains('@') {
        return Err("name and password go into `headers`");
    }
    let port = authority.rfind(':').filter(|colon| !authority.get(*colon..).unwrap_or("").contains(']'));
    match port {
        None => check_host(authority),
        Some(colon) => {
            check_host(authority.get(..colon).unwrap_or(""))?;
            check_port(authority.get(colon + 1..).unwrap_or(""))
        }
    }
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("there is no host; this container is localhost");
    }
    if let Some(inside) = host.strip_prefix('[') {
        let v6 = inside.strip_suffix(']').and_then(|v6| v6.parse::<std::net::Ipv6Addr>().ok());
        return v6.map(drop).ok_or("there is no IPv6 address in the brackets");
    }
    if host.contains(':') {
        return Err("an IPv6 address stands in brackets");
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.chars().all(fits) { Ok(()) } else { Err("there are characters in it that no host has") }
}

fn check_port(port: &str) -> Result<(), &'static str> {
    match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok(()),
        _ => Err("the port must be a number from 1 to 65535"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        for good in ["localhost:80", "10.0.0.1:65535", "[::1]:5432", "my_db.local:1"] {
            assert_eq!(check_endpoint(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "80",
            ":80",
            "localhost",
            "localhost:0",
            "localhost:x",
            "::1:80",
            "[x]:1",
            "http://a:1",
            "a b:1",
        ] {
            assert!(check_endpoint(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn urls() {
        for good in [
            "http://localhost",
            "http://localhost:8080/health?full=1",
            "https://[::1]/",
            "https://[::1]:443/a:b",
            "unix:///run/app.sock",
            "unix:///run/app.sock:/health",
        ] {
            assert_eq!(check_url(good), Ok(()), "{good}");
        }
        for bad in [
            "localhost:80",
            "ftp://a",
            "http://",
            "http:///x",
            "http://a:/x",
            "http://a:99999/",
            "http://u:p@a/",
            "http://a/#x",
            "http://a b/",
            "unix://run/x",
            "unix:///run/x:health",
            "http://[x]/",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
