//! The command line of `consul-template`, old spellings and new.

mod error;
mod spec;
mod wait;

pub use error::{UsageError, ValueError};
pub use spec::{SpecError, TemplateSpec};
pub use wait::{Wait, WaitError};

use crate::go_flags::{Word, Words};
use gyropilot_model::{ConsulConfig, LogLevel, Scheme, Secret, Signal, parse_go_duration};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invocation {
    /// Render.
    Run(Box<Options>),
    /// Print the version on standard error and end with 0.
    Version,
    /// Print [`USAGE`] on standard error and end with 0.
    Help,
}

/// Everything that [`run`](crate::run) needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// In the order of the command line.
    pub templates: Vec<TemplateSpec>,
    /// End when every template was rendered once. Default false.
    pub once: bool,
    /// Print results instead of writing files, and run no command. Default false.
    pub dry: bool,
    /// Only read the templates and say what is wrong with them. Default false.
    pub parse_only: bool,
    /// Where the catalogue is.
    pub consul: ConsulConfig,
    /// What is done when the catalogue does not answer.
    pub retry: Retry,
    /// Collect changes this long. Default: act at once. Not looked at with `once`.
    pub wait: Option<Wait>,
    /// Any Consul server may answer when it heard from the leader within this
    /// time; zero asks the leader always. Default 2 s.
    pub max_stale: Duration,
    /// The least level that is reported. Default `Warn`.
    pub log_level: LogLevel,
    /// The signal that ends it, beside `SIGTERM`. Default `SIGINT`.
    pub kill_signal: Option<Signal>,
    /// The signal that reads the templates again. Default `SIGHUP`.
    pub reload_signal: Option<Signal>,
    /// Holds the process id while it runs. Default none.
    pub pid_file: Option<PathBuf>,
    /// What was accepted but has no effect, for the log.
    pub notes: Vec<String>,
}

/// How often and how fast a failed request is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// False: the first failure is the last. Default true.
    pub enabled: bool,
    /// How many times, 0 for ever. Default 12. Only `-once` gives up at all: a
    /// running process keeps what it has until the catalogue is back.
    pub attempts: u32,
    /// Before the first retry; doubles each time. Default 250 ms.
    pub backoff: Duration,
    /// The longest pause, 0 for none. Default 1 min.
    pub max_backoff: Duration,
}

/// What `-h` prints.
pub const USAGE: &str = include_str!("usage.txt");

/// Every flag that is accepted, with what it does.
const FLAGS: &[(&str, Flag)] = &[
    ("auth", Flag::Auth),
    ("consul", Flag::Address),
    ("consul-addr", Flag::Address),
    ("consul-auth", Flag::Auth),
    ("consul-retry", Flag::RetryEnabled),
    ("consul-retry-attempts", Flag::RetryAttempts),
    ("consul-retry-backoff", Flag::RetryBackoff),
    ("consul-retry-max-backoff", Flag::RetryMaxBackoff),
    ("consul-ssl", Flag::Tls),
    ("consul-ssl-ca-cert", Flag::TlsCaFile),
    ("consul-ssl-ca-path", Flag::TlsCaPath),
    ("consul-ssl-cert", Flag::TlsCert),
    ("consul-ssl-key", Flag::TlsKey),
    ("consul-ssl-server-name", Flag::TlsServerName),
    ("consul-ssl-verify", Flag::TlsVerify),
    ("consul-token", Flag::Token),
    ("consul-token-file", Flag::TokenFile),
    ("consul-transport-dial-keep-alive", Flag::IgnoredValue),
    ("consul-transport-dial-timeout", Flag::IgnoredValue),
    ("consul-transport-disable-keep-alives", Flag::IgnoredSwitch),
    ("consul-transport-max-idle-conns-per-host", Flag::IgnoredValue),
    ("consul-transport-tls-handshake-timeout", Flag::IgnoredValue),
    ("dedup", Flag::IgnoredSwitch),
    ("dry", Flag::Dry),
    ("dump-signal", Flag::IgnoredValue),
    ("h", Flag::Help),
    ("help", Flag::Help),
    ("kill-signal", Flag::KillSignal),
    ("log-level", Flag::LogLevel),
    ("max-stale", Flag::MaxStale),
    ("once", Flag::Once),
    ("parse-only", Flag::ParseOnly),
    ("pid-file", Flag::PidFile),
    ("reload-signal", Flag::ReloadSignal),
    ("retry", Flag::RetryBackoff),
    ("ssl", Flag::Tls),
    ("ssl-ca-cert", Flag::TlsCaFile),
    ("ssl-ca-path", Flag::TlsCaPath),
    ("ssl-cert", Flag::TlsCert),
    ("ssl-key", Flag::TlsKey),
    ("ssl-server-name", Flag::TlsServerName),
    ("ssl-verify", Flag::TlsVerify),
    ("syslog", Flag::IgnoredSwitch),
    ("syslog-facility", Flag::IgnoredValue),
    ("syslog-name", Flag::IgnoredValue),
    ("template", Flag::Template),
    ("token", Flag::Token),
    ("v", Flag::Version),
    ("version", Flag::Version),
    ("wait", Flag::Wait),
];

