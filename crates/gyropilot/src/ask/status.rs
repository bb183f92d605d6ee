//! How a pilot stands, as a table.

use super::span;
use gyropilot_model::{JobStatus, PilotStatus};
use std::fmt::Write as _;

/// The pilot in a line, then a line a job, then a line a watch.
pub(super) fn table(status: &PilotStatus) -> String {
    let mut text = format!("pilot {}, up {}", status.pid, span(status.uptime_ms));
    if status.maintenance {
        text.push_str(", in maintenance");
    }
    if status.stopping {
        text.push_str(", stopping");
    }
    text.push('\n');
    if !status.jobs.is_empty() {
        text.push('\n');
        let head = ["JOB", "STATE", "HEALTH", "FOR", "PID", "RUNS", "RESTARTS", "NOTE"].map(str::to_owned);
        aligned(&mut text, std::iter::once(head).chain(status.jobs.iter().map(row)));
    }
    if !status.watches.is_empty() {
        text.push('\n');
        let head = ["WATCH", "TARGET", "COUNT", "CHANGED", "CONFIRMED"].map(str::to_owned);
        let ago = |ms: Option<u64>| ms.map_or("-".to_owned(), |ms| format!("{} ago", span(ms)));
        let rows = status.watches.iter().map(|watch| {
            let count = watch.count.map_or("-".to_owned(), |count| count.to_string());
            [watch.name.clone(), watch.target.clone(), count, ago(watch.changed_ms), ago(watch.age_ms)]
        });
        aligned(&mut text, std::iter::once(head).chain(rows));
    }
    text
}

fn row(job: &JobStatus) -> [String; 8] {
    let pid = job.pid.map_or("-".to_owned(), |pid| pid.to_string());
    let (state, health) = (job.state.as_str().to_owned(), job.health.as_str().to_owned());
    let (runs, restarts) = (job.runs.to_string(), job.restarts.to_string());
    [job.name.clone(), state, health, span(job.since_ms), pid, runs, restarts, note(job)]
}

/// The one thing that is most worth knowing.
fn note(job: &JobStatus) -> String {
    let again = job.next_ms.map(|ms| format!("again in {}", span(ms)));
    let waits = (!job.waits_for.is_empty()).then(|| format!("waits for {}", job.waits_for.join(", ")));
    let is_ill =
        matches!(job.health, gyropilot_model::JobHealth::Warning | gyropilot_model::JobHealth::Unhealthy);
    let check = job.check.clone().filter(|_| is_ill);
    let exit = job.last_exit.clone().filter(|_| job.pid.is_none());
    let parts: Vec<String> = [waits, check, job.note.clone(), exit, again].into_iter().flatten().collect();
    parts.join("; ")
}

/// Columns as wide as their widest word, two spaces between.
fn aligned<const N: usize>(text: &mut String, rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<[String; N]> = rows.collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, word) in widths.iter_mut().zip(row) {
            *width = (*width).max(word.chars().count());
        }
    }
    for row in &rows {
        let mut line = String::new();
        for (word, width) in row.iter().zip(widths) {
            // Writing to a text cannot fail.
            let _ = write!(line, "{word:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_model::{JobHealth, JobState, WatchStatus};

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

    #[test]
    fn a_table_a_person_can_read() {
        let web = JobStatus {
            pid: Some(17),
            runs: 2,
            restarts: 1,
            health: JobHealth::Unhealthy,
            check: Some("503 Service Unavailable".into()),
            ..job("web", JobState::Running)
        };
        let waiting =
            JobStatus { waits_for: vec!["exitSuccess of migrate".into()], ..job("api", JobState::Waiting) };
        let failing = JobStatus {
            last_exit: Some("exit status 3".into()),
            next_ms: Some(4000),
            ..job("flaky", JobState::Backoff)
        };
        let watch = WatchStatus {
            name: "sales".into(),
            target: "service sales".into(),
            count: Some(2),
            changed_ms: Some(5000),
            age_ms: None,
        };
        let status = PilotStatus {
            pid: 1,
            uptime_ms: 3_720_000,
            stopping: false,
            maintenance: true,
            jobs: vec![web, waiting, failing],
            watches: vec![watch],
        };
        insta::assert_snapshot!(table(&status));
    }
}
