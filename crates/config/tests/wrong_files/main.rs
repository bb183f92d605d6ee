//! What a person is told about a wrong file: one snapshot for each way to be wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

use gyropilot_config::{Document, Host, Style, load};
use gyropilot_model::Address;
use std::collections::BTreeMap;

fn told(text: &str) -> String {
    let addresses = [("lo", "127.0.0.1"), ("eth0", "10.2.0.1"), ("eth0", "fd00::7")]
        .map(|(interface, ip)| Address { interface: interface.into(), ip: ip.parse().unwrap() });
    let env: BTreeMap<String, String> = [
        ("CONSUL", "consul.example"),
        ("POLL", "10s"),
        ("LINES", "line one\nline two"),
        ("DB_PASSWORD", "correct horse battery"),
        ("ACL_TOKEN", "11111111-2222-3333-4444-555555555555"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let document = Document { name: "pilot.json".into(), text: text.trim_start_matches('\n').to_owned() };
    let report = match load(
        &document,
        &Host { hostname: "web-1", addresses: &addresses, env: &env, elsewhere: false },
    ) {
        Ok(loaded) => loaded.warnings,
        Err(report) => {
            assert!(report.errors() > 0, "a refused file without an error");
            report
        }
    };
    assert!(!report.is_empty(), "nothing was found");
    report.render(Style::Plain)
}

/// One test and one snapshot for each file.
macro_rules! files {
    ($($name:ident: $text:expr,)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(stringify!($name), told($text));
            }
        )*
    };
}

mod jobs;

mod syntax {
    use super::told;

