//! The status as ContainerPilot 3 told it.

use gyropilot_model::PilotStatus;
use serde::Serialize;

/// The body of `GET /status`, in this order of fields.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    version: &'static str,
    jobs: List<Job<'a>>,
    services: List<Service<'a>>,
    watches: List<&'a str>,
}

/// A list as Go writes it: `null` when there is nothing in it.
type List<T> = Option<Vec<T>>;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Job<'a> {
    name: &'a str,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Service<'a> {
    name: &'a str,
    address: &'a str,
    port: u16,
    status: &'static str,
}

/// The status as ContainerPilot 3 told it at `/status`: jobs with a service apart
/// from those without, and nothing of how they came to be as they are. The version is
/// Gyropilot's own.
#[must_use]
pub fn original_status(status: &PilotStatus) -> String {
    let offered = status.jobs.iter().filter_map(|job| {
        let service = job.service.as_ref()?;
        Some(Service {
            name: &service.name,
            address: &service.address,
            port: service.port,
            status: job.health.as_str(),
        })
    });
    let others = status.jobs.iter().filter(|job| job.service.is_none());
    let body = Body {
        version: env!("CARGO_PKG_VERSION"),
        jobs: list(others.map(|job| Job { name: &job.name, status: job.health.as_str() })),
        services: list(offered),
        watches: list(status.watches.iter().map(|watch| watch.name.as_str())),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string(&body).unwrap_or_default()
}

fn list<T>(items: impl Iterator<Item = T>) -> List<T> {
    let items: Vec<T> = items.collect();
    (!items.is_empty()).then_some(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_model::{JobHealth, JobState, JobStatus, ServiceStatus, WatchStatus};

    fn job(name: &str, health: JobHealth, service: Option<ServiceStatus>) -> JobStatus {
        JobStatus {
            name: name.to_owned(),
            state: JobState::Running,
            health,
            since_ms: 0,
            pid: None,
            runs: 1,
            restarts: 0,
            last_exit: None,
            next_ms: None,
            waits_for: vec![],
            check: None,
            note: None,
            service,
        }
    }

    #[test]
    fn fields_and_their_order_are_the_originals() {
        let service = ServiceStatus {
            id: "my-app-h1".to_owned(),
            name: "my-app".to_owned(),
            address: "127.0.0.1".to_owned(),
            port: 8001,
            wanted: None,
        };
        let watch = WatchStatus {
            name: "up-a".to_owned(),
            target: String::new(),
            count: None,
            changed_ms: None,
            age_ms: None,
        };
        let mut status = PilotStatus {
            pid: 1,
            uptime_ms: 0,
            stopping: false,
            maintenance: false,
            jobs: vec![
                job("sick", JobHealth::Unhealthy, None),
                job("my-app", JobHealth::Healthy, Some(service)),
            ],
            watches: vec![watch],
        };
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            original_status(&status),
            format!("{{\"Version\":\"{version}\",")
                + r#""Jobs":[{"Name":"sick","Status":"unhealthy"}],"#
                + r#""Services":[{"Name":"my-app","Address":"127.0.0.1","Port":8001,"Status":"healthy"}],"#
                + r#""Watches":["up-a"]}"#
        );
        status.jobs.clear();
        status.watches.clear();
        assert_eq!(
            original_status(&status),
            format!("{{\"Version\":\"{version}\",\"Jobs\":null,\"Services\":null,\"Watches\":null}}")
        );
    }
}