/// Flags of the original that change what is rendered or run, so that
/// ignoring them would be a lie.
const UNSUPPORTED: &[&str] = &[
    "block-query-wait",
    "config",
    "consul-namespace",
    "default-left-delimiter",
    "default-right-delimiter",
    "err-on-failed-lookup",
    "template-error-fatal",
];
const UNSUPPORTED_FAMILIES: &[&str] = &["exec", "log-file", "log-rotate", "nomad", "vault"];

#[derive(Clone, Copy)]
enum Flag {
    Address,
    Auth,
    Dry,
    Help,
    IgnoredSwitch,
    IgnoredValue,
    KillSignal,
    LogLevel,
    MaxStale,
    Once,
    ParseOnly,
    PidFile,
    ReloadSignal,
    RetryAttempts,
    RetryBackoff,
    RetryEnabled,
    RetryMaxBackoff,
    Template,
    Tls,
    TlsCaFile,
    TlsCaPath,
    TlsCert,
    TlsKey,
    TlsServerName,
    TlsVerify,
    Token,
    TokenFile,
    Version,
    Wait,
}

/// The options as they come together.
struct Parser {
    options: Options,
    log_level: Option<String>,
    tls: Option<bool>,
    tls_implied: bool,
    version: bool,
}

/// Reads a command line, without the program's name.
///
/// `base` holds what the environment says about Consul (`CONSUL_HTTP_ADDR` and
/// its kind); flags win over it. `env` is asked for `CT_LOG`,
/// `CONSUL_TEMPLATE_LOG`, `CONSUL_TEMPLATE_LOG_LEVEL` and `CT_LOCAL_CONFIG`.
///
/// # Errors
/// [`UsageError`], with the status to end with.
pub fn parse(
    args: &[String],
    base: ConsulConfig,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Invocation, UsageError> {
    let mut parser = Parser::new(base);
    let mut words = Words::new(args);
    while let Some(word) = words.next_flag()? {
        let Some((_, flag)) = FLAGS.iter().find(|(name, _)| *name == word.name) else {
            return Err(unknown(word.name));
        };
        if matches!(flag, Flag::Help) {
            return Ok(Invocation::Help);
        }
        parser.take(*flag, &word, &mut words)?;
    }
    if !words.rest().is_empty() {
        return Err(UsageError::ExtraArguments(words.rest().to_vec()));
    }
    parser.finish(env)
}

fn unknown(name: &str) -> UsageError {
    let is_of =
        |family: &str| name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if UNSUPPORTED.contains(&name) || UNSUPPORTED_FAMILIES.iter().any(|family| is_of(family)) {
        return UsageError::Unsupported(name.to_owned());
    }
    let near = FLAGS
        .iter()
        .map(|(known, _)| (strsim::damerau_levenshtein(name, known), *known))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .map(|(_, known)| known);
    UsageError::Unknown { flag: name.to_owned(), near }
}

// === impl Parser ===

impl Parser {
    fn new(consul: ConsulConfig) -> Self {
        Self {
            options: Options {
                templates: Vec::new(),
                once: false,
                dry: false,
                parse_only: false,
                consul,
                retry: Retry::default(),
                wait: None,
                max_stale: Duration::from_secs(2),
                log_level: LogLevel::Warn,
                kill_signal: Some(Signal::Int),
                reload_signal: Some(Signal::Hup),
                pid_file: None,
                notes: Vec::new(),
            },
            log_level: None,
            tls: None,
            tls_implied: false,
            version: false,
        }
    }

    fn take<'a>(&mut self, flag: Flag, word: &Word<'a>, words: &mut Words<'a>) -> Result<(), UsageError> {
        let options = &mut self.options;
        let tls = &mut options.consul.tls;
        match flag {
            Flag::Help => {}
            Flag::Version => self.version = word.switch()?,
            Flag::Once => options.once = word.switch()?,
            Flag::Dry => options.dry = word.switch()?,
            Flag::ParseOnly => options.parse_only = word.switch()?,
            Flag::Template => {
                options.templates.push(value(word, words, |text| Ok(TemplateSpec::parse(text)?))?);
            }
            Flag::Address => set_address(&mut options.consul, words.value(word)?),
            Flag::Token => options.consul.token = secret(words.value(word)?),
            Flag::TokenFile => options.consul.token = token_file(words.value(word)?)?,
            Flag::Auth => options.consul.basic_auth = Some(value(word, words, basic_auth)?),
            Flag::Tls => self.tls = Some(word.switch()?),
            Flag::TlsVerify => {
                tls.verify = word.switch()?;
                self.tls_implied = true;
            }
            Flag::TlsCaFile => self.tls_implied |= set_path(&mut tls.ca_file, words.value(word)?),
            Flag::TlsCaPath => self.tls_implied |= set_path(&mut tls.ca_path, words.value(word)?),
            Flag::TlsCert => self.tls_implied |= set_path(&mut tls.client_cert, words.value(word)?),
            Flag::TlsKey => self.tls_implied |= set_path(&mut tls.client_key, words.value(word)?),
            Flag::TlsServerName => {
                let name = words.value(word)?;
                tls.server_name = (!name.is_empty()).then(|| name.to_owned());
                self.tls_implied |= !name.is_empty();
            }
            Flag::RetryEnabled => options.retry.enabled = word.switch()?,
            Flag::RetryAttempts => options.retry.attempts = value(word, words, attempts)?,
            Flag::RetryBackoff => options.retry.backoff = value(word, words, duration)?,
            Flag::RetryMaxBackoff => options.retry.max_backoff = value(word, words, duration)?,
            Flag::MaxStale => options.max_stale = value(word, words, duration)?,
            Flag::Wait => options.wait = Some(value(word, words, |text| Ok(Wait::parse(text)?))?),
            Flag::LogLevel => self.log_level = Some(words.value(word)?.to_owned()),
            Flag::KillSignal => options.kill_signal = value(word, words, signal)?,
            Flag::ReloadSignal => options.reload_signal = value(word, words, signal)?,
            Flag::PidFile => {
                set_path(&mut options.pid_file, words.value(word)?);
            }
            Flag::IgnoredSwitch => {
                word.switch()?;
                options.notes.push(format!("-{} has no effect here", word.name));
            }
            Flag::IgnoredValue => {
                words.value(word)?;
                options.notes.push(format!("-{} has no effect here", word.name));
            }
        }
        Ok(())
    }

    fn finish(mut self, env: impl Fn(&str) -> Option<String>) -> Result<Invocation, UsageError> {
        if self.version {
            return Ok(Invocation::Version);
        }
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        if env("CT_LOCAL_CONFIG").is_some() {
            return Err(UsageError::LocalConfig);
        }
        let level = self.log_level.or_else(|| {
            ["CT_LOG", "CONSUL_TEMPLATE_LOG", "CONSUL_TEMPLATE_LOG_LEVEL"].iter().find_map(|name| env(name))
        });
        if let Some(level) = level {
            self.options.log_level = log_level(&level)?;
        }
        match self.tls {
            Some(on) => self.options.consul.scheme = if on { Scheme::Https } else { Scheme::Http },
            None if self.tls_implied => self.options.consul.scheme = Scheme::Https,
            None => {}
        }
        Ok(Invocation::Run(Box::new(self.options)))
    }
}

