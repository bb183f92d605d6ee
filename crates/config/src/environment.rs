//! What the environment learns from a configuration.

use gyropilot_model::Plan;
use std::collections::BTreeMap;

/// `CONTAINERPILOT_<SERVICE>_IP` for each service of `plan`, that of telemetry included.
///
/// The name is upper-cased and `-` becomes `_`; nothing else is mapped.
#[must_use]
pub fn exported_variables(plan: &Plan) -> BTreeMap<String, String> {
    plan.services
        .iter()
        .map(|service| {
            let name = service.name.to_uppercase().replace('-', "_");
            (format!("CONTAINERPILOT_{name}_IP"), service.address.to_string())
        })
        .collect()
}
