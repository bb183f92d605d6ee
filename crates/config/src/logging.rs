//! `logging`: how the pilot's own messages look.

use crate::decode::{Fields, one_of, text};
use crate::finding::Findings;
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{LogFormat, LogLevel, LogOutput, Logging};

const LEVEL: Key = Key::new(
    "level",
    Kind::Words(&["DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "PANIC"]),
    "INFO",
    "messages below this are not written; any case",
);
const FORMATS_OF_A_LINE: Kind = Kind::Words(&["default", "text", "json"]);

pub(crate) const HOOKS: Shape = Shape::new(
    "logging",
    Form::Hooks,
    "`logging`",
    &[
        LEVEL,
        Key::new("format", FORMATS_OF_A_LINE, "default", "the shape of a line; any case"),
        Key::new("output", Kind::Words(&["stdout", "stderr"]), "stdout", "where lines go; any case"),
    ],
    &[Stranger::new("raw", "belongs to a v3 job; the output of the application is never wrapped in v2")],
);

pub(crate) const JOBS: Shape = Shape::new(
    "logging",
    Form::Jobs,
    "`logging`",
    &[
        LEVEL,
        Key::new("format", FORMATS_OF_A_LINE, "default", "the shape of a line; any case"),
        Key::new("output", Kind::Text, "stdout", "`stdout`, `stderr`, or the path of a file"),
    ],
    &[Stranger::new("raw", "belongs into the `logging` of a job or of its `health`")],
);

const LEVELS: [(&str, LogLevel); 7] = [
    ("DEBUG", LogLevel::Debug),
    ("INFO", LogLevel::Info),
    ("WARN", LogLevel::Warn),
    ("WARNING", LogLevel::Warn),
    ("ERROR", LogLevel::Error),
    ("FATAL", LogLevel::Fatal),
    ("PANIC", LogLevel::Panic),
];

const FORMATS: [(&str, LogFormat); 3] =
    [("default", LogFormat::Default), ("text", LogFormat::Text), ("json", LogFormat::Json)];

const OUTPUTS: [(&str, LogOutput); 2] = [("stdout", LogOutput::Stdout), ("stderr", LogOutput::Stderr)];

/// The `logging` object, or the defaults.
pub(crate) fn logging(fields: &Fields<'_>, shape: &Shape, findings: &mut Findings) -> Logging {
    let mut logging = Logging::default();
    if let Some(fields) =
        fields.get("logging").and_then(|node| Fields::open(node, "logging", shape, findings))
    {
        if let Some(node) = fields.get("level") {
            let message = |word: &str| format!("Unknown log level '{word}'");
            logging.level = one_of(node, "logging.level", &LEVELS, message, findings).unwrap_or_default();
        }
        if let Some(node) = fields.get("format") {
            let message = |word: &str| format!("Unknown log format '{word}'");
            logging.format = one_of(node, "logging.format", &FORMATS, message, findings).unwrap_or_default();
        }
        logging.output = output(&fields, shape.form, findings).unwrap_or_default();
    }
    if shape.form == Form::Jobs && logging.format == LogFormat::Default {
        logging.format = LogFormat::Stamped;
    }
    logging
}

/// With jobs, whatever is no word is a path.
fn output(fields: &Fields<'_>, form: Form, findings: &mut Findings) -> Option<LogOutput> {
    let node = fields.get("output")?;
    if form != Form::Jobs {
        let message = |word: &str| format!("Unknown output type '{word}'");
        return one_of(node, "logging.output", &OUTPUTS, message, findings);
    }
    let written = text(node, "logging.output", findings)?;
    let word = OUTPUTS.iter().find(|(word, _)| word.eq_ignore_ascii_case(&written));
    match word {
        Some((_, output)) => Some(output.clone()),
        None if written.is_empty() => None,
        None => Some(LogOutput::File(written.into())),
    }
}
