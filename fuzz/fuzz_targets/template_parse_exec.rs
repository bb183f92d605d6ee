//! Any bytes as a template on any JSON document: an answer within the bounds, never a panic or a hang.
//!
//! The input is the template, then a NUL, then the document; without a NUL the document is null.

#![no_main]

use gyropilot_template::{Limits, MissingKey, Template, Value};
use libfuzzer_sys::fuzz_target;

/// Small, so that no single input takes long enough to look like a hang.
const LIMITS: Limits =
    Limits { parse_depth: 100, template_depth: 50, nesting: 300, steps: 100_000, output_bytes: 1 << 20 };

fuzz_target!(|data: &[u8]| {
    let (text, json) = match data.iter().position(|byte| *byte == 0) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &b"null"[..]),
    };
    let dot = Value::from(serde_json::from_slice::<serde_json::Value>(json).unwrap_or_default());
    for missing_key in [MissingKey::Invalid, MissingKey::Zero, MissingKey::Error] {
        let mut template = Template::new("fuzz").limits(LIMITS).missing_key(missing_key);
        if let Err(error) = template.parse(text) {
            assert!(error.to_string().starts_with("template: fuzz:"));
            return;
        }
        let rendered = match template.render_mapped(&dot) {
            Ok(rendered) => rendered,
            Err(error) => error.partial,
        };
        assert!(rendered.output.len() <= LIMITS.output_bytes);
        let mut end = 0;
        for segment in &rendered.segments {
            assert_eq!(segment.output.start, end);
            assert!(segment.source.start <= segment.source.end && segment.source.end <= text.len());
            end = segment.output.end;
        }
        assert_eq!(end, rendered.output.len());
    }
});
