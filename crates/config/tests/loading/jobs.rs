//! Jobs.

use super::{env, inside, plan_with, seconds, try_load};
use gyropilot_config::{Document, Host, exported_variables, load};
use gyropilot_model::{
    Address, Awaited, CatalogConfig, CheckRestart, Command, Compat, ConsulConfig, Control, EventCode,
    ExitPolicy, HealthCheck, HttpProbe, Job, Jobs, Limit, LogFormat, LogOutput, PostedMetric, Probe,
    Readiness, ReadyBy, Restart, RestartMode, Restarts, SecretSource, SensorKind, Service, Signal,
    SignalAction, Status, StopPolicy, StopTimeout, Surroundings, Trigger, Warning, Watch, WatchTarget,
    Weights, When,
};
use std::collections::BTreeMap;
use std::time::Duration;

fn jobs(text: &str) -> Jobs {
    inside(text).jobs().unwrap().clone()
}

/// The only job of a configuration, which runs something.
fn job(text: &str) -> Job {
    jobs(&format!("jobs: [ {{ name: \"app\", exec: \"/bin/app\", {text} }} ]")).jobs.remove(0)
}

/// The only service of a configuration, on port 80.
fn service(text: &str) -> Service {
    let health = "health: { interval: 5, ttl: 15 }";
    inside(&format!("jobs: [ {{ name: \"web\", port: 80, {health}, {text} }} ]")).services.remove(0)
}

/// What is warned of, in one line each.
fn warnings(text: &str) -> Vec<String> {
    let loaded = try_load(&format!("{{ consul: \"localhost:8500\", {text} }}"), &env(&[])).unwrap();
    loaded.warnings.diagnostics().iter().map(|diagnostic| diagnostic.message.clone()).collect()
}

/// The first error.
fn refused(text: &str) -> String {
    let report = try_load(&format!("{{ consul: \"localhost:8500\", {text} }}"), &env(&[])).unwrap_err();
    report.diagnostics()[0].message.clone()
}

fn awaited(source: &str, code: EventCode) -> Awaited {
    Awaited { source: source.to_owned(), code }
}

#[test]
fn defaults() {
    let plan = plan_with("{ jobs: [ { name: 'app', exec: 'sleep 5' } ] }", &[]);
    assert_eq!(plan.catalog, None);
    assert_eq!(plan.stop_timeout, StopTimeout::After(seconds(5)));
    assert_eq!(plan.logging.format, LogFormat::Stamped);
    assert_eq!(plan.logging.output, LogOutput::Stdout);
    assert_eq!(plan.compat, Compat::default());
    assert!(plan.services.is_empty() && plan.telemetry.is_none() && plan.signals.is_empty());
    let Jobs { jobs, watches, control, exit, stop_budget, secrets } = plan.jobs().unwrap();
    assert!(watches.is_empty() && secrets.is_empty() && stop_budget.is_none());
    assert_eq!(*exit, ExitPolicy::All);
    let socket = "/var/run/containerpilot.socket".into();
    assert_eq!(*control, Control { socket, mode: 0o600, allow: Vec::new() });
    let expected = Job {
        name: "app".into(),
        main: false,
        exec: Some(Command::from_line("sleep 5").unwrap()),
        raw: false,
        when: When { trigger: Trigger::Startup, timeout: None },
        timeout: None,
        stop: StopPolicy { timeout: seconds(5), signal: Signal::Term, drain: Duration::ZERO },
        restart: Restart {
            attempts: Restarts::Limited(0),
            interval: None,
            delay: seconds(1),
            max_delay: seconds(30),
            mode: RestartMode::Fail,
        },
        health: None,
        ready: None,
        service: None,
        surroundings: Surroundings::default(),
    };
    assert_eq!(jobs[..], [expected]);
}

