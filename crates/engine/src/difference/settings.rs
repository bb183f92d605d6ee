//! What is not about one job: services and the keys at the top.

use super::{Change, Fate, FieldChange, Fields, words};
use gyropilot_model::{
    CatalogConfig, Compat, Control, ExitPolicy, Jobs, LogFormat, LogOutput, Plan, Service, SignalAction,
    StopTimeout, Telemetry, format_go_duration,
};

/// What of a service is not as it was. None of it needs another process: the
/// catalogue is told, and that is all.
pub(super) fn service(old: &Service, new: &Service) -> Vec<FieldChange> {
    let Service {
        id: _,
        name: _,
        address,
        port,
        tags,
        ttl,
        health,
        enable_tag_override,
        deregister_critical_after,
        check_id: _,
        initial_status,
        meta,
        weights,
        tagged_addresses,
    } = new;
    let mut fields = Fields::default();
    fields.look("address", &old.address, address, words::plain);
    fields.look("port", &old.port, port, words::plain);
    fields.look("tags", &old.tags, tags, words::list);
    fields.look("ttl", &old.ttl, ttl, words::span);
    fields.look("health", &old.health, health, |health| {
        let every = format_go_duration(health.interval);
        Some(match &health.command {
            Some(command) => format!("{} every {every}", words::command(command)),
            None => format!("every {every}"),
        })
    });
    fields.look("consul.enableTagOverride", &old.enable_tag_override, enable_tag_override, words::yes);
    fields.look(
        "consul.deregisterCriticalServiceAfter",
        &old.deregister_critical_after,
        deregister_critical_after,
        Clone::clone,
    );
    fields.look("initialStatus", &old.initial_status, initial_status, |status| {
        status.map(|status| status.to_string())
    });
    fields.look("meta", &old.meta, meta, |meta| {
        words::list(&meta.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>())
    });
    fields.look("weights", &old.weights, weights, |weights| {
        weights.map(|weights| format!("passing {}, warning {}", weights.passing, weights.warning))
    });
    fields.look("taggedAddresses", &old.tagged_addresses, tagged_addresses, |addresses| {
        let one = |(network, (host, port)): (&String, &(String, u16))| format!("{network} {host}:{port}");
        words::list(&addresses.iter().map(one).collect::<Vec<_>>())
    });
    fields.0
}

/// The keys at the top that have another value.
pub(super) fn compare(old: &Plan, new: &Plan) -> Vec<Change> {
    let Plan { catalog, logging, stop_timeout, services: _, telemetry, signals, compat, work: _ } = new;
    let mut settings = Settings::default();
    settings.keep("consul", |fields| {
        fields.look("consul", &old.catalog, catalog, |catalog| Some(place_of(catalog.as_ref())));
    });
    settings.keep("logging", |fields| {
        fields.look("level", &old.logging.level, &logging.level, |level| Some(level.as_str().to_owned()));
        fields.look("format", &old.logging.format, &logging.format, |format| Some(form(*format).to_owned()));
        fields.look("output", &old.logging.output, &logging.output, |output| Some(output_word(output)));
    });
    settings.keep("stopTimeout", |fields| {
        fields.look("stopTimeout", &old.stop_timeout, stop_timeout, |timeout| {
            Some(match timeout {
                StopTimeout::After(after) => format_go_duration(*after),
                StopTimeout::Immediately => "at once".to_owned(),
            })
        });
    });
    settings
        .keep("telemetry", |fields| compare_telemetry(fields, old.telemetry.as_ref(), telemetry.as_ref()));
    settings.keep("signals", |fields| {
        let all = old.signals.keys().chain(signals.keys().filter(|signal| !old.signals.contains_key(signal)));
        for signal in all {
            let word = |action: &Option<&SignalAction>| action.map(|action| action_word(*action).to_owned());
            fields.look(&signal.to_string(), &old.signals.get(signal), &signals.get(signal), word);
        }
    });
    settings.keep("compat", |fields| compare_compat(fields, old.compat, *compat));
    if let (Some(old), Some(new)) = (old.jobs(), new.jobs()) {
        compare_jobs(&mut settings, old, new);
    }
    settings.0
}

