//! What a name stands for.

use super::Zone;
use hickory_proto::rr::Name;
use std::net::IpAddr;

/// What a name below the domain stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The domain itself.
    Apex,
    /// Nothing by itself; there are names below it.
    Above,
    /// A service, or its instances with a tag.
    Service { name: String, tag: Option<String> },
    /// A node.
    Node(String),
    /// An address, written into the name.
    Address(IpAddr),
    /// Nothing.
    Nothing,
}

/// What a name stands for; none outside of the domain.
pub(super) fn read(name: &Name, zone: &dyn Zone) -> Option<Asked> {
    let labels = labels(name);
    let mut rest = &labels[..];
    for label in zone.domain().rsplit('.') {
        let (last, before) = rest.split_last()?;
        rest = last.eq_ignore_ascii_case(label).then_some(before)?;
    }
    Some(below(rest, zone.datacenter()))
}

/// The labels of a name, in small letters.
pub(super) fn labels(name: &Name) -> Vec<String> {
    name.iter().map(|label| String::from_utf8_lossy(label).to_ascii_lowercase()).collect()
}

fn below(labels: &[String], datacenter: &str) -> Asked {
    if labels.is_empty() {
        return Asked::Apex;
    }
    let is_here = |labels: &[String]| match labels {
        [] => true,
        [name] => name.eq_ignore_ascii_case(datacenter),
        _ => false,
    };
    let Some(at) = labels.iter().rposition(|label| matches!(label.as_str(), "service" | "node" | "addr"))
    else {
        return if is_here(labels) { Asked::Above } else { Asked::Nothing };
    };
    let (before, after) = (&labels[..at], &labels[at + 1..]);
    if !is_here(after) {
        return Asked::Nothing;
    }
    match (labels[at].as_str(), before) {
        (_, []) => Asked::Above,
        ("service", before) => service(before),
        ("node", before) => Asked::Node(before.join(".")),
        (_, [hex]) => address(hex).map_or(Asked::Nothing, Asked::Address),
        _ => Asked::Nothing,
    }
}

/// `NAME`, `TAG.NAME`, or `_NAME._TAG` as RFC 2782 has it, where `tcp` stands for any tag.
fn service(labels: &[String]) -> Asked {
    let named = |name: &str, tag: &str| {
        let tag = (!tag.is_empty()).then(|| tag.to_owned());
        Asked::Service { name: name.to_owned(), tag }
    };
    match labels {
        // Above `_web._tcp`; a resolver that asks label by label must not be told that there is nothing below.
        [protocol] if protocol.starts_with('_') => Asked::Above,
        [name, tag] if name.starts_with('_') && tag.starts_with('_') => {
            named(&name[1..], if tag == "_tcp" { "" } else { &tag[1..] })
        }
        [tags @ .., name] => named(name, &tags.join(".")),
        [] => Asked::Above,
    }
}

/// An address in hexadecimal digits.
fn address(hex: &str) -> Option<IpAddr> {
    let are_digits = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match hex.len() {
        8 if are_digits => Some(IpAddr::V4(u32::from_str_radix(hex, 16).ok()?.into())),
        32 if are_digits => Some(IpAddr::V6(u128::from_str_radix(hex, 16).ok()?.into())),
        _ => None,
    }
}

/// The address that a name below `in-addr.arpa` or `ip6.arpa` is about, if it is a whole one.
pub(super) fn reverse(name: &Name) -> Option<IpAddr> {
    let labels = labels(name);
    let parts: Vec<&str> = labels.iter().map(String::as_str).rev().collect();
    match parts[..] {
        ["arpa", "in-addr", a, b, c, d] => {
            let part = |text: &str| text.parse::<u8>().ok().filter(|number| number.to_string() == text);
            Some(IpAddr::from([part(a)?, part(b)?, part(c)?, part(d)?]))
        }
        ["arpa", "ip6", ref digits @ ..] if digits.len() == 32 => {
            let mut address = 0_u128;
            for digit in digits {
                let digit = u128::from_str_radix(digit, 16).ok().filter(|_| digit.len() == 1)?;
                address = address << 4 | digit;
            }
            Some(IpAddr::V6(address.into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_the_domain() {
        let read = |name: &str| {
            let labels: Vec<_> = name.split('.').map(str::to_owned).collect();
            below(&labels, "dc1")
        };
        let service = |name: &str, tag: Option<&str>| Asked::Service {
            name: name.to_owned(),
            tag: tag.map(str::to_owned),
        };
        for (name, want) in [
            ("web.service", service("web", None)),
            ("web.service.dc1", service("web", None)),
            ("v1.web.service", service("web", Some("v1"))),
            ("big.tag.web.service", service("web", Some("big.tag"))),
            ("_web._tcp.service", service("web", None)),
            ("_web._v1.service.dc1", service("web", Some("v1"))),
            ("_web._.service", service("web", None)),
            ("web._tcp.service", service("_tcp", Some("web"))),
            ("node.service", service("node", None)),
            ("web.service.dc2", Asked::Nothing),
            ("web.service.dc1.dc1", Asked::Nothing),
            ("n1.node", Asked::Node("n1".into())),
            ("a.b.node.dc1", Asked::Node("a.b".into())),
            ("0a000001.addr", Asked::Address("10.0.0.1".parse().unwrap())),
            ("fd000000000000000000000000000077.addr.dc1", Asked::Address("fd00::77".parse().unwrap())),
            ("+a000001.addr", Asked::Nothing),
            ("0a0001.addr", Asked::Nothing),
            ("x.0a000001.addr", Asked::Nothing),
            ("service", Asked::Above),
            ("dc1", Asked::Above),
            ("node.dc1", Asked::Above),
            ("_tcp.service", Asked::Above),
            ("q.query", Asked::Nothing),
            ("web", Asked::Nothing),
        ] {
            assert_eq!(read(name), want, "{name}");
        }
    }

    #[test]
    fn names_of_addresses() {
        let six = "7.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.D.F.ip6.arpa.";
        for (name, want) in [
            ("2.0.7.10.IN-ADDR.arpa.", Some("10.7.0.2")),
            (six, Some("fd00::77")),
            ("7.10.in-addr.arpa.", None),
            ("256.0.7.10.in-addr.arpa.", None),
            ("02.0.7.10.in-addr.arpa.", None),
            ("1.2.0.7.10.in-addr.arpa.", None),
            ("in-addr.arpa.", None),
            ("2.0.7.10.in-addr.example.", None),
        ] {
            let name = Name::from_ascii(name).unwrap();
            assert_eq!(reverse(&name), want.map(|text| text.parse().unwrap()), "{name}");
        }
    }
}
