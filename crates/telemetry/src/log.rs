//! Log lines in the formats of ContainerPilot 2 and 3.

use crate::Description;
use crate::describe::Text;
use gyropilot_model::{LogFormat, LogLevel, Logging, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::SystemTime;

/// Makes log lines.
#[derive(Clone, Debug)]
pub struct Log {
    logging: Logging,
    terminal: bool,
    zone: TimeZone,
    /// The generation of jobs: what the host is called.
    instance: Option<String>,
}

/// Where zones are kept by name.
const ZONES: &str = "/usr/share/zoneinfo";

/// The machine's zone, by `TZ` or else `/etc/localtime`, as tzset(3) has it; UTC
/// when neither can be read.
///
/// jiff's own search also finds the zone's name, for which it may have to walk
/// the whole folder of zones: half a millisecond before the application starts.
fn system_zone() -> TimeZone {
    let read = |path: &Path| TimeZone::tzif("", &std::fs::read(path).ok()?).ok();
    let found = match std::env::var("TZ") {
        Ok(text) if text.is_empty() => None,
        Ok(text) => {
            let text = text.strip_prefix(':').unwrap_or(&text);
            // An absolute path replaces the folder.
            read(&Path::new(ZONES).join(text)).or_else(|| TimeZone::posix(text).ok())
        }
        Err(_) => read(Path::new("/etc/localtime")),
    };
    found.unwrap_or(TimeZone::UTC)
}

// === impl Log ===

impl Log {
    /// Lines as `logging` wants them, with times in the machine's zone (UTC when that
    /// is not known). `terminal` says whether somebody looks on, for the text format.
    #[must_use]
    pub fn new(logging: Logging, terminal: bool) -> Self {
        Self::in_zone(logging, terminal, system_zone())
    }

    /// The same with times in `zone`.
    #[must_use]
    pub const fn in_zone(logging: Logging, terminal: bool, zone: TimeZone) -> Self {
        Self { logging, terminal, zone, instance: None }
    }

    /// The same in the manner of the jobs generation: in JSON, times have
    /// nanoseconds as ContainerPilot 3 had them, and a field `instance`, which it
    /// did not have, names the host.
    #[must_use]
    pub fn of_jobs(mut self, instance: String) -> Self {
        self.instance = Some(instance);
        self
    }

    /// Is a message of this level written?
    #[must_use]
    pub fn is_written(&self, level: LogLevel) -> bool {
        level >= self.logging.level
    }

    /// The line for an event at this moment, with its line end; `None` when its level
    /// is not written. A report in the default format is several lines.
    #[must_use]
    pub fn line(&self, description: &Description, wall: SystemTime, now: Time) -> Option<String> {
        if !self.is_written(description.level) {
            return None;
        }
        // A clock set to a year that the calendar does not have.
        let wall = Timestamp::try_from(wall).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone());
        let mut line = match self.logging.format {
            LogFormat::Default => {
                format!("{} {}", wall.strftime("%Y/%m/%d %H:%M:%S"), shown(description))
            }
            LogFormat::Stamped => stamped(description, &wall),
            LogFormat::Text if self.terminal => coloured(description, now),
            LogFormat::Text => key_values(description, &wall),
            LogFormat::Json => json(description, &wall, self.instance.as_deref()),
        };
        line.push('\n');
        Some(line)
    }
}

/// As ContainerPilot 3 writes by default: with job and process id before what a
/// job wrote, and before nothing else.
fn stamped(description: &Description, wall: &Zoned) -> String {
    let field = |wanted: &str| {
        description.fields.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str())
    };
    let mut line = rfc3339_nano(wall);
    if description.text == Text::Output
        && let (Some(job), Some(pid)) = (field("job"), field("pid"))
    {
        // Writing to a string does not fail.
        let _ = write!(line, " {job} {pid}");
    }
    line.push(' ');
    line.push_str(&shown(description));
    line
}

/// RFC 3339 with as many digits of the second as it takes, as Go writes it.
fn rfc3339_nano(wall: &Zoned) -> String {
    if wall.offset().is_zero() {
        wall.strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
    } else {
        wall.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
    }
}

