//! Whatever a peer answers in Consul's place is decoded or refused, never a panic.

#![no_main]

use gyropilot_catalog::consul::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The first byte picks the endpoint that answered, so that the corpus of each stays its own.
    let Some((which, body)) = input.split_first() else { return };
    match which % 11 {
        0 => {
            for entry in decode::instances(body).unwrap_or_default() {
                let status = entry.status();
                if let Some(instance) = entry.instance() {
                    assert!(!instance.id.is_empty() && !instance.address.is_empty());
                    assert!(instance.tags.is_sorted());
                    assert_eq!(instance.status, status);
                }
            }
        }
        1 => drop(decode::services(body)),
        2 => drop(decode::nodes(body)),
        3 => drop(decode::node(body)),
        4 => drop(decode::datacenters(body)),
        5 => drop(decode::agent(body)),
        6 => drop(decode::registration(body)),
        7 => drop(decode::registrations(body)),
        8 => drop(decode::key_values(body)),
        9 => drop(decode::keys(body)),
        _ => {
            assert_ne!(decode::meta(|_| Some(body)).index, Some(0));
            let text = decode::text(body, &["secret"]);
            assert!(!text.contains('\n') && text.chars().count() <= 303);
        }
    }
});
