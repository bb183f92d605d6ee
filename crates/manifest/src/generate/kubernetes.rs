//! Kubernetes.

use super::{CATALOGUE, Sheet, quoted};
use std::fmt::Write as _;

/// A Deployment, and one of the embedded catalogue where it is needed.
pub(super) fn write(sheet: &Sheet<'_>) -> String {
    let (contract, wishes, name) = (sheet.contract, sheet.wishes, sheet.name);
    let mut text = format!("# kubectl apply -f FILE\n{}", head(name, wishes.replicas));
    let _ = writeln!(
        text,
        "  # The next one is ready before an old one leaves.\n  strategy: {{ type: RollingUpdate, rollingUpdate: {{ \
         maxUnavailable: 0, maxSurge: 1 }} }}\n  minReadySeconds: 5\n{}      # {}. Neither a preStop hook nor a sleep is \
         needed.\n      terminationGracePeriodSeconds: {}\n      containers:\n        - name: {name}\n          image: {}",
        template(name),
        sentence(&sheet.grace()),
        contract.grace(),
        quoted(&wishes.image)
    );
    let _ = writeln!(
        text,
        "          env:\n            - {{ name: CONTAINERPILOT, value: {} }}",
        quoted(&wishes.config)
    );
    for (variable, value) in sheet.variables() {
        let _ = writeln!(text, "            - {{ name: {variable}, value: {} }}", quoted(&value));
    }
    for variable in sheet.optional() {
        let _ = writeln!(text, "            # {variable}: optional, the configuration has a default");
    }
    if !contract.ports.is_empty() || contract.telemetry.is_some() {
        text += "          ports:\n";
        for port in &contract.ports {
            let _ = writeln!(text, "            - {{ containerPort: {} }}  # {}", port.number, port.name);
        }
        if let Some(telemetry) = contract.telemetry {
            let _ = writeln!(text, "            - {{ name: pilot, containerPort: {telemetry} }}");
        }
    }
    if let Some(telemetry) = contract.telemetry {
        let probe = |path: &str| format!("httpGet: {{ path: {path}, port: {telemetry} }}");
        let _ = writeln!(
            text,
            "          # Ready is who is well and offered in the catalogue. A start may take its time.\n          \
             readinessProbe: {{ {}, periodSeconds: 2 }}\n          startupProbe: {{ {}, periodSeconds: 2, failureThreshold: \
             60 }}\n          # Only whether the pilot answers: what is wrong below it, it puts right itself.\n          \
             livenessProbe: {{ {}, periodSeconds: 10, failureThreshold: 3 }}",
            probe("/readyz"),
            probe("/livez"),
            probe("/livez")
        );
    } else if contract.can_be_asked {
        text += "          # With `telemetry` in the configuration the pilot answers probes over HTTP, which cost less.\n          \
            readinessProbe: { exec: { command: [gyropilot, status, --ready] }, periodSeconds: 5 }\n";
    }
    text += "          # What is written goes to /run, the control socket too; name what else your application writes to.\n          \
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false }\n          \
        volumeMounts: [{ name: run, mountPath: /run }]\n      volumes: [{ name: run, emptyDir: { medium: Memory } }]\n";
    if sheet.has_catalogue() {
        let _ = writeln!(
            text,
            "---\n# The embedded catalogue; with a Consul in its place leave this and its Service out, and name it \
             above.\n{}  strategy: {{ type: Recreate }}\n{}      containers:\n        - name: {CATALOGUE}\n          image: \
             {}\n          command: [gyropilot, catalog, --http, \"0.0.0.0:8500\"]\n          ports: [{{ containerPort: 8500 \
             }}]\n          readinessProbe: {{ httpGet: {{ path: /v1/status/leader, port: 8500 }} }}\n---\napiVersion: \
             v1\nkind: Service\nmetadata: {{ name: {CATALOGUE} }}\nspec:\n  clusterIP: None\n  selector: {{ app: {CATALOGUE} \
             }}\n  ports: [{{ port: 8500 }}]",
            head(CATALOGUE, 1),
            template(CATALOGUE),
            quoted(&wishes.image)
        );
    }
    text
}

fn head(name: &str, replicas: u32) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec:\n  replicas: {replicas}\n"
    )
}

fn template(name: &str) -> String {
    format!(
        "  selector: {{ matchLabels: {{ app: {name} }} }}\n  template:\n    metadata: {{ labels: {{ app: {name} }} }}\n    \
         spec:\n"
    )
}

/// Begins with a capital.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
