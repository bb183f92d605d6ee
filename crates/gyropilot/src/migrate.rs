//! `gyropilot migrate`: a v2 configuration in the form of jobs.

use crate::printer;
use gyropilot_config::{Host, Source, Style, migrate};
use gyropilot_kernel::{addresses, hostname};
use gyropilot_render::{ReplaceOptions, replace};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes the new form of the file `old` to `out`, or to standard output for `-`, and gives the exit status.
pub(crate) fn run(
    old: &Path,
    out: &Path,
    application: &[String],
    environment: &BTreeMap<String, String>,
) -> u8 {
    let style = if printer::may_colour(environment) { Style::Coloured } else { Style::Plain };
    let document = match Source::from_argument(old).read() {
        Ok(document) => document,
        Err(error) => return failed(&error),
    };
    let addresses = addresses().unwrap_or_default();
    let host = Host { hostname: &hostname(), addresses: &addresses, env: environment, elsewhere: true };
    let migration = match migrate(&document, application, &host) {
        Ok(migration) => migration,
        Err(report) => {
            printer::talk(report.render(style).trim_end());
            return 1;
        }
    };
    for note in &migration.notes {
        printer::talk(format_args!("note: {note}"));
    }
    for lost in &migration.lost {
        printer::talk(format_args!("not carried over: {lost}"));
    }
    if out.as_os_str() == "-" {
        return printer::data(migration.text);
    }
    let options = ReplaceOptions { create_folders: false, plainly: true, ..ReplaceOptions::default() };
    match replace(out, migration.text.as_bytes(), &options) {
        Ok(_) => 0,
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::fmt::Display) -> u8 {
    printer::talk(format_args!("error: {error}"));
    1
}