#[test]
fn a_service_in_full() {
    let plan = inside(
        r#"jobs: [ { name: "my-App", exec: "/bin/app", port: "80", tags: ["a", 1], interfaces: "eth1", initial_status: "warning",
             consul: { enableTagOverride: true, deregisterCriticalServiceAfter: "90m" },
             health: { exec: "/bin/check", interval: 5, ttl: 15, timeout: "500ms", logging: { raw: true } },
             meta: { version: 1.5 }, weights: { passing: 10, warning: 0 },
             tagged_addresses: { lan: { address: "10.0.0.1" }, wan: { address: "host.example", port: 443 } } } ]"#,
    );
    let [service] = &plan.services[..] else { panic!("one service expected") };
    assert_eq!((service.id.as_str(), service.check_id.as_str()), ("my-App-web-1", "service:my-App-web-1"));
    assert_eq!((service.address.to_string().as_str(), service.port), ("10.3.0.1", 80));
    assert_eq!((service.ttl, service.health.interval), (seconds(15), seconds(5)));
    assert_eq!(service.tags, ["a", "1"]);
    assert_eq!(service.initial_status, Some(Status::Warning));
    assert!(service.enable_tag_override);
    assert_eq!(service.deregister_critical_after.as_deref(), Some("90m"));
    assert_eq!(service.meta, env(&[("version", "1.5")]));
    assert_eq!(service.weights, Some(Weights { passing: 10, warning: 0 }));
    assert_eq!(service.tagged_addresses["lan"], ("10.0.0.1".to_owned(), 80));
    assert_eq!(service.tagged_addresses["wan"], ("host.example".to_owned(), 443));
    let job = &plan.jobs().unwrap().jobs[0];
    assert_eq!(job.service.as_deref(), Some("my-App-web-1"));
    assert_eq!(job.stop.drain, seconds(2));
    let health = job.health.as_ref().unwrap();
    assert_eq!(health.probe, Some(Probe::Exec(Command::from_line("/bin/check").unwrap())));
    assert_eq!((health.timeout, health.raw), (Duration::from_millis(500), true));
    assert_eq!(exported_variables(&plan), env(&[("CONTAINERPILOT_MY_APP_IP", "10.3.0.1")]));
}

#[test]
fn initial_status_has_two_spellings_q18() {
    for spelling in ["initial_status", "initialStatus", "InitialStatus"] {
        assert_eq!(service(&format!("{spelling}: 'critical'")).initial_status, Some(Status::Critical));
    }
}

#[test]
fn q05_the_consul_block_needs_no_duration() {
    assert!(service("consul: { enableTagOverride: true }").enable_tag_override);
    assert_eq!(service("consul: { deregisterCriticalServiceAfter: '' }").deregister_critical_after, None);
}

#[test]
fn q16_two_jobs_of_one_name_are_refused() {
    let told = refused("jobs: [ { name: 'a', exec: 'x' }, { name: 'a', exec: 'y' } ]");
    assert_eq!(told, "two jobs are named a");
}

#[test]
fn interfaces_fall_back_to_any_address() {
    let text = r#"{ consul: 'c', jobs: [ { name: 'web', port: 80, health: { interval: 1, ttl: 3 } } ] }"#;
    let addresses = [Address { interface: "ens3".into(), ip: "10.9.0.1".parse().unwrap() }];
    let document = Document { name: "pilot.json5".into(), text: text.to_owned() };
    let host = Host { hostname: "h", addresses: &addresses, env: &env(&[]), elsewhere: false };
    assert_eq!(load(&document, &host).unwrap().plan.services[0].address.to_string(), "10.9.0.1");
}

#[test]
fn without_a_port_nothing_is_advertised_and_any_name_is_good() {
    let plan =
        inside("jobs: [ { name: 'my_job no. 1', port: 0, exec: 'x', health: { exec: 'c', interval: 2 } } ]");
    assert!(plan.services.is_empty());
    let health = plan.jobs().unwrap().jobs[0].health.clone().unwrap();
    assert_eq!((health.interval, health.timeout), (seconds(2), seconds(2)));
    let told = warnings("jobs: [ { name: 'a', exec: 'x', tags: ['t'], initial_status: 'bogus' } ]");
    assert_eq!(
        told,
        ["job[a].tags has no effect without `port`", "job[a].initial_status has no effect without `port`"]
    );
}

#[test]
fn a_catalogue_is_needed_only_where_something_uses_it() {
    let plan = plan_with(
        "{ consul: false, jobs: [ { name: 'web', port: 80, health: { interval: 1, ttl: 3 } } ] }",
        &[],
    );
    assert_eq!((plan.catalog.is_none(), plan.services.len()), (true, 1));
    assert!(plan_with("{ jobs: [], telemetry: {} }", &[]).catalog.is_none());
    for text in [
        "{ jobs: [ { name: 'web', port: 80, health: { interval: 1, ttl: 3 } } ] }",
        "{ watches: [ { name: 'db', interval: 1 } ] }",
        "{ consul: false, watches: [ { name: 'db', interval: 1 } ] }",
        "{ consul: 8500, jobs: [] }",
        "{ consul: true, jobs: [] }",
    ] {
        let report = try_load(text, &env(&[])).unwrap_err();
        assert_eq!(report.diagnostics()[0].message, "no discovery backend defined", "{text}");
    }
}

