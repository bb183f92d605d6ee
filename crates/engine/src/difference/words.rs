//! Values of a plan in the words of a configuration.

use gyropilot_model::{
    CheckRestart, Command, HealthCheck, Limit, Probe, ReadyBy, RestartMode, Restarts, SecretSource, Warning,
    format_go_duration,
};
use std::time::Duration;

pub(super) fn yes(yes: &bool) -> Option<String> {
    Some(yes.to_string())
}

pub(super) fn plain(value: &impl std::fmt::Display) -> Option<String> {
    Some(value.to_string())
}

pub(super) fn span(span: &Duration) -> Option<String> {
    Some(format_go_duration(*span))
}

pub(super) fn maybe_span(span: &Option<Duration>) -> Option<String> {
    span.map(format_go_duration)
}

pub(super) fn list(items: &impl AsRef<[String]>) -> Option<String> {
    let items = items.as_ref();
    (!items.is_empty()).then(|| items.join(", "))
}

/// As one line, with the words told apart where spaces do not.
pub(super) fn command(command: &Command) -> String {
    let words: Vec<&String> = std::iter::once(&command.program).chain(&command.args).collect();
    if words.iter().any(|word| word.is_empty() || word.contains(char::is_whitespace)) {
        return format!("{words:?}");
    }
    command.to_string()
}

pub(super) fn restarts(restarts: &Restarts) -> Option<String> {
    Some(match restarts {
        Restarts::Limited(0) => "never".to_owned(),
        Restarts::Limited(times) => times.to_string(),
        Restarts::Unlimited => "unlimited".to_owned(),
    })
}

pub(super) fn mode(mode: &RestartMode) -> Option<String> {
    let word = match mode {
        RestartMode::Fail => "fail",
        RestartMode::Delay => "delay",
        RestartMode::Shutdown => "shutdown",
    };
    Some(word.to_owned())
}

pub(super) fn health(health: &HealthCheck) -> String {
    let every = format_go_duration(health.interval);
    match &health.probe {
        Some(asked) => format!("{} every {every}", probe(asked)),
        None => format!("every {every}"),
    }
}

pub(super) fn probe(probe: &Probe) -> String {
    match probe {
        Probe::Exec(program) => format!("exec {}", command(program)),
        Probe::Http(http) => {
            let mut words = format!("http {} {}", http.method, http.url);
            for name in http.headers.keys() {
                // A header may be a password.
                words.push_str(&format!(", with {name}"));
            }
            if let Some(expect) = &http.expect {
                words.push_str(&format!(", expects {}", numbers(expect)));
            }
            if !http.verify {
                words.push_str(", not verified");
            }
            words
        }
        Probe::Tcp { address } => format!("tcp {address}"),
        Probe::Grpc { address, service } if service.is_empty() => format!("grpc {address}"),
        Probe::Grpc { address, service } => format!("grpc {address} {service}"),
        Probe::File { path, max_age: None } => format!("file {}", path.display()),
        Probe::File { path, max_age: Some(age) } => {
            format!("file {} not older than {}", path.display(), format_go_duration(*age))
        }
    }
}

pub(super) fn warning(warning: &Warning) -> Option<String> {
    let mut parts = Vec::new();
    if !warning.exit.is_empty() {
        parts.push(format!("exit {}", numbers(&warning.exit)));
    }
    if !warning.status.is_empty() {
        parts.push(format!("status {}", numbers(&warning.status)));
    }
    if let Some(latency) = warning.latency {
        parts.push(format!("latency {}", format_go_duration(latency)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

pub(super) fn numbers<N: ToString>(numbers: &[N]) -> String {
    numbers.iter().map(N::to_string).collect::<Vec<_>>().join(" ")
}

pub(super) fn check_restart(restart: &CheckRestart) -> String {
    let ignoring = if restart.ignore_warnings { ", warnings ignored" } else { "" };
    format!("after {} failures, grace {}{ignoring}", restart.limit, format_go_duration(restart.grace))
}

pub(super) fn ready(by: &ReadyBy) -> String {
    match by {
        ReadyBy::Notify => "notify".to_owned(),
        ReadyBy::Descriptor(number) => format!("fd {number}"),
        ReadyBy::Log(pattern) => format!("log {pattern}"),
        ReadyBy::Port(port) => format!("port {port}"),
        ReadyBy::Probe(asked) => probe(asked),
    }
}

pub(super) fn limit(limit: &Limit) -> String {
    let one = |limit: Option<u64>| limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string());
    if limit.soft == limit.hard {
        one(limit.soft)
    } else {
        format!("{}:{}", one(limit.soft), one(limit.hard))
    }
}

pub(super) fn secrets(secrets: &[(String, Option<SecretSource>)]) -> Option<String> {
    let one = |(name, source): &(String, Option<SecretSource>)| match source {
        Some(SecretSource::File(path)) => format!("{name} (file {})", path.display()),
        Some(SecretSource::Descriptor(number)) => format!("{name} (fd {number})"),
        Some(SecretSource::Given(_)) => format!("{name} (given)"),
        None => name.clone(),
    };
    (!secrets.is_empty()).then(|| secrets.iter().map(one).collect::<Vec<_>>().join(", "))
}
