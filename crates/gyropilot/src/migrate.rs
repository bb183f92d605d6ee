//! `gyropilot migrate`: a v2 configuration in the form of jobs.

use crate::{offline, printer};
use gyropilot_config::migrate;
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
    let migrated = offline::look(old, environment, |document, host| migrate(document, application, host));
    let Some(migration) = migrated else { return 1 };
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
        Err(error) => {
            printer::talk(format_args!("error: {error}"));
            1
        }
    }
}
