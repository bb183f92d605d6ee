//! The page that Prometheus reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod jobs;

use gyropilot_model::{
    Backend, CatalogConfig, Command, ConsulConfig, Event, Exit, Hooks, Logging, Plan, Role, Sensor,
    SensorKind, Status, StopTimeout, Telemetry, Time, Work,
};
use gyropilot_telemetry::{Format, Metrics, SensorError, describe, reference};
use jobs::busy;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

const NOW: Time = Time::from_start(Duration::from_secs(60));

fn sensor(metric: &str, help: &str, kind: SensorKind) -> Sensor {
    let command = Command::from_line("/bin/measure").unwrap();
    let second = Duration::from_secs(1);
    Sensor { metric: metric.into(), help: help.into(), kind, command, interval: second, timeout: second }
}

fn all_kinds() -> Vec<Sensor> {
    vec![
        sensor("app_requests_total", "Requests.", SensorKind::Counter),
        sensor("app_temperature_celsius", "Warmth\nof the \\ machine.", SensorKind::Gauge),
        sensor("app_latency_seconds", "Waiting.", SensorKind::Histogram),
        sensor("app_size_bytes", "Sizes.", SensorKind::Summary),
    ]
}

fn plan(sensors: Vec<Sensor>, backends: &[&str]) -> Plan {
    let backend = |name: &&str| Backend {
        name: (*name).into(),
        tag: None,
        poll: Duration::from_secs(1),
        on_change: Command::from_line("/bin/true").unwrap(),
        timeout: None,
    };
    Plan {
        catalog: Some(CatalogConfig::Consul(ConsulConfig::default())),
        logging: Logging::default(),
        stop_timeout: StopTimeout::default(),
        services: vec![],
        work: Work::Hooks(Hooks { backends: backends.iter().map(backend).collect(), ..Hooks::default() }),
        telemetry: Some(Telemetry {
            listen: "127.0.0.1:9090".parse().unwrap(),
            path: "/metrics".into(),
            sensors,
            metrics: vec![],
        }),
        signals: Default::default(),
        compat: Default::default(),
    }
}

fn record(metrics: &mut Metrics, event: &Event) {
    let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_467_590_400);
    metrics.record(&describe(event), wall, NOW);
}

fn measured(metric: &str, value: f64) -> Event {
    Event::SensorValue { metric: metric.into(), bits: value.to_bits() }
}

/// One of each thing that leaves a trace in the metrics.
fn eventful() -> Metrics {
    let mut metrics = Metrics::default();
    metrics.follow(&plan(all_kinds(), &["db \"main\"\\1"])).unwrap();
    let role = || Role::Health { service: "web".into(), id: "web-1".into() };
    let ran = Duration::from_millis(30);
    let events = [
        Event::Started { pid: 1, plan: "1 service".into() },
        Event::ProcessStarted { role: Role::App, pid: 7 },
        Event::ProcessExited { role: role(), pid: 8, exit: Exit::Code(0), ran },
        Event::ProcessExited { role: role(), pid: 9, exit: Exit::Signal(9), ran },
        Event::ProcessNotStarted { role: Role::PreStart, program: "x".into(), reason: "y".into() },
        Event::ProcessTimedOut { role: role(), timeout: ran, command: "z".into() },
        Event::RestartScheduled { role: Role::App, delay: ran, attempt: 1 },
        Event::Output { role: role(), pid: 17, line: "hello".into() },
        Event::HealthChanged { service: "web".into(), status: Status::Passing, reason: "status 0".into() },
        Event::HealthChanged { service: "web".into(), status: Status::Critical, reason: "status 2".into() },
        Event::Registered { id: "web-1".into(), again: None },
        Event::CatalogUnavailable { request: "a".into(), reason: "b".into() },
        Event::CatalogAvailable { request: "a".into(), after: ran },
        Event::CatalogUnavailable { request: "c".into(), reason: "d".into() },
        Event::CatalogDoubtful { watch: "db".into(), reason: "no leader".into() },
        Event::CatalogIndexReset { watch: "db".into() },
        Event::BackendChanged { backend: "db \"main\"\\1".into(), tag: None, instances: 3 },
        Event::Maintenance { on: true },
        Event::Reloaded { plan: String::new() },
        Event::ReloadRefused { reason: String::new() },
        Event::StopTimedOut { role: Role::App, timeout: ran },
        Event::SensorValueInvalid { metric: "app_size_bytes".into(), output: "x".into() },
        Event::OutputLost { lines: 4 },
        measured("app_requests_total", 2.0),
        measured("app_requests_total", 0.5),
        measured("app_requests_total", -1.0),
        measured("app_temperature_celsius", -3.5),
        measured("app_latency_seconds", 0.3),
        measured("app_size_bytes", 1e22),
        measured("nobody's", 1.0),
    ];
    events.iter().for_each(|event| record(&mut metrics, event));
    metrics.add_catalog_requests(10, 2);
    metrics
}