fn compare_jobs(settings: &mut Settings, old: &Jobs, new: &Jobs) {
    // Secrets are told with the jobs that are given them.
    let Jobs { jobs: _, watches: _, control, exit, stop_budget, secrets: _ } = new;
    settings.keep("control", |fields| {
        let Control { socket, mode, allow } = control;
        fields.look("socket", &old.control.socket, socket, |socket| Some(socket.display().to_string()));
        fields.look("mode", &old.control.mode, mode, |mode| Some(format!("{mode:04o}")));
        fields.look("allow", &old.control.allow, allow, words::list);
    });
    settings.keep("exit", |fields| {
        fields.look("exit", &old.exit, exit, |exit| Some(exit_word(*exit).to_owned()));
    });
    settings.keep("stopBudget", |fields| {
        fields.look("stopBudget", &old.stop_budget, stop_budget, words::maybe_span);
    });
}

fn compare_telemetry(fields: &mut Fields, old: Option<&Telemetry>, new: Option<&Telemetry>) {
    let (Some(old), Some(new)) = (old, new) else {
        fields.look("telemetry", &old, &new, |telemetry| {
            telemetry.map(|telemetry| format!("http://{}{}", telemetry.listen, telemetry.path))
        });
        return;
    };
    let Telemetry { listen, path, sensors, metrics } = new;
    fields.look("address", &old.listen, listen, words::plain);
    fields.look("path", &old.path, path, words::plain);
    fields.look("sensors", &old.sensors, sensors, |sensors| {
        words::list(&sensors.iter().map(|sensor| sensor.metric.clone()).collect::<Vec<_>>())
    });
    fields.look("metrics", &old.metrics, metrics, |metrics| {
        words::list(&metrics.iter().map(|metric| metric.metric.clone()).collect::<Vec<_>>())
    });
}

fn compare_compat(fields: &mut Fields, old: Compat, new: Compat) {
    let Compat {
        immediate_restarts,
        exit_zero_as_pid1,
        keep_registered_on_exit,
        silent_failures,
        exit_zero,
        stay_idle,
        withdraw_last,
    } = new;
    fields.look("immediateRestarts", &old.immediate_restarts, &immediate_restarts, words::yes);
    fields.look("exitZeroAsPid1", &old.exit_zero_as_pid1, &exit_zero_as_pid1, words::yes);
    fields.look("keepRegisteredOnExit", &old.keep_registered_on_exit, &keep_registered_on_exit, words::yes);
    fields.look("silentFailures", &old.silent_failures, &silent_failures, words::yes);
    fields.look("exitZero", &old.exit_zero, &exit_zero, words::yes);
    fields.look("stayIdle", &old.stay_idle, &stay_idle, words::yes);
    fields.look("withdrawLast", &old.withdraw_last, &withdraw_last, words::yes);
}

/// Without the token, and without whatever stands for it.
fn place_of(catalog: Option<&CatalogConfig>) -> String {
    match catalog {
        None => "none".to_owned(),
        Some(CatalogConfig::Consul(consul)) => {
            let token = if consul.token.is_some() { ", with a token" } else { "" };
            format!("{}://{}{token}", consul.scheme.as_str(), consul.address)
        }
        Some(CatalogConfig::Etcd(etcd)) => format!("{} {}", etcd.endpoints.join(","), etcd.prefix),
    }
}

const fn form(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Default | LogFormat::Stamped => "default",
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    }
}

fn output_word(output: &LogOutput) -> String {
    match output {
        LogOutput::Stdout => "stdout".to_owned(),
        LogOutput::Stderr => "stderr".to_owned(),
        LogOutput::File(path) => path.display().to_string(),
    }
}

const fn action_word(action: SignalAction) -> &'static str {
    match action {
        SignalAction::Stop => "stop",
        SignalAction::Reload => "reload",
        SignalAction::ToggleMaintenance => "maintenance",
        SignalAction::Event => "event",
        SignalAction::ReopenLog => "reopen-log",
        SignalAction::Ignore => "ignore",
    }
}

const fn exit_word(exit: ExitPolicy) -> &'static str {
    match exit {
        ExitPolicy::All => "all",
        ExitPolicy::Main => "main",
        ExitPolicy::FirstFailure => "first-failure",
        ExitPolicy::Any => "any",
        ExitPolicy::Never => "never",
    }
}

/// Gathers the keys at the top that have another value.
#[derive(Default)]
struct Settings(Vec<Change>);

// === impl Settings ===

impl Settings {
    fn keep(&mut self, name: &str, compare: impl FnOnce(&mut Fields)) {
        let mut fields = Fields::default();
        compare(&mut fields);
        if !fields.0.is_empty() {
            self.0.push(Change { name: name.to_owned(), fate: Fate::Redefined, fields: fields.0 });
        }
    }
}