    files! {
        empty: "",
        only_white_space: "\n  \n",
        only_a_comment: "// nothing\n",
        not_an_object: "[1, 2]",
        a_bare_text: "\"consul\"",
        missing_comma_between_lines: r#"
{
  "consul": "localhost:8500"
  "stopTimeout": 10
}
"#,
        missing_comma_after_an_object: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "web", "port": 80, "poll": 1, "ttl": 5 }
    { "name": "api", "port": 81, "poll": 1, "ttl": 5 }
  ]
}
"#,
        extra_comma: r#"
{
  "consul": "localhost:8500",,
  "stopTimeout": 10
}
"#,
        comma_first: r#"
{ , "consul": "localhost:8500" }
"#,
        missing_colon: r#"
{
  "consul" "localhost:8500"
}
"#,
        equals_for_colon: r#"
{
  consul = "localhost:8500"
}
"#,
        semicolon_for_comma: r#"
{
  consul: "localhost:8500";
  stopTimeout: 10
}
"#,
        key_without_value: r#"
{
  "consul": "localhost:8500",
  "stopTimeout"
}
"#,
        value_missing: r#"
{
  "consul": "localhost:8500",
  "stopTimeout":
}
"#,
        unquoted_duration: r#"
{
  consul: "localhost:8500",
  tasks: [ { name: "clean", command: "/bin/clean", frequency: 10s } ]
}
"#,
        unquoted_text: r#"
{
  consul: localhost:8500,
}
"#,
        capital_true: r#"
{
  consul: "localhost:8500",
  compat: { silentFailures: True }
}
"#,
        python_none: r#"
{ consul: "localhost:8500", preStart: None }
"#,
        unclosed_text: r#"
{
  "consul": "localhost:8500,
  "stopTimeout": 10
}
"#,
        quotes_inside_a_text: r#"
{
  "consul": "localhost:8500",
  "preStart": "echo "hello" there"
}
"#,
        typographic_quotes: "{ \u{201c}consul\u{201d}: \u{201c}localhost:8500\u{201d} }",
        typographic_value: "{ consul: \u{201c}localhost:8500\u{201d} }",
        unclosed_object: r#"
{
  "consul": "localhost:8500",
  "logging": { "level": "INFO"
"#,
        list_closed_as_object: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "web", "port": 80, "poll": 1, "ttl": 5 }
  }
}
"#,
        object_closed_as_list: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "web", "port": 80, "poll": 1, "ttl": 5
  ]
}
"#,
        one_bracket_too_many: r#"
{
  "consul": "localhost:8500",
}
}
"#,
        two_objects: r#"
{ "consul": "localhost:8500" }
{ "stopTimeout": 10 }
"#,
        hash_comment: r##"
{
  # where the catalogue is
  "consul": "localhost:8500"
}
"##,
        unclosed_comment: r#"
{
  /* where the catalogue is
  "consul": "localhost:8500"
}
"#,
        leading_zero: r#"
{ consul: "localhost:8500", services: [ { name: "web", port: 080, poll: 1, ttl: 5 } ] }
"#,
        key_with_a_dash: r#"
{ consul: "localhost:8500", stop-timeout: 10 }
"#,
        meaningless_escape: r#"
{ "consul": "localhost:8500", "preStart": "C:\x" }
"#,
        key_in_a_list: r#"
{ "consul": "localhost:8500", "services": [ "name": "web" ] }
"#,
        object_without_key: r#"
{ "consul": "localhost:8500", { "name": "web" } }
"#,
        several_at_once: r#"
{
  "consul": "localhost:8500"
  "stopTimeout": 10,,
  preStart = "/bin/true",
  "services": [
    { "name": "web", "port": 80, "poll": 1, "tll": 5 }
  ]
}
"#,
        carriage_returns: "{\r\n  \"consul\": \"localhost:8500\"\r\n  \"stopTimeout\": 10\r\n}\r\n",
    }

    #[test]
    fn far_out_on_a_line() {
        let text =
            format!("{{ consul: \"localhost:8500\", preStart: [ {} ], foo: 1 }}", "\"word\", ".repeat(1000));
        insta::assert_snapshot!("far_out_on_a_line", told(&text));
    }

    #[test]
    fn too_deep() {
        let text = format!("{{ consul: \"localhost:8500\", services: {}", "[".repeat(5000));
        insta::assert_snapshot!("too_deep", told(&text));
    }
}

mod catalog {
    use super::told;

    files! {
        no_catalogue: r#"
{
  "services": []
}
"#,
        two_catalogues: r#"
{
  "consul": "localhost:8500",
  "stopTimeout": 3,
  "etcd": { "endpoints": "http://localhost:2379" }
}
"#,
        misspelt_consul: r#"
{ "consol": "localhost:8500" }
"#,
        capital_consul: r#"
{ "Consul": "localhost:8500" }
"#,
        consul_as_a_number: r#"
{ "consul": 8500 }
"#,
        consul_with_two_schemes: r#"
{ "consul": "https://https://consul:8501" }
"#,
        consul_with_a_password: r#"
{ "consul": "http://admin:hunter22@consul:8500" }
"#,
        consul_with_an_unknown_key: r#"
{ "consul": { "adress": "localhost:8500", "acl": "x" } }
"#,
        consul_with_an_unknown_scheme: r#"
{ "consul": { "address": "localhost:8500", "scheme": "ftp" } }
"#,
        certificate_without_key: r#"
{ "consul": { "address": "localhost:8501", "scheme": "https", "tls": { "clientcert": "/a.pem" } } }
"#,
        certificate_not_verified: r#"
{ "consul": { "address": "localhost:8501", "scheme": "https", "tls": { "verify": false } } }
"#,
        token_on_a_shown_line: r#"
{ "consul": { "address": "localhost:8500", "token": "5f2c0a7e-secret", "tokn": "5f2c0a7e-secret" } }
"#,
        token_in_broken_text: r#"
{ "consul": { "address": "localhost:8500", "token": "5f2c0a7e-secret }
"#,
        token_from_a_template: r#"
{ "consul": { "address": "localhost:8500", "token": "{{ .ACL_TOKEN }}", "x": 1 } }
"#,
        token_of_the_wrong_kind: r#"
{ "consul": { "address": "localhost:8500", "token": ["5f2c0a7e-secret"] } }
"#,
        etcd_as_a_text: r#"
{ "etcd": "http://localhost:2379" }
"#,
        etcd_without_endpoints: r#"
{ "etcd": { "prefix": "/x" } }
"#,
        etcd_with_a_wrong_endpoint: r#"
{ "etcd": { "endpoints": [ "http://localhost:2379", "ftp://localhost" ] } }
"#,
        etcd_cannot_be_used_yet: r#"
{
  "etcd": { "endpoints": "http://localhost:2379" },
  "stopTimeout": 3
}
"#,
        socket_with_https: r#"
{
  "consul": {
    "address": "unix:///run/consul.sock",
    "scheme": "https"
  }
}
"#,
        address_with_a_query: r#"
{ "consul": "consul:8500?dc=east" }
"#,
        address_that_is_no_host: r#"
{ "consul": { "address": "<consul>" } }
"#,
        token_with_a_line_break: r#"
{ "consul": { "address": "localhost:8500", "token": "5f2c0a7e\nsecret" } }
"#,
        token_that_is_not_ascii: r#"
{ "consul": { "address": "localhost:8500", "token": "5f2c0a7e-\u00e9" } }
"#,
    }
}

mod top {
    use super::told;

    files! {
        unknown_top_keys: r#"
{
  "consul": "localhost:8500",
  "service": [],
  "stoptimeout": 3,
  "foo": 1
}
"#,
        both_forms: r#"
{
  consul: "localhost:8500",
  jobs: [ { name: "app", exec: "/bin/app" } ],
  preStart: "/bin/setup",
}
"#,
        key_given_twice: r#"
{
  "consul": "localhost:8500",
  "stopTimeout": 3,
  "stopTimeout": 4
}
"#,
        services_not_a_list: r#"
{
  "consul": "localhost:8500",
  "services": { "name": "web", "port": 80, "poll": 1, "ttl": 5 }
}
"#,
        empty_hook: r#"
{ "consul": "localhost:8500", "preStop": "  ", "postStop": [] }
"#,
        hook_as_a_number: r#"
{ "consul": "localhost:8500", "preStart": 5 }
"#,
        old_name_of_prestart: r#"
{ "consul": "localhost:8500", "onStart": "/bin/true" }
"#,
        both_names_of_prestart: r#"
{ "consul": "localhost:8500", "onStart": "/bin/true", "preStart": "/bin/false" }
"#,
        stop_timeout_with_a_unit: r#"
{ "consul": "localhost:8500", "stopTimeout": "5s" }
"#,
        stop_timeout_out_of_range: r#"
{ "consul": "localhost:8500", "stopTimeout": 99999999999 }
"#,
        logging_values: r#"
{
  "consul": "localhost:8500",
  "logging": { "level": "TRACE", "format": "jsn", "output": "/var/log/pilot" }
}
"#,
        signals: r#"
{
  "consul": "localhost:8500",
  "signals": { "SIGHUP": "restart", "SIGTERM": "ignore", "SIGUSR3": "stop" }
}
"#,
        compat: r#"
{ "consul": "localhost:8500", "compat": { "silentFailures": "yes", "immediateRestart": true } }
"#,
    }
}

mod services {
    use super::told;

    files! {
        misspelt_ttl: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "web", "port": 80, "poll": 10, "tll": 25 }
  ]
}
"#,
        service_with_nothing: r#"
{ "consul": "localhost:8500", "services": [ {} ] }
"#,
        service_with_zeros: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "nginx", "port": 0, "poll": 0, "ttl": -1 }
  ]
}
"#,
        service_with_units: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "nginx", "port": "http", "poll": "10s", "ttl": "1500ms" }
  ]
}
"#,
        port_out_of_range: r#"
{ "consul": "localhost:8500", "services": [ { "name": "nginx", "port": 65536, "poll": 1, "ttl": 1e300 } ] }
"#,
        service_not_an_object: r#"
{ "consul": "localhost:8500", "services": [ "nginx" ] }
"#,
        service_named_with_an_underscore: r#"
{ "consul": "localhost:8500", "services": [ { "name": "my_svc", "port": 80, "poll": 1, "ttl": 5 } ] }
"#,
        health_of_v3: r#"
{
  "consul": "localhost:8500",
  "services": [
    {
      "name": "nginx", "port": 80,
      "health": { "exec": "/usr/bin/curl localhost", "interval": 10, "ttl": 25 },
      "exec": "nginx", "when": { "source": "preStart" }
    }
  ]
}
"#,
        health_empty: r#"
{ "consul": "localhost:8500", "services": [ { "name": "X", "port": 80, "poll": 1, "ttl": 5, "health": "" } ] }
"#,
        health_with_a_list_inside: r#"
{ "consul": "localhost:8500", "services": [ { "name": "web", "port": 80, "poll": 1, "ttl": 5, "health": ["curl", ["-s"]] } ] }
"#,
        timeout_in_words: r#"
{ "consul": "localhost:8500", "services": [ { "name": "web", "port": 80, "poll": 1, "ttl": 5, "timeout": "5 seconds" } ] }
"#,
        timeout_as_a_boolean: r#"
{ "consul": "localhost:8500", "services": [ { "name": "web", "port": 80, "poll": 1, "ttl": 5, "timeout": true } ] }
"#,
        interfaces_not_found: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "web", "port": 80, "poll": 1, "ttl": 5, "interfaces": ["eth1", "192.168.0.0/16"] }
  ]
}
"#,
        interfaces_not_rules: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "web", "port": 80, "poll": 1, "ttl": 5, "interfaces": ["eth0:inet5", "static:10", "eth0[x]"] }
  ]
}
"#,
        tags_as_a_text: r#"
{ "consul": "localhost:8500", "services": [ { "name": "web", "port": 80, "poll": 1, "ttl": 5, "tags": "blue" } ] }
"#,
        deregister_without_a_unit: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "web", "port": 80, "poll": 1, "ttl": 5,
      "consul": { "deregisterCriticalServiceAfter": "90", "enableTagOverride": "yes" } }
  ]
}
"#,
        derived_keys: r#"
{ "consul": "localhost:8500", "services": [ { "id": "x", "ipAddress": "10.0.0.1", "name": "web", "port": 80, "poll": 1, "ttl": 5 } ] }
"#,
        two_services_of_one_name: r#"
{
  "consul": "localhost:8500",
  "services": [
    { "name": "web", "port": 80, "poll": 1, "ttl": 5 },
    { "name": "web", "port": 81, "poll": 1, "ttl": 5 }
  ]
}
"#,
    }
}

mod others {
    use super::told;

    files! {
        backend_without_anything: r#"
{ "consul": "localhost:8500", "backends": [ { "name": "sales" } ] }
"#,
        backend_of_v3: r#"
{ "consul": "localhost:8500", "backends": [ { "name": "sales", "interval": 3, "tags": ["blue"] } ] }
"#,
        backend_with_empty_onchange: r#"
{ "consul": "localhost:8500", "backends": [ { "name": "sales", "poll": 3, "onChange": [] } ] }
"#,
        q08_task_with_empty_command: r#"
{ "consul": "localhost:8500", "tasks": [ { "name": "clean", "command": "", "frequency": "1m" } ] }
"#,
        task_without_anything: r#"
{ "consul": "localhost:8500", "tasks": [ { "name": "clean" } ] }
"#,
        task_too_often: r#"
{ "consul": "localhost:8500", "tasks": [ { "command": "/bin/true", "frequency": "100us", "timeout": 0 } ] }
"#,
        task_with_days: r#"
{ "consul": "localhost:8500", "tasks": [ { "command": "/bin/true", "frequency": "2 days", "timeout": [1] } ] }
"#,
        coprocess_restarts: r#"
{
  "consul": "localhost:8500",
  "coprocesses": [
    { "command": "/bin/agent", "restarts": "always" },
    { "command": "/bin/agent", "restarts": -1 },
    { "command": "/bin/agent", "restarts": true },
    { "comand": "/bin/agent" }
  ]
}
"#,
        q08_sensor_without_poll: r#"
{
  "consul": "localhost:8500",
  "telemetry": {
    "sensors": [
      { "namespace": "app", "name": "free", "help": "Free memory.", "type": "gauge", "check": "/bin/free" }
    ]
  }
}
"#,
        sensor_without_anything: r#"
{ "consul": "localhost:8500", "telemetry": { "sensors": [ {} ] } }
"#,
        sensor_values: r#"
{
  "consul": "localhost:8500",
  "telemetry": {
    "port": 70000,
    "url": "metrics",
    "metrics": [],
    "sensors": [
      { "name": "free-memory", "help": "Free.", "type": "guage", "poll": 5, "check": "/bin/free" }
    ]
  }
}
"#,
        sensors_that_disagree: r#"
{
  "consul": "localhost:8500",
  "telemetry": {
    "sensors": [
      { "name": "free", "help": "Free.", "type": "gauge", "poll": 5, "check": "/bin/free" },
      { "name": "free", "help": "Free.", "type": "counter", "poll": 5, "check": "/bin/free" }
    ]
  }
}
"#,
        two_sensors_of_one_metric: r#"
{
  "consul": "localhost:8500",
  "telemetry": {
    "sensors": [
      { "namespace": "app", "name": "free", "help": "Free.", "type": "gauge", "poll": 5, "check": "/bin/a" },
      { "name": "app_free", "help": "Free.", "type": "gauge", "poll": 5, "check": "/bin/b" }
    ]
  }
}
"#,
        sensor_named_as_a_part_of_another: r#"
{
  "consul": "localhost:8500",
  "telemetry": {
    "sensors": [
      { "name": "wait", "help": "Wait.", "type": "histogram", "poll": 5, "check": "/bin/a" },
      { "name": "wait_count", "help": "Waits.", "type": "counter", "poll": 5, "check": "/bin/b" },
      { "name": "size_sum", "help": "Sizes.", "type": "counter", "poll": 5, "check": "/bin/c" },
      { "name": "size", "help": "Size.", "type": "summary", "poll": 5, "check": "/bin/d" }
    ]
  }
}
"#,
        sensor_named_as_the_pilots_own: r#"
{
  "consul": "localhost:8500",
  "telemetry": {
    "sensors": [
      { "name": "gyropilot_up", "help": "Up.", "type": "gauge", "poll": 5, "check": "/bin/a" },
      { "namespace": "gyropilot", "name": "down", "help": "Down.", "type": "gauge", "poll": 5, "check": "/bin/b" }
    ]
  }
}
"#,
        two_backends_of_one_name_and_tag: r#"
{
  "consul": "localhost:8500",
  "backends": [
    { "name": "sales", "poll": 3, "onChange": "/bin/a" },
    { "name": "sales", "poll": 3, "onChange": "/bin/b", "tag": "blue" },
    { "name": "sales", "poll": 5, "onChange": "/bin/c", "tag": "" },
    { "name": "sales", "poll": 5, "onChange": "/bin/d", "tag": "blue" }
  ]
}
"#,
    }
}

mod templates {
    use super::told;

    files! {
        wrong_value_from_a_variable: r#"
{
  "consul": "{{ .CONSUL }}:8500",
  "services": [
    { "name": "web", "port": 80, "poll": {{ .POLL | default 10 }}, "ttl": 25 }
  ]
}
"#,
        unset_variable_as_a_number: r#"
{
  "consul": "{{ .CONSUL }}:8500",
  "services": [
    { "name": "web", "port": {{ .WEB_PORT }}, "poll": 10, "ttl": 25 }
  ]
}
"#,
        unset_variable_as_a_text: r#"
{ "consul": "{{ .CONSUL_HOST }}:8500", "preStart": "{{.SETUP}}" }
"#,
        line_break_from_a_variable: r#"
{
  "consul": "{{ .CONSUL }}:8500",
  "preStart": "{{ .LINES }}",
  "stopTimeout": "x"
}
"#,
        fault_inside_a_loop: r#"
{
  "consul": "{{ .CONSUL }}:8500",
  "services": [
    {{- range $i := loop 0 2 }}
    { "name": "web{{ $i }}", "port": {{ $i }}, "poll": 10, "ttl": 25 },
    {{- end }}
  ]
}
"#,
        fault_after_a_removed_block: r#"
{
  {{- if .NOT_THERE }}
  "preStart": "/bin/setup",
  {{- end }}
  "consul": "{{ .CONSUL }}:8500",
  "stopTimeout": "soon"
}
"#,
        secret_from_a_variable: r#"
{ "consul": "{{ .CONSUL }}:8500", "preStart": ["/bin/login", "{{ .DB_PASSWORD }}"], "stopTimeout": "x" }
"#,
        secret_in_a_message: r#"
{ "consul": "{{ .CONSUL }}:8500", "logging": { "level": "{{ .DB_PASSWORD }}" } }
"#,
        unclosed_action: r#"
{
  "consul": "{{ .CONSUL }:8500"
}
"#,
        unknown_function: r#"
{
  "consul": "{{ .CONSUL | defualt "localhost" }}:8500"
}
"#,
        missing_end: r#"
{
  {{ if .CONSUL }}
  "consul": "{{ .CONSUL }}:8500"
}
"#,
        field_of_a_text: r#"
{
  "consul": "{{ .CONSUL.Host }}:8500"
}
"#,
        bad_regular_expression: r#"
{
  "consul": "{{ .CONSUL | regexReplaceAll "(" "" }}:8500"
}
"#,
        endless_loop: r#"
{
  "consul": "{{ range loop 1 100000000 }}x{{ end }}"
}
"#,
    }
}
