//! `compat`: ways of the original that a script may depend on. Not in the original.

use crate::decode::{Fields, boolean};
use crate::finding::Findings;
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::Compat;

const IMMEDIATE: Key = Key::own(
    "immediateRestarts",
    Kind::Boolean,
    "false",
    "what ended is started again without a delay (Q-22)",
);
const ZERO_AS_PID1: Key =
    Key::own("exitZeroAsPid1", Kind::Boolean, "false", "as PID 1 the exit status is always 0 (Q-01)");
const SILENT: Key = Key::own(
    "silentFailures",
    Kind::Boolean,
    "false",
    "a failing check sends nothing, and the TTL runs out (Q-36)",
);

pub(crate) const HOOKS: Shape = Shape::new(
    "compat",
    Form::Hooks,
    "`compat`",
    &[
        IMMEDIATE,
        ZERO_AS_PID1,
        Key::own(
            "keepRegisteredOnExit",
            Kind::Boolean,
            "false",
            "services stay registered when the application ends by itself (Q-12)",
        ),
        SILENT,
    ],
    &[
        Stranger::new("exitZero", "is for jobs; with hooks the status is the application's"),
        Stranger::new("stayIdle", "is for jobs"),
        Stranger::new("withdrawLast", "is for jobs; hooks withdraw before `preStop` in the original too"),
    ],
);

pub(crate) const JOBS: Shape = Shape::new(
    "compat",
    Form::Jobs,
    "`compat`",
    &[
        IMMEDIATE,
        ZERO_AS_PID1,
        Key::own(
            "exitZero",
            Kind::Boolean,
            "false",
            "the exit status is 0 after any start that succeeded, whatever jobs did (Q-01)",
        ),
        SILENT,
        Key::own(
            "stayIdle",
            Kind::Boolean,
            "false",
            "the pilot goes on although no job runs or can start any more (Q-32)",
        ),
        Key::own(
            "withdrawLast",
            Kind::Boolean,
            "false",
            "a service is withdrawn with the stop signal, after the `stopping` jobs, and without a drain",
        ),
    ],
    &[Stranger::new("keepRegisteredOnExit", "is for hooks")],
);

/// The `compat` object; everything in it is off by default.
pub(crate) fn compat(fields: &Fields<'_>, shape: &Shape, findings: &mut Findings) -> Compat {
    let Some(fields) = fields.get("compat").and_then(|node| Fields::open(node, "compat", shape, findings))
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
        exit_zero: on("exitZero"),
        stay_idle: on("stayIdle"),
        withdraw_last: on("withdrawLast"),
    }
}