#[test]
fn values_come_out_as_they_went_in() {
    let page = eventful().expose(Format::Prometheus, NOW);
    for line in [
        "gyropilot_process_exits_total{role=\"health\",outcome=\"success\"} 1",
        "gyropilot_process_exits_total{role=\"health\",outcome=\"signal\"} 1",
        "gyropilot_health_check_seconds_bucket{service=\"web\",le=\"0.025\"} 0",
        "gyropilot_health_check_seconds_bucket{service=\"web\",le=\"0.05\"} 2",
        "gyropilot_health_check_seconds_bucket{service=\"web\",le=\"+Inf\"} 2",
        "gyropilot_health_check_seconds_sum{service=\"web\"} 0.06",
        "gyropilot_service_status{service=\"web\",status=\"critical\"} 1",
        "gyropilot_service_status{service=\"web\",status=\"passing\"} 0",
        "gyropilot_catalog_failing_requests 1",
        "gyropilot_catalog_requests_total{outcome=\"failed\"} 2",
        "gyropilot_backend_instances{backend=\"db \\\"main\\\"\\\\1\",tag=\"\"} 3",
        "gyropilot_backend_last_change_timestamp_seconds{backend=\"db \\\"main\\\"\\\\1\",tag=\"\"} 1467590400",
        "gyropilot_maintenance 1",
        "gyropilot_log_lines_lost_total 4",
        "gyropilot_sensor_errors_total{metric=\"app_requests_total\"} 1",
        "# HELP app_temperature_celsius Warmth\\nof the \\\\ machine.",
        "# TYPE app_size_bytes summary",
        "app_requests_total 2.5",
        "app_temperature_celsius -3.5",
        "app_latency_seconds_bucket{le=\"0.25\"} 0",
        "app_latency_seconds_bucket{le=\"0.5\"} 1",
        "app_latency_seconds_count 1",
        "app_size_bytes{quantile=\"0.99\"} 1e22",
        "app_size_bytes_count 1",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    assert!(!page.contains("nobody"), "{page}");
}

/// Runs Prometheus' checker with these arguments and this input: did it succeed, and what did it say?
fn promtool(arguments: &[&std::ffi::OsStr], input: &str) -> (bool, String) {
    let promtool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/promtool/usr/bin/promtool");
    assert!(promtool.exists(), "{} is missing: `cargo xtask tools` puts it there", promtool.display());
    #[expect(clippy::disallowed_methods, reason = "no reaper runs in this process")]
    let mut checker = std::process::Command::new(promtool)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It need not read all of it.
    let _ = checker.stdin.take().unwrap().write_all(input.as_bytes());
    let verdict = checker.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&verdict.stderr).into_owned() + &String::from_utf8_lossy(&verdict.stdout);
    (verdict.status.success(), said)
}

#[test]
fn prometheus_own_checker_finds_nothing_wrong() {
    let is_foreign = |line: &str| line.contains("containerpilot_") || line.contains("app_posted");
    for mut metrics in [eventful(), busy()] {
        let page = metrics.expose(Format::Prometheus, NOW);
        // The names of version 3 and of users are what they are.
        let own: Vec<&str> = page.lines().filter(|line| !is_foreign(line)).collect();
        let (ok, said) = promtool(&["check".as_ref(), "metrics".as_ref()], &(own.join("\n") + "\n"));
        assert!(ok && said.is_empty(), "{said}");
        let (_, said) = promtool(&["check".as_ref(), "metrics".as_ref()], &page);
        assert!(said.lines().all(is_foreign), "{said}");
    }
}