#[test]
fn whens() {
    let when = |written: &str| job(&format!("when: {written}")).when;
    let events = |awaited: &[Awaited], all, each| Trigger::Events { awaited: awaited.to_vec(), all, each };
    let (enter, exit) = (EventCode::EnterMaintenance, EventCode::ExitMaintenance);
    for (written, want) in [
        ("null", Trigger::Startup),
        ("{ source: 'global', once: 'startup' }", Trigger::Startup),
        ("{ source: 'global', each: 'enterMaintenance' }", events(&[awaited("global", enter)], false, true)),
        ("{ source: 'global', once: 'enterMaintenance' }", events(&[awaited("global", enter)], false, false)),
        ("{ interval: '500ms' }", Trigger::Interval(Duration::from_millis(500))),
        ("{ interval: 3 }", Trigger::Interval(seconds(3))),
        (
            "{ source: 'SIGHUP', once: 'SIGHUP' }",
            events(&[awaited("SIGHUP", EventCode::Signal)], false, true),
        ),
        ("{ source: 'SIGUSR2' }", events(&[awaited("SIGUSR2", EventCode::Signal)], false, true)),
        (
            "[ { source: 'global', once: 'enterMaintenance' }, { source: 'global', once: 'exitMaintenance' } ]",
            events(&[awaited("global", enter), awaited("global", exit)], false, false),
        ),
        (
            "{ any: [ { source: 'global', each: 'enterMaintenance' }, { source: 'SIGHUP' } ] }",
            events(&[awaited("global", enter), awaited("SIGHUP", EventCode::Signal)], false, true),
        ),
        (
            "{ all: [ { source: 'global', once: 'enterMaintenance' } ], timeout: '1m' }",
            events(&[awaited("global", enter)], true, false),
        ),
    ] {
        assert_eq!(when(written).trigger, want, "{written}");
    }
    assert_eq!(when("{ source: 'global', once: 'startup', timeout: '5s' }").timeout, Some(seconds(5)));
    assert_eq!(when("{ source: 'global', once: 'startup', timeout: 0 }").timeout, None);
    assert_eq!(when("{ all: [ { source: 'SIGHUP' } ], timeout: 60 }").timeout, Some(seconds(60)));
}

#[test]
fn a_job_with_an_interval_has_defaults_of_its_own() {
    let job = job("when: { interval: '90s' }");
    assert_eq!(job.timeout, Some(seconds(90)));
    assert_eq!(job.restart.attempts, Restarts::Unlimited);
    let limited = self::job("when: { interval: '90s' }, restarts: 2, timeout: '5s'");
    assert_eq!((limited.timeout, limited.restart.attempts), (Some(seconds(5)), Restarts::Limited(2)));
}

#[test]
fn restarts_of_the_original() {
    for (written, want) in [
        ("'unlimited'", Restarts::Unlimited),
        ("'never'", Restarts::Limited(0)),
        ("3", Restarts::Limited(3)),
        ("'3'", Restarts::Limited(3)),
        ("1.9", Restarts::Limited(1)),
        ("null", Restarts::Limited(0)),
    ] {
        assert_eq!(job(&format!("restarts: {written}")).restart.attempts, want, "{written}");
    }
    let each = "when: { source: 'SIGHUP' }, restarts: 'unlimited'";
    let told = refused(&format!("jobs: [ {{ name: 'a', exec: 'x', {each} }} ]"));
    assert!(told.ends_with(
        "may not be used when 'job.when.each' is set because it may result in infinite processes"
    ));
}

#[test]
fn restart_in_full() {
    let restart =
        job("restart: { attempts: 5, interval: '10m', delay: '500ms', max_delay: 10, mode: 'delay' }")
            .restart;
    assert_eq!(
        restart,
        Restart {
            attempts: Restarts::Limited(5),
            interval: Some(seconds(600)),
            delay: Duration::from_millis(500),
            max_delay: seconds(10),
            mode: RestartMode::Delay,
        }
    );
    let long = job("restart: { attempts: 'unlimited', delay: '2m' }").restart;
    assert_eq!((long.delay, long.max_delay), (seconds(120), seconds(120)));
    let only = job("restart: { mode: 'shutdown' }").restart;
    assert_eq!((only.attempts, only.mode), (Restarts::Limited(0), RestartMode::Shutdown));
}

#[test]
fn stopping() {
    let stop = job("stopTimeout: '1m', stopSignal: 'quit'").stop;
    assert_eq!(stop, StopPolicy { timeout: seconds(60), signal: Signal::Quit, drain: Duration::ZERO });
    assert_eq!(job("stopTimeout: 0, stop_signal: 'SIGINT'").stop.timeout, Duration::ZERO);
    let all =
        jobs("stopTimeout: 30, jobs: [ { name: 'a', exec: 'x' }, { name: 'b', exec: 'x', stopTimeout: 3 } ]");
    assert_eq!(all.jobs[0].stop.timeout, seconds(30));
    assert_eq!(all.jobs[1].stop.timeout, seconds(3));
    let at_once = jobs("stopTimeout: -1, jobs: [ { name: 'a', exec: 'x' } ]");
    assert_eq!(at_once.jobs[0].stop.timeout, Duration::ZERO);
    assert_eq!(service_job("drain: '10s'").stop.drain, seconds(10));
    assert_eq!(jobs("jobs: [], stop_budget: '25s'").stop_budget, Some(seconds(25)));
}