// === impl Retry ===

impl Default for Retry {
    fn default() -> Self {
        Self {
            enabled: true,
            attempts: 12,
            backoff: Duration::from_millis(250),
            max_backoff: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// The pause before retry number `retry`, counted from 0; `None` when there is none left.
    #[must_use]
    pub fn pause(&self, retry: u32) -> Option<Duration> {
        if !self.enabled || (self.attempts > 0 && retry >= self.attempts) {
            return None;
        }
        let factor = 1_u32.checked_shl(retry).unwrap_or(u32::MAX);
        let pause = self.backoff.saturating_mul(factor);
        Some(if self.max_backoff.is_zero() { pause } else { pause.min(self.max_backoff.max(self.backoff)) })
    }
}

// === values ===

/// The value of a flag, as something else than text.
fn value<'a, T>(
    word: &Word<'a>,
    words: &mut Words<'a>,
    read: impl Fn(&str) -> Result<T, ValueError>,
) -> Result<T, UsageError> {
    let text = words.value(word)?;
    read(text).map_err(|reason| UsageError::Value {
        flag: word.name.to_owned(),
        value: text.to_owned(),
        reason,
    })
}

fn duration(text: &str) -> Result<Duration, ValueError> {
    Ok(parse_go_duration(text)?)
}

fn attempts(text: &str) -> Result<u32, ValueError> {
    // Below zero means the same as zero to the original: no limit.
    i64::from_str(text).map(|n| u32::try_from(n.max(0)).unwrap_or(u32::MAX)).map_err(|_| ValueError::Number)
}

fn signal(text: &str) -> Result<Option<Signal>, ValueError> {
    if text.is_empty() {
        return Ok(None);
    }
    Signal::from_name(text).map(Some).ok_or(ValueError::Signal)
}

fn basic_auth(text: &str) -> Result<Secret, ValueError> {
    match text.split_once(':') {
        _ if text.is_empty() => Err(ValueError::Auth),
        Some(_) => Ok(Secret::new(text.to_owned())),
        None => Ok(Secret::new(format!("{text}:"))),
    }
}

fn secret(text: &str) -> Option<Secret> {
    (!text.is_empty()).then(|| Secret::new(text.to_owned()))
}

fn token_file(path: &str) -> Result<Option<Secret>, UsageError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(secret(text.trim())),
        Err(error) => Err(UsageError::TokenFile { path: path.to_owned(), reason: error.to_string() }),
    }
}

