//! What is asked of the metrics page, posted to it and hidden from it.
#![no_main]

use gyropilot_model::{Event, Plan, PostedMetric, Role, SensorKind, Telemetry, Time, Work};
use gyropilot_telemetry::{Format, Metrics, Secrets, describe};

libfuzzer_sys::fuzz_target!(|input: (&str, &str, &str)| {
    let (accept, value, secret) = input;
    let posted = PostedMetric {
        metric: "x".to_owned(),
        key: "__x".to_owned(),
        help: value.chars().chain("x".chars()).collect(),
        kind: SensorKind::Summary,
    };
    let plan = Plan {
        catalog: None,
        logging: Default::default(),
        stop_timeout: Default::default(),
        services: vec![],
        telemetry: Some(Telemetry {
            listen: ([127, 0, 0, 1], 0).into(),
            path: "/metrics".to_owned(),
            sensors: vec![],
            metrics: vec![posted],
        }),
        signals: Default::default(),
        compat: Default::default(),
        work: Work::Hooks(Default::default()),
    };
    let mut metrics = Metrics::default();
    metrics.follow(&plan).expect("a metric that can be had");
    let outcome = metrics.post("__x", value, Time::ZERO);
    assert!(outcome.event("x", value).is_none_or(|event| !describe(&event).message.is_empty()));
    let format = Format::accepted(accept);
    let page = metrics.expose(format, Time::ZERO);
    // No help text can add a line to the page.
    assert!(page.lines().all(|line| line.starts_with('#') || line.starts_with('x')), "{page}");
    assert_eq!(page.ends_with("# EOF\n"), format == Format::OpenMetrics);

    let line = format!("{value}{secret}{value}");
    let event = Event::Output { role: Role::Job { name: "j".to_owned() }, pid: 1, line };
    let told = Secrets::new([secret]).hide_in(describe(&event));
    let hidden = secret.trim();
    // A secret that is part of what stands in its place cannot be hidden.
    if hidden.len() >= 4 && !"[redacted]".contains(hidden) && !told.message.contains("[redacted]") {
        panic!("{hidden:?} was not hidden in {:?}", told.message);
    }
});
