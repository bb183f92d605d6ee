//! Any words as consul-template's command line, and any word as what its flags take.
#![no_main]

use gyropilot_model::ConsulConfig;
use gyropilot_render::{TemplateSpec, Wait, command_line, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let words: Vec<String> = String::from_utf8_lossy(data).lines().map(str::to_owned).collect();
    // A token file is read at once: no word of a fuzzer may name one.
    if words.iter().any(|word| word.contains("token-file")) {
        return;
    }
    if let Err(error) = parse(&words, ConsulConfig::default(), |_| None) {
        assert!(matches!(error.exit_code().status(), 13 | 15));
        assert!(!error.to_string().is_empty());
    }
    for word in &words {
        if let Ok(spec) = TemplateSpec::parse(word) {
            assert!(!spec.source.as_os_str().is_empty());
        }
        if let Ok(wait) = Wait::parse(word) {
            assert!(wait.min <= wait.max);
        }
        if let Ok(command) = command_line(word) {
            assert!(!command.program.is_empty());
        }
    }
});
