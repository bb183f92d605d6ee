//! Docker Compose and Docker Swarm.

use super::{CATALOGUE, Sheet, quoted};
use std::fmt::Write as _;

/// A file for `docker-compose up`, or for `docker stack deploy`.
pub(super) fn write(sheet: &Sheet<'_>, is_stack: bool) -> String {
    let (contract, wishes, name) = (sheet.contract, sheet.wishes, sheet.name);
    let mut text = String::new();
    let _ = if is_stack {
        writeln!(text, "# docker stack deploy -c FILE {name}\nversion: \"3.8\"\n")
    } else {
        writeln!(text, "# docker-compose up -d\n")
    };
    let _ = writeln!(text, "services:\n  {name}:\n    image: {}", quoted(&wishes.image));
    let _ = writeln!(text, "    environment:\n      CONTAINERPILOT: {}", quoted(&wishes.config));
    for (variable, value) in sheet.variables() {
        // Compose takes a dollar for a variable of its own.
        let _ = writeln!(text, "      {variable}: {}", quoted(&value.replace('$', "$$")));
    }
    for variable in sheet.optional() {
        let _ = writeln!(text, "      # {variable}: optional, the configuration has a default");
    }
    let _ = writeln!(
        text,
        "    # The pilot stops at SIGTERM, the default: {}. Docker's own grace is 10 s.\n    stop_grace_period: {}s",
        sheet.grace(),
        contract.grace()
    );
    if contract.can_be_asked {
        text += "    # The pilot knows when its services are well and in the catalogue.\n    healthcheck:\n      \
            test: [\"CMD\", \"gyropilot\", \"status\", \"--ready\"]\n      interval: 2s\n      start_period: 60s\n";
    }
    text += "    # What is written goes to /run, the control socket too; name what else your application writes to.\n    \
        read_only: true\n";
    text += if is_stack {
        "    volumes: [{ type: tmpfs, target: /run }]\n"
    } else {
        "    tmpfs: [/run]\n    security_opt: [\"no-new-privileges:true\"]\n    restart: unless-stopped\n"
    };
    if !contract.ports.is_empty() {
        text += "    # Found in the catalogue by others; publish only what is asked from outside:\n    # ports:\n";
        for port in &contract.ports {
            let _ = writeln!(text, "    #   - \"{}\"", port.number);
        }
    }
    if is_stack {
        let _ = writeln!(
            text,
            "    deploy:\n      replicas: {}\n      update_config:\n        parallelism: 1\n        # The old one stops when \
             the new one is healthy, and stays when it never is.\n        order: start-first\n        failure_action: \
             rollback\n        monitor: 10s\n      rollback_config: {{ order: start-first }}",
            wishes.replicas
        );
    } else {
        let _ = writeln!(text, "    scale: {}", wishes.replicas);
    }
    if sheet.has_catalogue() {
        let _ = writeln!(
            text,
            "\n  # The embedded catalogue; with a Consul in its place leave this out, and name it above.\n  {CATALOGUE}:\n    \
             image: {}\n    command: [\"gyropilot\", \"catalog\", \"--http\", \"0.0.0.0:8500\"]\n    read_only: true",
            quoted(&wishes.image)
        );
        if is_stack {
            text += "    deploy: { endpoint_mode: dnsrr }\n";
        }
    }
    text
}
