//! `gyropilot check`: is this configuration valid, and what would run?

use crate::{offline, printer};
use gyropilot_config::{conceal, load};
use gyropilot_model::{Command, Hooks, Job, Plan, Service, Work, format_go_duration};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Something that would run: its name, what starts it, and what it is.
type Row = [String; 3];

/// Checks a file without running anything and gives the exit status. What would run is told unless `quiet`.
pub(crate) fn run(file: &Path, quiet: bool, environment: &BTreeMap<String, String>) -> u8 {
    let Some(loaded) = offline::look(file, environment, load) else { return 1 };
    let warnings = loaded.warnings.render(offline::style(environment));
    if !warnings.is_empty() {
        printer::talk(warnings.trim_end());
    }
    if quiet {
        return 0;
    }
    let summary = summary(&loaded.plan, environment);
    printer::data(format!("{} is valid\n{summary}", file.display()))
}

/// What would run and what starts it, a line each.
fn summary(plan: &Plan, environment: &BTreeMap<String, String>) -> String {
    let rows = match &plan.work {
        Work::Jobs(jobs) => {
            let watches = jobs.watches.iter().map(|watch| {
                [format!("watch.{}", watch.name), "as it changes".to_owned(), watch.target.to_string()]
            });
            jobs.jobs.iter().map(|job| of_job(job, plan)).chain(watches).collect()
        }
        Work::Hooks(hooks) => of_hooks(hooks, plan),
    };
    let widest = |column: usize| rows.iter().map(|row: &Row| row[column].chars().count()).max().unwrap_or(0);
    let (names, whens) = (widest(0), widest(1));
    let mut summary = String::new();
    for [name, when, what] in &rows {
        let what = conceal("exec", what, environment);
        let line = format!("  {name:names$}  {when:whens$}  {what}");
        let _ = writeln!(summary, "{}", line.trim_end());
    }
    summary
}

fn of_job(job: &Job, plan: &Plan) -> Row {
    let service = plan.services.iter().find(|service| job.service.as_ref() == Some(&service.id));
    let parts = [job.exec.as_ref().map(Command::to_string), service.map(offered)];
    [
        job.name.clone(),
        job.when.trigger.to_string(),
        parts.into_iter().flatten().collect::<Vec<_>>().join(", "),
    ]
}

fn offered(service: &Service) -> String {
    format!("port {}", service.port)
}

fn of_hooks(hooks: &Hooks, plan: &Plan) -> Vec<Row> {
    let row = |name: &str, when: &str, what: String| [name.to_owned(), when.to_owned(), what];
    let line = Command::to_string;
    let mut rows = Vec::new();
    rows.extend(hooks.pre_start.as_ref().map(|hook| row("preStart", "before the application", line(hook))));
    rows.extend(hooks.coprocesses.iter().map(|coprocess| {
        row(&format!("coprocess {}", coprocess.name), "beside the application", line(&coprocess.command))
    }));
    rows.extend(hooks.tasks.iter().map(|task| {
        let every = format!("every {}", format_go_duration(task.frequency));
        row(&format!("task {}", task.name), &every, line(&task.command))
    }));
    rows.extend(hooks.backends.iter().map(|backend| {
        row("onChange", &format!("each change of {}", backend.target()), line(&backend.on_change))
    }));
    rows.extend(plan.services.iter().map(|service| {
        let every = format!("every {}", format_go_duration(service.health.interval));
        let check = service.health.command.as_ref().map_or_else(|| "heartbeat".to_owned(), line);
        row(&format!("service {}", service.name), &every, format!("{check}, {}", offered(service)))
    }));
    rows.extend(
        hooks.pre_stop.as_ref().map(|hook| row("preStop", "before the application stops", line(hook))),
    );
    rows.extend(hooks.post_stop.as_ref().map(|hook| row("postStop", "after the application", line(hook))));
    rows
}
