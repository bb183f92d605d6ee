//! Marathon. JSON has no comments: what is to be said stands in labels.

use super::{Sheet, quoted};
use std::fmt::Write as _;

/// An application definition.
pub(super) fn write(sheet: &Sheet<'_>) -> String {
    let (contract, wishes, name) = (sheet.contract, sheet.wishes, sheet.name);
    let mut text = format!(
        "{{\n  \"id\": {},\n  \"instances\": {},\n  \"cpus\": 0.5,\n  \"mem\": 256,\n",
        quoted(&format!("/{name}")),
        wishes.replicas
    );
    let pilot = contract.telemetry.map(|port| ("pilot", port));
    let ports = contract.ports.iter().map(|port| (port.name.as_str(), port.number)).chain(pilot);
    let mappings: Vec<String> = ports
        .map(|(name, port)| {
            format!("      {{ \"containerPort\": {port}, \"hostPort\": 0, \"name\": {} }}", quoted(name))
        })
        .collect();
    let _ = writeln!(
        text,
        "  \"networks\": [{{ \"mode\": \"container\", \"name\": \"CHANGE-ME\" }}],\n  \"container\": {{\n    \"type\": \
         \"DOCKER\",\n    \"docker\": {{\n      \"image\": {},\n      \"parameters\": [\n        {{ \"key\": \"read-only\", \
         \"value\": \"true\" }},\n        {{ \"key\": \"tmpfs\", \"value\": \"/run\" }}\n      ]\n    }},\n    \
         \"portMappings\": [\n{}\n    ]\n  }},",
        quoted(&wishes.image),
        mappings.join(",\n")
    );
    let mut variables = vec![("CONTAINERPILOT", wishes.config.clone())];
    variables.extend(sheet.variables());
    let members: Vec<String> =
        variables.iter().map(|(name, value)| format!("    {}: {}", quoted(name), quoted(value))).collect();
    let _ = writeln!(text, "  \"env\": {{\n{}\n  }},", members.join(",\n"));
    if let Some(telemetry) = contract.telemetry {
        // MESOS_HTTP is asked by the executor, inside the container's network.
        let _ = writeln!(
            text,
            "  \"healthChecks\": [{{\n    \"protocol\": \"MESOS_HTTP\",\n    \"path\": \"/livez\",\n    \"port\": \
             {telemetry},\n    \"gracePeriodSeconds\": 60,\n    \"intervalSeconds\": 10,\n    \"timeoutSeconds\": 3,\n    \
             \"maxConsecutiveFailures\": 3\n  }}],\n  \"readinessChecks\": [{{\n    \"name\": \"ready\",\n    \"protocol\": \
             \"HTTP\",\n    \"path\": \"/readyz\",\n    \"portName\": \"pilot\",\n    \"intervalSeconds\": 2,\n    \
             \"timeoutSeconds\": 2,\n    \"httpStatusCodesForReady\": [200]\n  }}],"
        );
    }
    let _ = writeln!(
        text,
        "  \"taskKillGracePeriodSeconds\": {},\n  \"upgradeStrategy\": {{ \"minimumHealthCapacity\": 1, \
         \"maximumOverCapacity\": 0.5 }},\n  \"labels\": {{\n    \"grace\": {}\n  }}\n}}",
        contract.grace(),
        quoted(&sheet.grace())
    );
    text
}
