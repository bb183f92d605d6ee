//! Any bytes as a packet to the name server, over UDP and TCP.
#![no_main]

use gyropilot_catalogd::dns::{Endpoint, Host, Transport, Zone, respond};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A node, with a service on it that is large enough to be cut.
struct Small {
    meta: BTreeMap<String, String>,
    tags: Vec<String>,
}

impl Small {
    fn host(&self) -> Host<'_> {
        Host { name: "n.1", address: "10.0.0.1", meta: &self.meta }
    }
}

impl Zone for Small {
    fn domain(&self) -> &str {
        "consul"
    }

    fn datacenter(&self) -> &str {
        "dc1"
    }

    fn own_node(&self) -> Option<Host<'_>> {
        Some(self.host())
    }

    fn instances(&self, name: &str) -> Vec<Endpoint<'_>> {
        let addresses: &[&str] = match name {
            "a" => &["", "10.0.0.2", "fd00::1", "a.service.consul", "b.example.com", "x..y"],
            "b" => &["a.service.consul"],
            _ => &[],
        };
        let endpoint = |(port, address): (u16, &&'static str)| Endpoint {
            host: self.host(),
            address,
            port,
            tags: &self.tags,
            weight: u32::MAX,
        };
        (0..).zip(addresses.iter().cycle().take(addresses.len() * 9)).map(endpoint).collect()
    }

    fn node(&self, name: &str) -> Option<Host<'_>> {
        (name == "n.1").then(|| self.host())
    }

    fn node_at(&self, address: IpAddr) -> Option<Host<'_>> {
        (address == IpAddr::from([10, 0, 0, 1])).then(|| self.host())
    }

    fn services_at(&self, address: IpAddr) -> Vec<&str> {
        if address.is_ipv6() { vec!["a", "not a name", ""] } else { Vec::new() }
    }
}

libfuzzer_sys::fuzz_target!(|packet: &[u8]| {
    let zone = Small {
        meta: BTreeMap::from([("zone".to_owned(), "x".repeat(300))]),
        tags: vec!["t".to_owned()],
    };
    for (transport, most) in [(Transport::Udp, 4096), (Transport::Tcp, 65_535)] {
        let Some(answer) = respond(packet, transport, &zone, 1, &mut |below| below / 2) else { continue };
        assert!(answer.len() >= 12 && answer.len() <= most);
        assert_eq!(answer[..2], packet[..2]);
        assert_ne!(answer[2] & 0x80, 0, "an answer is marked as one");
    }
});