/// The only job of a configuration, which runs something on port 80.
fn service_job(text: &str) -> Job {
    job(&format!("port: 80, health: {{ interval: 5, ttl: 15 }}, {text}"))
}

#[test]
fn probes() {
    let probe = |written: &str| job(&format!("health: {{ interval: 5, {written} }}")).health.unwrap().probe;
    let get = |url: &str| HttpProbe {
        url: url.to_owned(),
        method: "GET".to_owned(),
        headers: BTreeMap::new(),
        expect: None,
        verify: true,
    };
    let address = "localhost:50051".to_owned();
    for (written, want) in [
        ("exec: ['/bin/check', 1]", Probe::Exec(Command::from_line("/bin/check 1").unwrap())),
        ("http: 'http://localhost:8080/health'", Probe::Http(get("http://localhost:8080/health"))),
        ("http: { url: 'unix:///run/a.sock:/' }", Probe::Http(get("unix:///run/a.sock:/"))),
        (
            "http: { url: 'https://a/', method: 'head', headers: { Host: 'x' }, expect: [200, 204], verify: false }",
            Probe::Http(HttpProbe {
                method: "HEAD".to_owned(),
                headers: env(&[("Host", "x")]),
                expect: Some(vec![200, 204]),
                verify: false,
                ..get("https://a/")
            }),
        ),
        (
            "http: { url: 'http://a', expect: 418 }",
            Probe::Http(HttpProbe { expect: Some(vec![418]), ..get("http://a") }),
        ),
        ("tcp: '[::1]:5432'", Probe::Tcp { address: "[::1]:5432".to_owned() }),
        ("grpc: 'localhost:50051'", Probe::Grpc { address: address.clone(), service: String::new() }),
        (
            "grpc: { address: 'localhost:50051', service: 'a.B' }",
            Probe::Grpc { address, service: "a.B".to_owned() },
        ),
        ("file: '/run/ok'", Probe::File { path: "/run/ok".into(), max_age: None }),
        (
            "file: { path: '/run/ok', maxAge: '1m' }",
            Probe::File { path: "/run/ok".into(), max_age: Some(seconds(60)) },
        ),
    ] {
        assert_eq!(probe(written), Some(want), "{written}");
    }
}

#[test]
fn health_in_full() {
    let health = service_health(
        "exec: 'c', successThreshold: 2, failure_threshold: 3, startPeriod: '1m', jitter: '500ms',
         warning: { exit: [1, 2], latency: '200ms' }, onUnhealthy: 'restart', checkRestart: { grace: '10s', ignoreWarnings: true }",
    );
    assert_eq!((health.success_threshold, health.failure_threshold), (2, 3));
    assert_eq!((health.start_period, health.jitter), (seconds(60), Duration::from_millis(500)));
    let latency = Some(Duration::from_millis(200));
    assert_eq!(health.warning, Warning { exit: vec![1, 2], status: Vec::new(), latency });
    assert_eq!(
        health.check_restart,
        Some(CheckRestart { limit: 3, grace: seconds(10), ignore_warnings: true })
    );

    let plain = service_health("exec: 'c'");
    assert_eq!((plain.success_threshold, plain.failure_threshold), (1, 1));
    assert_eq!(
        (plain.start_period, plain.jitter, plain.timeout),
        (Duration::ZERO, Duration::ZERO, seconds(5))
    );
    assert_eq!((plain.warning, plain.check_restart), (Warning::default(), None));

    let short = service_health("http: 'http://a', warning: { status: 429 }, onUnhealthy: 'restart'");
    assert_eq!(short.warning.status, [429]);
    assert_eq!(
        short.check_restart,
        Some(CheckRestart { limit: 1, grace: seconds(1), ignore_warnings: false })
    );
}

fn service_health(text: &str) -> HealthCheck {
    job(&format!("port: 80, health: {{ interval: 5, ttl: 15, {text} }}")).health.unwrap()
}