fn set_path(place: &mut Option<PathBuf>, text: &str) -> bool {
    *place = (!text.is_empty()).then(|| PathBuf::from(text));
    place.is_some()
}

/// An address may carry its scheme; an empty one leaves what the environment said.
fn set_address(consul: &mut ConsulConfig, text: &str) {
    let address = match text.split_once("://") {
        Some(("http", rest)) => {
            consul.scheme = Scheme::Http;
            rest
        }
        Some(("https", rest)) => {
            consul.scheme = Scheme::Https;
            rest
        }
        _ => text,
    };
    let address = address.trim_end_matches('/');
    if address.starts_with(':') {
        // To Go an address without a host is this machine.
        consul.address = format!("127.0.0.1{address}");
    } else if !address.is_empty() {
        consul.address = address.to_owned();
    }
}

fn log_level(text: &str) -> Result<LogLevel, UsageError> {
    match text.to_ascii_uppercase().as_str() {
        "TRACE" | "DEBUG" => Ok(LogLevel::Debug),
        "INFO" => Ok(LogLevel::Info),
        "WARN" | "WARNING" => Ok(LogLevel::Warn),
        "ERR" | "ERROR" => Ok(LogLevel::Error),
        _ => Err(UsageError::LogLevel(text.to_owned())),
    }
}

#[cfg(test)]
mod tests;
