use super::*;

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn options_in(line: &str, env: &[(&str, &str)]) -> Options {
    let env: Vec<(String, String)> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let look = |name: &str| env.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone());
    match parse(&words(line), ConsulConfig::default(), look) {
        Ok(Invocation::Run(options)) => *options,
        other => panic!("{line}: {other:?}"),
    }
}

fn options(line: &str) -> Options {
    options_in(line, &[])
}

fn error(line: &str) -> UsageError {
    parse(&words(line), ConsulConfig::default(), |_| None).unwrap_err()
}

#[test]
fn the_line_of_the_article() {
    let args: Vec<String> = [
        "-once",
        "-consul",
        "consul.example:8500",
        "-template",
        "/etc/containerpilot/nginx.conf.ctmpl:/etc/nginx/nginx.conf:nginx -s reload",
    ]
    .map(str::to_owned)
    .into();
    let Ok(Invocation::Run(options)) = parse(&args, ConsulConfig::default(), |_| None) else { panic!() };
    assert!(options.once);
    assert_eq!(options.consul.address, "consul.example:8500");
    assert_eq!(options.templates.len(), 1);
    assert_eq!(options.templates[0].command.as_deref(), Some("nginx -s reload"));
    assert_eq!(options.retry, Retry::default());
    assert_eq!(options.log_level, LogLevel::Warn);
    assert!(options.notes.is_empty());
}

#[test]
fn one_dash_or_two_and_both_ways_to_give_a_value() {
    for line in
        ["-consul a:1 -once", "--consul=a:1 --once=true", "-consul-addr=a:1 -once=1", "-once -consul a:1 --"]
    {
        let options = options(line);
        assert_eq!((options.consul.address.as_str(), options.once), ("a:1", true), "{line}");
    }
    assert!(!options("-once=false").once);
}

