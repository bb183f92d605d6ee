//! Any bytes as a configuration: it is loaded, or refused with an error, and the report can be printed.
#![no_main]

use gyropilot_config::{Document, Host, Style, load};
use gyropilot_model::Address;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let document = Document { name: "fuzz".into(), text: String::from_utf8_lossy(data).into_owned() };
    let env = [("CONSUL", "consul"), ("TOKEN", "not-to-be-seen")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let addresses = [Address { interface: "eth0".into(), ip: std::net::Ipv4Addr::new(10, 2, 0, 1).into() }];
    let report = match load(&document, &Host { hostname: "fuzz", addresses: &addresses, env: &env, elsewhere: false }) {
        Ok(loaded) => {
            assert_eq!(loaded.warnings.errors(), 0);
            loaded.warnings
        }
        Err(report) => {
            assert!(report.errors() > 0);
            report
        }
    };
    let _ = report.render(Style::Coloured);
    assert!(!report.render(Style::Plain).contains("not-to-be-seen") || document.text.contains("not-to-be-seen"));
});
