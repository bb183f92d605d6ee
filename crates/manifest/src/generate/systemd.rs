//! systemd, on a plain machine: no container, the pilot is the service.

use super::{Sheet, quoted};
use std::fmt::Write as _;

/// A unit.
pub(super) fn write(sheet: &Sheet<'_>) -> String {
    let (contract, wishes, name) = (sheet.contract, sheet.wishes, sheet.name);
    let mut text = format!(
        "# /etc/systemd/system/{name}.service\n[Unit]\nDescription={name}, under Gyropilot\nWants=network-online.target\n\
         After=network-online.target\n\n[Service]\nType=exec\nExecStart=/usr/local/bin/gyropilot -config {}\n",
        wishes.config
    );
    for (variable, value) in sheet.variables() {
        let _ = writeln!(text, "Environment={variable}={}", escaped(&value));
    }
    for variable in sheet.optional() {
        let _ = writeln!(text, "# {variable}: optional, the configuration has a default");
    }
    let _ = writeln!(
        text,
        "# The pilot alone is asked to stop, and ends the others in order; whoever is left after it is killed.\nKillMode=mixed\n\
         # {}.\nTimeoutStopSec={}\nRestart=on-failure\n# The control socket.\nRuntimeDirectory={name}\nNoNewPrivileges=true\n\
         ProtectSystem=strict\nReadWritePaths=/run\n\n[Install]\nWantedBy=multi-user.target",
        sheet.grace(),
        contract.grace()
    );
    text
}

/// A value of `Environment=`: quoted where it has to be, and `%` is a specifier otherwise. Within quotes there are the
/// escapes of C; systemd.syntax(7).
fn escaped(value: &str) -> String {
    let value = value.replace('%', "%%");
    if value.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\' | '\'')) {
        quoted(&value)
    } else {
        value
    }
}
