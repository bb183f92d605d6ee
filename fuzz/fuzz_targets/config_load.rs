//! Any bytes as a configuration: it is loaded and can be migrated, or refused with an error, and the report can be
//! printed.
#![no_main]

use gyropilot_config::{Document, Host, Style, load, migrate};
use gyropilot_model::Address;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let document = Document { name: "fuzz".into(), text: String::from_utf8_lossy(data).into_owned() };
    let env = [("CONSUL", "consul"), ("TOKEN", "not-to-be-seen")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let addresses = [Address { interface: "eth0".into(), ip: std::net::Ipv4Addr::new(10, 2, 0, 1).into() }];
    let host = Host { hostname: "fuzz", addresses: &addresses, env: &env, elsewhere: false };
    let migrated = migrate(&document, &["/bin/app".to_owned()], &host);
    let report = match load(&document, &host) {
        Ok(loaded) => {
            assert_eq!(loaded.warnings.errors(), 0);
            // What can be run can be migrated, unless it is in the new form already.
            assert!(migrated.is_ok() || loaded.plan.jobs().is_some());
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
