//! `signals`: what a signal to the pilot means. Not in the original.

use crate::decode::{Fields, one_of};
use crate::finding::Findings;
use crate::shape::{Form, Key, Kind, Shape};
use gyropilot_model::{Signal, SignalAction};
use std::collections::BTreeMap;

const HOOK_WORDS: Kind = Kind::Words(&["stop", "reload", "maintenance", "ignore"]);
const JOB_WORDS: Kind = Kind::Words(&["stop", "reload", "maintenance", "event", "reopen-log", "ignore"]);
const TERM: Key = Key::own("SIGTERM", Kind::Words(&["stop"]), "stop", "it can only stop");

pub(crate) const HOOKS: Shape = Shape::new(
    "signals",
    Form::Hooks,
    "`signals`",
    &[
        Key::own("SIGHUP", HOOK_WORDS, "reload", "`reload` reads the configuration again"),
        Key::own("SIGUSR1", HOOK_WORDS, "maintenance", "`maintenance` is on, and off again"),
        Key::own("SIGUSR2", HOOK_WORDS, "ignore", "`ignore` is nothing"),
        Key::own("SIGINT", HOOK_WORDS, "stop", "`stop` is to take leave in good order"),
        Key::own("SIGQUIT", HOOK_WORDS, "stop", "`stop` is to take leave in good order"),
        TERM,
    ],
    &[],
);

pub(crate) const JOBS: Shape = Shape::new(
    "signals",
    Form::Jobs,
    "`signals`",
    &[
        Key::own("SIGHUP", JOB_WORDS, "event", "`event` starts the jobs that wait for it"),
        Key::own("SIGUSR1", JOB_WORDS, "reopen-log", "`reopen-log` opens the file of `logging.output` anew"),
        Key::own("SIGUSR2", JOB_WORDS, "event", "`maintenance` is on, and off again"),
        Key::own("SIGINT", JOB_WORDS, "stop", "`stop` is to take leave in good order"),
        Key::own("SIGQUIT", JOB_WORDS, "stop", "`stop` is to take leave in good order"),
        TERM,
    ],
    &[],
);

const ACTIONS: [(&str, SignalAction); 6] = [
    ("stop", SignalAction::Stop),
    ("reload", SignalAction::Reload),
    ("maintenance", SignalAction::ToggleMaintenance),
    ("event", SignalAction::Event),
    ("reopen-log", SignalAction::ReopenLog),
    ("ignore", SignalAction::Ignore),
];

/// The signals that jobs can wait for.
const EVENTS: [Signal; 2] = [Signal::Hup, Signal::Usr2];

/// The `signals` object, or nothing.
pub(crate) fn signals(
    fields: &Fields<'_>,
    shape: &Shape,
    findings: &mut Findings,
) -> BTreeMap<Signal, SignalAction> {
    let mut signals = BTreeMap::new();
    let Some(fields) = fields.get("signals").and_then(|node| Fields::open(node, "signals", shape, findings))
    else {
        return signals;
    };
    let known = |action: &(&str, SignalAction)| {
        shape.form == Form::Jobs || !matches!(action.1, SignalAction::Event | SignalAction::ReopenLog)
    };
    let actions: Vec<(&str, SignalAction)> = ACTIONS.into_iter().filter(known).collect();
    for key in shape.keys.iter().map(|key| key.name) {
        let (Some(node), Some(signal)) = (fields.get(key), Signal::from_name(key)) else { continue };
        let message = |word: &str| format!("Unknown action '{word}' for {key}");
        let Some(action) = one_of(node, &fields.path(key), &actions, message, findings) else { continue };
        if signal == Signal::Term && action != SignalAction::Stop {
            findings
                .error(node.mark(), "SIGTERM can only mean \"stop\"")
                .label("expected \"stop\"")
                .hint("it is the signal by which every runtime ends a container");
            continue;
        }
        if action == SignalAction::Event && !EVENTS.contains(&signal) {
            findings
                .error(node.mark(), format!("no job can wait for {key}"))
                .label("only SIGHUP and SIGUSR2 can be events");
            continue;
        }
        signals.insert(signal, action);
    }
    signals
}