#[test]
fn a_switch_never_takes_the_next_word() {
    assert_eq!(error("-once true").to_string(), r#"cli: extra args: ["true"]"#);
}

#[test]
fn errors_are_worded_as_go_words_them() {
    for (line, want) in [
        ("-bogus", "flag provided but not defined: -bogus"),
        ("--onse", "flag provided but not defined: -onse\nhint: did you mean -once?"),
        ("-template", "flag needs an argument: -template"),
        ("---once", "bad flag syntax: ---once"),
        ("-=x", "bad flag syntax: -=x"),
        ("-once=maybe", "invalid boolean value \"maybe\" for -once: parse error"),
        ("-retry 5", "invalid value \"5\" for flag -retry: time: missing unit in duration \"5\""),
        ("-wait 2s:1s", "invalid value \"2s:1s\" for flag -wait: wait: min must be less than max"),
        ("-template :", "invalid value \":\" for flag -template: template: cannot be empty"),
        ("-kill-signal SIGNOPE", "invalid value \"SIGNOPE\" for flag -kill-signal: invalid signal"),
        ("-consul-retry-attempts x", "invalid value \"x\" for flag -consul-retry-attempts: parse error"),
        ("-once a b", r#"cli: extra args: ["a", "b"]"#),
        ("-once -- a", r#"cli: extra args: ["a"]"#),
        ("- a", r#"cli: extra args: ["-", "a"]"#),
    ] {
        let error = error(line);
        assert_eq!(error.to_string(), want);
        assert_eq!(error.exit_code().status(), 13, "{line}");
    }
}

#[test]
fn what_belongs_to_later_work_is_refused_and_not_ignored() {
    for flag in ["-config=/x", "-exec=nginx", "-exec-splay=1s", "-vault-addr=x", "-log-file=x"] {
        let error = error(flag);
        assert!(matches!(error, UsageError::Unsupported(_)), "{flag}: {error}");
        assert_eq!(error.exit_code().status(), 13);
    }
    assert!(matches!(error("-executor"), UsageError::Unknown { .. }));
}

#[test]
fn what_cannot_change_a_result_is_accepted_with_a_note() {
    let options = options("-dedup -consul-transport-dial-timeout 5s -syslog -syslog-facility=LOCAL0");
    assert_eq!(options.notes.len(), 4);
    assert_eq!(options.notes[0], "-dedup has no effect here");
}

#[test]
fn old_and_new_spellings_mean_the_same() {
    let old =
        options("-consul c:1 -token t -auth u:p -ssl -ssl-ca-cert ca -ssl-cert crt -ssl-key key -retry 3s");
    let new = options(
        "-consul-addr c:1 -consul-token t -consul-auth u:p -consul-ssl -consul-ssl-ca-cert ca \
         -consul-ssl-cert crt -consul-ssl-key key -consul-retry-backoff 3s",
    );
    assert_eq!(old, new);
    assert_eq!(old.consul.scheme, Scheme::Https);
    assert_eq!(old.consul.token.as_ref().map(Secret::reveal), Some("t"));
    assert_eq!(old.consul.basic_auth.as_ref().map(Secret::reveal), Some("u:p"));
    assert_eq!(old.retry.backoff, Duration::from_secs(3));
}

#[test]
fn a_tls_setting_turns_tls_on_unless_it_is_turned_off() {
    assert_eq!(options("-consul-ssl-verify=false").consul.scheme, Scheme::Https);
    assert_eq!(options("-ssl-verify -ssl=false").consul.scheme, Scheme::Http);
    assert!(options("").consul.tls.verify);
}

#[test]
fn an_address_may_carry_its_scheme() {
    let consul = options("-consul https://c.example:8501/").consul;
    assert_eq!((consul.address.as_str(), consul.scheme), ("c.example:8501", Scheme::Https));
    assert_eq!(options("-consul unix:///run/consul.sock").consul.address, "unix:///run/consul.sock");
    assert_eq!(options("-consul=").consul.address, "127.0.0.1:8500");
    assert_eq!(options("-consul :8600").consul.address, "127.0.0.1:8600");
}

#[test]
fn the_log_level_comes_from_the_flag_and_then_from_the_environment() {
    assert_eq!(options_in("-log-level err", &[("CT_LOG", "debug")]).log_level, LogLevel::Error);
    assert_eq!(options_in("", &[("CONSUL_TEMPLATE_LOG_LEVEL", "info")]).log_level, LogLevel::Info);
    assert_eq!(options_in("", &[("CONSUL_TEMPLATE_LOG", "trace")]).log_level, LogLevel::Debug);
    let error = error("-log-level loud");
    assert_eq!(error.exit_code().status(), 15);
}

#[test]
fn help_and_version_win() {
    for line in ["-h", "--help", "-once -help extra"] {
        assert_eq!(parse(&words(line), ConsulConfig::default(), |_| None), Ok(Invocation::Help), "{line}");
    }
    assert_eq!(parse(&words("-v"), ConsulConfig::default(), |_| None), Ok(Invocation::Version));
    assert!(parse(&words("-v -bogus"), ConsulConfig::default(), |_| None).is_err());
}

#[test]
fn a_configuration_in_the_environment_is_refused_and_not_ignored() {
    let env = |name: &str| (name == "CT_LOCAL_CONFIG").then(|| "consul {}".to_owned());
    let error = parse(&[], ConsulConfig::default(), env).unwrap_err();
    assert_eq!((error.clone(), error.exit_code().status()), (UsageError::LocalConfig, 15));
}

#[test]
fn pauses_double_up_to_the_longest_and_then_end() {
    let millis = |retry| Retry::default().pause(retry).map(|pause| pause.as_millis());
    assert_eq!([0, 1, 2, 7, 8, 11].map(millis), [250, 500, 1000, 32_000, 60_000, 60_000].map(Some));
    assert_eq!(millis(12), None);
    let forever = Retry { attempts: 0, ..Retry::default() };
    assert_eq!(forever.pause(u32::MAX), Some(Duration::from_secs(60)));
    assert_eq!(Retry { enabled: false, ..Retry::default() }.pause(0), None);
    assert!(options("-consul-retry-attempts=-1").retry.pause(1000).is_some());
}

#[test]
fn usage_names_every_flag_that_does_something() {
    for (name, flag) in FLAGS {
        if !matches!(flag, Flag::IgnoredSwitch | Flag::IgnoredValue | Flag::Help) {
            assert!(USAGE.contains(&format!("-{name}")), "-{name}");
        }
    }
}

#[test]
fn the_manual_names_every_flag() {
    let manual = include_str!("../../../../docs/consul-template.md");
    for (name, _) in FLAGS {
        assert!(manual.contains(&format!("`-{name}`")), "-{name}");
    }
    for name in UNSUPPORTED {
        assert!(manual.contains(&format!("`-{name}`")), "-{name}");
    }
}
