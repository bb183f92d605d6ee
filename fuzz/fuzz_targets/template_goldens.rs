//! The templates of the goldens with mutations: the fuzzer edits a golden instead of inventing templates.
//!
//! Input: two bytes choose the golden, then groups of four: a place (two bytes), what to do there, and a byte for it.

#![no_main]

use std::cell::OnceCell;

use gyropilot_template::{Limits, Template, Value};
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Json;

/// Small, so that no single input takes long enough to look like a hang.
const LIMITS: Limits =
    Limits { parse_depth: 100, template_depth: 50, nesting: 300, steps: 100_000, output_bytes: 1 << 20 };

struct Goldens {
    templates: Vec<Vec<u8>>,
    dot: Value,
}

thread_local! {
    static GOLDENS: OnceCell<Goldens> = const { OnceCell::new() };
}

// === impl Goldens ===

impl Goldens {
    fn load() -> Self {
        let file: Json = serde_json::from_str(include_str!("../../crates/template/goldens/cases.json"))
            .expect("the goldens are JSON");
        let cases = file["cases"].as_array().expect("the goldens are a list");
        let templates = cases.iter().filter_map(|case| Some(case["template"].as_str()?.as_bytes().to_vec()));
        Self { templates: templates.collect(), dot: Value::from(file["document"].clone()) }
    }
}

fuzz_target!(|data: &[u8]| {
    GOLDENS.with(|goldens| run(goldens.get_or_init(Goldens::load), data));
});

fn run(goldens: &Goldens, data: &[u8]) {
    let [high, low, edits @ ..] = data else {
        return;
    };
    let pick = |high: u8, low: u8| {
        let at = usize::from(u16::from_be_bytes([high, low])) % goldens.templates.len();
        &goldens.templates[at]
    };
    let mut text = pick(*high, *low).clone();
    for edit in edits.chunks_exact(4).take(16) {
        let at = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % (text.len() + 1);
        match edit[2] % 5 {
            0 => text.truncate(at),
            1 => text.insert(at, edit[3]),
            2 if at < text.len() => text[at] = edit[3],
            3 if at < text.len() => {
                text.remove(at);
            }
            _ => {
                let other = pick(edit[2], edit[3]).clone();
                text.splice(at..at, other);
            }
        }
    }
    let mut template = Template::new("fuzz").limits(LIMITS);
    if template.parse(&text).is_ok() {
        let output = match template.render(&goldens.dot) {
            Ok(output) => output,
            Err(error) => error.partial.output,
        };
        assert!(output.len() <= LIMITS.output_bytes);
    }
}
