//! Any bytes as a test file: it is read, or refused with an error, and the report can be printed.
#![no_main]

use gyropilot_config::{Document, Style};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let document = Document { name: "fuzz".into(), text: String::from_utf8_lossy(data).into_owned() };
    match gyropilot_rehearsal::read(&document) {
        Ok(rehearsal) => assert!(rehearsal.configurations().next().is_some()),
        Err(report) => {
            assert!(report.errors() > 0);
            let _ = report.render(Style::Coloured);
        }
    }
});
