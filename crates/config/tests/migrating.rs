//! From the v2 form to the form of jobs: the result loads, and means what the old file meant.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

use gyropilot_config::{Document, Host, Migration, Report, load, migrate};
use gyropilot_model::{
    Address, Awaited, Command, EventCode, ExitPolicy, Job, Plan, Probe, Restarts, Signal, SignalAction,
    Trigger, When,
};
use std::collections::BTreeMap;

const APPLICATION: [&str; 3] = ["/bin/app", "--name", "the application"];

struct Desk {
    env: BTreeMap<String, String>,
    addresses: Vec<Address>,
}

// === impl Desk ===

impl Desk {
    fn with(variables: &[(&str, &str)]) -> Self {
        Self {
            env: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            addresses: vec![Address { interface: "eth0".into(), ip: "10.2.0.1".parse().unwrap() }],
        }
    }

    fn host(&self) -> Host<'_> {
        Host { hostname: "web-1", addresses: &self.addresses, env: &self.env, elsewhere: false }
    }

    fn plan(&self, text: &str) -> Plan {
        let document = Document { name: "pilot.json".into(), text: text.to_owned() };
        load(&document, &self.host()).unwrap_or_else(|report| panic!("{text}\n{report}")).plan
    }

    fn migrate(&self, text: &str, application: &[&str]) -> Result<Migration, Report> {
        let document = Document { name: "pilot.json".into(), text: text.to_owned() };
        let application: Vec<String> = application.iter().map(|word| (*word).to_owned()).collect();
        migrate(&document, &application, &self.host())
    }

    /// Migrates and compares; gives the new file.
    fn carried(&self, text: &str) -> String {
        let migration = self.migrate(text, &APPLICATION).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(migration.lost, Vec::<String>::new());
        same_meaning(&self.plan(text), &self.plan(&migration.text));
        migration.text
    }
}

fn awaits(source: &str, code: EventCode, each: bool) -> When {
    let awaited = vec![Awaited { source: source.to_owned(), code }];
    When { trigger: Trigger::Events { awaited, all: false, each }, timeout: None }
}

fn runs<'j>(jobs: &'j [Job], command: &Command) -> &'j Job {
    let found = jobs.iter().find(|job| job.exec.as_ref() == Some(command));
    found.unwrap_or_else(|| panic!("nothing runs {command}: {jobs:#?}"))
}

