//! `logging`: how the pilot's own messages look.

use super::item::one_of;
use crate::decode::{Fields, Shape, Stranger};
use crate::finding::Findings;
use gyropilot_model::{LogFormat, LogLevel, LogOutput, Logging};

pub(super) const SHAPE: Shape = Shape {
    what: "`logging`",
    keys: &["level", "format", "output"],
    strangers: &[Stranger::new(
        "raw",
        "belongs to a v3 job; the output of the application is never wrapped in v2",
    )],
    exact: false,
};

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
pub(super) fn logging(fields: &Fields<'_>, findings: &mut Findings) -> Logging {
    let mut logging = Logging::default();
    let Some(fields) = fields.get("logging").and_then(|node| Fields::open(node, "logging", &SHAPE, findings))
    else {
        return logging;
    };
    if let Some(node) = fields.get("level") {
        let message = |word: &str| format!("Unknown log level '{word}'");
        logging.level = one_of(node, "logging.level", &LEVELS, message, findings).unwrap_or_default();
    }
    if let Some(node) = fields.get("format") {
        let message = |word: &str| format!("Unknown log format '{word}'");
        logging.format = one_of(node, "logging.format", &FORMATS, message, findings).unwrap_or_default();
    }
    if let Some(node) = fields.get("output") {
        let message = |word: &str| format!("Unknown output type '{word}'");
        logging.output = one_of(node, "logging.output", &OUTPUTS, message, findings).unwrap_or_default();
    }
    logging
}
