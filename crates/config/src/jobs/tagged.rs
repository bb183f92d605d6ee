//! `taggedAddresses`: other addresses that a service is reached at.

use super::value::{number, word};
use crate::decode::{Fields, members};
use crate::finding::Findings;
use crate::shape::{Form, Key, Kind, Shape};
use std::collections::BTreeMap;

pub(super) const SHAPE: Shape = Shape::new(
    "jobs[].taggedAddresses.NAME",
    Form::Jobs,
    "a tagged address",
    &[
        Key::own("address", Kind::Text, "", "an IP address or the name of a host").must(),
        Key::own("port", Kind::PORT, "the job's", "the port there"),
    ],
    &[],
);

/// Each address with its port, by the name of its network. `default` is the job's own port.
pub(super) fn addresses(
    fields: &Fields<'_>,
    owner: &str,
    default: u16,
    findings: &mut Findings,
) -> Option<BTreeMap<String, (String, u16)>> {
    let Some(node) = fields.get("taggedAddresses") else { return Some(BTreeMap::new()) };
    let path = fields.path("taggedAddresses");
    let mut addresses = BTreeMap::new();
    for member in members(node, &path, "`taggedAddresses`", findings)? {
        let owner = format!("{owner}.taggedAddresses.{}", member.key);
        let fields = Fields::open(&member.node, format!("{path}.{}", member.key), &SHAPE, findings)?;
        let Some(address) = word(&fields, "address", findings) else {
            if !fields.is_misspelt("address") {
                findings
                    .error(member.node.mark(), format!("{owner}.address is missing"))
                    .label("expected such as { address: \"192.0.2.10\" }");
            }
            return None;
        };
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if address.parse::<std::net::IpAddr>().is_err() && !address.chars().all(named) {
            findings
                .error(fields.get("address")?.mark(), format!("{owner}.address is no address"))
                .label("expected an IP address, or the name of a host, without a port");
            return None;
        }
        let port = match fields.get("port") {
            Some(_) => {
                u16::try_from(number(&fields, "port", &owner, (1, i64::from(u16::MAX)), findings)?).ok()?
            }
            None => default,
        };
        addresses.insert(member.key.clone(), (address, port));
    }
    Some(addresses)
}
