//! Which of its addresses a container announces.

use std::net::IpAddr;

/// An address of a network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The interface's name, such as `eth0`.
    pub interface: String,
    /// The address.
    pub ip: IpAddr,
}

/// One entry of an `interfaces` list: a rule that picks an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterfaceSpec {
    /// `eth0`, `eth0:inet`, `eth0:inet6`: the first address of that family.
    Named {
        /// The interface's name.
        name: String,
        /// Look for IPv6 instead of IPv4.
        v6: bool,
    },
    /// `eth0[1]`: the address of that number, from 0, in sorted order.
    Indexed {
        /// The interface's name.
        name: String,
        /// From 0.
        index: usize,
    },
    /// `inet`, `inet6`: the first address of that family that is not loopback.
    Any {
        /// Look for IPv6 instead of IPv4.
        v6: bool,
    },
    /// `10.0.0.0/16`: the first address inside the network, loopback allowed.
    Network {
        /// The network's address; bits beyond the prefix do not matter.
        base: IpAddr,
        /// 0 to 32 for IPv4, 0 to 128 for IPv6.
        prefix: u8,
    },
    /// `static:ADDR`: this address, looked up nowhere.
    Static(IpAddr),
}

/// Why a text is not an interface rule. The wordings are ContainerPilot's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterfaceSpecError {
    /// None of the forms.
    #[error("Unable to parse interface spec: {0}")]
    Unknown(String),
    /// `static:` without an address behind it.
    #[error("Unable to parse static ip {ip} in {spec}")]
    Static {
        /// What stands where the address should.
        ip: String,
        /// The whole rule.
        spec: String,
    },
    /// A number too large.
    #[error("Unable to parse index {index} in {spec}")]
    Index {
        /// The number as written.
        index: String,
        /// The whole rule.
        spec: String,
    },
}

/// No rule matched any address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "None of the interface specifications were able to match\nSpecifications: {specs}\nInterfaces IPs: {addresses}"
)]
pub struct NoAddress {
    specs: String,
    addresses: String,
}

/// The first address that the first matching rule picks.
///
/// Addresses are looked at by interface name in byte order, then by their 16
/// bytes, in which IPv4 is written as mapped IPv6; so `::1` comes before `127.0.0.1`.
///
/// # Errors
/// [`NoAddress`] when no rule matches.
pub fn resolve(specs: &[InterfaceSpec], addresses: &[Address]) -> Result<IpAddr, NoAddress> {
    let mut sorted: Vec<&Address> = addresses.iter().collect();
    sorted.sort_by(|a, b| (&a.interface, mapped(a.ip)).cmp(&(&b.interface, mapped(b.ip))));
    specs.iter().find_map(|spec| spec.pick(&sorted)).ok_or_else(|| NoAddress {
        specs: join(specs.iter()),
        addresses: join(sorted.iter().map(|address| format!("{}:{}", address.interface, address.ip))),
    })
}

fn mapped(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn join(items: impl Iterator<Item = impl std::fmt::Display>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    format!("[{}]", items.join(" "))
}

// === impl InterfaceSpec ===

impl InterfaceSpec {
    fn pick(&self, sorted: &[&Address]) -> Option<IpAddr> {
        let first = |wanted: &dyn Fn(&Address) -> bool| {
            sorted.iter().find(|address| wanted(address)).map(|address| address.ip)
        };
        match self {
            Self::Named { name, v6 } => first(&|a| a.interface == *name && a.ip.is_ipv6() == *v6),
            Self::Indexed { name, index } => {
                sorted.iter().filter(|a| a.interface == *name).nth(*index).map(|a| a.ip)
            }
            Self::Any { v6 } => first(&|a| !a.ip.is_loopback() && a.ip.is_ipv6() == *v6),
            Self::Network { base, prefix } => first(&|a| contains(*base, *prefix, a.ip)),
            Self::Static(ip) => Some(*ip),
        }
    }
}

fn contains(base: IpAddr, prefix: u8, ip: IpAddr) -> bool {
    let (base, ip, width) = match (base, ip) {
        (IpAddr::V4(base), IpAddr::V4(ip)) => (u128::from(base.to_bits()), u128::from(ip.to_bits()), 32),
        (IpAddr::V6(base), IpAddr::V6(ip)) => (base.to_bits(), ip.to_bits(), 128),
        _ => return false,
    };
    let host_bits = width - u32::from(prefix).min(width);
    base.checked_shr(host_bits).unwrap_or(0) == ip.checked_shr(host_bits).unwrap_or(0)
}

impl std::str::FromStr for InterfaceSpec {
    type Err = InterfaceSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || InterfaceSpecError::Unknown(text.to_owned());
        match text {
            "inet" => return Ok(Self::Any { v6: false }),
            "inet6" => return Ok(Self::Any { v6: true }),
            _ => {}
        }
        if let Some(ip) = text.strip_prefix("static:") {
            return ip
                .parse()
                .map(Self::Static)
                .map_err(|_| InterfaceSpecError::Static { ip: ip.to_owned(), spec: text.to_owned() });
        }
        if let Some((base, prefix)) = text.split_once('/') {
            let base: IpAddr = base.parse().map_err(|_| unknown())?;
            let widest = if base.is_ipv4() { 32 } else { 128 };
            return match prefix.parse() {
                Ok(prefix) if prefix <= widest => Ok(Self::Network { base, prefix }),
                _ => Err(unknown()),
            };
        }
        if let Some((name, index)) = text.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
            if !is_name(name) || index.is_empty() || !index.bytes().all(|b| b.is_ascii_digit()) {
                return Err(unknown());
            }
            let index_error =
                |_| InterfaceSpecError::Index { index: index.to_owned(), spec: text.to_owned() };
            return Ok(Self::Indexed { name: name.to_owned(), index: index.parse().map_err(index_error)? });
        }
        let (name, family) = text.rsplit_once(':').unwrap_or((text, "inet"));
        let v6 = match family {
            "inet" => false,
            "inet6" => true,
            _ => return Err(unknown()),
        };
        if is_name(name) { Ok(Self::Named { name: name.to_owned(), v6 }) } else { Err(unknown()) }
    }
}

