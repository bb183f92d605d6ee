//! What the pilot was told on its command line, turned into a plan.

use gyropilot_config::{Host, Source, exported_variables, load, render_arguments};
use gyropilot_kernel::{addresses, hostname, is_pid1};
use gyropilot_model::{Command, Plan};
use std::collections::BTreeMap;

/// The command line and environment of the pilot, kept for reloads.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Where the configuration is.
    pub(crate) source: Source,
    /// The application and its arguments, before templates are applied.
    pub(crate) arguments: Vec<String>,
    /// The pilot's own environment, with `CONTAINERPILOT_PID` in it.
    pub(crate) environment: BTreeMap<String, String>,
}

/// What comes of a setting.
pub(super) struct Start {
    pub(super) plan: Plan,
    /// None when no arguments were given.
    pub(super) application: Option<Command>,
    /// To be said once there is a log.
    pub(super) warnings: Vec<String>,
}

// === impl Setting ===

impl Setting {
    /// Reads and checks the configuration; adds what it exports to `environment`.
    ///
    /// # Errors
    /// The whole report, for people.
    pub(super) fn start(&self, environment: &mut BTreeMap<String, String>) -> Result<Start, String> {
        let document = self.source.read().map_err(|error| error.to_string())?;
        let addresses = addresses().map_err(|error| format!("cannot list network addresses: {error}"))?;
        let host = Host { hostname: &hostname(), addresses: &addresses, env: environment, elsewhere: false };
        let loaded = load(&document, &host).map_err(|report| report.to_string())?;
        let mut warnings: Vec<String> = loaded.warnings.lines().collect();
        environment.extend(exported_variables(&loaded.plan));
        let words = render_arguments(&self.arguments, environment).unwrap_or_else(|error| {
            warnings.push(error.to_string());
            self.arguments.clone()
        });
        Ok(Start { plan: loaded.plan, application: Command::from_words(words).ok(), warnings })
    }

    /// Is the exit status to be hidden, as the original did by accident?
    pub(super) fn always_zero(plan: &Plan) -> bool {
        is_pid1() && plan.compat.exit_zero_as_pid1
    }
}