/// Prometheus reads OpenMetrics from files where each sample has its time.
#[test]
fn prometheus_reads_the_openmetrics() {
    for mut metrics in [eventful(), busy()] {
        let page = metrics.expose(Format::OpenMetrics, NOW);
        let timed: Vec<String> = page
            .lines()
            .map(|line| if line.starts_with('#') { line.to_owned() } else { format!("{line} 1795341445.5") })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page");
        std::fs::File::create(&file).unwrap().write_all((timed.join("\n") + "\n").as_bytes()).unwrap();
        let arguments = ["tsdb", "create-blocks-from", "openmetrics"].map(std::ffi::OsStr::new);
        let blocks = folder.path().join("blocks");
        let arguments: Vec<_> = arguments.into_iter().chain([file.as_os_str(), blocks.as_os_str()]).collect();
        let (ok, said) = promtool(&arguments, "");
        assert!(ok, "{said}\n{page}");
        assert!(page.ends_with("\n# EOF\n"), "{page}");
    }
}

#[test]
fn the_documentation_lists_what_there_is() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(
        written == reference(),
        "{} is not what reference() gives; it should be:\n{}",
        file.display(),
        reference()
    );
}

#[test]
fn a_reload_keeps_what_stays_and_forgets_the_rest() {
    let mut metrics = eventful();
    let mut sensors = all_kinds();
    sensors.truncate(2);
    sensors[1].kind = SensorKind::Counter;
    metrics.follow(&plan(sensors, &["other"])).unwrap();
    let page = metrics.expose(Format::Prometheus, NOW);
    assert!(page.contains("\napp_requests_total 2.5\n"), "{page}");
    assert!(page.contains("\napp_temperature_celsius 0\n"), "a new kind starts anew: {page}");
    assert!(!page.contains("app_latency_seconds") && !page.contains("backend="), "{page}");
    assert!(!page.contains("service=\"web\"") && !page.contains("metric=\"app_size_bytes\""), "{page}");
    assert!(page.contains("gyropilot_process_starts_total{role=\"app\"} 1"), "{page}");
}

#[test]
fn backends_of_one_name_do_not_overwrite_each_other() {
    let mut metrics = Metrics::default();
    let mut both = plan(vec![], &["db", "db"]);
    let Work::Hooks(hooks) = &mut both.work else { panic!("not hooks") };
    hooks.backends[0].tag = Some("primary".into());
    metrics.follow(&both).unwrap();
    let changed = |tag: Option<&str>, instances| Event::BackendChanged {
        backend: "db".into(),
        tag: tag.map(Into::into),
        instances,
    };
    record(&mut metrics, &changed(Some("primary"), 1));
    record(&mut metrics, &changed(None, 3));
    let page = metrics.expose(Format::Prometheus, NOW);
    assert!(page.contains("gyropilot_backend_instances{backend=\"db\",tag=\"primary\"} 1\n"), "{page}");
    assert!(page.contains("gyropilot_backend_instances{backend=\"db\",tag=\"\"} 3\n"), "{page}");
    let told = describe(&changed(Some("primary"), 1)).message;
    assert_eq!(told, "backend db (tag primary) has 1 healthy instance now");

    metrics.follow(&plan(vec![], &["db"])).unwrap();
    let page = metrics.expose(Format::Prometheus, NOW);
    assert!(!page.contains("primary") && page.contains("tag=\"\"} 3\n"), "{page}");
}

#[test]
fn sensors_that_cannot_have_their_metric() {
    let help = "Help.";
    let gauge = SensorKind::Gauge;
    for (sensors, want) in [
        (vec![sensor("a-b", help, gauge)], SensorError::Name("a-b".into())),
        (vec![sensor("1a", help, gauge)], SensorError::Name("1a".into())),
        (vec![sensor("", help, gauge)], SensorError::Name(String::new())),
        (vec![sensor("gyropilot_x", help, gauge)], SensorError::Reserved("gyropilot_x".into())),
        (vec![sensor("a", "", gauge)], SensorError::Help("a".into())),
        (vec![sensor("a", help, gauge), sensor("a", help, gauge)], SensorError::Twice("a".into())),
        (
            vec![sensor("a", help, SensorKind::Histogram), sensor("a_count", help, gauge)],
            SensorError::Twice("a_count".into()),
        ),
    ] {
        let mut metrics = eventful();
        let before = metrics.expose(Format::Prometheus, NOW);
        assert_eq!(metrics.follow(&plan(sensors, &[])), Err(want));
        assert_eq!(metrics.expose(Format::Prometheus, NOW), before);
    }
}
