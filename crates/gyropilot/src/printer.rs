//! The only place that prints.
//!
//! Standard output is data, standard error is talk. Inside the pilot's loop the
//! kernel room's sink is used instead, which never blocks.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this file is for")]

use crate::table::Paper;
use gyropilot_model::{LogLevel, Logging, Time};
use gyropilot_telemetry::{Description, Log, Text};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::SystemTime;

/// Writes data to standard output, bytes as they are, and gives the exit
/// status: 0, or 1 with a word on standard error when it could not be written.
pub(crate) fn data(bytes: impl AsRef<[u8]>) -> u8 {
    stream(bytes).unwrap_or(0)
}

/// The same for one who has more to say: the exit status when nobody listens any more.
pub(crate) fn stream(bytes: impl AsRef<[u8]>) -> Option<u8> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes.as_ref()).and_then(|()| out.flush()) {
        Ok(()) => None,
        // Whoever read it has seen enough, as `head` has.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Some(0),
        Err(error) => {
            talk(format_args!("cannot write to standard output: {error}"));
            Some(1)
        }
    }
}

/// Writes a JSON document, as [`data`] does.
pub(crate) fn document(told: &impl serde::Serialize) -> u8 {
    // What these documents are made of always has a JSON form.
    data(serde_json::to_string_pretty(told).unwrap_or_default() + "\n")
}

/// Is standard output a terminal?
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Says a line to whoever watches.
pub(crate) fn talk(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// May standard error be coloured?
pub(crate) fn may_colour(environment: &BTreeMap<String, String>) -> bool {
    likes_colour(environment) && std::io::stderr().is_terminal()
}

/// What standard output is.
pub(crate) fn paper(environment: &BTreeMap<String, String>) -> Paper {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return Paper::default();
    }
    // A terminal of unknown size says 0.
    let width = rustix::termios::tcgetwinsize(&out).ok().map(|size| usize::from(size.ws_col));
    Paper { colour: likes_colour(environment), width: width.filter(|width| *width > 0) }
}

fn likes_colour(environment: &BTreeMap<String, String>) -> bool {
    let refused = environment.get("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && environment.get("TERM").is_none_or(|term| term != "dumb")
}

/// Something of the highest importance, outside the life of a pilot.
pub(crate) fn fatal(reason: &str) -> Description {
    plain(LogLevel::Fatal, reason)
}

/// A line of talk with the time before it, its line end included.
pub(crate) fn stamped(message: &str, wall: SystemTime) -> String {
    let log = Log::new(Logging::default(), false);
    log.line(&plain(LogLevel::Fatal, message), wall, Time::ZERO).unwrap_or_default()
}

/// A message that is no event of a pilot's life.
fn plain(level: LogLevel, message: &str) -> Description {
    Description {
        event: "message",
        level,
        message: message.to_owned(),
        fields: Vec::new(),
        text: Text::Report,
        updates: Vec::new(),
    }
}
