//! `gyropilot check`: is this configuration valid?

use crate::printer;
use gyropilot_config::{Host, Source, Style, load};
use gyropilot_kernel::{addresses, hostname};
use std::collections::BTreeMap;
use std::path::Path;

/// Checks a file without running anything and gives the exit status.
pub(crate) fn run(file: &Path, environment: &BTreeMap<String, String>) -> u8 {
    let style = if printer::may_colour(environment) { Style::Coloured } else { Style::Plain };
    let name = file.display().to_string();
    let document = match Source::from_argument(file).read() {
        Ok(document) => document,
        Err(error) => {
            printer::talk(format_args!("error: {error}"));
            return 1;
        }
    };
    let addresses = addresses().unwrap_or_default();
    // A laptop or a build machine has other interfaces than the container will have.
    let host = Host { hostname: &hostname(), addresses: &addresses, env: environment, elsewhere: true };
    match load(&document, &host) {
        Ok(loaded) => {
            let warnings = loaded.warnings.render(style);
            if !warnings.is_empty() {
                printer::talk(warnings.trim_end());
            }
            printer::data(format!("{name} is valid\n"))
        }
        Err(report) => {
            printer::talk(report.render(style).trim_end());
            1
        }
    }
}