/// Asserts that `new` does what `old` did around [`APPLICATION`].
fn same_meaning(old: &Plan, new: &Plan) {
    let hooks = old.hooks().unwrap();
    let jobs = new.jobs().unwrap();
    assert_eq!((&old.catalog, old.stop_timeout), (&new.catalog, new.stop_timeout));
    assert_eq!((old.logging.level, &old.logging.output), (new.logging.level, &new.logging.output));
    for signal in [Signal::Hup, Signal::Usr1, Signal::Usr2, Signal::Int, Signal::Quit, Signal::Term] {
        let was = old.on_signal(signal);
        // An event that nobody waits for.
        let ignored = was == SignalAction::Ignore && new.on_signal(signal) == SignalAction::Event;
        assert!(was == new.on_signal(signal) || ignored, "{signal}");
    }
    let all = &jobs.jobs;
    let application = Command::from_words(APPLICATION.map(str::to_owned)).unwrap();
    let main = runs(all, &application);
    assert!(main.main && jobs.exit == ExitPolicy::Main && main.raw);
    assert_eq!(main.restart.attempts, Restarts::Limited(0));
    let begin = match &hooks.pre_start {
        Some(hook) => {
            let job = runs(all, hook);
            assert_eq!(job.when, When { trigger: Trigger::Startup, timeout: None });
            assert_eq!(job.restart.attempts, Restarts::Limited(0));
            awaits(&job.name, EventCode::ExitSuccess, false)
        }
        None => When { trigger: Trigger::Startup, timeout: None },
    };
    assert_eq!(main.when, begin);
    for (hook, code) in [(&hooks.pre_stop, EventCode::Stopping), (&hooks.post_stop, EventCode::Stopped)] {
        if let Some(hook) = hook {
            assert_eq!(runs(all, hook).when, awaits(&main.name, code, false));
        }
    }
    for was in &old.services {
        let is = new.services.iter().find(|service| service.id == was.id).unwrap();
        assert_eq!((is.address, is.port, is.ttl), (was.address, was.port, was.ttl));
        assert_eq!(is.deregister_critical_after, was.deregister_critical_after);
        assert_eq!(is.enable_tag_override, was.enable_tag_override);
        assert!(was.tags.iter().all(|tag| is.tags.contains(tag)));
        let Some(job) = all.iter().find(|job| job.service.as_ref() == Some(&is.id)) else {
            assert_eq!(is.name, "containerpilot");
            continue;
        };
        assert_eq!(job.when, begin);
        let health = job.health.as_ref().unwrap();
        assert_eq!(health.interval, was.health.interval);
        assert_eq!(health.probe, was.health.command.clone().map(Probe::Exec));
        if was.health.command.is_some() {
            assert_eq!(health.timeout, was.health.timeout.unwrap_or(was.ttl));
        }
    }
    for backend in &hooks.backends {
        assert!(
            jobs.watches
                .iter()
                .any(|watch| watch.target == backend.target() && watch.interval == backend.poll)
        );
        let job = all
            .iter()
            .find(|job| job.exec.as_ref() == Some(&backend.on_change) && job.timeout == backend.timeout)
            .unwrap();
        let Trigger::Events { awaited, all: false, each: true } = &job.when.trigger else {
            panic!("{job:?}")
        };
        assert!(
            awaited
                .contains(&Awaited { source: format!("watch.{}", backend.name), code: EventCode::Changed })
        );
    }
    for task in &hooks.tasks {
        let job = runs(all, &task.command);
        assert_eq!(job.when.trigger, Trigger::Interval(task.frequency));
        assert_eq!(job.timeout, Some(task.timeout));
    }
    for coprocess in &hooks.coprocesses {
        let job = runs(all, &coprocess.command);
        assert_eq!((job.restart.attempts, &job.when), (coprocess.restarts, &begin));
    }
    let sensors = old.telemetry.iter().flat_map(|telemetry| &telemetry.sensors);
    for sensor in sensors {
        let telemetry = new.telemetry.as_ref().unwrap();
        let metric = telemetry.metrics.iter().find(|metric| metric.metric == sensor.metric).unwrap();
        assert_eq!((&metric.help, metric.kind), (&sensor.help, sensor.kind));
        let posts = |job: &&Job| job.exec.as_ref().is_some_and(|exec| exec.args.contains(&sensor.metric));
        let job = all.iter().find(posts).unwrap();
        assert_eq!(job.when.trigger, Trigger::Interval(sensor.interval));
        assert_eq!(job.timeout, Some(sensor.timeout));
        let words: Vec<&String> =
            std::iter::once(&sensor.command.program).chain(&sensor.command.args).collect();
        assert!(job.exec.iter().any(|exec| exec.args.iter().skip(3).eq(words.iter().copied())));
    }
}

#[test]
fn a_web_server_before_an_application() {
    let desk = Desk::with(&[("CONSUL", "consul.example")]);
    desk.carried(
        r#"{
          "consul": "{{ .CONSUL }}:8500",
          "preStart": "/opt/reload.sh preStart",
          "logging": { "level": "DEBUG", "format": "text" },
          "services": [{
            "name": "nginx", "port": 80, "interfaces": ["eth1", "eth0"], "tags": ["public"],
            "health": "/usr/bin/curl --fail -s -o /dev/null http://localhost/health", "poll": 10, "ttl": 25
          }],
          "backends": [{ "name": "example", "poll": 7, "onChange": "/opt/reload.sh onChange" }]
        }"#,
    );
}

#[test]
fn an_application_with_everything_around_it() {
    desk_with_everything().carried(EVERYTHING);
}

fn desk_with_everything() -> Desk {
    Desk::with(&[])
}

