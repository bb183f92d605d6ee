//! `compat`: ways of the original that a script may depend on. Not in the original.

use crate::decode::{Fields, Shape, boolean};
use crate::finding::Findings;
use gyropilot_model::Compat;

pub(super) const SHAPE: Shape = Shape {
    what: "`compat`",
    keys: &["immediateRestarts", "exitZeroAsPid1", "keepRegisteredOnExit", "silentFailures"],
    strangers: &[],
    exact: false,
};

/// The `compat` object; everything in it is off by default.
pub(super) fn compat(fields: &Fields<'_>, findings: &mut Findings) -> Compat {
    let Some(fields) = fields.get("compat").and_then(|node| Fields::open(node, "compat", &SHAPE, findings))
    else {
        return Compat::default();
    };
    let mut on = |key: &str| {
        fields.get(key).and_then(|node| boolean(node, &fields.path(key), findings)).unwrap_or(false)
    };
    Compat {
        immediate_restarts: on("immediateRestarts"),
        exit_zero_as_pid1: on("exitZeroAsPid1"),
        keep_registered_on_exit: on("keepRegisteredOnExit"),
        silent_failures: on("silentFailures"),
        ..Compat::default()
    }
}
