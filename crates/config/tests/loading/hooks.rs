//! Hooks.

use super::{env, inside, plan, plan_with, seconds, try_load};
use gyropilot_config::{Document, Host, Source, exported_variables, load, render, render_arguments};
use gyropilot_model::{
    CatalogConfig, Command, Compat, ConsulConfig, LogFormat, LogLevel, LogOutput, Restarts, Scheme,
    SensorKind, Signal, SignalAction, StopTimeout,
};
use std::time::Duration;

fn consul(text: &str, pairs: &[(&str, &str)]) -> ConsulConfig {
    match plan_with(&format!("{{ \"consul\": {text} }}"), pairs).catalog {
        Some(CatalogConfig::Consul(consul)) => consul,
        other => panic!("not Consul: {other:?}"),
    }
}

fn command(line: &str) -> Command {
    Command::from_line(line).unwrap()
}

/// The configuration of the article that describes the Autopilot Pattern, as it stands there.
const ARTICLE: &str = r#"{
  "consul": "http://{{ .CONSUL }}:8500",
  "preStart": [
    "consul-template", "-once", "-consul", "{{ .CONSUL }}:8500", "-template",
    "/etc/containerpilot/nginx.conf.ctmpl:/etc/nginx/nginx.conf"
  ],
  "services": [
    { "name": "nginx", "port": 80, "health": "/usr/bin/curl --fail -s http://localhost/health", "poll": 10, "ttl": 25 }
  ],
  "backends": [
    { "name": "sales", "poll": 3, "onChange": [
        "consul-template", "-once", "-consul", "{{ .CONSUL }}:8500", "-template",
        "/etc/containerpilot/nginx.conf.ctmpl:/etc/nginx/nginx.conf:nginx -s reload" ] },
    { "name": "customers", "poll": 4, "onChange": [
        "consul-template", "-once", "-consul", "{{ .CONSUL }}:8500", "-template",
        "/etc/containerpilot/nginx.conf.ctmpl:/etc/nginx/nginx.conf:nginx -s reload" ] }
  ]
}
"#;

#[test]
fn the_file_of_the_article_loads_as_it_is() {
    let plan = plan_with(ARTICLE, &[("CONSUL", "consul")]);
    let Some(CatalogConfig::Consul(consul)) = &plan.catalog else { panic!("not Consul") };
    assert_eq!((consul.address.as_str(), consul.scheme), ("consul:8500", Scheme::Http));
    assert_eq!(plan.hooks().unwrap().pre_start.as_ref().unwrap().args[2], "consul:8500");
    let [nginx] = &plan.services[..] else { panic!("one service expected") };
    assert_eq!((nginx.id.as_str(), nginx.port, nginx.ttl), ("nginx-web-1", 80, seconds(25)));
    assert_eq!(nginx.address.to_string(), "10.2.0.1");
    assert_eq!(nginx.health.command, Some(command("/usr/bin/curl --fail -s http://localhost/health")));
    assert_eq!((nginx.health.interval, nginx.health.timeout), (seconds(10), None));
    let [sales, customers] = &plan.hooks().unwrap().backends[..] else { panic!("two backends expected") };
    assert_eq!((sales.name.as_str(), sales.poll), ("sales", seconds(3)));
    assert_eq!((customers.name.as_str(), customers.poll), ("customers", seconds(4)));
    assert!(sales.on_change.args[4].ends_with(":nginx -s reload"));
}

