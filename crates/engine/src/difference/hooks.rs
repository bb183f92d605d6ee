//! What a reload does to the commands around an application.

use super::{Change, Fate, FieldChange, Fields, Named, paired, words};
use gyropilot_model::{Backend, Coprocess, Hooks, Task, WatchTarget};

/// Hooks, tasks and coprocesses, each named by its kind.
pub(super) fn compare(old: &Hooks, new: &Hooks) -> Vec<Change> {
    let Hooks { pre_start, pre_stop, post_stop, backends: _, tasks, coprocesses } = new;
    let mut changes = Vec::new();
    for (name, old, new) in [
        ("preStart", &old.pre_start, pre_start),
        ("preStop", &old.pre_stop, pre_stop),
        ("postStop", &old.post_stop, post_stop),
    ] {
        let mut fields = Fields::default();
        fields.look("command", old, new, |command| command.as_ref().map(words::command));
        if !fields.0.is_empty() {
            changes.push(Change { name: name.to_owned(), fate: Fate::Redefined, fields: fields.0 });
        }
    }
    changes.extend(paired(&old.tasks, tasks, |task| format!("task {}", task.name), task));
    let name = |coprocess: &Coprocess| format!("coprocess {}", coprocess.name);
    changes.extend(paired(&old.coprocesses, coprocesses, name, coprocess));
    changes
}

fn task(old: &Task, new: &Task) -> Vec<FieldChange> {
    let Task { name: _, command, frequency, timeout } = new;
    let mut fields = Fields::default();
    fields.look("command", &old.command, command, |line| Some(words::command(line)));
    fields.look("frequency", &old.frequency, frequency, words::span);
    fields.look("timeout", &old.timeout, timeout, words::span);
    fields.0
}

/// Every reload starts coprocesses afresh; only one that would have to run
/// something else is told.
fn coprocess(old: &Coprocess, new: &Coprocess) -> Vec<FieldChange> {
    let Coprocess { name: _, command, restarts } = new;
    let mut fields = Fields::default();
    fields.look_inside("command", &old.command, command, |line| Some(words::command(line)));
    fields.look_inside("restarts", &old.restarts, restarts, words::restarts);
    fields.0
}

/// What backends watch.
pub(super) fn watches(old: &Hooks, new: &Hooks) -> Vec<Change> {
    let key = |backend: &Backend| Followed(backend.name.clone(), backend.tag.clone());
    paired(&old.backends, &new.backends, key, |old, new| {
        let Backend { name: _, tag: _, poll, on_change, timeout } = new;
        let mut fields = Fields::default();
        fields.look("poll", &old.poll, poll, words::span);
        fields.look("onChange", &old.on_change, on_change, |line| Some(words::command(line)));
        fields.look("timeout", &old.timeout, timeout, words::maybe_span);
        fields.0
    })
}

/// A backend by its name and tag.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Followed(String, Option<String>);

// === impl Followed ===

impl Named for Followed {
    fn shown(&self) -> String {
        let target = WatchTarget::Service { name: self.0.clone(), tag: self.1.clone(), datacenter: None };
        (self.0.clone(), target).shown()
    }
}
