//! Looking at a configuration of another host than this one.

use crate::printer;
use gyropilot_config::{Document, Host, Report, Source, Style, load};
use gyropilot_kernel::{addresses, hostname};
use gyropilot_model::Plan;
use std::collections::BTreeMap;
use std::path::Path;

/// How findings are shown on this terminal.
pub(crate) fn style(environment: &BTreeMap<String, String>) -> Style {
    if printer::may_colour(environment) { Style::Coloured } else { Style::Plain }
}

/// What `look` makes of a file; `None` when there is nothing to be made of it, which has been said.
pub(crate) fn look<T>(
    file: &Path,
    environment: &BTreeMap<String, String>,
    look: impl FnOnce(&Document, &Host<'_>) -> Result<T, Report>,
) -> Option<T> {
    let document = match Source::from_argument(file).read() {
        Ok(document) => document,
        Err(error) => {
            printer::talk(format_args!("error: {error}"));
            return None;
        }
    };
    let addresses = addresses().unwrap_or_default();
    // A laptop or a build machine has other interfaces than the container will have.
    let host = Host { hostname: &hostname(), addresses: &addresses, env: environment, elsewhere: true };
    match look(&document, &host) {
        Ok(seen) => Some(seen),
        Err(report) => {
            printer::talk(report.render(style(environment)).trim_end());
            None
        }
    }
}

/// The plan of a file.
pub(crate) fn plan(file: &Path, environment: &BTreeMap<String, String>) -> Option<Plan> {
    look(file, environment, |document, host| load(document, host).map(|loaded| loaded.plan))
}
