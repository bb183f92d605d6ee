//! `signals`: what a signal to the pilot means. Not in the original.

use super::item::one_of;
use crate::decode::{Fields, Shape};
use crate::finding::Findings;
use gyropilot_model::{Signal, SignalAction};
use std::collections::BTreeMap;

pub(super) const SHAPE: Shape = Shape {
    what: "`signals`",
    keys: &["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT", "SIGTERM"],
    strangers: &[],
    exact: false,
};

const ACTIONS: [(&str, SignalAction); 4] = [
    ("stop", SignalAction::Stop),
    ("reload", SignalAction::Reload),
    ("maintenance", SignalAction::ToggleMaintenance),
    ("ignore", SignalAction::Ignore),
];

/// The `signals` object, or nothing.
pub(super) fn signals(fields: &Fields<'_>, findings: &mut Findings) -> BTreeMap<Signal, SignalAction> {
    let mut signals = BTreeMap::new();
    let Some(fields) = fields.get("signals").and_then(|node| Fields::open(node, "signals", &SHAPE, findings))
    else {
        return signals;
    };
    for key in SHAPE.keys {
        let (Some(node), Some(signal)) = (fields.get(key), Signal::from_name(key)) else { continue };
        let message = |word: &str| format!("Unknown action '{word}' for {key}");
        let Some(action) = one_of(node, &fields.path(key), &ACTIONS, message, findings) else { continue };
        if signal == Signal::Term && action != SignalAction::Stop {
            findings
                .error(node.mark(), "SIGTERM can only mean \"stop\"")
                .label("expected \"stop\"")
                .hint("it is the signal by which every runtime ends a container");
            continue;
        }
        signals.insert(signal, action);
    }
    signals
}
