//! How what the agent holds of a service differs from what was registered.

use crate::ServiceRecord;
use gyropilot_model::Service;
use std::net::IpAddr;

/// How the registration differs from the service, in words, in what every
/// version of the catalogue keeps.
pub(super) fn difference(service: &Service, record: &ServiceRecord) -> Option<String> {
    if record.name != service.name {
        return Some(format!("its name in the catalogue was {}", record.name));
    }
    if !same_address(&record.address, service.address) {
        return Some(format!("its address in the catalogue was {}", record.address));
    }
    if record.port != i64::from(service.port) {
        return Some(format!("its port in the catalogue was {}", record.port));
    }
    let sorted = |tags: &[String]| {
        let mut tags = tags.to_vec();
        tags.sort();
        tags
    };
    // With the override others may change them, and that is meant to stay.
    if !service.enable_tag_override && sorted(&record.tags) != sorted(&service.tags) {
        return Some(format!("its tags in the catalogue were {}", record.tags.join(", ")));
    }
    None
}

/// The same for what an old catalogue does not know.
pub(super) fn difference_of_extras(service: &Service, record: &ServiceRecord) -> Option<&'static str> {
    if record.meta != service.meta {
        return Some("metadata");
    }
    let weights = |weights: gyropilot_model::Weights| {
        record.weights.passing == i64::from(weights.passing)
            && record.weights.warning == i64::from(weights.warning)
    };
    if !service.weights.is_none_or(weights) {
        return Some("weights");
    }
    // Consul adds some of its own.
    let mut addresses = service.tagged_addresses.iter();
    let is_there = |(name, (address, port)): (&String, &(String, u16))| {
        record
            .tagged_addresses
            .get(name)
            .is_some_and(|known| known.address == *address && known.port == i64::from(*port))
    };
    (!addresses.all(is_there)).then_some("tagged addresses")
}

/// Does it have anything that an old catalogue does not know?
pub(super) fn has_extras(service: &Service) -> bool {
    !service.meta.is_empty() || service.weights.is_some() || !service.tagged_addresses.is_empty()
}

/// The service without what an old catalogue does not know.
pub(super) fn without_extras(service: &Service) -> Service {
    let mut plain = service.clone();
    plain.meta.clear();
    plain.weights = None;
    plain.tagged_addresses.clear();
    plain
}

/// An IPv6 address has many spellings.
pub(super) fn same_address(text: &str, address: IpAddr) -> bool {
    text.parse() == Ok(address)
}
