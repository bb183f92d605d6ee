//! Any text as `filter=`, asked of an instance.
#![no_main]

use gyropilot_catalogd::filter::{Filter, Subject};
use serde_json::json;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let entry = json!({
        "Node": {"Node": "n", "Meta": {"zone": "west"}},
        "Service": {"ID": "a", "Tags": ["x"], "Port": 80, "Meta": {"a-b": "c"}, "Weights": {"Passing": 1}},
        "Checks": [{"Status": "passing"}, {"Status": "warning"}],
    });
    match Filter::parse(text, Subject::Health) {
        Ok(filter) => {
            let denied = Filter::parse(&format!("not ({text})"), Subject::Health);
            // Parentheses may be too much for the bounds, or be closed by the text itself.
            if let Ok(denied) = denied
                && !text.contains(['(', ')'])
            {
                assert_ne!(filter.matches(&entry), denied.matches(&entry));
            }
        }
        Err(error) => assert!(!error.reason().is_empty()),
    }
});