#[test]
fn readiness() {
    let ready = |written: &str| job(&format!("ready: {written}")).ready.unwrap();
    let plain = |by: ReadyBy| Readiness { by, timeout: seconds(60), watchdog: None };
    for (written, want) in [
        ("'notify'", plain(ReadyBy::Notify)),
        (
            "{ notify: true, timeout: '2m', watchdog: '10s' }",
            Readiness { by: ReadyBy::Notify, timeout: seconds(120), watchdog: Some(seconds(10)) },
        ),
        ("{ fd: 3 }", plain(ReadyBy::Descriptor(3))),
        ("{ log: 'ready for connections' }", plain(ReadyBy::Log("ready for connections".to_owned()))),
        ("{ port: 80 }", plain(ReadyBy::Port(80))),
        ("{ tcp: 'localhost:80' }", plain(ReadyBy::Probe(Probe::Tcp { address: "localhost:80".to_owned() }))),
        (
            "{ exec: 'c', timeout: 5 }",
            Readiness {
                timeout: seconds(5),
                ..plain(ReadyBy::Probe(Probe::Exec(Command::from_line("c").unwrap())))
            },
        ),
    ] {
        assert_eq!(ready(written), want, "{written}");
    }
}

#[test]
fn surroundings() {
    let job = job(
        "user: 1000, group: 'www', supplementary_groups: ['a', 7], workingDirectory: '/srv',
         env: { A: 1, B: null, c: 'x=y' }, rlimits: { nofile: 1024, core: 'unlimited', NPROC: { soft: 10, hard: 'unlimited' } },
         noNewPrivileges: true, drop_capabilities: ['NET_RAW', 'CAP_SYS_ADMIN'], logging: { raw: true }",
    );
    let limit = |soft, hard| Limit { soft, hard };
    assert!(job.raw);
    assert_eq!(
        job.surroundings,
        Surroundings {
            user: Some("1000".to_owned()),
            group: Some("www".to_owned()),
            supplementary_groups: Some(vec!["a".to_owned(), "7".to_owned()]),
            working_directory: Some("/srv".into()),
            environment: [("A", Some("1")), ("B", None), ("c", Some("x=y"))]
                .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
                .into(),
            limits: [
                ("nofile", limit(Some(1024), Some(1024))),
                ("core", limit(None, None)),
                ("nproc", limit(Some(10), None)),
            ]
            .map(|(name, limit)| (name.to_owned(), limit))
            .into(),
            no_new_privileges: true,
            drop_capabilities: vec!["net_raw".to_owned(), "sys_admin".to_owned()],
            secrets: Vec::new(),
        }
    );
    assert_eq!(self::job("dropCapabilities: 'all'").surroundings.drop_capabilities, ["all"]);
}

#[test]
fn secrets() {
    let jobs = jobs(
        "secrets: { db: { file: '/run/secrets/db' }, KEY_2: { fd: 4 } },
         jobs: [ { name: 'a', exec: 'x', secrets: ['KEY_2', 'db'] } ]",
    );
    assert_eq!(jobs.secrets["db"], SecretSource::File("/run/secrets/db".into()));
    assert_eq!(jobs.secrets["KEY_2"], SecretSource::Descriptor(4));
    assert_eq!(jobs.jobs[0].surroundings.secrets, ["KEY_2", "db"]);
}

#[test]
fn watches() {
    let service = |name: &str, tag: Option<&str>, datacenter: Option<&str>| WatchTarget::Service {
        name: name.to_owned(),
        tag: tag.map(str::to_owned),
        datacenter: datacenter.map(str::to_owned),
    };
    let watches = jobs(
        "watches: [ { name: 'db', interval: 3 }, { name: 'db', interval: '4', tag: 'primary', dc: 'east' },
                    { name: 'settings', key: 'app/settings', interval: 5 }, { name: 'x y', prefix: 'app/', interval: 6 } ]",
    )
    .watches;
    // Two of one name with different tags are two (Q-07).
    let expected = [
        ("db", service("db", None, None), 3),
        ("db", service("db", Some("primary"), Some("east")), 4),
        ("settings", WatchTarget::Key { key: "app/settings".to_owned(), datacenter: None }, 5),
        ("x y", WatchTarget::Prefix { prefix: "app/".to_owned(), datacenter: None }, 6),
    ]
    .map(|(name, target, interval)| Watch { name: name.to_owned(), target, interval: seconds(interval) });
    assert_eq!(watches, expected);
    let twins = "watches: [ { name: 'db', interval: 3 }, { name: 'db', interval: 4 } ]";
    assert_eq!(warnings(twins), ["two watches are named db and watch the same"]);
    assert_eq!(
        try_load(&format!("{{ consul: 'c', {twins} }}"), &env(&[]))
            .unwrap()
            .plan
            .jobs()
            .unwrap()
            .watches
            .len(),
        1
    );
}