const EVERYTHING: &str = r#"{
  "consul": { "address": "consul:8500", "token": "first" },
  "stopTimeout": 30,
  "preStart": ["/bin/app-prepare", "now"], "preStop": "/bin/app-leave", "postStop": ["/bin/app-after"],
  "services": [
    { "name": "app", "port": 8000, "poll": 5, "ttl": 20, "health": ["/bin/check", "a b"], "timeout": "3s",
      "consul": { "enableTagOverride": true, "deregisterCriticalServiceAfter": "90m" } },
    { "name": "app-admin", "port": 8001, "poll": 5, "ttl": 20 }
  ],
  "backends": [
    { "name": "db", "poll": 3, "onChange": "/bin/reload" },
    { "name": "cache", "poll": 4, "tag": "hot", "onChange": "/bin/reload" },
    { "name": "queue", "poll": 5, "onChange": "/bin/requeue", "timeout": "10s" }
  ],
  "signals": { "SIGUSR2": "reload" },
  "compat": { "immediateRestarts": true }
}"#;

#[test]
fn tasks_that_run_every_so_often() {
    Desk::with(&[]).carried(
        r#"{ "consul": "localhost:8500", "tasks": [
          { "name": "reindex", "command": ["/usr/bin/reindex", "--all"], "frequency": "1500ms", "timeout": "100ms" },
          { "command": "/usr/bin/tidy up", "frequency": 60 },
        ] }"#,
    );
}

#[test]
fn coprocesses_beside_the_application() {
    Desk::with(&[]).carried(
        r#"{ "consul": "localhost:8500", "preStart": "/bin/prepare", "coprocesses": [
          { "command": ["/bin/consul", "agent", "-config-dir=/etc/consul"], "restarts": "unlimited" },
          { "name": "templates", "command": "consul-template -config /etc/templates", "restarts": 3 },
          { "name": "once", "command": "/bin/once", "restarts": "never" },
        ] }"#,
    );
}

#[test]
fn telemetry_with_sensors() {
    Desk::with(&[]).carried(
        r#"{ "consul": "localhost:8500", "telemetry": { "port": 9090, "tags": ["op"], "sensors": [
          { "namespace": "my", "subsystem": "app", "name": "free", "help": "free memory", "type": "gauge", "poll": 5,
            "check": ["/bin/sensor.sh", "free memory"] },
          { "name": "connections", "help": "open connections", "type": "counter", "poll": 7, "timeout": "2s",
            "check": "/bin/sensor.sh connections" },
        ] } }"#,
    );
}

#[test]
fn templates_and_comments_stay_as_they_are_written() {
    let text = r#"{
      // where the catalogue is
      "consul": "{{ .CONSUL | default "localhost" }}:8500",
      "preStart": "/bin/prepare {{ .FLAGS }}", // the flags of today
      "services": [{
        "name": "{{ .NAME }}",
        /* from outside */
        "port": {{ .PORT }},
        "poll": 10, "ttl": {{ .TTL | default 25 }},
        "health": "/bin/check",
        "tags": ["{{ if .CANARY }}canary{{ else }}stable{{ end }}"],
      }],
      "backends": [{ "name": "{{ .DB }}", "poll": 5, "onChange": "/bin/reload" }],
    }"#;
    let desk = Desk::with(&[("NAME", "web"), ("PORT", "80"), ("DB", "db"), ("FLAGS", "-v")]);
    let new = desk.carried(text);
    for kept in [
        "// where the catalogue is",
        r#"consul: "{{ .CONSUL | default "localhost" }}:8500""#,
        "// the flags of today",
        r#"exec: "/bin/prepare {{ .FLAGS }}""#,
        r#"name: "{{ .NAME }}""#,
        "// from outside",
        "port: {{ .PORT }},",
        r#"timeout: "{{ .TTL | default 25 }}s""#,
        r#"["{{ if .CANARY }}canary{{ else }}stable{{ end }}"]"#,
        r#"source: "watch.{{ .DB }}""#,
    ] {
        assert!(new.contains(kept), "{kept} is not in\n{new}");
    }
    let elsewhere =
        Desk::with(&[("NAME", "shop"), ("PORT", "81"), ("DB", "sql"), ("CANARY", "1"), ("TTL", "9")]);
    same_meaning(&elsewhere.plan(text), &elsewhere.plan(&new));
}

