//! How a pilot stands, as a table.

use super::span;
use crate::table::{Cell, Ink, Paper, Table, place};
use gyropilot_model::{JobHealth, JobState, JobStatus, PilotStatus, ServiceStatus};

/// The pilot in a line, then a line for each job, service and watch.
pub(super) fn page(status: &PilotStatus, paper: Paper) -> String {
    let mut page = format!("pilot {}, up {}", status.pid, span(status.uptime_ms));
    if status.maintenance {
        page.push_str(", in maintenance");
    }
    if status.stopping {
        page.push_str(", stopping");
    }
    page.push_str("\n\n");
    if status.jobs.is_empty() {
        page.push_str("no jobs\n");
    } else {
        jobs(status).write(&mut page, paper);
    }
    let services = services(status);
    if !services.rows.is_empty() {
        page.push('\n');
        services.write(&mut page, paper);
    }
    if !status.watches.is_empty() {
        page.push('\n');
        watches(status).write(&mut page, paper);
    }
    page
}

fn jobs(status: &PilotStatus) -> Table<7> {
    let row = |job: &JobStatus| {
        let cells = [
            job.name.as_str().into(),
            Cell::inked(job.state.as_str(), of_state(job.state)),
            Cell::inked(job.health.as_str(), of_health(job.health)),
            span(job.since_ms).into(),
            job.pid.into(),
            job.runs.to_string().into(),
            job.restarts.to_string().into(),
        ];
        (cells, note(job))
    };
    Table {
        head: ["JOB", "STATE", "HEALTH", "FOR", "PID", "RUNS", "RESTARTS"],
        note: "NOTE",
        rows: status.jobs.iter().map(row).collect(),
    }
}

fn services(status: &PilotStatus) -> Table<4> {
    let row = |job: &JobStatus, service: &ServiceStatus| {
        let address = place(&service.address, service.port.into());
        let wanted = match &service.wanted {
            Some(wanted) => Cell::inked(wanted, of_catalogue(wanted)),
            None => Cell::inked("not registered", Ink::Faint),
        };
        ([service.id.as_str().into(), job.name.as_str().into(), address.into(), wanted], String::new())
    };
    let rows = status.jobs.iter().filter_map(|job| Some(row(job, job.service.as_ref()?)));
    Table { head: ["SERVICE", "JOB", "ADDRESS", "CATALOGUE"], note: "", rows: rows.collect() }
}

fn watches(status: &PilotStatus) -> Table<5> {
    let ago = |ms: Option<u64>| ms.map(|ms| format!("{} ago", span(ms)));
    let rows = status.watches.iter().map(|watch| {
        let count = match watch.count {
            Some(0) => Cell::inked("0", Ink::Bad),
            count => count.into(),
        };
        let cells = [
            watch.name.as_str().into(),
            watch.target.as_str().into(),
            count,
            ago(watch.changed_ms).into(),
            ago(watch.age_ms).into(),
        ];
        (cells, String::new())
    });
    Table { head: ["WATCH", "TARGET", "COUNT", "CHANGED", "CONFIRMED"], note: "", rows: rows.collect() }
}

/// What is most worth knowing.
fn note(job: &JobStatus) -> String {
    // Of one that runs it is the next check.
    let comes = matches!(job.state, JobState::Waiting | JobState::Backoff);
    let again = job.next_ms.filter(|_| comes).map(|ms| format!("again in {}", span(ms)));
    let waits = (!job.waits_for.is_empty()).then(|| format!("waits for {}", job.waits_for.join(", ")));
    let is_ill = matches!(job.health, JobHealth::Warning | JobHealth::Unhealthy);
    let check = job.check.clone().filter(|_| is_ill);
    let exit = job.last_exit.clone().filter(|_| job.pid.is_none());
    let parts: Vec<String> = [waits, check, job.note.clone(), exit, again].into_iter().flatten().collect();
    parts.join("; ")
}

const fn of_state(state: JobState) -> Ink {
    match state {
        JobState::Running => Ink::Good,
        JobState::Starting | JobState::Backoff | JobState::Draining | JobState::Stopping => Ink::Doubt,
        JobState::Failed => Ink::Bad,
        JobState::Waiting | JobState::Completed | JobState::Stopped => Ink::Plain,
    }
}

const fn of_health(health: JobHealth) -> Ink {
    match health {
        JobHealth::Healthy => Ink::Good,
        JobHealth::Warning | JobHealth::Maintenance => Ink::Doubt,
        JobHealth::Unhealthy => Ink::Bad,
        JobHealth::Unknown => Ink::Faint,
    }
}

fn of_catalogue(wanted: &str) -> Ink {
    match wanted {
        "passing" => Ink::Good,
        "warning" => Ink::Doubt,
        "critical" => Ink::Bad,
        _ => Ink::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_model::WatchStatus;

    fn job(name: &str, state: JobState) -> JobStatus {
        JobStatus {
            name: name.into(),
            state,
            health: JobHealth::Unknown,
            since_ms: 61_000,
            pid: None,
            runs: 0,
            restarts: 0,
            last_exit: None,
            next_ms: None,
            waits_for: Vec::new(),
            check: None,
            note: None,
            service: None,
        }
    }

    fn service(name: &str, address: &str, wanted: Option<&str>) -> Option<ServiceStatus> {
        Some(ServiceStatus {
            id: format!("{name}-host"),
            name: name.into(),
            address: address.into(),
            port: 8080,
            wanted: wanted.map(str::to_owned),
        })
    }

    fn status() -> PilotStatus {
        let web = JobStatus {
            pid: Some(17),
            runs: 2,
            restarts: 1,
            health: JobHealth::Unhealthy,
            check: Some("503 Service Unavailable".into()),
            service: service("web", "10.0.0.7", Some("critical")),
            ..job("web", JobState::Running)
        };
        let waiting = JobStatus {
            waits_for: vec!["exitSuccess of migrate".into()],
            service: service("api", "fd00::7", None),
            ..job("api", JobState::Waiting)
        };
        let failing = JobStatus {
            last_exit: Some("exit status 3".into()),
            next_ms: Some(4000),
            ..job("flaky", JobState::Backoff)
        };
        let watch = |name: &str, count, changed_ms, age_ms| WatchStatus {
            name: name.into(),
            target: format!("service {name}"),
            count,
            changed_ms,
            age_ms,
        };
        PilotStatus {
            pid: 1,
            uptime_ms: 3_720_000,
            stopping: false,
            maintenance: true,
            jobs: vec![web, waiting, failing],
            watches: vec![watch("sales", Some(2), Some(5000), Some(900)), watch("mail", None, None, None)],
        }
    }

    #[test]
    fn a_table_a_person_can_read() {
        insta::assert_snapshot!(page(&status(), Paper::default()));
    }

    #[test]
    fn in_a_narrow_terminal() {
        insta::assert_snapshot!(page(&status(), Paper { colour: false, width: Some(66) }));
    }

    #[test]
    fn with_nothing_in_it() {
        let status = PilotStatus { jobs: Vec::new(), watches: Vec::new(), stopping: true, ..status() };
        insta::assert_snapshot!(page(&status, Paper::default()));
    }
}