#[test]
fn telemetry() {
    let plan = inside(
        "telemetry: { port: 9091, tags: ['m'], interfaces: ['eth1'], metrics: [
            { namespace: 'app', name: 'free', help: 'Free.', type: 'gauge' },
            { name: 'hits', help: 'Hits.', type: 'counter' } ] }",
    );
    let telemetry = plan.telemetry.as_ref().unwrap();
    assert_eq!(
        (telemetry.listen.to_string().as_str(), telemetry.path.as_str()),
        ("10.3.0.1:9091", "/metrics")
    );
    let metric = |metric: &str, key: &str, help: &str, kind| PostedMetric {
        metric: metric.to_owned(),
        key: key.to_owned(),
        help: help.to_owned(),
        kind,
    };
    // Values may be posted under both spellings (Q-31).
    assert_eq!(
        telemetry.metrics,
        [
            metric("app_free", "app__free", "Free.", SensorKind::Gauge),
            metric("hits", "__hits", "Hits.", SensorKind::Counter),
        ]
    );
    let [service] = &plan.services[..] else { panic!("one service expected") };
    assert_eq!(
        (service.id.as_str(), service.check_id.as_str()),
        ("containerpilot-web-1", "service:containerpilot-web-1")
    );
    assert_eq!((service.health.interval, service.ttl), (seconds(5), seconds(15)));
    assert_eq!(service.tags, ["m", env!("CARGO_PKG_VERSION")]);
    assert_eq!(exported_variables(&plan), env(&[("CONTAINERPILOT_CONTAINERPILOT_IP", "10.3.0.1")]));

    let plan = inside("jobs: [], telemetry: { address: '0.0.0.0', interfaces: 'eth1' }");
    assert_eq!(plan.telemetry.unwrap().listen.to_string(), "0.0.0.0:9090");
    assert_eq!(plan.services[0].address.to_string(), "10.3.0.1");
}

#[test]
fn of_two_metrics_of_one_name_the_last_counts() {
    let text = "jobs: [], telemetry: { metrics: [ { name: 'a', help: 'One.', type: 'gauge' }, { name: 'a', help: 'Two.', type: 'counter' } ] }";
    assert_eq!(warnings(text), ["two metrics are named a"]);
    let plan = try_load(&format!("{{ consul: 'c', {text} }}"), &env(&[])).unwrap().plan;
    assert_eq!(plan.telemetry.unwrap().metrics.iter().map(|m| m.help.clone()).collect::<Vec<_>>(), ["Two."]);
}

#[test]
fn control() {
    let control = jobs("control: { socket: '/run/p.sock', mode: '0660', allow: ['www', 1000] }").control;
    let allow = vec!["www".to_owned(), "1000".to_owned()];
    assert_eq!(control, Control { socket: "/run/p.sock".into(), mode: 0o660, allow });
}

#[test]
fn logging() {
    let output = |written: &str| inside(&format!("jobs: [], logging: {{ {written} }}")).logging;
    assert_eq!(output("output: '/var/log/pilot.log'").output, LogOutput::File("/var/log/pilot.log".into()));
    assert_eq!(output("output: 'STDERR', format: 'default'").output, LogOutput::Stderr);
    assert_eq!(output("format: 'default'").format, LogFormat::Stamped);
    assert_eq!(output("format: 'text'").format, LogFormat::Text);
    assert_eq!(output("format: 'JSON'").format, LogFormat::Json);
}

#[test]
fn exits_signals_and_compat() {
    for (word, want) in [
        ("all", ExitPolicy::All),
        ("first-failure", ExitPolicy::FirstFailure),
        ("any", ExitPolicy::Any),
        ("never", ExitPolicy::Never),
    ] {
        assert_eq!(jobs(&format!("jobs: [], exit: '{word}'")).exit, want, "{word}");
    }
    let main = jobs("exit: 'main', jobs: [ { name: 'a', exec: 'x', main: true } ]");
    assert_eq!((main.exit, main.jobs[0].main), (ExitPolicy::Main, true));
    let plan = inside(
        "jobs: [], signals: { SIGHUP: 'reload', SIGUSR1: 'maintenance', SIGUSR2: 'event', SIGINT: 'ignore', SIGQUIT: 'reopen-log' },
         compat: { immediateRestarts: true, exit_zero: true, stayIdle: true, withdrawLast: true, silentFailures: true, exitZeroAsPid1: true }",
    );
    assert_eq!(plan.on_signal(Signal::Hup), SignalAction::Reload);
    assert_eq!(plan.on_signal(Signal::Usr1), SignalAction::ToggleMaintenance);
    assert_eq!(plan.on_signal(Signal::Quit), SignalAction::ReopenLog);
    let all = Compat {
        immediate_restarts: true,
        exit_zero_as_pid1: true,
        keep_registered_on_exit: false,
        silent_failures: true,
        exit_zero: true,
        stay_idle: true,
        withdraw_last: true,
    };
    assert_eq!(plan.compat, all);
    let plan = inside("jobs: []");
    assert_eq!(plan.on_signal(Signal::Hup), SignalAction::Event);
    assert_eq!(plan.on_signal(Signal::Usr1), SignalAction::ReopenLog);
}

