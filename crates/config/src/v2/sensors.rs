//! `telemetry.sensors`: what the pilot measures for others.

use super::item::{seconds, timeout};
use crate::decode::{Fields, command};
use crate::finding::{Findings, Span};
use crate::json5::Node;
use crate::metric::{HELP, NAMESPACE, SUBSYSTEM, TYPE, definition, mark, owner};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::Sensor;

pub(super) const SHAPE: Shape = Shape::new(
    "telemetry.sensors[]",
    Form::Hooks,
    "a sensor",
    &[
        NAMESPACE,
        SUBSYSTEM,
        Key::required(
            "name",
            Kind::Text,
            "letters, digits, `_`, `:`; each metric once, and none that begins with `gyropilot_`",
        ),
        HELP,
        TYPE,
        Key::required("poll", Kind::POSITIVE_SECONDS, "time between two measurements"),
        Key::required("check", Kind::Command, "prints one number"),
        Key::new("timeout", Kind::Duration, "`poll`", "a measurement that takes longer is killed"),
    ],
    &[
        Stranger::renamed("interval", "poll", "belongs to the v3 form"),
        Stranger::renamed("command", "check", "belongs to a task"),
        Stranger::renamed("exec", "check", "belongs to a v3 job"),
    ],
);

/// A sensor with the place of its name.
pub(super) type Placed = (Sensor, Span);

/// One sensor.
pub(super) fn sensor(node: &Node, path: &str, findings: &mut Findings) -> Option<Placed> {
    let fields = Fields::open(node, path, &SHAPE, findings)?;
    let definition = definition(&fields, "sensor", path, findings);
    let owner = owner(&fields, "sensor", path);
    // The original crashed without one.
    let interval = seconds(&fields, "poll", &owner, findings);
    let command = match fields.get("check") {
        Some(node) => {
            let message = |reason: &str| format!("could not parse check in {owner}: {reason}");
            command(node, message, findings)
        }
        None => {
            if !fields.is_misspelt("check") {
                findings
                    .error(
                        fields.mark.clone(),
                        format!("could not parse check in {owner}: received zero-length argument"),
                    )
                    .label("no `check` in here")
                    .hint("add `check`, a command that prints one number");
            }
            None
        }
    };
    // The original read this and never enforced it.
    let timeout = timeout(&fields, &owner, findings).or(interval);
    let definition = definition?;
    let sensor = Sensor {
        metric: definition.metric,
        help: definition.help,
        kind: definition.kind,
        command: command?,
        interval: interval?,
        timeout: timeout?,
    };
    Some((sensor, mark(&fields, "name")))
}
