//! Which address is announced.

use crate::decode::{Fields, text, texts};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::load::Host;
use crate::shape::Form;
use gyropilot_model::{InterfaceSpec, resolve};
use std::net::{IpAddr, Ipv4Addr};

/// The address that `interfaces`, a rule or a list of rules, picks. Default `["eth0:inet"]` with hooks, `["eth0:inet",
/// "inet"]` with jobs.
pub(crate) fn address(
    fields: &Fields<'_>,
    form: Form,
    host: &Host<'_>,
    findings: &mut Findings,
) -> Option<IpAddr> {
    let node = fields.get("interfaces");
    let written = match node {
        None => Vec::new(),
        Some(node) => rules(node, &fields.path("interfaces"), findings)?,
    };
    let mark = node.map_or_else(|| fields.mark.clone(), Node::mark);
    let mut specs = vec![InterfaceSpec::Named { name: "eth0".to_owned(), v6: false }];
    let (none, default) = match form {
        Form::Jobs => {
            specs.push(InterfaceSpec::Any { v6: false });
            ("none", "no rule in here, so [\"eth0:inet\", \"inet\"] is used")
        }
        Form::Hooks | Form::Both => ("None", "no rule in here, so [\"eth0:inet\"] is used"),
    };
    let (specs, label) = if written.is_empty() { (specs, default) } else { (written, "no address fits") };
    if let Ok(address) = resolve(&specs, host.addresses) {
        return Some(address);
    }
    let known: Vec<String> =
        host.addresses.iter().map(|address| format!("{} {}", address.interface, address.ip)).collect();
    let specs: Vec<String> = specs.iter().map(ToString::to_string).collect();
    let message = format!("{none} of the interface specifications were able to match: [{}]", specs.join(" "));
    let finding =
        if host.elsewhere { findings.warning(mark, message) } else { findings.error(mark, message) };
    finding
        .label(label)
        .hint(if known.is_empty() {
            "this host has no addresses".to_owned()
        } else {
            format!("the addresses here are {}", known.join(", "))
        })
        .hint("\"interfaces\": [\"inet\"] takes the first that is not loopback; [\"static:192.0.2.10\"] takes the one given");
    host.elsewhere.then_some(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn rules(node: &Node, path: &str, findings: &mut Findings) -> Option<Vec<InterfaceSpec>> {
    let written = match &node.value {
        Value::List(_) => texts(node, path, findings)?,
        _ => vec![(node, text(node, path, findings)?)],
    };
    let mut rules = Vec::with_capacity(written.len());
    let mut whole = true;
    for (node, written) in written {
        match written.parse() {
            Ok(rule) => rules.push(rule),
            Err(reason) => {
                let reason: gyropilot_model::InterfaceSpecError = reason;
                findings.error(node.mark(), reason.to_string()).label(
                    "expected such as eth0, eth0:inet6, eth0[1], inet, 10.0.0.0/8 or static:192.0.2.10",
                );
                whole = false;
            }
        }
    }
    whole.then_some(rules)
}