#[test]
fn q19_what_never_starts_is_told_and_accepted() {
    for (jobs, want) in [
        ("{ name: 'a', exec: 'x', when: {} }", "job[a].when never comes true: it names no event"),
        (
            "{ name: 'a', exec: 'x', when: { source: 'b' } }",
            "job[a].when never comes true: it names no event",
        ),
        (
            "{ name: 'a', exec: 'x', when: { once: 'startup' } }",
            "job[a].when never comes true: there is no `source`",
        ),
        (
            "{ name: 'a', exec: 'x', when: { source: 'a', once: 'healthy' } }",
            "job[a].when never comes true: it waits for itself",
        ),
        (
            "{ name: 'a', exec: 'x', when: { source: 'b', once: 'stopped' } }",
            "job[a].when never comes true: there is no job b",
        ),
        (
            "{ name: 'a', exec: 'x', when: { source: 'watch.b', each: 'changed' } }",
            "job[a].when never comes true: there is no watch b",
        ),
        (
            "{ name: 'a', exec: 'x', when: { source: 'global', once: 'shutdown' } }",
            "job[a].when never comes true: at a shutdown no job is started any more",
        ),
        (
            "{ name: 'a', exec: 'x', when: { source: 'b', once: 'healthy' } }, { name: 'b', exec: 'y' }",
            "job[a].when never comes true: b has no `health`",
        ),
        (
            "{ name: 'a', exec: 'x', when: { source: 'b', once: 'timerExpired' } }, { name: 'b', exec: 'y' }",
            "job[a].when never comes true: b has no when.timeout",
        ),
        (
            "{ name: 'a', exec: 'x', when: { each: 'SIGHUP' } }",
            "job[a].when never comes true: the signal must stand in `source`",
        ),
        (
            "{ name: 'a', exec: 'x', when: [ { source: 'global', once: 'startup' }, { source: 'b', once: 'stopped' } ] }",
            "job[a].when waits for what never happens: there is no job b",
        ),
        (
            "{ name: 'a', exec: 'x', when: { source: 'b', once: 'exitSuccess' } },
             { name: 'b', exec: 'x', when: { source: 'c', once: 'ready' } },
             { name: 'c', exec: 'x', when: { source: 'b', once: 'exitFailed' } }",
            "jobs wait for each other in their `when`, and never start: b → c → b",
        ),
    ] {
        assert_eq!(warnings(&format!("jobs: [ {jobs} ]")), [want], "{jobs}");
    }
}

#[test]
fn what_can_start_is_not_told() {
    inside(
        "watches: [ { name: 'db', interval: 1 } ],
         jobs: [ { name: 'setup', exec: 'x', when: { source: 'watch.db', once: 'healthy', timeout: '1m' } },
                 { name: 'app', exec: 'x', when: { source: 'setup', once: 'exitSuccess' } },
                 { name: 'late', exec: 'x', when: { source: 'setup', once: 'timerExpired' } },
                 { name: 'pre', exec: 'x', when: { source: 'app', once: 'stopping' } },
                 { name: 'post', exec: 'x', when: { source: 'app', once: 'stopped' } },
                 { name: 'hup', exec: 'x', when: { source: 'SIGHUP', each: 'SIGHUP' } },
                 { name: 'probe', exec: 'x', when: { source: 'check.seen', each: 'exitFailed' } },
                 { name: 'seen', exec: 'x', health: { exec: 'c', interval: 1 } },
                 { name: 'both', exec: 'x', when: { all: [ { source: 'seen', once: 'ready' }, { source: 'app', once: 'ready' } ] } } ]",
    );
}

fn consul(text: &str, pairs: &[(&str, &str)]) -> (ConsulConfig, Vec<String>) {
    let loaded = try_load(&format!("{{ consul: {text}, jobs: [] }}"), &env(pairs)).unwrap();
    let told = loaded.warnings.diagnostics().iter().map(|diagnostic| diagnostic.message.clone()).collect();
    match loaded.plan.catalog {
        Some(CatalogConfig::Consul(consul)) => (consul, told),
        other => panic!("not Consul: {other:?}"),
    }
}

#[test]
fn q04_certificates_are_verified_and_the_change_is_told() {
    let told = ["the certificate of Consul is verified, unlike in ContainerPilot 3".to_owned()];
    let (config, warnings) = consul("'https://c:8501'", &[]);
    assert_eq!((config.tls.verify, warnings.as_slice()), (true, &told[..]));
    let (config, warnings) = consul("{ address: 'c', scheme: 'https', tls: { servername: 'c' } }", &[]);
    assert_eq!((config.tls.verify, warnings.as_slice()), (true, &told[..]));
    let (config, warnings) = consul("{ address: 'c', scheme: 'https', tls: { verify: true } }", &[]);
    assert!(config.tls.verify && warnings.is_empty());
    let (config, warnings) = consul("'https://c:8501'", &[("CONSUL_HTTP_SSL_VERIFY", "false")]);
    assert!(!config.tls.verify && warnings.is_empty());
    let (config, warnings) = consul("'c:8500'", &[]);
    assert!(config.tls.verify && warnings.is_empty());
}

