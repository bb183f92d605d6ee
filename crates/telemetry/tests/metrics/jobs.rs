//! What jobs leave in the metrics, and values that are posted.

use super::{NOW, plan, record};
use gyropilot_model::{
    Command, Control, Event, EventCode, Exit, ExitPolicy, Job, JobHealth, JobState, Jobs, Plan, PostedMetric,
    Restart, RestartMode, Restarts, Role, SensorKind, Signal, StopPolicy, Surroundings, Trigger, Verdict,
    Watch, WatchTarget, When, Work,
};
use gyropilot_telemetry::{Format, JobUsage, Metrics, Posted, describe};
use std::collections::BTreeMap;
use std::time::Duration;

fn job(name: &str) -> Job {
    let second = Duration::from_secs(1);
    Job {
        name: name.to_owned(),
        main: false,
        exec: Some(Command::from_line("/bin/web").unwrap()),
        raw: false,
        when: When { trigger: Trigger::Startup, timeout: None },
        timeout: None,
        stop: StopPolicy { timeout: second, signal: Signal::Term, drain: Duration::ZERO },
        restart: Restart {
            attempts: Restarts::Limited(0),
            interval: None,
            delay: second,
            max_delay: second,
            mode: RestartMode::Fail,
        },
        health: None,
        ready: None,
        service: None,
        surroundings: Surroundings::default(),
    }
}