/// RFC 3339 with whole seconds, as Go writes it.
fn rfc3339(wall: &Zoned) -> String {
    if wall.offset().is_zero() {
        wall.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    } else {
        wall.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// The message without the line ends that a report brings along: the line gets one.
fn message(description: &Description) -> &str {
    match description.text {
        Text::Report => description.message.trim_end(),
        Text::Line | Text::Output => &description.message,
    }
}

/// The message as a person sees it. Characters that would end the line, or move the
/// cursor of a terminal, are written as escapes, unless the text may hold them.
fn shown(description: &Description) -> String {
    let keeps = |character: char| match description.text {
        Text::Line => false,
        Text::Report => character == '\n' || character == '\t',
        Text::Output => character == '\t' || character == '\x1b',
    };
    let message = message(description);
    let mut shown = String::with_capacity(message.len());
    for character in message.chars() {
        if is_odd(character) && !keeps(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, and the two separators that some readers take for line ends.
fn is_odd(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// As logrus writes to a terminal.
fn coloured(description: &Description, now: Time) -> String {
    let (colour, word) = match description.level {
        LogLevel::Debug => (37, "DEBU"),
        LogLevel::Info => (34, "INFO"),
        LogLevel::Warn => (33, "WARN"),
        LogLevel::Error => (31, "ERRO"),
        LogLevel::Fatal => (31, "FATA"),
        LogLevel::Panic => (31, "PANI"),
    };
    let seconds = now.since_start().as_secs();
    let mut line = format!("\x1b[{colour}m{word}\x1b[0m[{seconds:04}] {:<44} ", shown(description));
    for (key, value) in sorted(description) {
        // Writing to a string does not fail.
        let _ = write!(line, " \x1b[{colour}m{key}\x1b[0m={}", quoted(value));
    }
    line
}

/// As logrus writes elsewhere, except that quotes inside the message are escaped,
/// without which the line cannot be read back.
fn key_values(description: &Description, wall: &Zoned) -> String {
    let level = description.level.as_str();
    let mut line =
        format!("time={} level={level} msg={}", quoted(&rfc3339(wall)), quoted(message(description)));
    for (key, value) in sorted(description) {
        let _ = write!(line, " {key}={}", quoted(value));
    }
    line
}

fn json(description: &Description, wall: &Zoned, instance: Option<&str>) -> String {
    let own = [
        ("level", description.level.as_str().to_owned()),
        ("msg", message(description).to_owned()),
        ("time", if instance.is_some() { rfc3339_nano(wall) } else { rfc3339(wall) }),
    ];
    let instance = instance.map(|name| ("instance", name.to_owned()));
    let fields = own.into_iter().chain(instance).chain(description.fields.iter().cloned());
    // The process id is a number, as it is in the original.
    let value = |key: &str, value: String| match (key, value.parse::<u32>()) {
        ("pid", Ok(pid)) => pid.into(),
        _ => serde_json::Value::String(value),
    };
    let object: serde_json::Map<String, serde_json::Value> =
        fields.map(|(key, text)| (key.to_owned(), value(key, text))).collect();
    let line = serde_json::Value::Object(object).to_string();
    if !line.contains(is_odd) {
        return line;
    }
    // Valid as they are, but for some readers of logs the line would end here.
    let escape = |character: char| match character {
        odd if is_odd(odd) => format!("\\u{:04x}", u32::from(odd)),
        other => other.to_string(),
    };
    line.chars().map(escape).collect()
}

fn sorted(description: &Description) -> BTreeMap<&str, &str> {
    description.fields.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

/// A value as it is, or in quotes where it holds anything but letters, digits,
/// dashes and points.
fn quoted(value: &str) -> String {
    if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.') {
        return value.to_owned();
    }
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if is_odd(other) => {
                let code = u32::from(other);
                let _ = if code < 0x80 {
                    write!(quoted, "\\x{code:02x}")
                } else {
                    write!(quoted, "\\u{code:04x}")
                };
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe;
    use gyropilot_model::{Event, LogOutput, Role};
    use std::time::Duration;

    const NOW: Time = Time::from_start(Duration::from_millis(12_700));

    fn log(format: LogFormat, terminal: bool) -> Log {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        Log::in_zone(Logging { level: LogLevel::Info, format, output: LogOutput::Stdout }, terminal, zone)
    }

    fn line(log: &Log, event: &Event) -> Option<String> {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_millis(1_467_590_400_900);
        log.line(&describe(event), wall, NOW)
    }

    fn output(text: &str) -> Event {
        let role = Role::Health { service: "web app".into(), id: "web-1".into() };
        Event::Output { role, pid: 17, line: text.into() }
    }

    #[test]
    fn the_formats_of_the_original() {
        let event = output("all \"good\"\tnow");
        assert_eq!(
            line(&log(LogFormat::Default, false), &event).unwrap(),
            "2016/07/04 02:00:00 all \"good\"\tnow\n"
        );
        assert_eq!(
            line(&log(LogFormat::Text, false), &event).unwrap(),
            "time=\"2016-07-04T02:00:00+02:00\" level=info msg=\"all \\\"good\\\"\\tnow\" process=health \
             serviceID=web-1 serviceName=\"web app\"\n"
        );
        assert_eq!(
            line(&log(LogFormat::Text, true), &output("good")).unwrap(),
            "\x1b[34mINFO\x1b[0m[0012] good                                          \
             \x1b[34mprocess\x1b[0m=health \x1b[34mserviceID\x1b[0m=web-1 \
             \x1b[34mserviceName\x1b[0m=\"web app\"\n"
        );
        assert_eq!(
            line(&log(LogFormat::Json, false), &event).unwrap(),
            "{\"level\":\"info\",\"msg\":\"all \\\"good\\\"\\tnow\",\"process\":\"health\",\
             \"serviceID\":\"web-1\",\"serviceName\":\"web app\",\"time\":\"2016-07-04T02:00:00+02:00\"}\n"
        );
    }

    #[test]
    fn in_utc_the_offset_is_a_letter() {
        let logging = Logging { format: LogFormat::Json, ..Logging::default() };
        let utc = Log::in_zone(logging, false, TimeZone::UTC);
        assert!(line(&utc, &output("x")).unwrap().contains("\"time\":\"2016-07-04T00:00:00Z\""));
    }

    /// A line of a log at this time of a second, in UTC.
    fn at(nanoseconds: u64, format: LogFormat, event: &Event) -> String {
        let logging = Logging { format, ..Logging::default() };
        let log = Log::in_zone(logging, false, TimeZone::UTC).of_jobs("h1".to_owned());
        let wall =
            SystemTime::UNIX_EPOCH + Duration::new(1_795_341_445, 0) + Duration::from_nanos(nanoseconds);
        log.line(&describe(event), wall, NOW).unwrap()
    }

    #[test]
    fn the_formats_of_version_3() {
        let job = Event::Output { role: Role::Job { name: "j".into() }, pid: 6097, line: "out".into() };
        let check = Event::Output { role: Role::Check { job: "j".into() }, pid: 6098, line: "ok".into() };
        let own = Event::JobReady { job: "j".into(), after: Duration::from_millis(3) };
        assert_eq!(at(702_957_575, LogFormat::Stamped, &job), "2026-11-22T09:57:25.702957575Z j 6097 out\n");
        assert_eq!(at(702_957_575, LogFormat::Stamped, &check), "2026-11-22T09:57:25.702957575Z ok\n");
        assert_eq!(
            at(700_000_000, LogFormat::Stamped, &own),
            "2026-11-22T09:57:25.7Z job j is ready after 3ms\n"
        );
        assert!(at(0, LogFormat::Stamped, &own).starts_with("2026-11-22T09:57:25Z "));
        assert_eq!(
            line(&log(LogFormat::Stamped, false), &job).unwrap(),
            "2016-07-04T02:00:00.9+02:00 j 6097 out\n"
        );
        assert_eq!(
            at(719_772_464, LogFormat::Json, &job),
            "{\"instance\":\"h1\",\"job\":\"j\",\"level\":\"info\",\"msg\":\"out\",\"pid\":6097,\
             \"time\":\"2026-11-22T09:57:25.719772464Z\"}\n"
        );
        assert_eq!(
            at(0, LogFormat::Json, &check),
            "{\"check\":\"check.j\",\"instance\":\"h1\",\"level\":\"info\",\"msg\":\"ok\",\"pid\":6098,\
             \"time\":\"2026-11-22T09:57:25Z\"}\n"
        );
        assert_eq!(
            at(0, LogFormat::Text, &job),
            "time=\"2026-11-22T09:57:25Z\" level=info msg=out job=j pid=6097\n"
        );
    }

    #[test]
    fn one_event_is_one_line_whatever_is_in_it() {
        let evil = "a\nb\r\u{2028}c\x1b[2J\u{85}";
        let foreign = Event::CatalogUnavailable { request: "GET /".into(), reason: evil.into() };
        for (format, terminal) in [
            (LogFormat::Default, false),
            (LogFormat::Stamped, false),
            (LogFormat::Text, false),
            (LogFormat::Text, true),
            (LogFormat::Json, false),
        ] {
            for event in [&foreign, &output(evil)] {
                let line = line(&log(format, terminal), event).unwrap();
                let inner = line.strip_suffix('\n').unwrap();
                assert!(!inner.contains(['\n', '\r', '\u{85}']), "{line:?}");
            }
            let line = line(&log(format, terminal), &foreign).unwrap();
            assert!(!line.contains("\x1b[2J"), "{line:?}");
        }
    }

    #[test]
    fn colours_of_a_child_stay_and_reports_keep_their_lines() {
        let default = log(LogFormat::Default, false);
        let coloured = "\x1b[32mok\x1b[0m";
        assert!(line(&default, &output(coloured)).unwrap().ends_with(&format!("{coloured}\n")));
        let report = Event::ReloadRefused { reason: "no\n  1: {\n     ^\n\n".into() };
        assert_eq!(
            line(&default, &report).unwrap(),
            "2016/07/04 02:00:00 Error initializing config: no\n  1: {\n     ^\n"
        );
        assert_eq!(line(&log(LogFormat::Json, false), &report).unwrap().lines().count(), 1);
    }

    #[test]
    fn levels_filter() {
        let mut quiet = log(LogFormat::Default, false);
        assert_eq!(line(&quiet, &Event::ProcessStarted { role: Role::App, pid: 7 }), None);
        quiet.logging.level = LogLevel::Warn;
        assert_eq!(line(&quiet, &output("x")), None);
        assert!(line(&quiet, &Event::RestartsUsedUp { role: Role::App }).is_some());
        quiet.logging.level = LogLevel::Fatal;
        assert_eq!(line(&quiet, &Event::ReloadRefused { reason: "x".into() }), None);
    }
}