#[test]
fn the_token_of_consul_can_stand_in_a_file_that_the_configuration_names() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file.as_file(), b" from-file \n").unwrap();
    let path = file.path().to_str().unwrap();
    let (config, _) = consul(&format!("{{ address: 'c', token_file: '{path}' }}"), &[]);
    assert_eq!(config.token.unwrap().reveal(), "from-file");
    assert_eq!(config.token_file.as_deref(), Some(file.path()));
    let (config, _) = consul(&format!("{{ tokenFile: '{path}' }}"), &[("CONSUL_HTTP_TOKEN", "variable")]);
    assert_eq!((config.token.unwrap().reveal(), config.token_file), ("variable", None));
    let report = try_load("{ consul: { tokenFile: '/does/not/exist' }, jobs: [] }", &env(&[])).unwrap_err();
    assert!(report.to_string().contains("/does/not/exist"), "{report}");
}

#[test]
fn the_form_is_told_from_the_file() {
    for (text, jobs) in [
        ("{ consul: 'c' }", false),
        ("{ consul: 'c', $schema: 'x', services: [] }", false),
        ("{ consul: 'c', telemetry: { sensors: [] } }", false),
        ("{ consul: 'c', telemetry: { metrics: [] } }", true),
        ("{ $schema: 'x', jobs: [] }", true),
        ("{ control: {} }", true),
        ("{ consul: 'c', exit: 'never' }", true),
    ] {
        assert_eq!(plan_with(text, &[]).jobs().is_some(), jobs, "{text}");
    }
}

#[test]
fn weak_types_and_any_case_inside_objects() {
    let plan = inside(
        r#"jobs: [ null, { NAME: "web", PORT: "0x50", Exec: ["a", 1, true], health: { interval: true, TTL: "25" }, tags: [1] } ]"#,
    );
    assert_eq!((plan.services[0].port, plan.services[0].ttl), (80, seconds(25)));
    assert_eq!(plan.jobs().unwrap().jobs[0].exec, Some(Command::from_line("a 1 true").unwrap()));
}

#[test]
fn the_short_escape_is_refused_as_in_the_original() {
    assert_eq!(job(r"env: { A: '\u0041' }").surroundings.environment["A"].as_deref(), Some("A"));
    let told = refused(r"jobs: [ { name: '\x41', exec: 'x' } ]");
    assert_eq!(told, "Parse error at line:col [1:46]: this escape is not read in a configuration");
}

#[test]
fn certificates_have_to_be_there() {
    let text = "{ consul: { address: 'c', scheme: 'https', tls: { verify: true, cafile: '/no/such/ca.pem' } }, jobs: [] }";
    let report = try_load(text, &env(&[])).unwrap_err();
    assert!(
        report.diagnostics()[0].message.starts_with("Error loading CA File: /no/such/ca.pem: "),
        "{report}"
    );
}

#[test]
fn the_examples_of_the_documentation_are_valid() {
    let page = include_str!("../../../../docs/configuration.md");
    let examples: Vec<&str> =
        page.split("```json5\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 4, "{examples:?}");
    for example in examples {
        let whole = match example {
            whole if whole.starts_with('{') => whole.to_owned(),
            part if part.starts_with("health:") => {
                format!("{{ jobs: [ {{ name: 'a', exec: 'x', {part} }} ] }}")
            }
            part => format!("{{ {part} }}"),
        };
        plan_with(&whole, &[]);
    }
}

#[test]
fn services_tell_which_services_are_watched() {
    let watches = "watches: [ { name: \"db\", interval: 1 }, { name: \"db\", interval: 1, tag: \"primary\" }, \
                   { name: \"cache\", interval: 1 }, { name: \"far\", interval: 1, dc: \"elsewhere\" }, \
                   { name: \"settings\", interval: 1, key: \"settings\" } ]";
    let told = |meta: &str| {
        let health = "health: { interval: 5, ttl: 15 }";
        let plan = inside(&format!(
            "jobs: [ {{ name: \"web\", port: 80, {health}, meta: {{ {meta} }} }} ], {watches}"
        ));
        plan.services[0].meta.get("gyropilot-watches").cloned()
    };
    assert_eq!(told("").as_deref(), Some("cache,db"));
    assert_eq!(told("\"gyropilot-watches\": \"mine\"").as_deref(), Some("mine"));
}