/// What Linux accepts, short of white space and the characters of the other
/// forms. The original took only `\w+`, which left `br-1` and `eth0.100`
/// unreachable by name.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || "/:[]".contains(c))
}

impl std::fmt::Display for InterfaceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let family = |v6: &bool| if *v6 { "inet6" } else { "inet" };
        match self {
            Self::Named { name, v6 } => write!(f, "{name}:{}", family(v6)),
            Self::Indexed { name, index } => write!(f, "{name}[{index}]"),
            Self::Any { v6 } => f.write_str(family(v6)),
            Self::Network { base, prefix } => write!(f, "{base}/{prefix}"),
            Self::Static(ip) => write!(f, "static:{ip}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Vec<Address> {
        [
            ("lo", "127.0.0.1"),
            ("lo", "::1"),
            ("eth2", "10.1.0.200"),
            ("eth2", "fdc6:238c:c4bc::1"),
            ("eth1", "10.0.0.200"),
            ("eth1", "10.0.0.100"),
            ("eth0", "192.168.1.100"),
            ("eth0", "10.2.0.1"),
            ("br-1.100", "172.17.0.9"),
        ]
        .map(|(interface, ip)| Address { interface: interface.into(), ip: ip.parse().unwrap() })
        .to_vec()
    }

    fn pick(spec: &str) -> Option<String> {
        resolve(&[spec.parse().unwrap()], &host()).ok().map(|ip| ip.to_string())
    }

    #[test]
    fn the_table_of_the_original() {
        for (spec, want) in [
            ("10.0.0.0/8", Some("10.2.0.1")),
            ("eth0", Some("10.2.0.1")),
            ("eth1:inet", Some("10.0.0.100")),
            ("eth0[1]", Some("192.168.1.100")),
            ("eth0[2]", None),
            ("eth0:inet6", None),
            ("inet6", Some("fdc6:238c:c4bc::1")),
            ("fdc6:238c:c4bc::/48", Some("fdc6:238c:c4bc::1")),
            ("lo", Some("127.0.0.1")),
            ("lo[0]", Some("::1")),
            ("127.0.0.0/8", Some("127.0.0.1")),
            ("static:192.0.2.7", Some("192.0.2.7")),
            ("static:2001:db8::7", Some("2001:db8::7")),
            ("0.0.0.0/0", Some("172.17.0.9")),
            ("eth9", None),
        ] {
            assert_eq!(pick(spec).as_deref(), want, "{spec}");
        }
    }

    #[test]
    fn q10_names_with_dash_and_dot_can_be_named() {
        assert_eq!(pick("br-1.100").as_deref(), Some("172.17.0.9"));
    }

    #[test]
    fn a_host_with_loopback_only_has_no_inet() {
        let host = &host()[..2];
        assert!(resolve(&["inet".parse().unwrap(), "inet6".parse().unwrap()], host).is_err());
    }

    #[test]
    fn what_is_no_rule() {
        for text in
            ["", "static:", "static:100", "eth0[x]", "eth0[]", "eth0:inet5", "10.0.0.0/33", "a b", "/8"]
        {
            assert!(text.parse::<InterfaceSpec>().is_err(), "{text}");
        }
        assert!(matches!(
            "eth0[99999999999999999999]".parse::<InterfaceSpec>(),
            Err(InterfaceSpecError::Index { .. })
        ));
    }
}
