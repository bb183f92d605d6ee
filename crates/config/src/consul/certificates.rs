//! Whether what TLS needs is there.

use crate::finding::Findings;
use crate::json5::Node;
use crate::load::Host;
use gyropilot_model::TlsConfig;

/// A file that is not there is an error at once, as in the original, and not when Consul is first spoken to; on a host
/// that only checks it is worth a warning.
pub(super) fn check(tls: &TlsConfig, node: &Node, host: &Host<'_>, findings: &mut Findings) {
    for (what, path) in [
        ("CA File", &tls.ca_file),
        ("CA Path", &tls.ca_path),
        ("client certificate", &tls.client_cert),
        ("client key", &tls.client_key),
    ] {
        let Some(path) = path else { continue };
        let Err(cause) = std::fs::metadata(path) else { continue };
        let message = format!("Error loading {what}: {}: {cause}", path.display());
        let finding = if host.elsewhere {
            findings.warning(node.mark(), message)
        } else {
            findings.error(node.mark(), message)
        };
        finding.label("needed to speak https with this Consul");
    }
}