#[test]
fn defaults() {
    let plan = plan(r#"{ "consul": "" }"#);
    let Some(CatalogConfig::Consul(consul)) = plan.catalog else { panic!("not Consul") };
    assert_eq!(consul, ConsulConfig::default());
    assert_eq!(plan.stop_timeout, StopTimeout::After(seconds(5)));
    assert_eq!(plan.logging, gyropilot_model::Logging::default());
    assert_eq!(plan.compat, Compat::default());
    assert!(plan.services.is_empty() && plan.telemetry.is_none() && plan.signals.is_empty());
}

#[test]
fn hooks_as_text_as_list_and_by_the_old_name() {
    let plan = inside(r#"preStart: "a b", preStop: ["c", 1, 2.5, true], postStop: null"#);
    assert_eq!(plan.hooks().unwrap().pre_start, Some(command("a b")));
    assert_eq!(plan.hooks().unwrap().pre_stop, Some(command("c 1 2.5 true")));
    assert_eq!(plan.hooks().unwrap().post_stop, None);

    let old = try_load(r#"{ consul: "c", onStart: "old" }"#, &env(&[])).unwrap();
    assert_eq!(old.plan.hooks().unwrap().pre_start, Some(command("old")));
    assert_eq!(old.warnings.warnings(), 1);
    let both = try_load(r#"{ consul: "c", onStart: "old", preStart: "new" }"#, &env(&[])).unwrap();
    assert_eq!(both.plan.hooks().unwrap().pre_start, Some(command("new")));
    assert_eq!(both.warnings.warnings(), 1);
}

#[test]
fn stop_timeout_of_zero_is_the_default_and_below_is_at_once() {
    for (written, want) in [
        ("0", StopTimeout::After(seconds(5))),
        ("30", StopTimeout::After(seconds(30))),
        ("\"30\"", StopTimeout::After(seconds(30))),
        ("-1", StopTimeout::Immediately),
    ] {
        assert_eq!(inside(&format!("stopTimeout: {written}")).stop_timeout, want, "{written}");
    }
}

#[test]
fn weak_types_and_any_case_inside_objects() {
    let plan = inside(
        r#"services: [ null, { NAME: "web", Port: "0x50", pOLL: true, ttl: "25", tags: [1, "b", true, 0.5], health: null } ]"#,
    );
    let [web] = &plan.services[..] else { panic!("one service expected") };
    assert_eq!((web.port, web.health.interval, web.ttl), (80, seconds(1), seconds(25)));
    assert_eq!(web.tags, ["1", "b", "1", "0.5"]);
    assert_eq!(web.health.command, None);
}

#[test]
fn a_fraction_is_cut_off_with_a_warning() {
    let text = r#"{ consul: "c", services: [ { name: "web", port: 80.7, poll: 1, ttl: 5 } ] }"#;
    let loaded = try_load(text, &env(&[])).unwrap();
    assert_eq!(loaded.plan.services[0].port, 80);
    assert_eq!(loaded.warnings.warnings(), 1);
}

#[test]
fn a_service_in_full() {
    let plan = inside(
        r#"services: [ {
            name: "web", port: 80, poll: 1, ttl: 5, timeout: "500ms", interfaces: ["eth9", "eth1:inet"],
            consul: { enableTagOverride: "t", deregisterCriticalServiceAfter: "1h30m" }
        }, { name: "api", port: 81, poll: 1, ttl: 5, timeout: 3, interfaces: "static:192.0.2.1", consul: {} } ]"#,
    );
    let [web, api] = &plan.services[..] else { panic!("two services expected") };
    assert_eq!(web.address.to_string(), "10.3.0.1");
    assert_eq!(web.health.timeout, Some(Duration::from_millis(500)));
    assert!(web.enable_tag_override);
    assert_eq!(web.deregister_critical_after.as_deref(), Some("1h30m"));
    assert_eq!(api.address.to_string(), "192.0.2.1");
    assert_eq!(api.health.timeout, Some(seconds(3)));
    assert_eq!((api.enable_tag_override, api.deregister_critical_after.as_ref()), (false, None));
}

#[test]
fn a_backend_in_full() {
    let plan =
        inside(r#"backends: [ { name: "sales", poll: 3, onChange: "r", tag: "blue", timeout: "10" } ]"#);
    let [sales] = &plan.hooks().unwrap().backends[..] else { panic!("one backend expected") };
    assert_eq!((sales.tag.as_deref(), sales.timeout), (Some("blue"), Some(seconds(10))));
}

#[test]
fn tasks() {
    let plan = inside(
        r#"tasks: [ { name: "a", command: "x y", frequency: "1m", timeout: "5s" }, { command: ["x", "y"], frequency: 2 } ]"#,
    );
    let [a, b] = &plan.hooks().unwrap().tasks[..] else { panic!("two tasks expected") };
    assert_eq!((a.name.as_str(), a.frequency, a.timeout), ("a", seconds(60), seconds(5)));
    assert_eq!((b.name.as_str(), b.frequency, b.timeout), ("x y", seconds(2), seconds(2)));
}

#[test]
fn coprocesses() {
    let restarts = |written: &str| {
        inside(&format!("coprocesses: [ {{ command: \"x y\" {written} }} ]")).hooks().unwrap().coprocesses[0]
            .restarts
    };
    for (written, want) in [
        ("", Restarts::Limited(0)),
        (", restarts: null", Restarts::Limited(0)),
        (", restarts: \"never\"", Restarts::Limited(0)),
        (", restarts: \"unlimited\"", Restarts::Unlimited),
        (", restarts: 3", Restarts::Limited(3)),
        (", restarts: \"3\"", Restarts::Limited(3)),
        (", restarts: 1.9", Restarts::Limited(1)),
    ] {
        assert_eq!(restarts(written), want, "{written}");
    }
    assert_eq!(inside("coprocesses: [ { command: \"x y\" } ]").hooks().unwrap().coprocesses[0].name, "x y");
}

#[test]
fn telemetry_adds_a_service() {
    let plan = inside(
        r#"telemetry: { interfaces: ["eth1"], tags: ["m"], sensors: [
            { namespace: "app", name: "free", help: "Free.", type: "gauge", poll: 5, check: "/bin/free" },
            { namespace: "app", subsystem: "db", name: "rows", help: "Rows.", type: "Counter", poll: 5, check: "/bin/rows",
              timeout: "2s" } ] }"#,
    );
    let telemetry = plan.telemetry.as_ref().unwrap();
    assert_eq!(
        (telemetry.listen.to_string().as_str(), telemetry.path.as_str()),
        ("10.3.0.1:9090", "/metrics")
    );
    let [free, rows] = &telemetry.sensors[..] else { panic!("two sensors expected") };
    assert_eq!((free.metric.as_str(), free.kind, free.timeout), ("app_free", SensorKind::Gauge, seconds(5)));
    let [service] = &plan.services[..] else { panic!("one service expected") };
    assert_eq!((service.id.as_str(), service.port), ("containerpilot-web-1", 9090));
    assert_eq!((service.health.interval, service.ttl), (seconds(5), seconds(15)));
    assert_eq!((&service.health.command, &service.tags[..]), (&None, &["m".to_owned()][..]));
    assert_eq!((rows.metric.as_str(), rows.kind), ("app_db_rows", SensorKind::Counter));
}

#[test]
fn q09_the_timeout_of_a_sensor_is_kept() {
    let sensor = r#"{ name: "a", help: "A.", type: "gauge", poll: 5, check: "/bin/a", timeout: "2s" }"#;
    let plan = inside(&format!("telemetry: {{ sensors: [ {sensor} ] }}"));
    assert_eq!(plan.telemetry.unwrap().sensors[0].timeout, seconds(2));
}

#[test]
fn derived_keys_of_telemetry_take_effect() {
    let plan = inside(r#"telemetry: { serviceName: "meters", url: "/m", ttl: 30, poll: 10, port: 9100 }"#);
    assert_eq!(plan.telemetry.unwrap().path, "/m");
    let service = &plan.services[0];
    assert_eq!((service.name.as_str(), service.port), ("meters", 9100));
    assert_eq!((service.health.interval, service.ttl), (seconds(10), seconds(30)));
}

#[test]
fn logging() {
    let plan = inside(r#"logging: { level: "warning", format: "json", output: "stderr" }"#);
    assert_eq!(plan.logging.level, LogLevel::Warn);
    assert_eq!(plan.logging.format, LogFormat::Json);
    assert_eq!(plan.logging.output, LogOutput::Stderr);
}

#[test]
fn signals_and_compat() {
    let plan = inside(
        r#"signals: { SIGHUP: "stop", SIGUSR2: "maintenance", SIGQUIT: "ignore", SIGTERM: "stop" },
           compat: { immediateRestarts: true, exitZeroAsPid1: 1, keepRegisteredOnExit: "true", silentFailures: false }"#,
    );
    assert_eq!(plan.on_signal(Signal::Hup), SignalAction::Stop);
    assert_eq!(plan.on_signal(Signal::Quit), SignalAction::Ignore);
    assert_eq!(plan.on_signal(Signal::Usr2), SignalAction::ToggleMaintenance);
    assert_eq!(plan.on_signal(Signal::Usr1), SignalAction::ToggleMaintenance);
    assert_eq!(
        plan.compat,
        Compat {
            immediate_restarts: true,
            exit_zero_as_pid1: true,
            keep_registered_on_exit: true,
            silent_failures: false,
            ..gyropilot_model::Compat::default()
        }
    );
}

#[test]
fn consul_forms() {
    for (written, address, scheme) in [
        ("\"consul:8500\"", "consul:8500", Scheme::Http),
        ("\"http://consul:8500\"", "consul:8500", Scheme::Http),
        ("\"https://consul:8501/\"", "consul:8501", Scheme::Https),
        ("\"unix:///run/consul.sock\"", "unix:///run/consul.sock", Scheme::Http),
        ("{ address: \"consul:8500\" }", "consul:8500", Scheme::Http),
        ("{ address: \"consul:8500\", scheme: \"https\" }", "consul:8500", Scheme::Https),
        ("{ address: \"https://consul:8500\" }", "consul:8500", Scheme::Https),
    ] {
        let consul = consul(written, &[]);
        assert_eq!((consul.address.as_str(), consul.scheme), (address, scheme), "{written}");
        assert!(consul.tls.verify, "{written}");
    }
    let consul = consul(
        r#"{ address: "c", token: "t", dc: "east", tls: { cafile: "/ca", clientcert: "/c", clientkey: "/k", servername: "s" } }"#,
        &[],
    );
    assert_eq!(consul.token.unwrap().reveal(), "t");
    assert_eq!(consul.datacenter.as_deref(), Some("east"));
    assert_eq!(consul.tls.ca_file, Some("/ca".into()));
    assert_eq!(consul.tls.server_name.as_deref(), Some("s"));
}

#[test]
fn the_environment_completes_consul() {
    let addr = [("CONSUL_HTTP_ADDR", "https://other:8501")];
    // The text form always names a scheme, an address in the file always wins.
    assert_eq!(consul("\"c:1\"", &addr).address, "c:1");
    let empty = consul("\"\"", &addr);
    assert_eq!((empty.address.as_str(), empty.scheme), ("other:8501", Scheme::Https));
    assert_eq!(consul("\"c:1\"", &[("CONSUL_HTTP_SSL", "1")]).scheme, Scheme::Http);
    assert_eq!(consul("{ address: \"c:1\" }", &[("CONSUL_HTTP_SSL", "1")]).scheme, Scheme::Https);

    let all = consul(
        r#"{ address: "c:1", token: "file", tls: { cafile: "/file", verify: true } }"#,
        &[
            ("CONSUL_HTTP_TOKEN", "variable"),
            ("CONSUL_HTTP_AUTH", "user:pass"),
            ("CONSUL_HTTP_SSL_VERIFY", "false"),
            ("CONSUL_CACERT", "/variable"),
            ("CONSUL_CAPATH", "/path"),
            ("CONSUL_CLIENT_CERT", "/cert"),
            ("CONSUL_CLIENT_KEY", "/key"),
            ("CONSUL_TLS_SERVER_NAME", "name"),
        ],
    );
    assert_eq!(all.token.unwrap().reveal(), "variable");
    assert_eq!(all.basic_auth.unwrap().reveal(), "user:pass");
    assert!(!all.tls.verify);
    assert_eq!(all.tls.ca_file, Some("/variable".into()));
    assert_eq!(all.tls.ca_path, Some("/path".into()));
    assert_eq!(all.tls.client_cert, Some("/cert".into()));
    assert_eq!(all.tls.client_key, Some("/key".into()));
    assert_eq!(all.tls.server_name.as_deref(), Some("name"));
}

#[test]
fn the_token_can_stand_in_a_file_of_its_own() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file.as_file(), b" from-file \n").unwrap();
    let path = file.path().to_str().unwrap();
    let vars = [("CONSUL_HTTP_TOKEN_FILE", path), ("CONSUL_HTTP_TOKEN", "variable")];
    assert_eq!(consul("\"c\"", &vars).token.unwrap().reveal(), "from-file");

    let missing = env(&[("CONSUL_HTTP_TOKEN_FILE", "/does/not/exist")]);
    let report = try_load(r#"{ consul: "c" }"#, &missing).unwrap_err();
    assert_eq!(report.errors(), 1);
    assert!(report.to_string().contains("/does/not/exist"), "{report}");
}

/// The number of warnings with which `consul` is loaded among these variables, or the first error.
fn heard(consul: &str, pairs: &[(&str, &str)]) -> Result<usize, String> {
    match try_load(&format!("{{ consul: {consul} }}"), &env(pairs)) {
        Ok(loaded) => Ok(loaded.warnings.warnings()),
        Err(report) => Err(report.lines().next().unwrap()),
    }
}

#[test]
fn a_bad_variable_is_an_error_only_where_it_matters() {
    let https = "{ address: \"c\", scheme: \"https\" }";
    let token = "{ address: \"c\", token: \"t\" }";
    let (ssl, verify) = (("CONSUL_HTTP_SSL", "maybe"), ("CONSUL_HTTP_SSL_VERIFY", "maybe"));
    let file = ("CONSUL_HTTP_TOKEN_FILE", "/does/not/exist");
    let (cert, ok) = (("CONSUL_CLIENT_CERT", "/cert"), Ok(1));
    assert_eq!(heard("\"c\"", &[ssl]), ok);
    assert_eq!(heard("\"c\"", &[verify]), ok);
    assert_eq!(heard("\"c\"", &[cert]), ok);
    assert_eq!(heard(https, &[ssl]), ok);
    assert_eq!(heard("\"\"", &[ssl, ("CONSUL_HTTP_ADDR", "http://c")]), Ok(1));
    assert_eq!(heard(token, &[file]), ok);
    assert_eq!(heard("\"c\"", &[file, ("CONSUL_HTTP_TOKEN", "t")]), ok);
    for (consul, variable) in [("{ address: \"c\" }", ssl), (https, verify), (https, cert), ("\"c\"", file)] {
        assert!(heard(consul, &[variable]).is_err(), "{consul} {variable:?}");
    }
}

#[test]
fn what_the_environment_names_must_be_usable_too() {
    let error = |pairs: &[(&str, &str)]| heard("{ address: \"\" }", pairs).unwrap_err();
    assert!(error(&[("CONSUL_HTTP_ADDR", "http://c?x")]).contains("CONSUL_HTTP_ADDR"));
    assert!(error(&[("CONSUL_HTTP_TOKEN", "a\nb")]).contains("HTTP header"));
    let socket = [("CONSUL_HTTP_ADDR", "unix:///run/c.sock"), ("CONSUL_HTTP_SSL", "1")];
    assert!(error(&socket).contains("socket"));
    let other = consul("{ address: \"\" }", &[("CONSUL_HTTP_ADDR", ":8501")]);
    assert_eq!(other.address, "127.0.0.1:8501");
}

#[test]
fn etcd_is_read_and_refused() {
    for written in [
        "{ endpoints: \"http://a:2379\" }",
        "{ endpoints: [\"http://a:2379/\", \"https://b\", \"c:2379\"], prefix: \"/p\" }",
    ] {
        let report = try_load(&format!("{{ etcd: {written}, consul: null }}"), &env(&[])).unwrap_err();
        assert_eq!(report.errors(), 1, "{report}");
        assert!(report.to_string().contains("cannot be used yet"), "{report}");
    }
}

#[test]
fn templates() {
    let vars = env(&[("A", "x"), ("EMPTY", ""), ("LIST", " a,b "), ("N", "2")]);
    for (template, want) in [
        ("{{ .A }}{{ .NONE }}.", "x."),
        ("{{ .A | default \"d\" }}{{ .EMPTY | default \"d\" }}{{ .NONE | default \"d\" }}", "xdd"),
        ("{{ .NONE | default 100 }} {{ .NONE | default 10.1 }} {{ .NONE | default true }}", "100 10.1 true"),
        ("{{ .LIST | split \",\" | join \"+\" }}", "a+b"),
        ("[{{ .EMPTY | split \",\" | join \"+\" }}]", "[]"),
        ("{{ range .LIST | split \",\" }}<{{ . }}>{{ end }}", "<a><b>"),
        ("{{ \"a.b.c\" | replaceAll \".\" \"-\" }}", "a-b-c"),
        ("{{ \"web-12\" | regexReplaceAll \"([a-z]+)-(\\\\d+)\" \"$2/${1}\" }}", "12/web"),
        ("{{ env \"A\" }}{{ env (printf \"%s\" \"N\") }}", "x2"),
        ("{{ loop 3 }}{{ loop 1 3 }}{{ loop 3 1 }}{{ loop .N }}", "[0 1 2][1 2][3 2][0 1]"),
        ("{{- if eq .A \"x\" }} yes {{ else }} no {{ end -}} ", " yes "),
    ] {
        let document = Document { name: "t".into(), text: template.into() };
        match render(&document, &vars) {
            Ok(rendered) => assert_eq!(rendered.text(), want, "{template}"),
            Err(report) => panic!("{report}"),
        }
    }
}

#[test]
fn q02_a_value_may_contain_equals_signs() {
    let document = Document { name: "t".into(), text: "{{ .FOO }}".into() };
    assert_eq!(render(&document, &env(&[("FOO", "a=b=c")])).unwrap().text(), "a=b=c");
}

#[test]
fn arguments_are_rendered_all_or_none() {
    let plan = inside(r#"services: [ { name: "my-App", port: 80, poll: 1, ttl: 5 } ]"#);
    let vars = exported_variables(&plan);
    assert_eq!(vars, env(&[("CONTAINERPILOT_MY_APP_IP", "10.2.0.1")]));
    let args = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    let good = args(&["nginx", "-b", "{{ .CONTAINERPILOT_MY_APP_IP }}:80"]);
    assert_eq!(render_arguments(&good, &vars).unwrap(), args(&["nginx", "-b", "10.2.0.1:80"]));
    let error = render_arguments(&args(&["{{ .A }}", "{{ .A"]), &vars).unwrap_err().to_string();
    assert!(error.starts_with("Unable to render command arguments template: template: "), "{error}");
}

#[test]
fn telemetry_is_exported_too() {
    let vars = exported_variables(&inside("telemetry: {}"));
    assert_eq!(vars, env(&[("CONTAINERPILOT_CONTAINERPILOT_IP", "10.2.0.1")]));
}

#[test]
fn settings() {
    assert_eq!(Source::from_setting("file:///etc/c.json"), Source::file("/etc/c.json"));
    assert_eq!(Source::from_setting("./c.json5"), Source::file("./c.json5"));
    assert_eq!(Source::from_setting("not-there.json5"), Source::file("not-there.json5"));
    for argument in ["file:///etc/c.json", "/etc/c.json"] {
        assert_eq!(Source::from_argument(argument.as_ref()), Source::file("/etc/c.json"));
    }
    assert_eq!(Source::from_argument("c.json".as_ref()), Source::file("c.json"));
    for text in ["// a comment\n{}", "/* another */ {}", "plain"] {
        assert_eq!(Source::from_setting(text), Source::Inline(text.into()));
    }
    let inline = Source::from_setting(r#"{ "consul": "c" }"#).read().unwrap();
    assert_eq!(
        (inline.name.as_str(), inline.text.as_str()),
        ("inline configuration", r#"{ "consul": "c" }"#)
    );
    let error = Source::file("/does/not/exist").read().unwrap_err().to_string();
    assert!(error.starts_with("Could not read config file: /does/not/exist: "), "{error}");
}

#[test]
fn a_report_fits_a_log_as_lines() {
    let report = try_load("{ consul: \"c\",\n services: [ {} ], foo: 1 }", &env(&[])).unwrap_err();
    let lines: Vec<String> = report.lines().collect();
    assert_eq!(lines.len(), report.diagnostics().len());
    assert_eq!(lines[0], "pilot.json:2:14: `name` must not be blank");
}

#[test]
fn findings_beyond_any_use_are_counted_only() {
    let services = "{},".repeat(200);
    let report = try_load(&format!("{{ consul: \"c\", services: [{services}] }}"), &env(&[])).unwrap_err();
    assert_eq!(report.diagnostics().len(), 50);
    assert!(report.to_string().ends_with("… and 750 more\n"));
}

#[test]
fn interfaces_of_another_host_are_worth_a_warning_where_it_is_only_checked() {
    let text = r#"{ "consul": "c", "services": [{ "name": "web", "port": 80, "poll": 1, "ttl": 3 }] }"#;
    let document = Document { name: "pilot.json".into(), text: text.to_owned() };
    let env = env(&[]);
    let host = Host { hostname: "laptop", addresses: &[], env: &env, elsewhere: true };
    let loaded = load(&document, &host).unwrap();
    assert_eq!(loaded.warnings.warnings(), 1);
    assert!(load(&document, &Host { elsewhere: false, ..host }).is_err());
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let told = Source::file(&pipe).read().unwrap_err().to_string();
    assert!(told.ends_with("it is a named pipe; a configuration is a file"), "{told}");
    let told = Source::file("/dev/zero").read().unwrap_err().to_string();
    assert!(told.ends_with("it is larger than 64 MiB"), "{told}");
}

#[test]
fn services_tell_which_backends_are_watched_and_telemetry_does_not() {
    let backend = |name: &str| format!("{{ name: \"{name}\", poll: 1, onChange: \"r\" }}");
    let plan = inside(&format!(
        "services: [ {{ name: \"web\", port: 80, health: \"true\", poll: 1, ttl: 5 }} ], telemetry: {{ port: 9090, sensors: [] }}, \
         backends: [ {}, {} ]",
        backend("sales"),
        backend("customers")
    ));
    let told: Vec<_> = plan.services.iter().map(|service| service.meta.get("gyropilot-watches")).collect();
    assert_eq!(told, [Some(&"customers,sales".to_owned()), None]);
}
