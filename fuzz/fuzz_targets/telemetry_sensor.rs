//! What a sensor prints, and the page that shows it.
#![no_main]

use gyropilot_model::{Event, Time, parse_measurement};
use gyropilot_telemetry::{Format, Log, Metrics, describe};

libfuzzer_sys::fuzz_target!(|output: &str| {
    let metric = output.chars().take(20).collect::<String>();
    let event = match parse_measurement(output) {
        Some(value) => Event::SensorValue { metric, bits: value.to_bits() },
        None => Event::SensorValueInvalid { metric, output: output.to_owned() },
    };
    let description = describe(&event);
    let mut metrics = Metrics::default();
    metrics.record(&description, std::time::UNIX_EPOCH, Time::ZERO);
    // No value of a label can add a line to the page.
    let page = metrics.expose(Format::Prometheus, Time::ZERO);
    assert!(page.lines().all(|line| line.starts_with("# ") || line.starts_with("gyropilot_")), "{page}");
    // Nor can it add a line to the log.
    let line = Log::new(Default::default(), false).line(&description, std::time::UNIX_EPOCH, Time::ZERO);
    assert!(line.is_none_or(|line| line.lines().count() == 1));
});