#[test]
fn openmetrics_has_units_and_totals() {
    let page = busy().expose(Format::OpenMetrics, NOW);
    for line in [
        "# TYPE gyropilot_job_cpu_seconds counter",
        "# UNIT gyropilot_job_cpu_seconds seconds",
        "gyropilot_job_cpu_seconds_total{job=\"web\"} 1.5",
        "# UNIT gyropilot_job_memory_bytes bytes",
        "# TYPE containerpilot_events counter",
        "containerpilot_events_total{code=\"StatusHealthy\",source=\"web\"} 1",
        "gyropilot_job_check_seconds_bucket{job=\"web\",le=\"1.0\"} 2",
        "app_posted_total 3",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
}

/// A plan of one job and one watch.
fn jobs_plan(metrics: Vec<PostedMetric>) -> Plan {
    let mut plan = plan(vec![], &[]);
    let target = WatchTarget::Service { name: "db".into(), tag: None, datacenter: None };
    let watch = Watch { name: "db".into(), target, interval: Duration::from_secs(3) };
    plan.work = Work::Jobs(Jobs {
        jobs: vec![job("web")],
        watches: vec![watch],
        control: Control { socket: "/run/socket".into(), mode: 0o600, allow: vec![] },
        exit: ExitPolicy::All,
        stop_budget: None,
        secrets: BTreeMap::new(),
    });
    plan.telemetry.as_mut().unwrap().metrics = metrics;
    plan
}

fn posted(key: &str, metric: &str, kind: SensorKind) -> PostedMetric {
    PostedMetric { metric: metric.into(), key: key.into(), help: "Posted.".into(), kind }
}

/// One of each thing that jobs leave in the metrics.
pub(crate) fn busy() -> Metrics {
    let mut metrics = Metrics::default();
    let plan = jobs_plan(vec![posted("_app_posted", "app_posted", SensorKind::Counter)]);
    metrics.follow(&plan).unwrap();
    let web = || "web".to_owned();
    let job = || Role::Job { name: web() };
    let check = || Role::Check { job: web() };
    let ran = Duration::from_millis(700);
    let bus = |code, source: &str| Event::Bus { code, source: source.into() };
    let events = [
        Event::Started { pid: 1, plan: "1 job".into() },
        bus(EventCode::Startup, "global"),
        bus(EventCode::Healthy, "web"),
        bus(EventCode::Changed, "watch.db"),
        bus(EventCode::ExitFailed, "check.web"),
        bus(EventCode::Error, "web: exit status 1"),
        bus(EventCode::Error, "web: exit status 2"),
        bus(EventCode::Signal, "SIGHUP"),
        Event::ProcessStarted { role: job(), pid: 7 },
        Event::ProcessExited { role: job(), pid: 7, exit: Exit::Code(1), ran },
        Event::RestartScheduled { role: job(), delay: ran, attempt: 1 },
        Event::ProcessExited { role: check(), pid: 8, exit: Exit::Code(0), ran },
        Event::Checked { job: web(), verdict: Verdict::Well, took: ran },
        Event::JobChanged { job: web(), state: JobState::Starting, reason: "startup".into() },
        Event::JobChanged { job: web(), state: JobState::Running, reason: "started".into() },
        Event::JobHealthChanged { job: web(), health: JobHealth::Healthy, reason: "status 0".into() },
        Event::JobReady { job: web(), after: ran },
        Event::Drained { job: web(), connections: 0, after: ran },
        Event::Drained { job: web(), connections: 2, after: ran },
        Event::WatchChanged { watch: "db".into(), count: 3, had: None },
        Event::Ordered { order: "restart web".into(), uid: 0 },
        Event::ControlAnswered { path: "/v3/reload", status: 200 },
        Event::MetricUnknown { metric: "x".into() },
        Event::MetricInvalid { metric: "app_posted".into(), value: "x".into() },
    ];
    events.iter().for_each(|event| record(&mut metrics, event));
    assert_eq!(metrics.post("app_posted", "3", NOW), Posted::Taken);
    let usage = JobUsage { job: web(), cpu: Duration::from_millis(1500), memory: 4096, processes: 2 };
    metrics.set_usage(&[usage]);
    metrics.set_watch_ages([("db", Duration::from_millis(2500))]);
    metrics
}

#[test]
fn jobs_are_measured() {
    let mut metrics = busy();
    let page = metrics.expose(Format::Prometheus, NOW);
    for line in [
        "containerpilot_control_http_requests{code=\"200\",path=\"/v3/reload\"} 1",
        "containerpilot_events{code=\"StatusChanged\",source=\"watch.db\"} 1",
        "containerpilot_events{code=\"ExitFailed\",source=\"check.web\"} 1",
        "containerpilot_events{code=\"Signal\",source=\"SIGHUP\"} 1",
        "containerpilot_watch_instances{service=\"db\"} 3",
        "gyropilot_job_check_seconds_count{job=\"web\"} 2",
        "gyropilot_job_cpu_seconds_total{job=\"web\"} 1.5",
        "gyropilot_job_drains_total{job=\"web\",outcome=\"cut\"} 1",
        "gyropilot_job_exits_total{job=\"web\",outcome=\"failure\"} 1",
        "gyropilot_job_health{job=\"web\",health=\"healthy\"} 1",
        "gyropilot_job_health{job=\"web\",health=\"unhealthy\"} 0",
        "gyropilot_job_memory_bytes{job=\"web\"} 4096",
        "gyropilot_job_processes{job=\"web\"} 2",
        "gyropilot_job_ready_seconds_sum{job=\"web\"} 0.7",
        "gyropilot_job_restarts_total{job=\"web\"} 1",
        "gyropilot_job_runs_total{job=\"web\"} 1",
        "gyropilot_job_state{job=\"web\",state=\"running\"} 1",
        "gyropilot_job_state{job=\"web\",state=\"starting\"} 0",
        "gyropilot_orders_total 1",
        "gyropilot_posted_metric_errors_total{reason=\"invalid\"} 1",
        "gyropilot_watch_age_seconds{watch=\"db\"} 2.5",
        "gyropilot_watch_changes_total{watch=\"db\"} 1",
        "app_posted 3",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    // What no longer runs takes nothing.
    metrics.set_usage(&[]);
    assert!(!metrics.expose(Format::Prometheus, NOW).contains("gyropilot_job_processes"));
    metrics.follow(&plan(vec![], &[])).unwrap();
    let page = metrics.expose(Format::Prometheus, NOW);
    assert!(!page.contains("\"web\"") && !page.contains("\"db\"") && !page.contains("app_posted"), "{page}");
}

/// the original put the text of an error into the label.
#[test]
fn q_35_the_source_of_an_event_is_one_of_few() {
    let page = busy().expose(Format::Prometheus, NOW);
    assert!(page.contains("containerpilot_events{code=\"Error\",source=\"other\"} 2\n"), "{page}");
    assert!(!page.contains("exit status"), "{page}");
}

/// a metric without namespace or subsystem is shown as `x` and was posted as `__x`.
#[test]
fn q_31_values_are_posted_under_either_name() {
    let mut metrics = Metrics::default();
    let both = || vec![posted("__x", "x", SensorKind::Gauge), posted("n_s_y", "n_s_y", SensorKind::Counter)];
    metrics.follow(&jobs_plan(both())).unwrap();
    for (name, value, want) in [
        ("__x", "1", Posted::Taken),
        ("x", " 2.5 ", Posted::Taken),
        ("n_s_y", "4", Posted::Taken),
        ("_x", "1", Posted::Unknown),
        ("n_s_y", "-1", Posted::NotANumber),
        ("x", "many", Posted::NotANumber),
        ("x", "", Posted::NotANumber),
    ] {
        assert_eq!(metrics.post(name, value, NOW), want, "{name}={value}");
    }
    let told = Posted::NotANumber.event("x", "many").unwrap();
    assert_eq!(describe(&told).message, "metric produced non-numeric value: many");
    assert_eq!(Posted::Taken.event("x", "1"), None);

    metrics.follow(&jobs_plan(both())).unwrap();
    let page = metrics.expose(Format::Prometheus, NOW);
    assert!(page.contains("\nx 2.5\n") && page.contains("n_s_y 4\n"), "kept across a reload: {page}");
    let changed = vec![posted("__x", "x", SensorKind::Counter)];
    metrics.follow(&jobs_plan(changed)).unwrap();
    let page = metrics.expose(Format::Prometheus, NOW);
    assert!(page.contains("\nx 0\n") && !page.contains("n_s_y"), "{page}");
    assert_eq!(metrics.post("n_s_y", "1", NOW), Posted::Unknown);
}
