//! Going over to a configuration that was read again.

use super::Pilot;
use super::setting::Start;
use gyropilot_config::exported_variables;
use gyropilot_model::Plan;

// === impl Pilot: reload ===

impl Pilot {
    /// Reads the configuration again. Whatever can fail is tried before
    /// anything is changed.
    pub(super) async fn reload(&mut self) -> Result<Plan, String> {
        let mut environment = self.environment.clone();
        for name in exported_variables(self.engine.plan()).keys() {
            match self.setting.environment.get(name) {
                Some(inherited) => environment.insert(name.clone(), inherited.clone()),
                None => environment.remove(name),
            };
        }
        let Start { plan, warnings, .. } = self.setting.start(&mut environment)?;
        if plan.jobs().is_some() != self.engine.plan().jobs().is_some() {
            return Err("the form of the configuration cannot be changed by a reload; start anew".to_owned());
        }
        let mut secrets = self.secrets.clone();
        if let Some(jobs) = plan.jobs() {
            secrets.load(&jobs.secrets).map_err(|error| error.to_string())?;
        }
        let moved = match (&plan.telemetry, &self.listener) {
            (Some(telemetry), Some(listener)) if listener.is_at(telemetry) => None,
            (Some(telemetry), _) => {
                let glances = self.glances.clone();
                Some(Some(self.reporter.serve(&plan, telemetry, glances).await?))
            }
            (None, _) => Some(None),
        };
        let client = self.catalogue.prepare(&plan)?;
        let socket = self.operators.prepare(&plan).await?;
        self.reporter.adopt(&plan, &secrets, &environment)?;
        if let Some(told) = self.operators.go_over(socket) {
            self.reporter.say(&told);
        }
        self.secrets = secrets;
        self.catalogue.go_over(&plan, client);
        if let Some(listener) = moved {
            self.listener = listener;
        }
        if let (Some(telemetry), Some(listener)) = (&plan.telemetry, &self.listener) {
            listener.serve_at(telemetry);
        }
        self.environment = environment;
        self.reporter.loaded(&plan, warnings);
        Ok(plan)
    }
}