#[test]
fn what_decides_the_shape_of_the_file_is_applied_and_told() {
    let text = r#"{
      {{ if .AGENT }}
      "consul": "localhost:8500",
      {{ else }}
      "consul": "{{ .CONSUL }}:8500",
      {{ end }}
      "coprocesses": [ {{ range $i, $name := split "," .NAMES }}
        { "name": "{{ $name }}", "command": "/bin/{{ $name }}" }, {{ end }}
      ],
    }"#
    .replace("split \",\" .NAMES", ".NAMES | split \",\"");
    let desk = Desk::with(&[("CONSUL", "consul"), ("NAMES", "a,b")]);
    let migration = desk.migrate(&text, &APPLICATION).unwrap();
    same_meaning(&desk.plan(&text), &desk.plan(&migration.text));
    assert!(migration.text.contains(r#"consul: "{{ .CONSUL }}:8500""#), "{}", migration.text);
    assert!(migration.text.contains(r#"exec: "/bin/b""#), "{}", migration.text);
    let note = migration.notes.first().unwrap();
    assert!(note.starts_with("the templates on lines 2, 4, 6, 7 and 8 decide"), "{note}");
}

#[test]
fn what_has_no_place_is_named() {
    let desk = Desk::with(&[]);
    let text = r#"{
      "consul": "localhost:8500",
      "services": [
        { "name": "my_app", "port": 80, "poll": 5, "ttl": 10 },
        { "name": "my_app", "port": 81, "poll": 5, "ttl": 10 },
      ],
      "telemetry": { "url": "/numbers", "serviceName": "numbers" },
      "compat": { "keepRegisteredOnExit": true },
    }"#;
    let migration = desk.migrate(text, &["/bin/app", "{{ .CONTAINERPILOT_MY_APP_IP }}"]).unwrap();
    let named = [
        "`compat.keepRegisteredOnExit`",
        "`telemetry.serviceName`",
        "`telemetry.url`",
        "the name `my_app`",
        "the second service named `my_app`",
        "variables such as CONTAINERPILOT_…_IP",
    ];
    assert_eq!(migration.lost.len(), named.len(), "{:#?}", migration.lost);
    for name in named {
        assert!(migration.lost.iter().any(|lost| lost.starts_with(name)), "{name}: {:#?}", migration.lost);
    }
    let said = migration.text.lines().filter(|line| line.starts_with("// not carried over: ")).count();
    assert_eq!(said, named.len(), "{}", migration.text);
}

#[test]
fn without_an_application_hooks_follow_the_first_service() {
    let desk = Desk::with(&[]);
    let text = r#"{ "consul": "localhost:8500", "preStop": "/bin/leave",
      "services": [{ "name": "web", "port": 80, "poll": 5, "ttl": 10 }] }"#;
    let migration = desk.migrate(text, &[]).unwrap();
    let plan = desk.plan(&migration.text);
    let jobs = plan.jobs().unwrap();
    assert_eq!(jobs.exit, ExitPolicy::Never);
    let leave = runs(&jobs.jobs, &Command::from_line("/bin/leave").unwrap());
    assert_eq!(leave.when, awaits("web", EventCode::Stopping, false));
    let alone = desk.migrate(r#"{ "consul": "localhost:8500", "preStop": "/bin/leave" }"#, &[]).unwrap();
    assert!(alone.lost.iter().any(|lost| lost.starts_with("`preStop`")), "{:?}", alone.lost);
}

#[test]
fn only_a_valid_file_of_the_v2_form_is_migrated() {
    let desk = Desk::with(&[]);
    for (text, reason) in [
        ("{ consul: 'localhost:8500', service: [] }", "Unknown config keys: [service]"),
        ("{ consul: 'localhost:8500', jobs: [{ name: 'a', exec: 'b' }] }", "is in the form of jobs already"),
        ("{ etcd: { endpoints: 'http://etcd:4001' } }", "etcd"),
    ] {
        let report = desk.migrate(text, &APPLICATION).unwrap_err().to_string();
        assert!(report.contains(reason), "{report}");
    }
}
